"""Rows that stand beside a cube's own: sums of another dataset, where both know the groups and the time."""

import polars as pl

from bedrot_graph.cubes import series
from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.cube import Beside, Look, Scope
from bedrot_graph.cubes.reduce import reduce
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.periods import Grain, Period


def laid_beside(
    reduced: pl.LazyFrame, keys: list[str], asked: Asked, scope: Scope, period: Period | None
) -> pl.LazyFrame:
    """The reduced rows of a cube in a period, with the sums of what stands beside them.

    Where `bucket` is one of the keys, in the buckets of the period. Groups and buckets that are only there have a
    null `count`.
    """
    for beside in asked.besides:
        sums = reduce(_rows(asked, scope, beside, period, keys), keys, asked.sums_of(beside)).drop("count")
        if not asked.tells(beside):
            nothing = reduce(_every(asked, scope, beside).clear(), [], asked.sums_of(beside)).drop("count")
            reduced = reduced.join(nothing, how="cross")
        elif not keys:
            reduced = reduced.join(sums, how="cross")
        else:
            has_names = pl.all_horizontal(pl.col(key).is_not_null() for key in keys)
            both = reduced.join(sums.filter(has_names), on=keys, how="full", coalesce=True)
            reduced = both if beside.adds in keys else _of_own_groups(both, keys)
    return reduced


def covered(asked: Asked, scope: Scope, period: Period | None) -> frozenset[str]:
    """The names of those whose rows know any of the period, and of what is filtered by."""
    names: set[str] = set()
    if scope.lets_nothing:
        return frozenset()
    for beside in asked.besides:
        whole, known = _whole(beside, scope, period), asked.covers(beside)
        if known and (scope.window.is_timeless or (whole and whole.overlap(known))):
            names.add(beside.name)
    return frozenset(names)


def findings_beside(asked: Asked, scope: Scope) -> list[Limitation]:
    """What has to be said of the sums that stand beside."""
    found = []
    for beside in asked.besides:
        if asked.sums_of(beside):
            period = _whole(beside, scope, scope.window.asked)
            found += beside.findings(scope, period, asked.tells(beside))
    return found


def _rows(asked: Asked, scope: Scope, beside: Beside, period: Period | None, keys: list[str]) -> pl.LazyFrame:
    """The rows beside that the filters let through, in the time that is reduced."""
    if not asked.tells(beside):
        return _every(asked, scope, beside).clear().with_columns(pl.lit(None).alias(key) for key in keys)
    conditions = (each for several in scope.conditions.values() for each in several)
    rows = _every(asked, scope, beside).filter(*conditions)
    if scope.window.is_timeless:
        return rows
    whole = _whole(beside, scope, period)
    if asked.request.grain and "bucket" in keys:
        return series.bucketed(rows, whole, asked.request.grain, asked.request.compare)
    return rows.filter(pl.col("date").is_between(whole.start, whole.end)) if whole else rows.clear()


def _every(asked: Asked, scope: Scope, beside: Beside) -> pl.LazyFrame:
    """All rows beside."""
    wanted = {each.column for each in asked.sums_of(beside)} | set(asked.keys) | set(scope.conditions)
    return beside.rows(scope.snapshot, Look(frozenset(wanted), scope.as_of, scope.options))


def _whole(beside: Beside, scope: Scope, period: Period | None) -> Period | None:
    """What the cube's own rows know of a period, in whole months where those beside know no days."""
    known = period.overlap(scope.window.covered) if period and scope.window.covered else None
    return known.whole_months() if known and beside.finest is Grain.MONTH else known


def _of_own_groups(both: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """Without the groups that only the rows beside have; their buckets stay."""
    groups = [key for key in keys if key != "bucket"]
    return both.filter(pl.col("count").is_not_null().any().over(groups)) if groups else both
