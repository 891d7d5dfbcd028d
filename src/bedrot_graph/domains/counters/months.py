"""The daily counters by month."""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.counters import reporting
from bedrot_graph.lake.catalogue import DAILY_STREAMS, DISTRIBUTOR
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Period


def counted(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """The daily counters, what is not reported yet as null; see `reporting.reported` for its shape."""
    return coverage.as_known(snapshot, Look(frozenset(), as_of), DAILY_STREAMS, reporting.reported)


def by_month(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """What each distributor has counted in each month.

    Grain: one row per month, distributor and platform that has any row. Columns: date (the month's first day),
    distributor, platform, streams (null where no day is reported), days (reported).
    """
    month = pl.col("date").dt.month_start()
    has_any = pl.col("streams").count() > 0
    return (
        counted(snapshot, as_of)
        .group_by(month, *reporting.SOURCES)
        .agg(streams=pl.when(has_any).then(pl.col("streams").sum()), days=pl.col("streams").count().cast(pl.Int64))
    )


def gaps_of_others(
    snapshot: Snapshot, as_of: dt.date | None, period: Period, distributors: Iterable[pl.Expr] = ()
) -> list[Limitation]:
    """What is said of the days of the period that distributors without statements have not reported.

    `distributors`: conditions that let some of them through only. Days after the newest that any has are no gap.
    """
    newest = snapshot.table(DAILY_STREAMS).newest_event
    known = min(day for day in (period.end, as_of, newest) if day)
    others = counted(snapshot, as_of).filter(pl.col("distributor") != DISTRIBUTOR, *distributors)
    return reporting.gaps(others, Period(period.start, known)) if period.start <= known else []
