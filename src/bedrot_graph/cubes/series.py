"""Buckets of time: the one a date is in, the one it is compared with, and all those of a period."""

import polars as pl

from bedrot_graph.cubes.request import Comparison
from bedrot_graph.errors import TooExpensive
from bedrot_graph.periods import Grain, Period


def bucket_of(date: pl.Expr, grain: Grain) -> pl.Expr:
    """The first day of the bucket that a date is in; weeks begin on Monday."""
    return date.dt.truncate(grain.offset)


def last_day_of(bucket: pl.Expr, grain: Grain) -> pl.Expr:
    """The last day of a bucket."""
    return bucket.dt.offset_by(grain.offset).dt.offset_by("-1d")


def earlier(bucket: pl.Expr, grain: Grain, compare: Comparison) -> pl.Expr:
    """The bucket that a bucket is compared with."""
    if compare is Comparison.PREVIOUS_PERIOD:
        return bucket.dt.offset_by(f"-{grain.offset}")
    return bucket.dt.offset_by("-52w" if grain is Grain.WEEK else "-1y")


def bucketed(rows: pl.LazyFrame, asked: Period | None, grain: Grain, compare: Comparison | None) -> pl.LazyFrame:
    """The rows of the asked period, and of the buckets before it that its own are compared with.

    Adds `bucket`.
    """
    date = pl.col("date")
    if asked is None:
        return rows.clear().with_columns(bucket=date)
    wanted = date.is_between(asked.start, asked.end)
    if compare:
        first = bucket_of(pl.lit(asked.start), grain)
        wanted |= (date >= earlier(first, grain, compare)) & (date < first)
    return rows.filter(wanted).with_columns(bucket=bucket_of(date, grain))


MOST_ROWS = 1_000_000
"""Groups times buckets: above it an answer would not fit the memory of a small machine."""


def grid(groups: pl.DataFrame, visible: Period | None, grain: Grain) -> pl.LazyFrame:
    """Every group in every bucket of the period; nothing where there is none.

    Columns: bucket, and those of the groups. Raises TooExpensive.
    """
    if visible is None:
        return groups.lazy().with_columns(bucket=pl.lit(None, pl.Date)).clear()
    first, last = bucket_of(pl.lit(visible.start), grain), bucket_of(pl.lit(visible.end), grain)
    buckets = pl.select(bucket=pl.date_range(first, last, grain.offset))
    if groups.height * buckets.height > MOST_ROWS:
        raise TooExpensive(groups.height, buckets.height, MOST_ROWS)
    return buckets.lazy().join(groups.lazy(), how="cross")
