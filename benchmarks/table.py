"""The rows as Markdown tables, and the figures that are stored to be compared with."""

import datetime as dt
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.rows import Row, Skipped, Target, short

FOLDER = Path(__file__).parent
BASELINE, RESULTS = FOLDER / "baseline.json", FOLDER / "RESULTS.md"
INTRODUCTION = """\
# Results

Written by `make bench ARGS=--save`, group by group; [README.md](README.md) says what is measured and how far to trust
it. A figure is the median of rounds in which all sides take turns; in brackets stand the lowest and the highest.
"""

Told = Sequence[Row | Skipped]
Stored = dict[str, Any]


def machine() -> str:
    """Where and when it was measured."""
    versions = f"Python {platform.python_version()}, Polars {pl.__version__}"
    return f"{os.cpu_count()} cores ({platform.machine()}), {versions}, {dt.datetime.now(dt.UTC).date()}"


def markdown(groups: Mapping[str, Told]) -> str:
    """A table for each group, beside what is stored."""
    stored = _stored()
    return "\n".join(_table(name, machine(), rows, _figures(stored.get(name))) for name, rows in groups.items())


def save(groups: Mapping[str, Told]) -> None:
    """Store the figures of the groups, and write the page of all that are stored; its history is git's."""
    stored = _stored() | {
        name: {"machine": machine(), "rows": [asdict(row) for row in rows]} for name, rows in groups.items()
    }
    BASELINE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables = (_table(name, group["machine"], _rows(group), {}) for name, group in stored.items())
    RESULTS.write_text("\n".join([INTRODUCTION, *tables]).rstrip() + "\n", encoding="utf-8")


def _stored() -> Stored:
    """By group: where it was measured, and its rows."""
    stored: Stored = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.is_file() else {}
    return stored


def _rows(group: Mapping[str, Any]) -> Told:
    return [_row(row) if "figure" in row else Skipped(**row) for row in group["rows"]]


def _row(stored: Mapping[str, Any]) -> Row:
    return Row(**{**stored, "target": Target(**stored["target"]) if stored["target"] else None})


def _figures(group: Mapping[str, Any] | None) -> dict[str, float]:
    return {row.name: row.figure for row in _rows(group) if isinstance(row, Row)} if group else {}


def _table(name: str, where: str, rows: Told, before: Mapping[str, float]) -> str:
    lines = [_cells(row, before) for row in rows if isinstance(row, Row)]
    header = [list(lines[0]), ["---"] * len(lines[0])] if lines else []
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in (*header, *(line.values() for line in lines)))
    skipped = "".join(f"- Not measured: {row.what}. {row.why}\n" for row in rows if isinstance(row, Skipped))
    return "\n".join(part for part in (f"## {name}\n", f"{where}\n", table, skipped) if part)


def _cells(row: Row, before: Mapping[str, float]) -> dict[str, str]:
    """By the heading of the column; that of the stored figures only where there are any."""
    earlier = {"before": short(before[row.name]) if row.name in before else ""} if before else {}
    return {
        "what": row.what,
        "against": row.against,
        "figure (lowest – highest)": f"{short(row.figure)} {row.unit} ({short(row.lowest)} – {short(row.highest)})",
        "target": str(row.target or ""),
        "reached": "" if row.target is None else "yes" if row.target.is_reached(row.figure) else "**no**",
        **earlier,
        "ours": row.ours,
        "theirs": row.theirs,
    }
