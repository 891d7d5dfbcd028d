"""What all workers of one server count, added up: any of them may be asked, and all of them are told of."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import generate_latest
from prometheus_client.core import Metric

LIVING = {"gauge", "unknown"}
"""What is true of a worker only while it lives; all else has been counted for good."""


OF_THE_LAKE = "bedrot_graph_dataset"
"""What metrics begin with that tell of the lake, and not of what a worker has done."""


class Totals:
    """The figures of one worker among those of the others, each of which leaves its own in a file.

    What a worker had counted that has died is counted on by the one in its place.
    """

    def __init__(self, folder: Path, seat: int) -> None:
        self._folder = folder
        self._mine = folder / f"{seat}.json"
        self._before = [each for each in _read(self._mine) if each["type"] not in LIVING]

    def leave(self, counted: Iterable[Metric]) -> None:
        """Leave this worker's figures to the others. Blocks."""
        figures = added([*map(_figures, counted), *self._before])
        unfinished = self._mine.with_suffix(".unfinished")
        unfinished.write_text(json.dumps([_figures(each) for each in figures]), encoding="utf-8")
        unfinished.replace(self._mine)

    def text(self, counted: Iterable[Metric]) -> bytes:
        """The figures of all workers, in Prometheus' text format. Blocks."""
        figures = [*map(_figures, counted), *self._before]
        for file in sorted(self._folder.glob("*.json")):
            figures += [] if file == self._mine else _read(file)
        return generate_latest(_Told(added(figures)))


class _Told:
    """Metrics that are there already; one of Prometheus' collectors."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._metrics


_Figures = dict[str, Any]
"""One metric as JSON."""


def added(figures: Iterable[_Figures]) -> list[Metric]:
    """One metric of each name; samples of the same labels are added, but for facts of the lake: all tell the same."""
    metrics: dict[str, Metric] = {}
    sums: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}
    for each in figures:
        metrics.setdefault(each["name"], Metric(each["name"], each["meaning"], each["type"]))
        for sample, labels, value in each["samples"]:
            key = (each["name"], sample, tuple(sorted(labels.items())))
            is_of_lake = each["name"].startswith(OF_THE_LAKE)
            sums[key] = max(sums.get(key, 0), value) if is_of_lake else sums.get(key, 0) + value
    for (name, sample, labels), value in sums.items():
        metrics[name].add_sample(sample, dict(labels), value)
    return list(metrics.values())


def _figures(metric: Metric) -> _Figures:
    samples = [(each.name, each.labels, each.value) for each in metric.samples]
    return {"name": metric.name, "meaning": metric.documentation, "type": metric.type, "samples": samples}


def _read(file: Path) -> list[_Figures]:
    with suppress(OSError, ValueError):  # of a worker that has not counted yet
        figures: list[_Figures] = json.loads(file.read_bytes())
        return figures
    return []
