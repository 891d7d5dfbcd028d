"""Finish: from base aggregates to the numbers of an answer, on a frame as small as the answer."""

import polars as pl

from bedrot_graph.cubes.reduce import name_of
from bedrot_graph.measures import (
    Aggregate,
    DistinctCount,
    Measure,
    NotAvailable,
    Quotient,
    ShareOfTotal,
    Sum,
    Unit,
)


def filled(aggregates: tuple[Aggregate, ...], is_zero: pl.Expr) -> list[pl.Expr]:
    """The aggregates of groups that may have no rows: zero where that is known to mean none, else unknown."""
    counts = [pl.col("count").fill_null(0)]
    for aggregate in aggregates:
        column = pl.col(name_of(aggregate))
        match aggregate:
            case Sum():
                counts.append(pl.when(column.is_null() & is_zero).then(0).otherwise(column).alias(name_of(aggregate)))
            case DistinctCount():
                counts.append(column.fill_null(0))
    return counts


def value(measure: Measure) -> pl.Expr:
    """The measure from its aggregates; those of the whole answer stand beside them as `total_…`."""
    match measure.formula:
        case Quotient(numerator, denominator):
            expression = _quotient(pl.col(name_of(numerator)), denominator, measure.unit)
        case ShareOfTotal(part):
            total = pl.col(f"total_{name_of(part)}")
            expression = pl.when(total > 0).then(pl.col(name_of(part)).cast(pl.Float64) / total.cast(pl.Float64))
        case NotAvailable():
            expression = pl.lit(None, pl.Int64)
        case aggregate:
            expression = pl.col(name_of(aggregate))
    return expression.alias(measure.name)


def _quotient(numerator: pl.Expr, denominator: Sum | int, unit: Unit) -> pl.Expr:
    if isinstance(denominator, int):
        return numerator / denominator
    column = pl.col(name_of(denominator))
    positive = pl.when(column > 0).then(column)  # money divided by zero raises, even where it is not shown
    return numerator.cast(pl.Float64) / positive if unit is Unit.RATIO else numerator / positive


def growth(measure: Measure) -> pl.Expr:
    """The relative change against the `previous` struct; null where that was zero or is not known."""
    now = pl.col(measure.name)
    then = pl.col("previous").struct.field(measure.name)
    change = (now - then).cast(pl.Float64) / then.cast(pl.Float64)
    return pl.when(then != 0).then(change).alias(measure.name)
