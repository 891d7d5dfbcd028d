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
    to the day that both platforms have reported through, and not reported yet after it. A row without any
    count is as good as none.
    Grain: one day of one distributor on one platform. Columns: date, distributor, platform, streams, through.
    """
    wide = days.select("distributor", "date", **{SPOTIFY: "spotify_streams", APPLE: "apple_streams"})
    counted = wide.filter(pl.any_horizontal(pl.col(SPOTIFY, APPLE).is_not_null()))
    rows = counted.unpivot(index=["distributor", "date"], variable_name="platform", value_name="streams")
    through = _through(rows)
    have_both = pl.col("through").is_not_null().all()
    both = through.group_by("distributor").agg(both_through=pl.when(have_both).then(pl.col("through").min()))
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
    """The last day each source has reported through; null where it has never reported any.

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


def unreported_days(rows: pl.LazyFrame, period: Period, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days of the period outside the time that a group's live sources have all reported.

    A group (by any of distributor and platform; without keys there is one) begins with the first of its
    sources, and ends with the first of those that delivered anything in its last days.
    Grain: one row per group and day. Columns: the keys, date.
    """
    sources = rows.group_by(_SOURCE).agg(
        first=pl.col("date").min(), last=pl.col("date").max(), through=pl.col("through").first()
    )
    groups = sources.with_columns(all=pl.lit(value=True)).group_by("all", *keys)
    is_live = pl.col("last") > pl.col("last").max().dt.offset_by(f"-{LIVE_DAYS}d")
    ends = groups.agg(pl.col("first").min(), pl.col("through").filter(is_live).min())
    days = pl.LazyFrame().select(date=pl.date_range(period.start, period.end))
    date = pl.col("date")
    return (
        ends.join(days, how="cross").filter((date < pl.col("first")) | (date > pl.col("through"))).select(*keys, "date")
    )


def arrivals(rows: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The distributors that have begun within the period, while others had counted before.

    Grain: one row per distributor. Columns: distributor, first.
    """
    first = pl.col("first")
    firsts = rows.group_by("distributor").agg(first=pl.col("date").min())
    return firsts.filter(first > period.start, first <= period.end, first > first.min()).sort("distributor")


def missing_days(rows: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The days of the period, from each source's first on, that it has not reported.

    Grain: one row per distributor and set of missing days. Columns: distributor, platforms, days.
    """
    date = pl.col("date")
    begin = pl.max_horizontal(pl.lit(period.start), date.min()).alias("begin")
    sources = rows.group_by(_SOURCE).agg(begin, known=date.filter(pl.col("streams").is_not_null()))
    days = pl.date_ranges("begin", pl.lit(period.end)).list.set_difference("known").list.sort()
    return (
        sources.filter(pl.col("begin") <= period.end)
        .select(*_SOURCE, days=days)
        .filter(pl.col("days").list.len() > 0)
        .group_by("distributor", "days")
        .agg(platforms=pl.col("platform").sort(descending=True))
        .sort("distributor", pl.col("days").list.len())
    )
