"""What a stream has brought: earnings and the streams they were paid for, by store and month."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements import completeness
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.snapshot import Snapshot

MONTHS_LOOKED_AT = 6
FEWEST_MONTHS = 3
"""Of complete sale months before a month; with fewer no rate is said to be observed."""


def before_months(
    snapshot: Snapshot, months: pl.Series, stores: tuple[str, ...], as_of: dt.date | None
) -> pl.DataFrame:
    """What streams had brought in the six complete sale months before each of the months: no look ahead.

    All lines of a store count but downloads, adjustments included; where there are fewer than six months, three
    to five will do.
    Grain: one row per month and store that were paid for streams by then. Columns: date, platform (as in
    `stores`), earned_usd, paid_streams (positive): their quotient is the rate.
    """
    looked_at = _months_before(snapshot, months, as_of)
    paid = _by_store_and_month(snapshot, as_of)
    named = pl.LazyFrame({"platform": stores}, schema={"platform": pl.String}).with_columns(
        store=identity(pl.col("platform"))
    )
    rates = (
        looked_at.lazy()
        .join(paid.lazy(), on="month")
        .group_by("date", "store")
        .agg(earned_usd=pl.sum("streaming_usd"), paid_streams=pl.sum("streams"))
        .filter(pl.col("paid_streams") > 0)
        .join(named, on="store")
        .select("date", "platform", "earned_usd", "paid_streams")
        .sort("date", "platform")
    )
    return collect(rates)[0]


def _months_before(snapshot: Snapshot, months: pl.Series, as_of: dt.date | None) -> pl.DataFrame:
    """The complete sale months that each month is judged by. Columns: date, month."""
    complete = completeness.known_months(snapshot, as_of).lazy().filter("is_complete").select(month="date")
    before = (
        pl.LazyFrame({"date": months.unique()}, schema={"date": pl.Date})
        .join(complete, how="cross")
        .filter(pl.col("month") < pl.col("date"))
        .sort("date", "month", descending=[False, True])
        .group_by("date", maintain_order=True)
        .head(MONTHS_LOOKED_AT)
    )
    return collect(before.filter(pl.len().over("date") >= FEWEST_MONTHS))[0]


def _by_store_and_month(snapshot: Snapshot, as_of: dt.date | None) -> pl.DataFrame:
    """Columns: store (its identity), month, streaming_usd, streams."""

    def compute() -> pl.DataFrame:
        rows = lines(snapshot, Look(frozenset({"streaming_usd", "streams"}), as_of))
        named = rows.group_by("platform", month="date").agg(pl.sum("streaming_usd", "streams"))
        return collect(named.with_columns(store=identity(pl.col("platform"))).drop("platform"))[0]

    return snapshot.known("paid by store and month", as_of, compute)
