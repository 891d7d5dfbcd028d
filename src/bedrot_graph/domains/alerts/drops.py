"""Falling streams: the newest seven complete days against the seven before."""

import datetime as dt
from decimal import Decimal

import polars as pl

from bedrot_graph.cubes.coverage import LIVE_DAYS
from bedrot_graph.domains.alerts.days import STREAMS_MEASURE, by_distributor, live
from bedrot_graph.domains.alerts.finding import ROUNDING, Finding, Kind, Numbers, Severity, percent, reaches
from bedrot_graph.goals import Alerts
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period

DAYS = 7
FEWEST_TO_ADD_UP = 2
"""Distributors: one alone would be told twice."""


def findings(counters: pl.LazyFrame, goals: Alerts) -> list[Finding]:
    """One finding per distributor whose streams have dropped, and one for all of them together.

    Where a platform has not reported for long, the newest complete week is old, and no news.
    """
    each = weeks(by_distributor(live(counters)))
    found, newest_of_all = collect_few(
        dropped(pl.concat([each, in_total(each)]), goals), counters.select(pl.max("date"))
    )
    news = dt.timedelta(days=LIVE_DAYS)
    return [
        _finding(distributor, since, newest, _numbers(streams, before), goals)
        for distributor, since, newest, streams, before in found.iter_rows()
        if newest > newest_of_all.item() - news
    ]


def weeks(days: pl.LazyFrame) -> pl.LazyFrame:
    """The streams of the week that each day ends, and of the week before; null where any of its days is missing.

    Grain: as `by_distributor`, whose order it needs. Columns: distributor, date, first (of the distributor), week,
    before.
    """
    week = pl.col("streams").rolling_sum(DAYS, min_samples=DAYS).over("distributor")
    return days.select(
        "distributor",
        "date",
        first=pl.col("date").min().over("distributor"),
        week=week,
        before=week.shift(DAYS).over("distributor"),
    )


def in_total(each: pl.LazyFrame) -> pl.LazyFrame:
    """All distributors together, like for like: those that have two weeks behind them, if all of them tell both.

    None where there are not at least two. Columns: those of `weeks`.
    """
    both = pl.col("before").is_not_null() & pl.col("week").is_not_null()
    through = pl.col("date").max().over("distributor").min()
    has_two_weeks = pl.col("date") >= pl.col("first").dt.offset_by(f"{2 * DAYS - 1}d")
    return (
        each.with_columns(through=through, how_many=pl.col("distributor").n_unique())
        .filter(pl.col("how_many") >= FEWEST_TO_ADD_UP, pl.col("date") <= pl.col("through"), has_two_weeks)
        .group_by("date")
        .agg(
            first=pl.col("first").min(),
            week=pl.when(both.all()).then(pl.col("week").sum()),
            before=pl.when(both.all()).then(pl.col("before").sum()),
        )
        .select(pl.lit(None, pl.String).alias("distributor"), "date", "first", "week", "before")
        .sort("date")
    )


def dropped(weeks: pl.LazyFrame, goals: Alerts) -> pl.LazyFrame:
    """The series whose newest seven days are so far below the seven before, and since when without a break.

    All fourteen days have to be reported. Grain: one row per series. Columns: distributor, since, newest, streams,
    before.
    """
    streams, before = pl.col("week"), pl.col("before")
    has_dropped = (1 - streams / pl.when(before > 0).then(before)) >= goals.stream_drop - ROUNDING
    return (
        weeks.with_columns(has_dropped=has_dropped.fill_null(value=False))
        .with_columns(run=pl.col("has_dropped").rle_id().over("distributor"))
        .filter(pl.col("run") == pl.col("run").max().over("distributor"), pl.col("has_dropped"))
        .group_by("distributor")
        .agg(
            pl.min("date").alias("since"),
            pl.max("date").alias("newest"),
            streams.sort_by("date").last().alias("streams"),
            before.sort_by("date").last(),
        )
        .sort("distributor")
    )


def _numbers(streams: int, before: int) -> Numbers:
    return Numbers(Unit.STREAMS, Decimal(streams), Decimal(before), STREAMS_MEASURE)


def _finding(distributor: str | None, since: dt.date, newest: dt.date, numbers: Numbers, goals: Alerts) -> Finding:
    week = Period(newest - dt.timedelta(days=DAYS - 1), newest)
    change = numbers.change or 0.0
    who, title = distributor or "All distributors together", distributor or "all distributors together"
    where = (
        "its platforms, and then at playlists and ads that have ended"
        if distributor
        else "the distributors and platforms that it comes from"
    )
    return Finding(
        kind=Kind.STREAM_DROP,
        severity=Severity.CRITICAL if reaches(change, goals.severe_drop) else Severity.WARNING,
        title=f"Streams of {title} have fallen by {-change:.0%}".replace("%", " %"),
        message=(
            f"{who} counted {numbers.value:,} streams from {week.start} to {week.end}, the newest {DAYS} days that are "
            f"completely reported, and {numbers.expected:,} in the {DAYS} days before ({percent(change)}). "
            f"Look at {where}."
        ),
        raised_at=since,
        dimensions=(("distributor", distributor),) if distributor else (),
        anchor=since,
        period=week,
        numbers=numbers,
    )
