"""Reduce: the only step that sees many rows. Base aggregates per group, nothing that needs a second look.

It knows no trick that another engine could not do, so that where a label outgrows one machine the same
declarations can run elsewhere, while everything after this step stays as it is.
"""

from functools import cache

import polars as pl

from bedrot_graph.lake.rows import texts
from bedrot_graph.measures import Aggregate, Count, DistinctCount, Last, Measure, Only, Sum


def aggregates_of(measures: tuple[Measure, ...]) -> tuple[Aggregate, ...]:
    """What the measures need from the rows, each once."""
    return tuple(dict.fromkeys(aggregate for measure in measures for aggregate in measure.aggregates))


@cache
def name_of(aggregate: Aggregate) -> str:
    """The column that an aggregate is given out in."""
    match aggregate:
        case Sum(column, beside):
            return f"sum_{column}_of_{beside}" if beside else f"sum_{column}"
        case DistinctCount(column):
            return f"distinct_{column}"
        case Count():
            return "count"
        case Only(column, of_a_day):
            return f"only_{column}_of_a_day" if of_a_day else f"only_{column}"
        case Last(column, per):
            return f"last_{column}_per_{per}"


def reduce(
    rows: pl.LazyFrame, keys: list[str], aggregates: tuple[Aggregate, ...], *, is_daily: bool = False
) -> pl.LazyFrame:
    """One row per group that has rows; without keys one row in any case. Categories end here: what leaves is text.

    `is_daily`: whether each group speaks of one day.
    Columns: the keys, `count`, and one per aggregate: sums are null where no row had a value. Of groups the rows are
    counted where that is asked for; else each has 1, as it has some.
    """
    for each in aggregates:
        if isinstance(each, Last):
            rows = _with_newest(rows, keys, each)
    is_counted = not keys or Count() in aggregates
    wanted = [_expression(Count(), is_daily=is_daily).alias("count")] if is_counted else []
    wanted += [
        _expression(each, is_daily=is_daily).alias(name_of(each)) for each in aggregates if not isinstance(each, Count)
    ]
    wanted += [_members(each).alias(members_of(each)) for each in aggregates if isinstance(each, Last)]
    if not keys:
        return rows.select(wanted)
    groups = rows.group_by(keys).agg(wanted)
    return texts(groups if is_counted else groups.with_columns(count=pl.lit(1, pl.Int64)))


def summed(groups: pl.DataFrame, aggregates: tuple[Aggregate, ...]) -> pl.DataFrame | None:
    """The aggregates of all rows, from those of the groups that they lie in; None where that would not be exact.

    Counts, and sums of whole numbers and of decimals, add up; sums of floats depend on their order.
    """
    names, types = [name_of(each) for each in aggregates], groups.schema
    is_exact = all(types[name].is_integer() or types[name].is_decimal() for name in names)
    if not is_exact or not all(isinstance(each, Sum | Count) for each in aggregates):
        return None
    sums = [_sum(name).alias(name) for name in dict.fromkeys(names) if name != "count"]
    return groups.select_seq(pl.col("count").sum(), *sums)


@cache
def _expression(aggregate: Aggregate, *, is_daily: bool) -> pl.Expr:
    match aggregate:
        case Sum(column):
            return _sum(column)
        case DistinctCount(column):
            return pl.col(column).drop_nulls().n_unique().cast(pl.Int64)
        case Count():
            return pl.len().cast(pl.Int64)
        case Only(column, of_a_day):
            is_told = pl.len() == 1 if is_daily or not of_a_day else pl.lit(value=False)
            return pl.when(is_told).then(pl.col(column).first())
        case Last():
            return _sum(name_of(aggregate))


def members_of(last: Last) -> str:
    """The column that tells whose newest values an aggregate has added up."""
    return f"members_of_{name_of(last)}"


@cache
def _members(last: Last) -> pl.Expr:
    """Equal where the same ones have a value, whatever it is."""
    has_value = pl.col(name_of(last)).is_not_null()
    return (pl.col(last.per).hash() % 2**32).filter(has_value).sum()


@cache
def _sum(column: str) -> pl.Expr:
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())


def _with_newest(rows: pl.LazyFrame, keys: list[str], last: Last) -> pl.LazyFrame:
    """The rows in the order of their dates, with the newest value of each group and `per` on its row only.

    Of two rows of one date the later one counts. Adds the column that the aggregate is named after.
    """
    is_known = pl.col(last.column).is_not_null()
    is_newest = pl.struct(*dict.fromkeys([*keys, last.per]), is_known.alias(name_of(last))).is_last_distinct()
    newest = pl.when(is_known & is_newest).then(pl.col(last.column))
    return rows.sort("date", maintain_order=True).with_columns(newest.alias(name_of(last)))
