"""What the streams of distributors that report no money are worth: their counters times a rate per stream."""

import datetime as dt
from decimal import Decimal

import polars as pl

from bedrot_graph.cubes.cube import Beside, Look, Scope
from bedrot_graph.domains.counters import months, reporting
from bedrot_graph.domains.statements import rates
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.domains.statements.stores import groups_of
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.catalogue import DAILY_STREAMS, DISTRIBUTOR
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period, in_words

STORES = (reporting.SPOTIFY, reporting.APPLE)


def estimated(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """The months of the distributors whose money is not in the statements, worth what streams brought elsewhere.

    A platform's rate in a month is what the statements of its store show in the six complete sale months before;
    with fewer than three of them, the reference rate of its group.
    Grain: one row per month, distributor and platform. Columns: date, distributor, platform, platform_group,
    estimated_usd (null where nothing was counted, or no rate is known), is_observed.
    """
    return snapshot.known("estimates", as_of, lambda: collect_few(_estimated(snapshot, as_of))[0]).lazy()


def _estimated(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    counted = collect_few(months.by_month(snapshot, as_of).filter(pl.col("distributor") != DISTRIBUTOR))[0]
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
    groups = collect_few(groups_of(platforms.to_frame().lazy()))[0]
    said: list[Decimal | None] = [snapshot.goals.reference_rate(group) for group in groups["platform_group"]]
    return groups.with_columns(pl.Series("reference_usd", said, MONEY))


def _rows(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """The estimates, their platforms spelled as the statements spell these stores."""
    stores = texts(lines(snapshot, look).select(spelled="platform").unique()).drop_nulls().sort("spelled")
    by_identity = stores.with_columns(store=identity(pl.col("spelled"))).unique("store", keep="first")
    return (
        estimated(snapshot, look.as_of)
        .with_columns(store=identity(pl.col("platform")))
        .join(by_identity, on="store", how="left")
        .with_columns(platform=pl.coalesce("spelled", "platform"))
        .drop("store", "spelled")
    )


def _findings(scope: Scope, period: Period | None, is_told: bool) -> list[Limitation]:  # noqa: FBT001 - a callback
    """Why there is no estimate, or which of them rests on reference rates, or goes on after the statements."""
    if not is_told:
        text = (
            "estimatedUsd is null: streams are counted by month, distributor and platform, and can be worth something "
            "by DISTRIBUTOR, PLATFORM and PLATFORM_GROUP only."
        )
        return [Limitation(Code.ESTIMATE_NOT_AVAILABLE, text)]
    asked, covered = scope.window.asked, scope.window.covered
    if asked is None or covered is None:
        return []
    estimates = collect_few(_rows(scope.snapshot, Look(frozenset(), scope.as_of)).filter(*scope.asked_of()))[0]
    worth = estimates.filter(pl.col("estimated_usd") > 0)
    within = worth.filter(pl.col("date").is_between(asked.start, asked.end))
    shown = within.filter(pl.col("date").is_between(covered.start, covered.end))
    found = []
    if by_reference := in_words(shown.filter(~pl.col("is_observed"))["date"]):
        text = (
            f"estimatedUsd uses reference rates in {by_reference}: the complete sale months before show no rate, or "
            f"are fewer than {rates.FEWEST_MONTHS}."
        )
        found.append(Limitation(Code.ESTIMATED, text))
    beyond = worth if asked == covered else within
    if outside := in_words(beyond.filter(~pl.col("date").is_between(covered.start, covered.end))["date"]):
        text = (
            f"Streams are also counted in {outside}, of which there are no statements: what they are worth is in no "
            "estimate here; `payments` shows it by month."
        )
        found.append(Limitation(Code.PARTIAL_PERIOD, text))
    by_name = scope.asked_of("distributor")
    return [*found, *(months.gaps_of_others(scope.snapshot, scope.as_of, period, by_name) if period else [])]


ESTIMATES = Beside(
    name="estimates",
    dimensions=("distributor", "platform", "platform_group"),
    finest=Grain.MONTH,
    rows=_rows,
    findings=_findings,
    adds=("distributor", "platform", "platform_group"),
    always_adds="distributor",
    needs=(DAILY_STREAMS,),
)
