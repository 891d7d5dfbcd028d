"""The response's lineage: where each selected number comes from and what it cannot tell."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from bedrot_graph.graph.context import Context
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.files import FileVersion
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Measure

LEVELS = ("none", "summary", "full")
"""How much a request can ask for with its extension `lineage`; all of it unless it says."""


def lineage(context: Context, snapshot: Snapshot, *, is_full: bool) -> dict[str, Any]:
    """What the answers of the context were made from; a summary leaves out methods and files."""
    measures = {coordinate: measure for used in context.used.values() for coordinate, measure in used.measures.items()}
    datasets = sorted({name for used in context.used.values() for name in used.datasets})
    return {
        "asOf": _iso(snapshot.as_of),
        "version": snapshot.version,
        "measures": {name: _measure(measures[name], is_full=is_full) for name in sorted(measures)},
        "datasets": {name: _dataset(snapshot, name, is_full=is_full) for name in datasets},
        "limitations": list(_limitations(context, snapshot)),
    }


def _measure(measure: Measure, *, is_full: bool) -> dict[str, Any]:
    summary = {
        "unit": measure.unit,
        "datasets": [source.name for source in measure.sources],
        "limitations": [limitation.code for limitation in measure.limitations],
    }
    if not is_full:
        return summary
    return {"meaning": measure.meaning, "method": measure.method, "additivity": measure.additivity, **summary}


def _dataset(snapshot: Snapshot, name: str, *, is_full: bool) -> dict[str, Any]:
    table = snapshot.tables.get(name)
    if table is None:
        return {"available": False}
    covers = table.covers
    summary = {
        "available": True,
        "rows": table.rows.height,
        "rowsRejected": table.rejects.height if table.is_whole else None,
        "coversFrom": _iso(covers[0]) if covers else None,
        "coversThrough": _iso(covers[1]) if covers else None,
        "stale": snapshot.is_stale(table.dataset),
    }
    return {**summary, "files": [_file(file) for file in table.files]} if is_full else summary


def _file(file: FileVersion) -> dict[str, Any]:
    return {
        "name": file.name,
        "sizeBytes": file.size_bytes,
        "modifiedAt": file.modified_at.isoformat(timespec="seconds"),
    }


def _limitations(context: Context, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Each limitation once, with the response fields that it concerns."""
    told: dict[Limitation, list[str]] = {}
    standing: set[Limitation] = set()
    for used in context.used.values():
        datasets = [snapshot.tables[name].dataset for name in sorted(used.datasets) if name in snapshot.tables]
        # A number has the limitations of what it is made from, not of what its groups are named after. An answer
        # without a number of its own (a count of groups, the rows themselves) has those of all that was read.
        inherited = [*_of_all(used.measures.values())] if used.measures else [*_of_all(datasets)]
        of_data = [limitation for dataset in datasets for limitation in snapshot.findings(dataset)]
        standing.update(inherited)
        for limitation in dict.fromkeys([*used.findings, *of_data, *inherited]):
            told.setdefault(limitation, []).append(used.root)
    for limitation, paths in told.items():
        kind = "STANDING" if limitation in standing else "FOUND"
        yield {"code": limitation.code, "kind": kind, "text": limitation.text, "fields": list(dict.fromkeys(paths))}


def _of_all(things: Iterable[Measure | Dataset]) -> Iterator[Limitation]:
    return (limitation for thing in things for limitation in thing.limitations)


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None
