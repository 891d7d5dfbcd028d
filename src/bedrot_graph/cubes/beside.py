"""Rows that stand beside a cube's own: sums of another dataset, where both know the groups and the time."""

from collections.abc import Mapping

import polars as pl

from bedrot_graph.cubes import series
from bedrot_graph.cubes.asked import Asked, sums_of
from bedrot_graph.cubes.cube import Beside, Look, Scope
from bedrot_graph.cubes.reduce import reduce
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.rows import texts
from bedrot_graph.measures import Aggregate
from bedrot_graph.periods import Grain, Period

Times = Mapping[str, Period]
"""What rows beside are looked at for, by their names; those that are not named are not looked at."""


def times_now(asked: Asked, scope: Scope) -> Times:
    """What the cube's own rows know of the asked period, in whole months where those beside know no days."""
    return _times(asked, scope, scope.window.asked)


def times_before(asked: Asked, scope: Scope) -> Times:
    """The same of what is compared with; not of a time that is already looked at, whole months being longer."""
    if not asked.request.compare:
        return {}
    now, before = times_now(asked, scope), _times(asked, scope, scope.window.before(asked.request.compare))
    return {name: time for name, time in before.items() if name not in now or not time.overlap(now[name])}


def times_of_buckets(asked: Asked, scope: Scope) -> Times:
    """The same of all buckets, those that others are compared with included."""
    return _times(asked, scope, scope.window.covered)


def laid_beside(  # noqa: PLR0913, PLR0917 - what is laid beside what, and by what
    reduced: pl.LazyFrame,
    keys: list[str],
    aggregates: tuple[Aggregate, ...],
    asked: Asked,
    scope: Scope,
    times: Times,
) -> pl.LazyFrame:
    """The reduced rows of a cube, with the sums of what stands beside them.

    Where `bucket` is one of the keys, in the buckets of the asked period and of what it is compared with. Groups and
    buckets that are only there have a null `count`.
    """
    for beside in asked.besides:
        sums = sums_of(beside, aggregates)
        if not sums and not (keys and asked.tells(beside)):
            continue
        every = _every(asked, scope, beside)
        if not asked.tells(beside):
            reduced = reduced.join(reduce(every.clear(), [], sums).drop("count"), how="cross")
            continue
        rows = _within(every, times.get(beside.name), scope)
        if "bucket" in keys and asked.request.grain:
            now = times_now(asked, scope).get(beside.name)
            buckets = series.Buckets(now, asked.request.grain, asked.request.compare, beside.finest)
            rows = series.bucketed(rows, buckets, None)
        there = reduce(rows, keys, sums).drop("count")
        if not keys:
            reduced = reduced.join(there, how="cross")
            continue
        has_names = pl.all_horizontal(pl.col(key).is_not_null() for key in keys)
        reduced = reduced.join(there.filter(has_names), on=keys, how="full", coalesce=True)
    return reduced


def groups_of(reduced: pl.DataFrame, asked: Asked, scope: Scope) -> pl.DataFrame:
    """The groups to show, of reduced rows that have keys.

    Those that only rows beside have are shown where these add groups by a key. Then `is_own` says whether a group is
    the cube's own, as its rows have it at any time.
    """
    keys = list(asked.keys)
    adds = any(set(beside.adds).intersection(keys) for beside in asked.besides)
    if not adds:
        return reduced.filter(pl.col("count").is_not_null()) if asked.besides else reduced
    (own,) = scope.collected(texts(scope.own_rows.select(keys).unique()).with_columns(is_own=pl.lit(value=True)))
    found = reduced.join(own, on=keys, how="left", nulls_equal=True)
    return found.with_columns(pl.col("is_own").fill_null(value=False))


def is_own(asked: Asked, scope: Scope) -> bool:
    """Whether the whole answer is about anything that the cube's own rows have: else it is unknown, and no zero."""
    can_be_others = any(set(beside.adds).intersection(scope.conditions) for beside in asked.cube.besides)
    if scope.lets_nothing or not can_be_others:
        return True
    return bool(scope.collected(scope.own_rows.select(pl.len()))[0].item())


def findings_beside(asked: Asked, scope: Scope) -> list[Limitation]:
    """What has to be said of the sums that stand beside."""
    found = []
    for beside in asked.besides:
        if asked.sums_of(beside):
            time = times_now(asked, scope).get(beside.name)
            found += beside.findings(scope, time, asked.tells(beside))
            if asked.request.compare and time and beside.name not in times_before(asked, scope):
                text = (
                    f"What stands beside as {beside.name} is null in `previous`: it is not known of that time, or the "
                    f"same months ({time}) are already looked at."
                )
                found.append(Limitation(Code.NOT_COMPARABLE, text))
    return found


def _times(asked: Asked, scope: Scope, period: Period | None) -> Times:
    found: dict[str, Period] = {}
    for beside in asked.besides:
        if scope.window.is_timeless and (known := asked.covers(beside)):
            found[beside.name] = known
        elif whole := _whole(beside, scope, period):
            found[beside.name] = whole
    return {} if scope.lets_nothing else found


def _within(rows: pl.LazyFrame, time: Period | None, scope: Scope) -> pl.LazyFrame:
    """The rows beside that the filters let through, of a time."""
    if time is None:
        return rows.clear()
    return rows.filter(pl.col("date").is_between(time.start, time.end), *scope.asked_of())


def _every(asked: Asked, scope: Scope, beside: Beside) -> pl.LazyFrame:
    """All rows beside."""
    wanted = {each.column for each in asked.sums_of(beside)} | set(asked.keys) | set(scope.conditions)
    return beside.rows(scope.snapshot, Look(frozenset(wanted), scope.as_of, scope.options))


def _whole(beside: Beside, scope: Scope, period: Period | None) -> Period | None:
    """What the cube's own rows know of a period, in whole months where those beside know no days."""
    known = period.overlap(scope.window.covered) if period and scope.window.covered else None
    return known.whole_months() if known and beside.finest is Grain.MONTH else known
