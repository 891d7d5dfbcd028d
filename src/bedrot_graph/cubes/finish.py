"""Finish: from base aggregates to the numbers of an answer, on a frame as small as the answer."""

from collections.abc import Mapping

import polars as pl

from bedrot_graph.cubes.reduce import members_of, name_of
from bedrot_graph.measures import (
    Aggregate,
    Composition,
    Count,
    Difference,
    DistinctCount,
    Last,
    Measure,
    Quotient,
    ShareOfTotal,
    Sum,
    Term,
    Unit,
)

NOW, THEN = "now_", "then_"
"""What the columns of aggregates begin with, on either side of a comparison."""


def laid_on(
    grid: pl.LazyFrame, reduced: pl.LazyFrame, on: Mapping[str, str], aggregates: tuple[Aggregate, ...], side: str
) -> pl.LazyFrame:
    """The grid with the aggregates of one side beside it, null where nothing was reduced.

    `on`: by which column of the grid each key of the reduced is found.
    """
    members = [members_of(each) for each in aggregates if isinstance(each, Last)]
    own = reduced.select(
        *(pl.col(key).alias(f"key_{key}") for key in on.values()),
        *(pl.col(name).alias(side + name) for name in dict.fromkeys(["count", *map(name_of, aggregates), *members])),
    )
    return grid.join(
        own, left_on=list(on), right_on=[f"key_{key}" for key in on.values()], how="left", nulls_equal=True
    )


def without_gaps(aggregates: tuple[Aggregate, ...], side: str, *, is_zero: bool) -> list[pl.Expr]:
    """The aggregates of one side: counts of nothing are zero, and sums of nothing where that `is_zero`.

    What rows that are there do not tell stays unknown, and so does the value of a row that is not there, and of a
    group that is not of the cube's own rows (`is_own`).
    """
    filled = [
        pl.col(side + name_of(each)).fill_null(0) for each in aggregates if isinstance(each, Count | DistinctCount)
    ]
    if not is_zero:
        return filled
    has_rows = (pl.col(f"{side}count").fill_null(0) > 0) | ~pl.col("is_own")
    sums = [pl.col(side + name_of(each)) for each in aggregates if isinstance(each, Sum) and not each.beside]
    return [*filled, *(pl.when(has_rows).then(each).otherwise(each.fill_null(0)) for each in sums)]


def value(measure: Measure, side: str, whole: pl.DataFrame) -> pl.Expr:
    """The measure from the aggregates of one side; `whole` holds those of the whole answer, in one row."""
    match measure.formula:
        case Quotient() | Difference() as term:
            expression = _term(term, side, measure.unit)
        case ShareOfTotal(part):
            total = whole[name_of(part)]
            positive = pl.lit(total.item(), total.dtype) if (total > 0).all() else pl.lit(None)
            expression = pl.col(side + name_of(part)).cast(pl.Float64) / positive.cast(pl.Float64)
        case Composition():
            expression = pl.lit(None, pl.Int64)
        case Sum() if measure.unit is Unit.STREAMS:  # what an estimate has cut into parts is whole again
            expression = pl.col(side + name_of(measure.formula)).round().cast(pl.Int64)
        case aggregate:
            expression = pl.col(side + name_of(aggregate))
    return expression.alias(measure.name)


def _term(term: Term, side: str, unit: Unit) -> pl.Expr:
    match term:
        case Sum():
            return pl.col(side + name_of(term))
        case Difference(minuend, subtrahend):
            return _term(minuend, side, unit) - _term(subtrahend, side, unit)
        case Quotient(numerator, denominator, per):
            above = _term(numerator, side, unit) * per
            if isinstance(denominator, int):
                return above / denominator
            column = pl.col(side + name_of(denominator))
            positive = pl.when(column > 0).then(column)  # money divided by zero raises, even where it is not shown
            return above / positive if unit.is_money else above.cast(pl.Float64) / positive.cast(pl.Float64)


def growth(measure: Measure) -> pl.Expr:
    """The relative change against the `previous` struct; null where that was zero or is of something else."""
    now = pl.col(measure.name)
    then = pl.col("previous").struct.field(measure.name)
    change = (now - then).cast(pl.Float64) / then.cast(pl.Float64)
    return pl.when(then != 0, ~is_of_others(measure)).then(change).alias(measure.name)


def is_of_others(measure: Measure) -> pl.Expr:
    """Whether the newest values on either side are not of the same ones: who joins the sum would look like growth."""
    if not isinstance(measure.formula, Last):
        return pl.lit(value=False)
    members = members_of(measure.formula)
    return (pl.col(NOW + members) != pl.col(THEN + members)).fill_null(value=True)
