"""One question to a cube, answered: reduce what is asked for, then finish it."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes import series
from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.beside import (
    findings_beside,
    groups_of,
    is_own,
    laid_beside,
    times_before,
    times_now,
    times_of_buckets,
)
from bedrot_graph.cubes.comparison import Against, against_of, not_comparable
from bedrot_graph.cubes.complete import with_completeness
from bedrot_graph.cubes.cube import Cube, Scope
from bedrot_graph.cubes.nodes import Nodes, Side, shown
from bedrot_graph.cubes.reduce import reduce
from bedrot_graph.cubes.request import Comparison, Request
from bedrot_graph.cubes.scope import scope_of, within
from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period


@dataclass(frozen=True)
class Answer:
    """What a cube says to a request.

    `groups`: one row per node, in the order asked for. `total`: the same columns, one row. Columns: `date`,
    every dimension field, the measures asked for, `complete`, and where a comparison was asked for `previous` and
    `growth`, structs of the same, and `why_not`: why growth is null.
    """

    groups: pl.DataFrame
    total: pl.DataFrame
    findings: tuple[Limitation, ...]
    faults: tuple[tuple[str, DatasetError], ...]
    """Measures that are null, and why: a dataset of theirs cannot be read."""
    lacking: tuple[str, ...]
    """Measures that are null because no file has a column that they need."""
    scanned: frozenset[str]
    period: Period | None = None
    """The time that was asked about; None where it has no dates."""

    @property
    def size_bytes(self) -> int:
        """The memory its frames hold."""
        return int(self.groups.estimated_size() + self.total.estimated_size())


def answer(cube: Cube, snapshot: Snapshot, request: Request) -> Answer:
    """Answer a request. Blocks; raises QuestionError, or DatasetError where the cube's own dataset is missing."""
    asked = Asked(cube, snapshot.watched(), request)
    scope = scope_of(cube, asked.snapshot, request, asked.columns)
    groups, total = _numbers(asked, scope)
    findings = [
        *scope.findings,
        *cube.findings(scope),
        *findings_beside(asked, scope),
        *not_comparable(asked, groups, total),
    ]
    return Answer(
        groups=groups,
        total=total,
        findings=tuple(dict.fromkeys(findings)),
        faults=tuple(asked.faults.items()),
        lacking=asked.lacking,
        scanned=frozenset(asked.snapshot.scanned),
        period=scope.window.asked,
    )


def _numbers(asked: Asked, scope: Scope) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Groups and total."""
    reduced = _reduced(asked, scope)
    against = against_of(asked, scope, ())
    total = _total(asked, scope, against, reduced)
    if not asked.keys and not asked.request.grain:
        (whole,) = collect(shown(asked, total))
        return whole, whole
    if asked.keys:
        against = against_of(asked, scope, asked.keys)
    if asked.request.grain:
        nodes = _series(asked, scope, against, reduced, asked.request.grain)
    else:
        nodes = _groups(asked, scope, against, reduced)
    groups, whole = collect(shown(asked, nodes), shown(asked, total))
    return groups, whole


_Reduced = dict[str, pl.DataFrame]
"""The aggregates of the `total` and of the `groups`, and of both `_before`; buckets are `groups` on either side."""


def _reduced(asked: Asked, scope: Scope) -> _Reduced:
    """The only step that sees many rows."""
    aggregates, keys, request = asked.own_aggregates, list(asked.keys), asked.request
    plans = {}
    sides = [("", scope.window.asked, times_now(asked, scope))]
    if request.compare:
        sides.append(("_before", scope.window.before(request.compare), times_before(asked, scope)))
    for side, period, times in sides:
        rows, is_daily = within(scope, period), period is not None and period.days == 1
        whole = laid_beside(reduce(rows, [], aggregates, is_daily=is_daily), [], asked, scope, times)
        plans[f"total{side}"] = whole.with_columns(all=pl.lit(value=True))
        if keys and not request.grain:
            groups = reduce(rows, keys, aggregates, is_daily=is_daily)
            plans[f"groups{side}"] = laid_beside(groups, keys, asked, scope, times)
    if request.grain:
        rows = series.bucketed(scope.rows, scope.window.asked, request.grain, request.compare)
        times = times_of_buckets(asked, scope)
        groups = reduce(rows, ["bucket", *keys], aggregates, is_daily=request.grain is Grain.DAY)
        plans["groups"] = laid_beside(groups, ["bucket", *keys], asked, scope, times)
    return dict(zip(plans, collect(*plans.values()), strict=True))


def _total(asked: Asked, scope: Scope, against: Against | None, reduced: _Reduced) -> Nodes:
    """One node for the whole answer; outside the time that the data covers its sums are unknown."""
    is_zero = asked.is_absence_zero
    is_nothing_zero = scope.lets_nothing or (is_zero and scope.window.visible is not None)
    grid, on = pl.LazyFrame({"all": [True], "is_own": [is_own(asked, scope)]}), {"all": "all"}
    now = Side(reduced["total"], on, reduced["total"], is_nothing_zero, times_now(asked, scope))
    grid = with_completeness(asked, scope, grid, (), None)
    if not against:
        return Nodes(grid, (), now)
    is_zero = is_zero or scope.lets_nothing
    then = Side(reduced["total_before"], on, reduced["total_before"], is_zero, times_before(asked, scope))
    return Nodes(against.beside_whole(grid), (), now, then)


def _groups(asked: Asked, scope: Scope, against: Against | None, reduced: _Reduced) -> Nodes:
    """One node for each group that has rows in the period."""
    is_zero, on = asked.is_absence_zero, {key: key for key in asked.keys}
    grid = groups_of(reduced["groups"].lazy(), asked, scope)
    now = Side(reduced["groups"], on, reduced["total"], is_zero, times_now(asked, scope))
    grid = with_completeness(asked, scope, grid, asked.keys, None)
    if not against:
        return Nodes(grid, asked.dimensions, now)
    then = Side(reduced["groups_before"], on, reduced["total_before"], is_zero, times_before(asked, scope))
    return Nodes(against.beside_whole(grid), asked.dimensions, now, then)


def _series(asked: Asked, scope: Scope, against: Against | None, reduced: _Reduced, grain: Grain) -> Nodes:
    """One node for each bucket of the period and group that it has seen, those without rows included."""
    is_zero, on = asked.is_absence_zero, {key: key for key in asked.keys}
    visible = None if scope.lets_nothing else scope.window.visible
    seen = reduced["groups"].lazy()
    if visible:
        seen = seen.filter(pl.col("bucket") >= series.bucket_of(pl.lit(visible.start), grain))
    grid = series.grid(collect(groups_of(seen, asked, scope))[0], visible, grain)
    now = Side(reduced["groups"], {"bucket": "bucket", **on}, reduced["total"], is_zero, times_now(asked, scope))
    grid = with_completeness(asked, scope, grid, asked.keys, grain)
    if not against:
        return Nodes(grid, asked.dimensions, now, has_buckets=True)
    # The bucket before one of the period lies in it as well, but for the first: its share is of the same whole.
    is_before = against.compare is Comparison.PREVIOUS_PERIOD
    whole = reduced["total"] if is_before else reduced["total_before"]
    then = Side(reduced["groups"], {"previous_date": "bucket", **on}, whole, is_zero, times_of_buckets(asked, scope))
    return Nodes(against.beside_series(grid, grain), asked.dimensions, now, then, has_buckets=True)
