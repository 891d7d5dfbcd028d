"""Streams day by day, as far as they can be judged: days that are not completely reported are null, never zero."""

import polars as pl

from bedrot_graph.cubes.coverage import LIVE_DAYS
from bedrot_graph.domains.counters.reporting import SOURCES

_DATE, _STREAMS = pl.col("date"), pl.col("streams")
STREAMS_MEASURE = "Stream.totalStreams"
FEWEST_TO_ADD_UP = 2


def by_distributor(counters: pl.LazyFrame) -> pl.LazyFrame:
    """What each distributor has counted, from its first day through the last that all its platforms have reported.

    A platform that has never reported anything is not waited for.
    Grain: one row per distributor and day without gaps, sorted. Columns: distributor, date, streams (null on a
    day that is missing).
    """
    reporting = counters.filter(pl.col("through").is_not_null())
    spans = reporting.group_by("distributor").agg(first=_DATE.min(), through=pl.col("through").min())
    grid = spans.select("distributor", date=pl.date_ranges("first", "through")).explode("date", empty_as_null=False)
    is_whole = _STREAMS.null_count() == 0
    sums = reporting.group_by("distributor", "date").agg(streams=pl.when(is_whole).then(_STREAMS.sum()))
    return grid.join(sums, on=["distributor", "date"], how="left").sort("distributor", "date")


def in_total(days: pl.LazyFrame) -> pl.LazyFrame:
    """The distributors' days added up, where all of them have reported; none where there are not at least two.

    Grain: one row per day without gaps, sorted. Columns: distributor (null), date, streams (null where not all
    have reported).
    """
    how_many = pl.col("distributor").n_unique()
    is_whole = _STREAMS.count() == pl.col("how_many").first()
    return (
        days.with_columns(how_many=how_many, through=_DATE.max().over("distributor").min())
        .filter(pl.col("how_many") >= FEWEST_TO_ADD_UP, pl.col("through") >= _DATE)
        .group_by("date")
        .agg(streams=pl.when(is_whole).then(_STREAMS.sum()))
        .select(pl.lit(None, pl.String).alias("distributor"), "date", "streams")
        .sort("date")
    )


def live(counters: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of the sources that are still delivered: what has ended long ago is no news."""
    newest = _DATE.max()
    return counters.filter(_DATE.max().over(SOURCES) > newest.dt.offset_by(f"-{LIVE_DAYS}d"))
