"""What a request looks at: the rows that its filters let through, in the time it asks about."""

from collections.abc import Mapping

import polars as pl

from bedrot_graph.cubes.cube import Cube, Look, Scope
from bedrot_graph.cubes.members import Meant, meant_by
from bedrot_graph.cubes.request import Request
from bedrot_graph.cubes.window import TIMELESS, Window, window
from bedrot_graph.lake.engine import collect, collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period

FEW_ROWS = 100_000
"""Up to which Polars is quicker with a plain plan."""


def scope_of(cube: Cube, snapshot: Snapshot, request: Request, columns: frozenset[str]) -> Scope:
    """The scope of a request, with the columns of the rows that it needs.

    Raises InvalidPeriod, or DatasetError where the cube's own dataset cannot be read.
    """
    filtered = {cube.dimension(each.dimension).column for each in request.where}
    look = Look(columns | filtered, request.as_of, dict(request.options))
    every_row = cube.rows(snapshot, look)
    meant = [meant_by(each, cube, snapshot) for each in request.where]
    findings = [limitation for each in meant for limitation in each.unknown]
    rows, is_timeless = _of_one_kind(cube, snapshot, request, every_row)
    asked = TIMELESS if is_timeless else window(request.period, _covered(cube, snapshot, request), cube.finest)
    if not asked.covered and not is_timeless:
        findings.append(_nothing(cube, request))
    if cube.has_undated and request.is_timed:
        findings += _excluded(cube, _let_through(every_row, meant))
    conditions = _conditions(cube, request, meant)
    table = snapshot.tables.get(cube.dataset.name)
    return Scope(
        snapshot=snapshot,
        as_of=request.as_of,
        options=look.options,
        all_rows=rows,
        rows=_let_through(rows, meant),
        window=asked,
        compared=_compared(asked, request),
        measures=request.computed,
        columns=look.wanted,
        conditions=conditions,
        own_rows=_own(cube, rows, conditions),
        lets_nothing=any(each.is_nothing for each in meant),
        findings=(*findings, *asked.findings()),
        has_many=table is not None and table.rows.height > FEW_ROWS,
    )


def _conditions(cube: Cube, request: Request, meant: list[Meant]) -> dict[str, tuple[pl.Expr, ...]]:
    found: dict[str, tuple[pl.Expr, ...]] = {}
    for wanted, each in zip(request.where, meant, strict=True):
        column = cube.dimension(wanted.dimension).column
        found[column] = (*found.get(column, ()), each.condition)
    return found


def _own(cube: Cube, rows: pl.LazyFrame, conditions: Mapping[str, tuple[pl.Expr, ...]]) -> pl.LazyFrame:
    """The rows that are let through by what is asked of columns by which other rows add groups."""
    added = {column for beside in cube.besides for column in beside.adds}
    return rows.filter(*(each for column in sorted(added) for each in conditions.get(column, ())))


def within(scope: Scope, period: Period | None) -> pl.LazyFrame:
    """The rows of the scope that lie in a period; none where there is none, and all where they have no dates."""
    if scope.window.is_timeless:
        return scope.rows
    if period is None:
        return scope.rows.clear()
    if scope.window.covered and period.holds(scope.window.covered):
        return scope.rows
    return scope.rows.filter(pl.col("date").is_between(period.start, period.end))


def _let_through(rows: pl.LazyFrame, meant: list[Meant]) -> pl.LazyFrame:
    return rows.filter(*(each.condition for each in meant)) if meant else rows


def _of_one_kind(cube: Cube, snapshot: Snapshot, request: Request, rows: pl.LazyFrame) -> tuple[pl.LazyFrame, bool]:
    """The rows with a date or those without, whichever the request is about, and whether it is about the latter.

    Totals without dates contain what has a date: the two are never added up.
    """
    if not cube.has_undated:
        return rows, False
    undated: int = snapshot.known(f"undated rows of {cube.name}", request.as_of, lambda: _undated(rows))
    is_timeless = not request.is_timed and undated > 0
    has_no_date = pl.col("date").is_null()
    return rows.filter(has_no_date if is_timeless else ~has_no_date), is_timeless


def _undated(rows: pl.LazyFrame) -> int:
    return int(collect_few(rows.select(pl.col("date").null_count()))[0].item())


def _excluded(cube: Cube, rows: pl.LazyFrame) -> list[Limitation]:
    """What is said of rows without a date that a question about time leaves out."""
    count, name = _undated(rows), cube.dataset.name
    if not count:
        return []
    if count == 1:
        what, them = f"1 row of {name} is a lifetime total without a date and is", "it"
    else:
        what, them = f"{count} rows of {name} are lifetime totals without dates and are", "them"
    text = f"{what} left out of a question about time; ask without `period` and `grain` for {them}."
    return [Limitation(Code.UNDATED_EXCLUDED, text)]


def _nothing(cube: Cube, request: Request) -> Limitation:
    """What is said where there is no time that the data speaks of."""
    what = "no row with a date" if cube.has_undated else "nothing"
    up_to = f" up to {request.as_of}" if request.as_of else ""
    return Limitation(Code.PARTIAL_PERIOD, f"{cube.dataset.name} holds {what}{up_to}.")


def _compared(asked: Window, request: Request) -> Period | None:
    before = asked.before(request.compare) if request.compare and request.growth_of else None
    return Period(before.start, asked.asked.end) if before and asked.asked else None


def _covered(cube: Cube, snapshot: Snapshot, request: Request) -> Period | None:
    """From the first to the last date of the rows, whatever is asked of them; in whole months without days."""

    def compute() -> Period | None:
        rows = cube.rows(snapshot, Look(frozenset(), request.as_of))
        first, last = collect(rows.select(pl.min("date").alias("first"), pl.max("date").alias("last")))[0].row(0)
        if first is None:
            return None
        return Period(first, last).whole_months() if cube.finest is Grain.MONTH else Period(first, last)

    return snapshot.known(f"covered by {cube.name}", request.as_of, compute)
