"""Which sale months the stores have completely reported."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Period

COMPLETE_FROM_PERCENT = 95
"""The part of the usual money whose stores have reported, from which a month counts as complete."""
MONTHS_BEFORE = 3


def known_months(snapshot: Snapshot, as_of: dt.date | None) -> pl.DataFrame:
    """As `by_month`, of the lines that were reported by `as_of`; remembered where that is all of them."""

    def compute() -> pl.DataFrame:
        return collect(by_month(lines(snapshot, Look(frozenset(), as_of))))[0]

    return snapshot.known("sale months", as_of, compute)


def complete_months(snapshot: Snapshot, as_of: dt.date | None) -> list[dt.date]:
    """The sale months that all stores have reported."""
    return _told_apart(snapshot, as_of)[0]


def incomplete_months(snapshot: Snapshot, as_of: dt.date | None) -> list[dt.date]:
    """The sale months that not all stores have reported yet."""
    return _told_apart(snapshot, as_of)[1]


def _told_apart(snapshot: Snapshot, as_of: dt.date | None) -> tuple[list[dt.date], list[dt.date]]:
    """The months that are complete, and those that are not."""

    def compute() -> tuple[list[dt.date], list[dt.date]]:
        rows = known_months(snapshot, as_of).select("date", "is_complete").rows()
        return [month for month, is_complete in rows if is_complete], [month for month, done in rows if not done]

    return snapshot.known("complete and other sale months", as_of, compute)


def pending(snapshot: Snapshot, as_of: dt.date | None, period: Period) -> list[Limitation]:
    """What is said of the period's months that not all stores have reported yet."""
    return not_reported([month for month in incomplete_months(snapshot, as_of) if month in period])


def not_reported(months: list[dt.date]) -> list[Limitation]:
    """What is said of months that not all stores have reported yet; nothing where there is none."""
    named = ", ".join(f"{month:%Y-%m}" for month in months)
    text = f"Not all stores have reported {named}: the sums of these months may still grow."
    return [Limitation(Code.PENDING_PAYMENT, text)] if months else []


def by_month(lines: pl.LazyFrame) -> pl.LazyFrame:
    """How much of each sale month has been reported.

    A store weighs what it paid in the three months before; coverage is the weight of the stores that have at
    least one line in the month. A month with lines but nothing to weigh, as the first, is complete.
    Grain: one row per month from the first to the last; a month without lines has coverage 0.
    Columns: date, coverage (0 to 1, null where there is nothing to weigh), is_complete.
    """
    paid = lines.group_by("date", "platform").agg(pl.sum("revenue_usd"))
    ends = paid.select(first=pl.min("date"), last=pl.max("date")).drop_nulls()  # no lines, no months
    months = ends.select(date=pl.date_ranges("first", "last", "1mo")).explode("date", empty_as_null=False)
    before = (paid.with_columns(pl.col("date").dt.offset_by(f"{ahead}mo")) for ahead in range(1, MONTHS_BEFORE + 1))
    usual = pl.concat(before).group_by("date", "platform").agg(weight=pl.sum("revenue_usd"))
    weight, has_reported = pl.col("weight").clip(0), pl.col("has_reported").fill_null(value=False)
    return (
        months.join(usual, on="date", how="left")
        .join(paid.select("date", "platform", has_reported=True), on=["date", "platform"], how="left", nulls_equal=True)
        .group_by("date")
        .agg(reported=weight.filter(has_reported).sum(), usual=weight.sum())
        .join(paid.select("date", has_lines=True).unique(), on="date", how="left")
        .select("date", _coverage(), is_complete=_is_complete())
        .sort("date")
    )


def _coverage() -> pl.Expr:
    ratio = pl.col("reported").cast(pl.Float64) / pl.col("usual").cast(pl.Float64)
    return pl.when(pl.col("has_lines").is_null()).then(0.0).when(pl.col("usual") > 0).then(ratio).alias("coverage")


def _is_complete() -> pl.Expr:
    """Judged in exact money: a ratio of floats may fall short of the limit that it stands on."""
    has_enough = pl.col("reported") * 100 >= pl.col("usual") * COMPLETE_FROM_PERCENT
    return pl.col("has_lines").is_not_null() & has_enough
