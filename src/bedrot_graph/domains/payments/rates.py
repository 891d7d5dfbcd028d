"""What a stream brings on each platform: what statements show, and the reference rate where they show nothing."""

import datetime as dt
from enum import StrEnum
from functools import partial

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.catalogue import STATEMENTS
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, Composition, Measure, Unit
from bedrot_graph.periods import in_words

_rate = partial(Measure, unit=Unit.USD_PER_STREAM, additivity=Additivity.NON_ADDITIVE, formula=Composition())
OBSERVED = _rate(
    name="observed_usd",
    meaning="What one stream has brought on average in the complete sale months looked at. Null where there are no "
    "streams.",
    method="Earnings of all lines of the group but downloads, adjustments and reversals included, divided by the "
    "streams they were paid for.",
    sources=(STATEMENTS,),
)
OBSERVED_GROSS = _rate(
    name="observed_gross_usd",
    meaning="What one stream has brought before deductions such as Discovery Mode. Null where there are no streams.",
    method="Positive earnings of all lines of the group but downloads, divided by streams.",
    sources=(STATEMENTS,),
)
REFERENCE = _rate(
    name="reference_usd",
    meaning="What a stream of the group usually pays, as the label's goals say. Null where they do not.",
    method="The rate of the group in the goals' table `reference_rates`, else the one called `default`; no file of "
    "the lake is read for it.",
    sources=(),
)
USED = _rate(
    name="used_usd",
    meaning="The rate to reckon with; `basis` says which of the two it is.",
    method="The observed rate where there is one, else the reference rate.",
    sources=(STATEMENTS,),
)
STREAMS = Measure(
    name="streams",
    meaning="The streams that the observed rate is seen in. Null where no complete sale month was looked at.",
    method="Sum of the quantities of the group's stream lines in the complete sale months looked at.",
    unit=Unit.STREAMS,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)

_DOWNLOADS, _DEFAULT = "Downloads", "default"
_SUMS = ("streaming_usd", "streams")


class Basis(StrEnum):
    """Where a rate comes from."""

    OBSERVED = "OBSERVED"
    REFERENCE = "REFERENCE"


def by_group(snapshot: Snapshot, months: list[dt.date], as_of: dt.date | None) -> pl.LazyFrame:
    """What a stream has brought in the months, beside what it usually pays.

    Grain: one row per platform group that has lines in the months or a reference rate of its own; downloads are
    paid by the copy and left out, as are lines that name no store. Columns: platform_group, observed_usd and
    observed_gross_usd (null without streams), reference_usd, used_usd, basis, streams (null without months), reason.
    """
    has_streams = pl.col("streams") > 0
    divisor = pl.when(has_streams).then("streams")  # money divided by zero raises, even where it is not shown
    observed, reference = pl.col("observed_usd"), pl.col("reference_usd")
    return (
        _groups(snapshot, _paid(snapshot, months, as_of))
        .with_columns(
            observed_usd=pl.col("streaming_usd") / divisor,
            observed_gross_usd=pl.col("positive_usd") / divisor,
            streams=pl.col("streams").fill_null(0) if months else pl.lit(None, pl.Int64),
        )
        .with_columns(
            used_usd=pl.coalesce(observed, reference),
            basis=pl.when(observed.is_not_null())
            .then(pl.lit(Basis.OBSERVED.value))
            .when(reference.is_not_null())
            .then(pl.lit(Basis.REFERENCE.value)),
        )
        .with_columns(reason=_reason(months))
        .select(
            "platform_group",
            "observed_usd",
            "observed_gross_usd",
            "reference_usd",
            "used_usd",
            "basis",
            "streams",
            "reason",
        )
        .sort(pl.col("streams"), pl.col("platform_group"), descending=[True, False], nulls_last=True)
    )


def _paid(snapshot: Snapshot, months: list[dt.date], as_of: dt.date | None) -> pl.LazyFrame:
    """What was paid in the months. Columns: platform_group, streaming_usd, positive_usd, streams."""
    return texts(
        lines(snapshot, Look(frozenset({*_SUMS, "platform_group"}), as_of))
        .filter(pl.col("date").is_in(months), pl.col("platform_group") != _DOWNLOADS)
        .group_by("platform_group")
        .agg(pl.sum(*_SUMS), positive_usd=pl.col("streaming_usd").clip(lower_bound=0).sum())
    )


def _groups(snapshot: Snapshot, paid: pl.LazyFrame) -> pl.LazyFrame:
    """The groups that were paid, and those with a rate of their own. Adds reference_usd, has_own."""
    said = snapshot.goals.reference_rates
    named = pl.LazyFrame(
        {"platform_group": list(said), "own_usd": list(said.values())}, {"platform_group": pl.String, "own_usd": MONEY}
    ).filter(~pl.col("platform_group").is_in([_DEFAULT, _DOWNLOADS]))
    return paid.join(named, on="platform_group", how="full", coalesce=True).with_columns(
        has_own=pl.col("own_usd").is_not_null(),
        reference_usd=pl.coalesce("own_usd", pl.lit(said.get(_DEFAULT), MONEY)),
    )


def _reason(months: list[dt.date]) -> pl.Expr:
    """Which rate is used and why, as a sentence."""
    if months:
        when = f"{len(months)} complete sale month{'s' if len(months) > 1 else ''}, {in_words(months)}"
        seen, unseen = f"in {when}", f"statements show no streams above zero in {when}"
    else:
        seen, unseen = "", "no complete sale month was looked at"
    return (
        pl.when(pl.col("basis") == Basis.OBSERVED)
        .then(pl.lit(f"The observed rate: what the statements show {seen}."))
        .when(pl.col("basis").is_null())
        .then(pl.lit(f"No rate: {unseen}, and the goals name no reference rate."))
        .when("has_own")
        .then(pl.lit(f"The group's reference rate: {unseen}."))
        .otherwise(pl.lit(f"The default reference rate: {unseen}, and the goals name none for the group."))
    )
