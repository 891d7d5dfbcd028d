"""Finish: from base aggregates to the numbers of an answer, on a frame as small as the answer."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from bedrot_graph.cubes.reduce import members_of, name_of
from bedrot_graph.measures import (
    Aggregate,
    Composition,
    Count,
    Difference,
    DistinctCount,
    Formula,
    Last,
    Measure,
    Only,
    Quotient,
    ShareOfTotal,
    Sum,
    Term,
    Unit,
)

NOW, THEN = "", "then_"
"""What the columns of aggregates begin with, on either side of a comparison."""


def laid_on(
    grid: pl.DataFrame, reduced: pl.DataFrame, on: Mapping[str, str], aggregates: tuple[Aggregate, ...], side: str
) -> pl.DataFrame:
    """The grid with the aggregates of one side beside it, null where nothing was reduced.

    `on`: by which column of the grid each key of the reduced is found.
    """
    keys, members = list(on.values()), [members_of(each) for each in aggregates if isinstance(each, Last)]
    names = list(dict.fromkeys(["count", *map(name_of, aggregates), *members]))
    own = reduced[[*keys, *names]]
    own.columns = [*keys, *(side + name for name in names)]
    if not on:
        return grid.hstack(own)
    return grid.join(own, left_on=list(on), right_on=keys, how="left", nulls_equal=True)


def without_gaps(frame: pl.DataFrame, aggregates: tuple[Aggregate, ...], side: str, *, is_zero: bool) -> list[pl.Expr]:
    """The aggregates of one side: counts of nothing are zero, and sums of nothing where that `is_zero`.

    What rows that are there do not tell stays unknown, and so does the value of a row that is not there, and of a
    group that is not of the cube's own rows (`is_own`; unless the frame says so, each is).
    """
    counts = frame[f"{side}count"]
    if not counts.null_count() and (counts > 0).all():
        return []
    filled = [
        pl.col(side + name_of(each)).fill_null(0) for each in aggregates if isinstance(each, Count | DistinctCount)
    ]
    if not is_zero:
        return filled
    has_rows = pl.col(f"{side}count").fill_null(0) > 0
    if "is_own" in frame.columns:
        has_rows |= ~pl.col("is_own")
    sums = [pl.col(side + name_of(each)) for each in aggregates if isinstance(each, Sum) and not each.beside]
    return [*filled, *(pl.when(has_rows).then(each).otherwise(each.fill_null(0)) for each in sums)]


def value(measure: Measure, side: str, whole: pl.DataFrame) -> pl.Expr:
    """The measure from the aggregates of one side; `whole` holds those of the whole answer, in one row."""
    if isinstance(measure.formula, ShareOfTotal):
        return _share(measure.formula.part, side, whole).alias(measure.name)
    return _value(measure.formula, side, measure.unit).alias(measure.name)


def _share(part: Sum, side: str, whole: pl.DataFrame) -> pl.Expr:
    total = whole[name_of(part)]
    positive = pl.lit(total.item(), total.dtype) if (total > 0).all() else pl.lit(None)
    return pl.col(side + name_of(part)).cast(pl.Float64) / positive.cast(pl.Float64)


@cache
def _value(formula: Formula, side: str, unit: Unit) -> pl.Expr:
    match formula:
        case Quotient() | Difference() as term:
            return _term(term, side, unit)
        case Composition():
            return pl.lit(None, pl.Int64)
        case Sum() if unit is Unit.STREAMS:  # what an estimate has cut into parts is whole again
            return pl.col(side + name_of(formula)).round().cast(pl.Int64)
        case Sum() | Count() | DistinctCount() | Only() | Last() as aggregate:
            return pl.col(side + name_of(aggregate))
        case ShareOfTotal():
            raise AssertionError


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


def growth(measure: Measure, now: pl.Expr, then: pl.Expr) -> pl.Expr:
    """The relative change of the measure; null where it was zero or is of something else."""
    change = (now - then).cast(pl.Float64) / then.cast(pl.Float64)
    is_comparable = (then != 0) & ~is_of_others(measure) if isinstance(measure.formula, Last) else then != 0
    return pl.when(is_comparable).then(change).alias(measure.name)


def is_of_others(measure: Measure) -> pl.Expr:
    """Whether the newest values on either side are not of the same ones: who joins the sum would look like growth."""
    if not isinstance(measure.formula, Last):
        return pl.lit(value=False)
    members = members_of(measure.formula)
    return (pl.col(NOW + members) != pl.col(THEN + members)).fill_null(value=True)
