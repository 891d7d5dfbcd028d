"""Whether all that a node speaks of has been reported."""

import polars as pl

from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.cube import Scope
from bedrot_graph.cubes.series import bucket_of, last_day_of
from bedrot_graph.lake.engine import collect
from bedrot_graph.periods import Grain


def with_completeness(
    asked: Asked, scope: Scope, grid: pl.LazyFrame, keys: tuple[str, ...], grain: Grain | None
) -> pl.LazyFrame:
    """The nodes of a grid, told apart by the keys and (with a grain) by `bucket`, with `complete`.

    A node is complete where the asked period and the data cover all of its time, and no source has left out a day of
    that: a bucket that the period cuts is not. Null where nobody asks, or the cube does not say.
    """
    covered, period = scope.window.covered, scope.window.asked
    if scope.lets_nothing:
        return grid.with_columns(complete=pl.lit(value=False))
    if not asked.request.wants_complete or asked.cube.incomplete is None or not covered or not period:
        return grid.with_columns(complete=pl.lit(None, pl.Boolean))
    dates = collect(asked.cube.incomplete(scope, keys))[0].with_columns(is_touched=pl.lit(value=True))
    start, end = pl.lit(period.start), pl.lit(period.end)
    on = [key for key in keys if key in dates.columns]
    if grain:
        start, end = pl.col("bucket"), last_day_of(pl.col("bucket"), grain)
        dates, on = dates.with_columns(bucket=bucket_of(pl.col("date"), grain)), ["bucket", *on]
    touched = dates.lazy().select(*on, "is_touched").unique()
    marked = grid.join(touched, on=on, how="left", nulls_equal=True) if on else grid.join(_any(touched), how="cross")
    known = period.overlap(covered)
    is_covered = (start >= known.start) & (end <= known.end) if known else pl.lit(value=False)
    return marked.with_columns(complete=is_covered & pl.col("is_touched").is_null()).drop("is_touched")


def _any(touched: pl.LazyFrame) -> pl.LazyFrame:
    """Whether there is anything: null where not."""
    return touched.select(pl.col("is_touched").first())
