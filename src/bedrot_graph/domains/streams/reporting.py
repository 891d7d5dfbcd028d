"""How far each source has reported: a day without a row is missing, a zero at the end may be lag."""

import polars as pl

from bedrot_graph.periods import Period

SPOTIFY = "Spotify"
APPLE = "Apple Music"
LOOK_BACK_DAYS = 28
BUSY_MEDIAN = 3
"""Zeros after four weeks with at least this many streams a day are lag, not silence."""
LIVE_DAYS = 14
"""A source that has delivered nothing for longer does not hold the others back."""

_SOURCE = ["distributor", "platform"]


def reported(days: pl.LazyFrame) -> pl.LazyFrame:
    """The daily counters as one row per platform, what is not reported yet as null.

    A trailing run of zeros after busy weeks is not reported yet. An empty cell beside a filled one is zero up
    to the day that both platforms have reported through, and not reported yet after it.
    Grain: one day of one distributor on one platform. Columns: date, distributor, platform, streams, through.
    """
    wide = days.select("distributor", "date", **{SPOTIFY: "spotify_streams", APPLE: "apple_streams"})
    rows = wide.unpivot(index=["distributor", "date"], variable_name="platform", value_name="streams")
    through = _through(rows)
    both = through.group_by("distributor").agg(both_through=pl.col("through").min())
    streams, date = pl.col("streams"), pl.col("date")
    return (
        rows.join(through, on=_SOURCE, how="left")
        .join(both, on="distributor", how="left")
        .with_columns(
            pl.when((date > pl.col("through")) & (streams == 0))
            .then(None)
            .when(streams.is_null() & (date <= pl.col("both_through")))
            .then(0)
            .otherwise(streams)
            .alias("streams")
        )
        .select("date", *_SOURCE, "streams", "through")
    )


def _through(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The last day each source has reported through; null where it has never counted a stream.

    Grain: one row per distributor and platform. Columns: these, through.
    """
    date, streams = pl.col("date"), pl.col("streams")
    ends = rows.group_by(_SOURCE).agg(
        last_row=date.filter(streams.is_not_null()).max(), last_counted=date.filter(streams > 0).max()
    )
    before_run = (
        rows.join(ends, on=_SOURCE)
        .filter(date <= pl.col("last_counted"), date > pl.col("last_counted").dt.offset_by(f"-{LOOK_BACK_DAYS}d"))
        .group_by(_SOURCE)
        .agg(median=streams.median())
    )
    is_lag = pl.col("median").fill_null(0) >= BUSY_MEDIAN
    return ends.join(before_run, on=_SOURCE, how="left").select(
        *_SOURCE, through=pl.when(is_lag).then("last_counted").otherwise("last_row")
    )


def overall_through(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The last day that every live source of the (reported) rows has reported through. One row: through."""
    newest = pl.col("date").max()
    ends = rows.group_by(_SOURCE).agg(pl.col("through").first(), last_row=newest)
    live = pl.col("last_row") > pl.col("last_row").max().dt.offset_by(f"-{LIVE_DAYS}d")
    return ends.filter(live).select(pl.col("through").min())


def missing_days(rows: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The days of the period, from each source's first on, that it has not reported.

    Grain: one row per distributor and set of missing days. Columns: distributor, platforms, days.
    """
    days = pl.LazyFrame().select(date=pl.date_range(period.start, period.end))
    sources = rows.group_by(_SOURCE).agg(first=pl.col("date").min())
    known = rows.filter(pl.col("streams").is_not_null()).select("date", *_SOURCE)
    return (
        sources.join(days, how="cross")
        .filter(pl.col("date") >= pl.col("first"))
        .join(known, on=["date", *_SOURCE], how="anti")
        .sort("date", "platform")
        .group_by(_SOURCE, maintain_order=True)
        .agg(days="date")
        .group_by("distributor", "days")
        .agg(platforms=pl.col("platform").sort(descending=True))
        .sort("distributor", pl.col("days").list.len())
    )
