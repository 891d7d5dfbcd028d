"""Streams day by day, as far as they can be judged: days that are not completely reported are null, never zero."""

import polars as pl

from bedrot_graph.cubes.coverage import is_live

_DATE, _STREAMS = pl.col("date"), pl.col("streams")
STREAMS_MEASURE = "Stream.totalStreams"


def by_distributor(counters: pl.LazyFrame) -> pl.LazyFrame:
    """What each distributor has counted, from its first day through the last that all its platforms have reported.

    A platform that has never reported anything, or nothing for long while others have, is in no sum and not waited for.
    Grain: one row per distributor and day without gaps, sorted. Columns: distributor, date, streams (null on a
    day that is missing).
    """
    reporting = counters.filter(is_live(pl.col("through").max().over("distributor")))
    spans = reporting.group_by("distributor").agg(first=_DATE.min(), through=pl.col("through").min())
    grid = spans.select("distributor", date=pl.date_ranges("first", "through")).explode("date", empty_as_null=False)
    is_whole = _STREAMS.null_count() == 0
    sums = reporting.group_by("distributor", "date").agg(streams=pl.when(is_whole).then(_STREAMS.sum()))
    return grid.join(sums, on=["distributor", "date"], how="left").sort("distributor", "date")


def live(counters: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of the sources that are still reporting: what has ended long ago is no news."""
    return counters.filter(is_live(_DATE.max()))
