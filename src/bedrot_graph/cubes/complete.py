"""Whether all that a node speaks of has been reported."""

import polars as pl

from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.cube import Scope
from bedrot_graph.cubes.request import Shown
from bedrot_graph.cubes.series import bucket_of, last_day_of
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.periods import Grain


def with_completeness(  # noqa: PLR0913, PLR0917 - which nodes, and what they speak of
    asked: Asked, scope: Scope, grid: pl.DataFrame, looked_at: Shown, keys: tuple[str, ...], grain: Grain | None
) -> pl.DataFrame:
    """The nodes of a grid, told apart by the keys and (with a grain) by `bucket`, with `complete` if it is looked at.

    A node is complete where the asked period and the data cover all of its time, and no source has left out a day of
    that: a bucket that the period cuts is not. Null where the cube does not say.
    """
    if not looked_at.complete:
        return grid
    covered, period = scope.window.covered, scope.window.asked
    if scope.lets_nothing:
        return grid.with_columns(complete=pl.lit(value=False))
    if asked.cube.incomplete is None or not covered or not period:
        return grid.with_columns(complete=pl.lit(None, pl.Boolean))
    known = period.overlap(covered)
    dates = collect_few(asked.cube.incomplete(scope, keys))[0]
    on = [key for key in keys if key in dates.columns]
    start, end = pl.lit(period.start), pl.lit(period.end)
    if grain:
        start, end = pl.col("bucket"), last_day_of(pl.col("bucket"), grain)
        dates, on = dates.with_columns(bucket=bucket_of(pl.col("date"), grain)), ["bucket", *on]
    is_covered = (start >= known.start) & (end <= known.end) if known else pl.lit(value=False)
    if not on:
        return grid.with_columns(complete=is_covered & pl.lit(dates.is_empty()))
    if len(on) == 1:  # as below, without a join
        is_touched = pl.col(on[0]).is_in(dates[on[0]].implode(), nulls_equal=True)
        return grid.with_columns_seq(complete=is_covered & ~is_touched)
    touched = dates.select(on).unique().with_columns(is_touched=pl.lit(value=True))
    marked = grid.join(touched, on=on, how="left", nulls_equal=True, maintain_order="left")
    return marked.with_columns_seq(complete=is_covered & pl.col("is_touched").is_null()).drop("is_touched")
