"""Money that is late: sale months past their due date, and those that stores have reported in part."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.alerts.finding import Finding, Kind, Numbers, Severity
from bedrot_graph.domains.payments.months import Status, by_month
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.catalogue import DISTRIBUTOR
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period, last_of_month

PENDING_MEASURE = "PaymentMonth.pendingUsd"
_MONTH = pl.col("month")


@dataclass(frozen=True)
class Open:
    """A sale month that is not completely reported."""

    month: dt.date
    status: Status
    due: dt.date
    arrived: Decimal | None
    """What it has paid so far; None without any line."""
    pending: Decimal | None
    """What is still to come by the streams counted; None where that cannot be told."""
    first_reported: dt.date | None


def payments(snapshot: Snapshot, as_of: dt.date | None) -> list[Finding]:
    """One finding per sale month that is overdue, and per month that has arrived in part."""
    found = [Open(month, Status(status), *rest) for month, status, *rest in _open(snapshot, as_of).iter_rows()]
    return [_overdue(each) if each.status is Status.OVERDUE else _partial(each) for each in found]


def _open(snapshot: Snapshot, as_of: dt.date | None) -> pl.DataFrame:
    """The months that are overdue or partly there, from the first with lines on; after the last, those with streams.

    Grain: one row per month. Columns: as `Open`.
    """
    months = by_month(snapshot, as_of)
    paid = lines(snapshot, Look(frozenset(), as_of)).group_by(month="date").agg(first_reported=pl.min("reporting_date"))
    known = months.join(paid, on="month", how="left")
    paid_months = _MONTH.filter(pl.col("first_reported").is_not_null())
    is_counted_since = _MONTH.gt(paid_months.max()) & (pl.col("streams_expected_of") > 0)
    is_owed = _MONTH.is_between(paid_months.min(), paid_months.max()) | is_counted_since
    return collect(
        known.filter(is_owed, pl.col("status").is_in([Status.OVERDUE, Status.PARTIAL]))
        .select("month", "status", "due_date", "actual_usd", "pending_usd", "first_reported")
        .sort("month")
    )[0]


def _overdue(month: Open) -> Finding:
    arrived = "nothing has arrived" if month.arrived is None else f"only {month.arrived:,.2f} USD have arrived"
    return _finding(
        month,
        Kind.PAYMENT_OVERDUE,
        raised_at=month.due + dt.timedelta(days=1),
        title=f"Payment of {month.month:%Y-%m} is overdue",
        message=(
            f"The sale month {month.month:%Y-%m} was due by {month.due}, and {arrived}{_to_come(month)}. Export the "
            f"statements again; if they are up to date, ask {DISTRIBUTOR}."
        ),
    )


def _partial(month: Open) -> Finding:
    return _finding(
        month,
        Kind.PAYMENT_PARTIAL,
        raised_at=month.first_reported or month.due,
        title=f"Payment of {month.month:%Y-%m} has arrived in part",
        message=(
            f"Of the sale month {month.month:%Y-%m}, {month.arrived or 0:,.2f} USD have arrived{_to_come(month)}; "
            f"stores that usually pay are still missing. It is due by {month.due}: do not compare it with complete "
            "months until then."
        ),
    )


def _to_come(month: Open) -> str:
    return f", and about {month.pending:,.2f} USD are to come by the streams counted" if month.pending else ""


def _finding(month: Open, kind: Kind, *, raised_at: dt.date, title: str, message: str) -> Finding:
    return Finding(
        kind=kind,
        severity=Severity.CRITICAL if kind is Kind.PAYMENT_OVERDUE else Severity.INFO,
        title=title,
        message=message,
        raised_at=raised_at,
        dimensions=(("distributor", DISTRIBUTOR),),
        anchor=month.month,
        period=Period(month.month, last_of_month(month.month)),
        numbers=None if month.pending is None else Numbers(Unit.USD, month.pending, None, PENDING_MEASURE),
    )
