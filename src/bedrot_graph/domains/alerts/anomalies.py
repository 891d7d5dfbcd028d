"""Days on which a distributor counted far more or far fewer streams than such weekdays have."""

import datetime as dt
from decimal import Decimal

import polars as pl

from bedrot_graph.domains.alerts.days import STREAMS_MEASURE
from bedrot_graph.domains.alerts.finding import ROUNDING, Finding, Kind, Numbers, Severity, counted, days_of, percent
from bedrot_graph.domains.alerts.releases import Release, latest_before
from bedrot_graph.goals import Alerts
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period

WEEKS, FEWEST_WEEKS = 8, 6
DAYS, FEWEST_DAYS = 56, 28
MOST_NAMED = 2
SMALLEST_SCALE = 0.05
"""A counter that hardly moves is not alarmed by a few percent."""
MAD_TO_DEVIATION = 1.4826
"""What makes a median absolute deviation of bell-shaped noise its standard deviation."""


def findings(days: pl.LazyFrame, releases: list[Release], goals: Alerts) -> list[Finding]:
    """One finding per run of unusual days of one direction."""
    found = collect_few(runs(judged(days, goals)))[0]
    return [
        _finding(distributor, Period(start, end), _numbers(streams, expected), releases, goals)
        for distributor, start, end, streams, expected in found.drop("direction").iter_rows()
    ]


def judged(days: pl.LazyFrame, goals: Alerts) -> pl.LazyFrame:
    """Each day beside what was to be expected of it: the median of the same weekday in the eight weeks before.

    How far it is from that, on a log scale, is held against how far the 56 days before were from theirs. A day
    that is missing, or that has too little before it, is not judged.
    Grain and order: as `days.by_distributor`. Columns: distributor, date, streams, expected, direction (1 or -1
    where it is unusual, else 0).
    """
    weekdays = pl.concat_list(
        pl.col("streams").shift(7 * week).over("distributor", order_by="date") for week in range(1, WEEKS + 1)
    )
    has_enough = weekdays.list.drop_nulls().list.len() >= FEWEST_WEEKS
    expected, residual = pl.col("expected"), pl.col("residual")
    beside = days.with_columns(expected=pl.when(has_enough).then(weekdays.list.median())).with_columns(
        residual=((pl.col("streams") + 1) / (expected + 1)).log()
    )
    usual = beside.rolling("date", period=f"{DAYS}d", closed="left", group_by="distributor").agg(
        centre=residual.median(), spread=(residual - residual.median()).abs().median(), known=residual.count()
    )
    scale = (pl.col("spread") * MAD_TO_DEVIATION).clip(SMALLEST_SCALE)
    score = (residual - pl.col("centre")) / scale
    change = pl.col("streams") / pl.when(expected > 0).then(expected) - 1
    is_unusual = (
        (pl.col("known") >= FEWEST_DAYS)
        & (score.abs() >= goals.anomaly_score)
        & (change.abs() >= goals.anomaly_change - ROUNDING)
    )
    return (
        beside.join(usual, on=["distributor", "date"], how="left", maintain_order="left")
        .with_columns(direction=pl.when(is_unusual).then(change.sign().cast(pl.Int8)).otherwise(0))
        .select("distributor", "date", "streams", "expected", "direction")
    )


def runs(days: pl.LazyFrame) -> pl.LazyFrame:
    """Unusual days that follow each other in one direction.

    Grain: one row per run. Columns: distributor, start, end, streams, expected, direction.
    """
    run = pl.col("direction").rle_id().over("distributor", order_by="date")
    return (
        days.with_columns(run=run)
        .filter(pl.col("direction") != 0)
        .group_by("distributor", "run")
        .agg(
            pl.min("date").alias("start"),
            pl.max("date").alias("end"),
            pl.sum("streams", "expected"),
            pl.first("direction"),
        )
        .sort("distributor", "start")
        .drop("run")
    )


def _when(released: dt.date, day: dt.date) -> str:
    after = (day - released).days
    return f"{counted(after, 'day')} before, on {released}" if after else "on that day"


def _named(released: list[Release]) -> str:
    """The releases of a day; of an album the first ones."""
    more = len(released) - MOST_NAMED
    named = [each.name for each in released[:MOST_NAMED]]
    return ", ".join(named) + f" and {more} more" if more > 0 else " and ".join(named)


def _numbers(streams: int, expected: float) -> Numbers:
    return Numbers(Unit.STREAMS, Decimal(streams), Decimal(str(expected)), STREAMS_MEASURE)


def _finding(distributor: str, run: Period, numbers: Numbers, releases: list[Release], goals: Alerts) -> Finding:
    change = numbers.change or 0.0
    released = latest_before(run.start, releases, goals.release_days) if change > 0 else []
    seen = (
        f"{distributor} counted {numbers.value:,} streams {days_of(run)} where {numbers.expected:,.0f} were to be "
        f"expected from the same weekdays of the {WEEKS} weeks before ({percent(change)})."
    )
    if released:
        names = _named(released)
        title = f"More streams on {distributor} {days_of(run)}, after the release of {names}"
        why = f"{names} came out {_when(released[0].date, run.start)}: the release is the likely reason."
    elif change > 0:
        title = f"Unusually many streams on {distributor} {days_of(run)}"
        why = (
            "No release is near. Look for a playlist, a campaign or a video behind it, or for streams that are bought."
        )
    else:
        title = f"Unusually few streams on {distributor} {days_of(run)}"
        why = "Look whether the distributor has counted all of it, and whether a playlist place or an ad has ended."
    return Finding(
        kind=Kind.RELEASE_LIFT if released else Kind.ANOMALY,
        severity=Severity.INFO if released else Severity.WARNING,
        title=title,
        message=f"{seen} {why}",
        raised_at=run.start,
        dimensions=(("distributor", distributor),),
        anchor=run.start,
        period=run,
        numbers=numbers,
    )
