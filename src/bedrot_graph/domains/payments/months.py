"""Sale months: what each was expected to pay, what it has paid and what is still to come."""

import datetime as dt
from enum import StrEnum

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.counters import months as counters
from bedrot_graph.domains.counters.reporting import APPLE, SPOTIFY
from bedrot_graph.domains.revenue.estimates import STORES, estimated, reference_rates
from bedrot_graph.domains.statements import completeness, rates
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.catalogue import DAILY_STREAMS, DISTRIBUTOR
from bedrot_graph.lake.engine import collect, collect_few
from bedrot_graph.lake.names import identities, identity
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot


class Status(StrEnum):
    """How the payment of a sale month stands."""

    PAID = "PAID"
    PARTIAL = "PARTIAL"
    PENDING = "PENDING"
    OVERDUE = "OVERDUE"


_COUNTED = {
    "month": pl.Date(),
    "distributor": pl.String(),
    "platform": pl.String(),
    "streams": pl.Int64(),
    "days": pl.Int64(),
}
_UNKNOWN = {
    "month": pl.Date(),
    "days_counted": pl.Int64(),
    "estimated_other_usd": MONEY,
    "is_at_reference": pl.Boolean(),
}
"""What stands instead of what counters tell, where they cannot be read."""

_MONTH, _STREAMS = pl.col("month"), pl.col("streams")
_ZERO = pl.lit(0, MONEY)


def by_month(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """What each sale month was expected to pay, beside what it has paid, as known on a day.

    Where the counters cannot be read, what is made from them is null.

    Grain: one row per month, without gaps from the first to the last that statements or counters speak of.
    Columns: month, status, due_date, complete, coverage (null where there is nothing to weigh), actual_usd and
    comparable_usd (null without lines), expected_usd and expected_at_reference_rates_usd (null where a rate or all
    counts are lacking), variance_usd, pending_usd, estimated_other_usd, spotify_streams, apple_streams,
    total_streams, transactions, platforms; and what findings need: days and days_counted (of the paid
    distributor), streams_expected_of, complete_before (how many months), is_at_reference.
    """
    return snapshot.known("payment months", as_of, lambda: collect_few(_by_month(snapshot, as_of))[0]).lazy()


def _by_month(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    booked = collect(_booked(snapshot, as_of))[0]
    has_counters = not snapshot.fault_of(DAILY_STREAMS)
    if has_counters:
        (counted,) = collect_few(counters.by_month(snapshot, as_of).rename({"date": "month"}).select(*_COUNTED))
        of_counters = [_days_counted(snapshot, as_of), _estimated_other(snapshot, as_of)]
    else:
        counted, of_counters = pl.DataFrame(schema=_COUNTED), [pl.LazyFrame(schema=_UNKNOWN)]
    expected = _expected(snapshot, counted, as_of)
    facts = [_completeness(snapshot, as_of), booked.lazy(), _counted(counted), expected, *of_counters]
    months = _calendar(booked, counted)
    for each in facts:
        months = months.join(each, on="month", how="left")
    return (
        months.sort("month")
        .with_columns(
            pl.col("complete", "is_at_reference").fill_null(value=False),
            pl.col("transactions", "days_counted").fill_null(0),
            pl.col("platforms").fill_null(pl.lit([], pl.List(pl.String))),
            coverage=pl.when("is_known").then("coverage").otherwise(0.0),
            days=_MONTH.dt.month_end().dt.day().cast(pl.Int64),
            due_date=_MONTH.dt.offset_by(f"{snapshot.goals.payments.due_after_months}mo").dt.month_end(),
        )
        .with_columns(
            status=_status(as_of or snapshot.as_of),
            variance_usd=_variance(),
            complete_before=pl.col("complete").cast(pl.Int64).cum_sum() - pl.col("complete"),
        )
        .with_columns(pending_usd=_pending() if has_counters else pl.lit(None, MONEY))
        .drop("is_known")
    )


def _status(as_of: dt.date | None) -> pl.Expr:
    status = (
        pl.when("complete")
        .then(pl.lit(Status.PAID.value))
        .when(pl.col("due_date") < pl.lit(as_of, pl.Date))
        .then(pl.lit(Status.OVERDUE.value))
        .when(pl.col("transactions") > 0)
        .then(pl.lit(Status.PARTIAL.value))
    )
    return status.otherwise(pl.lit(Status.PENDING.value))


def _variance() -> pl.Expr:
    """Paid against expected, only where all of both is known."""
    is_whole = pl.col("complete") & (pl.col("days_counted") == pl.col("days"))
    return pl.when(is_whole).then(pl.col("comparable_usd") - pl.col("expected_usd"))


def _pending() -> pl.Expr:
    to_come = pl.col("expected_usd") - pl.col("comparable_usd").fill_null(_ZERO)
    return pl.when("complete").then(_ZERO).otherwise(to_come.clip(lower_bound=0))


def _calendar(booked: pl.DataFrame, counted: pl.DataFrame) -> pl.LazyFrame:
    """Every month from the first to the last. Columns: month."""
    seen = pl.concat([booked.select("month"), counted.select("month")]).lazy()
    ends = seen.select(first=pl.min("month"), last=pl.max("month")).drop_nulls()
    return ends.select(month=pl.date_ranges("first", "last", "1mo")).explode("month")


def _completeness(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """Columns: month, coverage, complete, is_known; a month outside the statements is not there."""
    known = completeness.known_months(snapshot, as_of).lazy()
    return known.select("coverage", month="date", complete="is_complete", is_known=pl.lit(value=True))


def _booked(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """What the statements say. Columns: month, actual_usd, comparable_usd, transactions, platforms."""
    is_comparable = identity(pl.col("platform")).is_in(identities(pl.Series(STORES)).to_list())
    revenue = pl.col("revenue_usd")
    by_store = lines(snapshot, Look(frozenset(), as_of)).group_by("platform", month="date")
    return (
        texts(by_store.agg(revenue.sum(), lines=pl.len().cast(pl.Int64)))
        .group_by("month")
        .agg(
            actual_usd=revenue.sum(),
            comparable_usd=revenue.filter(is_comparable).sum(),
            transactions=pl.col("lines").sum(),
            platforms=pl.col("platform").drop_nulls().sort(),
        )
    )


def _counted(counted: pl.DataFrame) -> pl.LazyFrame:
    """What all distributors have counted. Columns: month, spotify_streams, apple_streams, total_streams."""
    on_spotify, on_apple = (_STREAMS.filter(pl.col("platform") == name) for name in (SPOTIFY, APPLE))
    sums = {"spotify_streams": on_spotify, "apple_streams": on_apple, "total_streams": _STREAMS}
    known = {name: pl.when(streams.count() > 0).then(streams.sum()) for name, streams in sums.items()}
    return counted.lazy().group_by("month").agg(**known)


def _days_counted(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """How many days the paid distributor has reported on both platforms. Columns: month, days_counted."""
    return (
        counters.counted(snapshot, as_of)
        .filter(pl.col("distributor") == DISTRIBUTOR, _STREAMS.is_not_null())
        .group_by("date")
        .agg(pl.col("platform").n_unique())
        .filter(pl.col("platform") == len(STORES))
        .group_by(month=pl.col("date").dt.month_start())
        .agg(days_counted=pl.len().cast(pl.Int64))
    )


def _expected(snapshot: Snapshot, counted: pl.DataFrame, as_of: dt.date | None) -> pl.LazyFrame:
    """What the paid distributor's counters are worth; others' money is never in its statements.

    Columns: month, expected_usd, expected_at_reference_rates_usd, streams_expected_of.
    """
    paid = counted.filter(pl.col("distributor") == DISTRIBUTOR, _STREAMS.is_not_null())
    observed = rates.before_months(snapshot, paid["month"], STORES, as_of).rename({"date": "month"})
    return (
        paid.lazy()
        .join(observed.lazy(), on=["month", "platform"], how="left")
        .join(reference_rates(snapshot).lazy(), on="platform", how="left")
        .group_by("month")
        .agg(
            expected_usd=_worth(_STREAMS * pl.col("earned_usd") / pl.col("paid_streams")),
            expected_at_reference_rates_usd=_worth(_STREAMS * pl.col("reference_usd")),
            streams_expected_of=_STREAMS.sum(),
        )
    )


def _worth(usd: pl.Expr) -> pl.Expr:
    """The sum over the platforms; null where one of them has streams but no rate: a part is not the whole."""
    worth = pl.when(_STREAMS == 0).then(_ZERO).otherwise(usd)
    return pl.when(worth.is_not_null().all()).then(worth.sum())


def _estimated_other(snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """What the other distributors' counters are worth. Columns: month, estimated_other_usd, is_at_reference."""
    usd = pl.col("estimated_usd")
    return (
        estimated(snapshot, as_of)
        .filter(usd.is_not_null())
        .group_by(month="date")
        .agg(estimated_other_usd=usd.sum(), is_at_reference=(~pl.col("is_observed") & (usd != 0)).any())
    )
