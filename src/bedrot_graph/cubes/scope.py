"""What a request looks at: the rows that its filters let through, in the time it asks about."""

import polars as pl

from bedrot_graph.cubes.cube import Cube, Scope
from bedrot_graph.cubes.members import meant_by
from bedrot_graph.cubes.request import Request
from bedrot_graph.cubes.window import Window, window
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period


def scope_of(cube: Cube, snapshot: Snapshot, request: Request, columns: frozenset[str]) -> Scope:
    """The scope of a request, with the columns of the rows that it needs.

    Raises InvalidPeriod, or DatasetError where the cube's own dataset cannot be read.
    """
    filtered = {cube.dimension(each.dimension).column for each in request.where}
    rows = cube.rows(snapshot, columns | filtered, request.as_of)
    meant = [meant_by(each, cube, snapshot) for each in request.where]
    asked = window(request.period, _covered(cube, snapshot, request, rows), cube.finest)
    findings = [limitation for each in meant for limitation in each.unknown]
    if asked.covered is None:
        text = f"{cube.dataset.name} holds nothing up to {request.as_of}."
        findings.append(Limitation(Code.PARTIAL_PERIOD, text))
    return Scope(
        snapshot=snapshot,
        as_of=request.as_of,
        all_rows=rows,
        rows=rows.filter(*(each.condition for each in meant)) if meant else rows,
        window=asked,
        compared=_compared(asked, request),
        measures=request.computed,
        lets_nothing=any(each.is_nothing for each in meant),
        findings=(*findings, *asked.findings()),
    )


def within(scope: Scope, period: Period | None) -> pl.LazyFrame:
    """The rows of the scope that lie in a period; none where there is none."""
    if period is None:
        return scope.rows.clear()
    if period == scope.window.covered:
        return scope.rows
    return scope.rows.filter(pl.col("date").is_between(period.start, period.end))


def _compared(asked: Window, request: Request) -> Period | None:
    before = asked.before(request.compare) if request.compare and request.growth_of else None
    return Period(before.start, asked.asked.end) if before and asked.asked else None


def _covered(cube: Cube, snapshot: Snapshot, request: Request, rows: pl.LazyFrame) -> Period | None:
    """From the first to the last date of the rows; in whole months where the data knows no days."""

    def compute() -> Period | None:
        first, last = collect(rows.select(pl.min("date").alias("first"), pl.max("date").alias("last")))[0].row(0)
        if first is None:
            return None
        return Period(first, last).whole_months() if cube.finest is Grain.MONTH else Period(first, last)

    if request.as_of:
        return compute()
    covered: Period | None = snapshot.once(f"covered by {cube.name}", compute)
    return covered
