"""What distributors have not reported: days in between, and platforms that are behind."""

import datetime as dt
from decimal import Decimal

import polars as pl

from bedrot_graph.domains.alerts.finding import Finding, Kind, Numbers, Severity, counted, days_of
from bedrot_graph.domains.counters.reporting import SOURCES
from bedrot_graph.goals import Alerts
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period

_DAY = dt.timedelta(days=1)


def missing_days(counters: pl.LazyFrame) -> list[Finding]:
    """One finding per unbroken stretch of days without a row, between days that a distributor has reported."""
    date = pl.col("date")
    days = counters.filter(pl.col("streams").is_not_null()).select("distributor", "date").unique()
    stretches = (
        days.with_columns(following=date.shift(-1).over("distributor", order_by="date"))
        .filter(pl.col("following") - date > _DAY)
        .select("distributor", start=date + _DAY, end=pl.col("following") - _DAY)
        .sort("distributor", "start")
    )
    return [_missing(name, Period(start, end)) for name, start, end in collect_few(stretches)[0].iter_rows()]


def lagging(counters: pl.LazyFrame, goals: Alerts) -> list[Finding]:
    """One finding per platform of a distributor that is behind the newest day of any, and has not ended long ago."""
    newest, behind = pl.col("date").max(), (pl.col("newest") - pl.col("through")).dt.total_days()
    late = (
        counters.with_columns(newest=newest)
        .group_by(SOURCES)
        .agg(pl.col("through", "newest").first())
        .filter(behind.is_between(goals.lagging_days, goals.ended_days))
        .sort(SOURCES)
    )
    return [_lagging(*row, goals=goals) for row in collect_few(late)[0].iter_rows()]


def _missing(distributor: str, stretch: Period) -> Finding:
    return Finding(
        kind=Kind.MISSING_DAYS,
        severity=Severity.WARNING,
        title=f"{counted(stretch.days, 'day')} of {distributor} missing {days_of(stretch)}",
        message=(
            f"{distributor} has no row {days_of(stretch)}, between days that it has reported. These days are in no "
            "sum of streams, and are not zero. Export them again."
        ),
        raised_at=stretch.end + _DAY,
        dimensions=(("distributor", distributor),),
        anchor=stretch.start,
        period=stretch,
        numbers=Numbers(Unit.DAYS, Decimal(stretch.days)),
    )


def _lagging(distributor: str, platform: str, through: dt.date, newest: dt.date, *, goals: Alerts) -> Finding:
    behind = (newest - through).days
    return Finding(
        kind=Kind.SOURCE_LAGGING,
        severity=Severity.WARNING,
        title=f"{platform} of {distributor} is {counted(behind, 'day')} behind",
        message=(
            f"{distributor} has reported {platform} through {through}; the newest day that any source has a row for is "
            f"{newest}, {counted(behind, 'day')} later. Sums that include later days lack its streams: that is no "
            "drop. Export it again once the distributor shows the days."
        ),
        raised_at=through + dt.timedelta(days=goals.lagging_days),
        dimensions=(("distributor", distributor), ("platform", platform)),
        period=Period(through + _DAY, newest),
        numbers=Numbers(Unit.DAYS, Decimal(behind), Decimal(0)),
    )
