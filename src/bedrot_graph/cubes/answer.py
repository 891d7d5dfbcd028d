"""One question to a cube, answered: reduce what is asked for, then finish it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from bedrot_graph.cubes import series
from bedrot_graph.cubes.asked import Asked, own
from bedrot_graph.cubes.beside import (
    findings_beside,
    groups_of,
    is_own,
    laid_beside,
    times_before,
    times_now,
    times_of_buckets,
)
from bedrot_graph.cubes.comparison import against_of, not_comparable
from bedrot_graph.cubes.complete import with_completeness
from bedrot_graph.cubes.cube import Cube, Scope
from bedrot_graph.cubes.nodes import Nodes, Side, shown
from bedrot_graph.cubes.reduce import reduce, summed
from bedrot_graph.cubes.request import Comparison, Request, Shown
from bedrot_graph.cubes.scope import scope_of, within
from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Aggregate, Count, Sum
from bedrot_graph.periods import Grain, Period


@dataclass(frozen=True)
class Answer:
    """What a cube says to a request.

    `groups`: one row per node, in the order asked for. `total`: one row. Either is empty where nobody looks at it.
    Columns: `date`, and of those that are looked at the dimension fields, the measures, `complete`, `previous` and
    `growth` (structs of the same), and beside the latter `why_not`: why growth is null.
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

    @cached_property
    def total_values(self) -> dict[str, Any]:
        """The one row of `total`, which is asked for as often as it is remembered."""
        return self.total.row(0, named=True)

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
    whole = shown(asked, _total(asked, scope, reduced, asked.total)) if asked.total else _NOTHING
    if asked.is_one:
        return whole, whole
    if asked.groups is None:
        return _NOTHING, whole
    if asked.request.grain:
        return shown(asked, _series(asked, scope, reduced, asked.groups, asked.request.grain)), whole
    return shown(asked, _groups(asked, scope, reduced, asked.groups)), whole


_NOTHING = pl.DataFrame()

_Reduced = dict[str, pl.DataFrame]
"""The aggregates of the `total` and of the `groups`, and of both `_before`; buckets are `groups` on either side.

What nobody looks at is not there.
"""


def _reduced(asked: Asked, scope: Scope) -> _Reduced:
    """The only step that sees many rows."""
    totals = {"total": asked.of_total.now, "total_before": asked.of_total.then}
    totals = {name: aggregates for name, aggregates in totals.items() if aggregates}
    summable = [name for name in totals if _adds_up(asked, name)]

    def whole(name: str) -> pl.LazyFrame:
        return _whole(asked, scope, [], totals[name], is_before=name == "total_before")

    plans = _reduced_groups(asked, scope) | {name: whole(name) for name in totals if name not in summable}
    reduced = dict(zip(plans, scope.collected(*plans.values()), strict=True))
    for name in summable:
        found = summed(_parts_of(asked, scope, reduced, name), totals[name])
        reduced[name] = scope.collected(whole(name))[0] if found is None else found
    return reduced


def _reduced_groups(asked: Asked, scope: Scope) -> dict[str, pl.LazyFrame]:
    grain, needed, keys = asked.request.grain, asked.of_groups, list(asked.keys)
    if asked.groups is None:
        return {}
    if grain:
        compare = asked.request.compare if needed.then else None
        buckets = series.Buckets(scope.window.asked, grain, compare, asked.cube.finest)
        rows = series.bucketed(scope.rows, buckets, scope.window.covered)
        groups = reduce(rows, ["bucket", *keys], own(needed.both), is_daily=grain is Grain.DAY)
        times = times_of_buckets(asked, scope)
        return {"groups": laid_beside(groups, ["bucket", *keys], needed.both, asked, scope, times)}
    plans = {"groups": _whole(asked, scope, keys, needed.now, is_before=False)}
    if needed.then:
        plans["groups_before"] = _whole(asked, scope, keys, needed.then, is_before=True)
    return plans


def _whole(
    asked: Asked, scope: Scope, keys: list[str], aggregates: tuple[Aggregate, ...], *, is_before: bool
) -> pl.LazyFrame:
    """The rows of the asked period, or of the one that it is compared with, reduced."""
    compare, period, times = asked.request.compare, scope.window.asked, times_now(asked, scope)
    if is_before and compare:
        period, times = scope.window.before(compare), times_before(asked, scope)
    is_daily = period is not None and period.days == 1
    reduced = reduce(within(scope, period), keys, own(aggregates), is_daily=is_daily)
    return laid_beside(reduced, keys, aggregates, asked, scope, times)


def _adds_up(asked: Asked, name: str) -> bool:
    """Whether the aggregates of a total are among those of the groups, and add up."""
    is_now = name == "total"
    if asked.groups is None or asked.besides or (asked.request.grain and not is_now):
        return False
    of_groups = asked.of_groups.now if is_now else asked.of_groups.then
    of_total = asked.of_total.now if is_now else asked.of_total.then
    return set(of_groups).issuperset(of_total) and all(isinstance(each, Sum | Count) for each in of_total)


def _parts_of(asked: Asked, scope: Scope, reduced: _Reduced, name: str) -> pl.DataFrame:
    """The groups that a total is the sum of: those of the asked period."""
    grain, asked_time = asked.request.grain, scope.window.asked
    if name != "total":
        return reduced["groups_before"]
    if not grain or asked_time is None:
        return reduced["groups"]
    return reduced["groups"].filter(pl.col("bucket") >= series.first_bucket(asked_time, grain))


def _total(asked: Asked, scope: Scope, reduced: _Reduced, looked_at: Shown) -> Nodes:
    """One node for the whole answer; outside the time that the data covers its sums are unknown."""
    is_zero, needed, whole = asked.is_absence_zero, asked.of_total, reduced.get("total", _NO_SUMS)
    is_nothing_zero = scope.lets_nothing or (is_zero and scope.window.visible is not None)
    now = Side(whole, {}, needed.now, whole, is_nothing_zero, times_now(asked, scope))
    grid = with_completeness(asked, scope, pl.DataFrame({"is_own": [is_own(asked, scope)]}), looked_at, (), None)
    if (against := against_of(asked, scope, looked_at, ())) is None:
        return Nodes(grid, looked_at, (), now)
    before = reduced.get("total_before", _NO_SUMS)
    then = Side(before, {}, needed.then, before, is_zero or scope.lets_nothing, times_before(asked, scope))
    return Nodes(against.beside_whole(grid), looked_at, (), now, then)


_NO_SUMS = pl.DataFrame({"count": [0]}, {"count": pl.Int64})
"""The aggregates of a total of which no number is looked at."""


def _groups(asked: Asked, scope: Scope, reduced: _Reduced, looked_at: Shown) -> Nodes:
    """One node for each group that has rows in the period."""
    is_zero, needed, on = asked.is_absence_zero, asked.of_groups, {key: key for key in asked.keys}
    whole = reduced.get("total", _NO_SUMS)
    grid = groups_of(reduced["groups"], asked, scope)
    # The groups have their own numbers beside them already.
    now = Side(None, on, needed.now, whole, is_zero, times_now(asked, scope))
    grid = with_completeness(asked, scope, grid, looked_at, asked.keys, None)
    if (against := against_of(asked, scope, looked_at, asked.keys)) is None:
        return Nodes(grid, looked_at, asked.dimensions, now)
    whole, before = reduced.get("total_before", _NO_SUMS), reduced.get("groups_before")
    then = Side(before, on, needed.then, whole, is_zero, times_before(asked, scope))
    return Nodes(against.beside_whole(grid), looked_at, asked.dimensions, now, then)


def _series(asked: Asked, scope: Scope, reduced: _Reduced, looked_at: Shown, grain: Grain) -> Nodes:
    """One node for each bucket of the period and group that it has seen, those without rows included."""
    is_zero, needed, on = asked.is_absence_zero, asked.of_groups, {key: key for key in asked.keys}
    visible, groups = None if scope.lets_nothing else scope.window.visible, reduced["groups"]
    seen = groups.filter(pl.col("bucket") >= series.first_bucket(visible, grain)) if visible else groups
    members, buckets = _seen(asked, scope, seen), series.buckets_of(visible, grain)
    # Often each group has rows in each bucket: then that is the grid, with its numbers beside it already.
    has_all = bool(on) and not asked.besides and seen.height == members.height * buckets.height <= series.MOST_ROWS
    grid = seen if has_all else series.grid(members, buckets)
    whole = reduced.get("total", _NO_SUMS)
    numbers = None if has_all else groups
    now = Side(numbers, {"bucket": "bucket", **on}, needed.now, whole, is_zero, times_now(asked, scope))
    grid = with_completeness(asked, scope, grid, looked_at, asked.keys, grain)
    if (against := against_of(asked, scope, looked_at, asked.keys)) is None:
        return Nodes(grid, looked_at, asked.dimensions, now, has_buckets=True)
    # The bucket before one of the period lies in it as well, but for the first: its share is of the same whole.
    if against.compare is not Comparison.PREVIOUS_PERIOD:
        whole = reduced.get("total_before", _NO_SUMS)
    times, before = times_of_buckets(asked, scope), {"previous_date": "bucket", **on}
    then = Side(groups, before, needed.then, whole, is_zero, times)
    return Nodes(against.beside_series(grid, grain), looked_at, asked.dimensions, now, then, has_buckets=True)


def _seen(asked: Asked, scope: Scope, reduced: pl.DataFrame) -> pl.DataFrame:
    """The groups that any of the reduced rows has; without keys there is one."""
    if not asked.keys:
        return pl.DataFrame({"is_own": [is_own(asked, scope)]})
    groups = groups_of(reduced, asked, scope)
    return groups[[each for each in (*asked.keys, "is_own") if each in groups.columns]].unique()
