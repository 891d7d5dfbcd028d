"""How long money takes: from the month of the listening to the month the distributor booked it."""

import datetime as dt
from functools import partial
from typing import Any

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.catalogue import STATEMENTS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, Composition, Measure, Unit
from bedrot_graph.periods import Period

_months = partial(
    Measure,
    unit=Unit.MONTHS,
    additivity=Additivity.NON_ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)
LINE_MONTHS = _months(
    name="months",
    meaning="How many calendar months after the sale month the lines were booked.",
    method="The reporting month less the sale month, days left aside: January's lines booked in March took two.",
)
MEAN = _months(
    name="mean_months",
    meaning="How many months it took on average until a line was booked. Null without lines.",
    method="Mean over all statement lines of the calendar months from sale to reporting; each line counts once.",
)
WEIGHTED = _months(
    name="revenue_weighted_months",
    meaning="How many months it took on average until a dollar was booked. Null where nothing was earned.",
    method="Months times earnings, summed over the lines with positive earnings, divided by these earnings.",
)
MEDIAN = _months(
    name="median_months",
    meaning="Half of the lines took no longer than so many months. Null without lines.",
    method="Median over all statement lines of the calendar months from sale to reporting.",
)
MOST_COMMON = _months(
    name="most_common_months",
    meaning="How many months it took most often; the smaller number where two are as frequent. Null without lines.",
    method="Mode over all statement lines of the calendar months from sale to reporting.",
)
TRANSACTIONS = Measure(
    name="transactions",
    meaning="How many statement lines this is about.",
    method="Count of the accepted statement lines of every kind whose sale month lies in the period.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)
SHARE = Measure(
    name="share",
    meaning="The part of all these lines that took so long: 0.25 is a quarter.",
    method="Number of the lines divided by that of all lines of the period.",
    unit=Unit.RATIO,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)
REVENUE = Measure(
    name="revenue_usd",
    meaning="What the lines that took so long have earned.",
    method="Sum of their earnings, negative ones included.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)

_LAG, _REVENUE = pl.col("months"), pl.col("revenue_usd")


def lag(snapshot: Snapshot, period: Period | None, as_of: dt.date | None) -> dict[str, Any]:
    """How long the lines of the period's sale months took, as a whole and told apart."""
    rows = _lines(snapshot, period, as_of)
    whole, by_months, by_platform = collect(
        rows.select(**_averages(), **_weighted()), _by_months(rows), _by_store(rows)
    )
    return {**whole.to_dicts()[0], "distribution": by_months.to_dicts(), "by_platform": by_platform.to_dicts()}


def _lines(snapshot: Snapshot, period: Period | None, as_of: dt.date | None) -> pl.LazyFrame:
    """The statement lines of the period. Columns: platform, revenue_usd, months."""
    rows = lines(snapshot, Look(frozenset(), as_of))
    is_in = pl.col("date").is_between(period.start, period.end) if period else pl.lit(value=False)
    reported, sold = (
        pl.col(name).dt.year() * 12 + pl.col(name).dt.month().cast(pl.Int32) for name in ("reporting_date", "date")
    )
    return rows.filter(is_in).select("platform", "revenue_usd", months=reported - sold)


def _averages() -> dict[str, pl.Expr]:
    return {
        "mean_months": _LAG.mean(),
        "median_months": _LAG.median(),
        "most_common_months": _LAG.mode().min(),
        "transactions": pl.len().cast(pl.Int64),
    }


def _weighted() -> dict[str, pl.Expr]:
    earned = _REVENUE.clip(lower_bound=0)
    whole = earned.sum().cast(pl.Float64)
    return {"revenue_weighted_months": pl.when(whole > 0).then((_LAG * earned).sum().cast(pl.Float64) / whole)}


def _by_months(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Grain: one row per number of months. Columns: months, transactions, share, revenue_usd."""
    count = pl.col("transactions")
    return (
        rows.group_by("months")
        .agg(_REVENUE.sum(), transactions=pl.len().cast(pl.Int64))
        .with_columns(share=count / count.sum())
        .sort("months")
    )


def _by_store(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Grain: one row per store. Columns: platform (null where lines name none), and the averages."""
    return texts(rows.group_by("platform").agg(**_averages())).sort("platform", nulls_last=True)
