"""Small lakes of payments: months that were paid and counted, as one would say them."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bedrot_graph.cubes.request import Span
from bedrot_graph.domains.payments import service
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Period, add_months
from tests.lakes import Rows, day, statement

THREE_MONTHS = ("2025-01", "2025-02", "2025-03")


def booked(month: str, after: int = 2) -> str:
    """The 20th of the month so many months later."""
    return str(add_months(dt.date.fromisoformat(f"{month}-20"), after))


def paid(month: str, spotify: str = "4.00", apple: str = "1.00") -> Rows:
    """A month that both stores have paid: Spotify for 1000 streams, Apple Music for 100."""
    reported = booked(month)
    return [
        statement(month, "Spotify", 1000, spotify, reported=reported),
        statement(month, "Apple Music", 100, apple, reported=reported),
    ]


def paid_months(*months: str) -> Rows:
    """Months in which a stream on Spotify paid 0.004, and one on Apple Music 0.01."""
    return [row for month in months for row in paid(month)]


def counted(month: str, source: str = "distrokid", spotify: int | str = 100, apple: int | str = 10) -> Rows:
    """A month whose every day counts the same."""
    days = monthrange(int(month[:4]), int(month[5:]))[1]
    return [day(f"{month}-{number:02}", source, spotify, apple) for number in range(1, days + 1)]


def between(first: str, last: str) -> Span:
    return Span(dates=Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))


def on(day_: str | None) -> dt.date | None:
    return dt.date.fromisoformat(day_) if day_ else None


def payments(lake: Snapshot, span: Span | None = None, as_of: str | None = None) -> service.Payments:
    return service.payments(lake, span, on(as_of)).value


def months(lake: Snapshot, name: str, as_of: str | None = None) -> dict[str, Any]:
    """One fact of every month."""
    return {f"{row['month']:%Y-%m}": row[name] for row in payments(lake, as_of=as_of).months}


def month(lake: Snapshot, name: str, as_of: str | None = None) -> dict[str, Any]:
    """Every fact of one month."""
    return next(row for row in payments(lake, as_of=as_of).months if f"{row['month']:%Y-%m}" == name)


def usd(amount: str) -> Decimal:
    return Decimal(amount)


def texts(findings: Iterable[Limitation], code: str) -> list[str]:
    return [each.text for each in findings if each.code == code]
