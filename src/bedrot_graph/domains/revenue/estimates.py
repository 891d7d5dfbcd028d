"""What the streams of distributors that report no money are worth: their counters times a rate per stream."""

import datetime as dt
from decimal import Decimal

import polars as pl

from bedrot_graph.domains.counters import months, reporting
from bedrot_graph.domains.statements import rates
from bedrot_graph.domains.statements.lines import is_paid
from bedrot_graph.domains.statements.stores import groups_of
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot

STORES = (reporting.SPOTIFY, reporting.APPLE)


def estimated(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """The months of the distributors whose money is not in the statements, worth what streams brought elsewhere.

    A platform's rate in a month is what the statements of its store show in the six complete sale months before;
    with fewer than three of them, the reference rate of its group.
    Grain: one row per month, distributor and platform. Columns: date, distributor, platform, platform_group,
    estimated_usd (null where nothing was counted, or no rate is known), is_observed.
    """
    counted = collect(months.by_month(snapshot, as_of).filter(~is_paid(pl.col("distributor"))))[0]
    observed = rates.before_months(snapshot, counted["date"], STORES, as_of)
    by_observed = pl.col("streams") * pl.col("earned_usd") / pl.col("paid_streams")
    by_reference = pl.col("streams") * pl.col("reference_usd")
    return (
        counted.lazy()
        .join(observed.lazy(), on=["date", "platform"], how="left")
        .join(reference_rates(snapshot).lazy(), on="platform")
        .select(
            "date",
            "distributor",
            "platform",
            "platform_group",
            estimated_usd=pl.coalesce(by_observed, by_reference),
            is_observed=pl.col("earned_usd").is_not_null(),
        )
        .sort("date", "distributor", "platform")
    )


def reference_rates(snapshot: Snapshot) -> pl.DataFrame:
    """What a stream on the counters' platforms usually pays. Columns: platform, platform_group, reference_usd."""
    platforms = pl.Series("platform", STORES, pl.String)
    groups = collect(groups_of(platforms.to_frame().lazy()))[0]
    said: list[Decimal | None] = [snapshot.goals.reference_rate(group) for group in groups["platform_group"]]
    return groups.with_columns(pl.Series("reference_usd", said, MONEY))
