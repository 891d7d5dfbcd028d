"""How far each distributor has reported each platform: an empty cell may be a zero, or not reported yet."""

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.lake.catalogue import DISTRIBUTOR
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.names import identity
from bedrot_graph.periods import Period

SPOTIFY = "Spotify"
APPLE = "Apple Music"
SOURCES = ("distributor", "platform")


def reported(days: pl.LazyFrame) -> pl.LazyFrame:
    """The daily counters as one row per platform, what is not reported yet as null.

    A trailing run of zeros after busy weeks is not reported yet. An empty cell beside a filled one is zero up
    to the day that both platforms have reported through, and not reported yet after it. A row without any
    count is as good as none. The distributor of the statements is called as it is there.
    Grain: one day of one distributor on one platform. Columns: date, distributor, platform, streams, through.
    """
    is_paid = (identity(pl.col("distributor")) == DISTRIBUTOR).fill_null(value=False)
    distributor = pl.when(is_paid).then(pl.lit(DISTRIBUTOR)).otherwise("distributor").alias("distributor")
    wide = days.select(distributor, "date", **{SPOTIFY: "spotify_streams", APPLE: "apple_streams"})
    counted = wide.filter(pl.any_horizontal(pl.col(SPOTIFY, APPLE).is_not_null()))
    rows = counted.unpivot(index=["distributor", "date"], variable_name="platform", value_name="streams")
    known = coverage.without_late_zeros(rows, SOURCES, "streams")
    through = pl.col("through")
    have_both = through.is_not_null().all()
    both = known.group_by("distributor").agg(both_through=pl.when(have_both).then(through.min()))
    is_zero = pl.col("streams").is_null() & (pl.col("date") <= pl.col("both_through"))
    return (
        known.join(both, on="distributor", how="left")
        .with_columns(pl.when(is_zero).then(0).otherwise(pl.col("streams")).alias("streams"))
        .select("date", *SOURCES, "streams", "through")
    )


def gaps(rows: pl.LazyFrame, period: Period) -> list[Limitation]:
    """What is said of the days of the period that a distributor has not reported."""
    missing = collect_few(missing_days(rows, period))[0]
    return [
        coverage.not_reported(distributor, days, period, "" if len(platforms) > 1 else platforms[0])
        for distributor, platforms, days in missing.select("distributor", "platforms", "days").rows()
    ]


def missing_days(rows: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The days of the period, from each source's first on, that it has not reported.

    Grain: one row per distributor and set of missing days. Columns: distributor, platforms, days.
    """
    return (
        coverage.missing_days(rows, period, SOURCES, "streams")
        .group_by("distributor", "days")
        .agg(platforms=pl.col("platform").sort(descending=True))
        .sort("distributor", pl.col("days").list.len())
    )
