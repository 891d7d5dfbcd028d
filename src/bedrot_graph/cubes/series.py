"""Buckets of time: the one a date is in, the one it is compared with, and all those of a period."""

import datetime as dt
from dataclasses import dataclass

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


def first_bucket(period: Period, grain: Grain) -> dt.date:
    """The bucket that a period begins in."""
    return _first_day(period.start, grain)


@dataclass(frozen=True)
class Buckets:
    """The buckets that rows are put in: those of the asked period, and those that they are compared with."""

    asked: Period | None
    grain: Grain
    compare: Comparison | None
    finest: Grain
    """Of the rows, whose dates are the first days of such buckets."""


def bucketed(rows: pl.LazyFrame, buckets: Buckets, covered: Period | None) -> pl.LazyFrame:
    """The rows that lie in the buckets. `covered`: the time in which all rows lie, if that is known.

    Adds `bucket`.
    """
    date, asked, grain, compare = pl.col("date"), buckets.asked, buckets.grain, buckets.compare
    bucket = date if grain is buckets.finest else bucket_of(date, grain)
    if asked is None:
        return rows.clear().with_columns(bucket=date)
    if covered and asked.holds(covered):  # and nothing lies before
        return rows.with_columns(bucket=bucket)
    wanted = date.is_between(asked.start, asked.end)
    if compare:
        first = pl.lit(first_bucket(asked, grain))
        wanted |= (date >= earlier(first, grain, compare)) & (date < first)
    return rows.filter(wanted).with_columns(bucket=bucket)


MOST_ROWS = 1_000_000
"""Groups times buckets: above it an answer would not fit the memory of a small machine."""


def buckets_of(visible: Period | None, grain: Grain) -> pl.DataFrame:
    """Every bucket of a period; none where there is none. Columns: bucket."""
    if visible is None:
        return pl.DataFrame(schema={"bucket": pl.Date})
    first, last = first_bucket(visible, grain), _first_day(visible.end, grain)
    return pl.date_range(first, last, grain.offset, eager=True).alias("bucket").to_frame()


def grid(groups: pl.DataFrame, buckets: pl.DataFrame) -> pl.DataFrame:
    """Every group in every bucket. Columns: bucket, and those of the groups. Raises TooExpensive."""
    if groups.height * buckets.height > MOST_ROWS:
        raise TooExpensive(groups.height, buckets.height, MOST_ROWS)
    if groups.height == 1:
        return buckets.with_columns_seq(
            pl.lit(groups[name].item(), groups[name].dtype).alias(name) for name in groups.columns
        )
    return buckets.join(groups, how="cross")


def _first_day(day: dt.date, grain: Grain) -> dt.date:
    """As `bucket_of`, of one day."""
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - dt.timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case Grain.YEAR:
            return day.replace(month=1, day=1)
