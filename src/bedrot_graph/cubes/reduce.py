"""Reduce: the only step that sees many rows. Base aggregates per group, nothing that needs a second look.

It knows no trick that another engine could not do, so that where a label outgrows one machine the same
declarations can run elsewhere, while everything after this step stays as it is.
"""

import polars as pl

from bedrot_graph.measures import Aggregate, Count, DistinctCount, Measure, Sum


def aggregates_of(measures: tuple[Measure, ...]) -> tuple[Aggregate, ...]:
    """What the measures need from the rows, each once."""
    return tuple(dict.fromkeys(aggregate for measure in measures for aggregate in measure.aggregates))


def name_of(aggregate: Aggregate) -> str:
    """The column that an aggregate is given out in."""
    match aggregate:
        case Sum(column):
            return f"sum_{column}"
        case DistinctCount(column):
            return f"distinct_{column}"
        case Count():
            return "count"


def reduce(rows: pl.LazyFrame, keys: list[str], aggregates: tuple[Aggregate, ...]) -> pl.LazyFrame:
    """One row per group that has rows; without keys one row in any case.

    Columns: the keys, `count`, and one per aggregate: sums are null where no row had a value.
    """
    wanted = [pl.len().cast(pl.Int64).alias("count")]
    wanted += [_expression(each).alias(name_of(each)) for each in aggregates if not isinstance(each, Count)]
    return rows.group_by(keys).agg(wanted) if keys else rows.select(wanted)


def _expression(aggregate: Aggregate) -> pl.Expr:
    match aggregate:
        case Sum(column):
            return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())
        case DistinctCount(column):
            return pl.col(column).n_unique().cast(pl.Int64)
        case Count():
            return pl.len().cast(pl.Int64)
