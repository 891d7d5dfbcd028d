"""The daily counters by month."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.counters import reporting
from bedrot_graph.lake.catalogue import DAILY_STREAMS
from bedrot_graph.lake.snapshot import Snapshot


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
