"""What has been paid and what is still to come, month by month; and what a stream brings."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.request import Span
from bedrot_graph.cubes.window import Window, window
from bedrot_graph.domains.counters.months import gaps_of_others
from bedrot_graph.domains.payments import findings, rates
from bedrot_graph.domains.payments.lag import lag
from bedrot_graph.domains.payments.months import Status, by_month
from bedrot_graph.domains.statements import completeness
from bedrot_graph.lake.catalogue import DAILY_STREAMS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.engine import collect, collect_few
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period

Row = dict[str, Any]

RATE_MONTHS = 12
"""Complete sale months that stream rates are observed in, unless a period says which."""
_ROW_BYTES = 4096


@dataclass(frozen=True)
class Payments:
    """What is known of payments."""

    months: list[Row]
    """As `months.by_month` has them."""
    lag: Row
    latest_complete_month: dt.date | None
    pending_usd: Decimal | None
    overdue_usd: Decimal | None


def payments(snapshot: Snapshot, span: Span | None, as_of: dt.date | None) -> Composed[Payments]:
    """What each month of the period should have paid, has paid and is still to pay. Raises DatasetError."""
    watched = snapshot.watched()
    has_counters = not watched.fault_of(DAILY_STREAMS)
    (every_month,) = collect_few(by_month(watched, as_of))
    asked = _window(every_month["month"], span)
    months = _visible(every_month, "month", asked)
    complete = completeness.complete_months(watched, as_of)
    value = Payments(
        months=months.to_dicts(),
        lag=lag(watched, asked.visible, as_of) if span else _whole_lag(watched, asked.visible, as_of),
        latest_complete_month=complete[-1] if complete else None,
        pending_usd=_to_come(months, Status.PENDING, Status.PARTIAL) if has_counters else None,
        overdue_usd=_to_come(months, Status.OVERDUE) if has_counters else None,
    )
    return Composed(
        value,
        (
            *_said_of(asked, as_of, STATEMENTS, *([DAILY_STREAMS] if has_counters else [])),
            *findings.of_months(months, has_counters=has_counters),
            *(gaps_of_others(watched, as_of, asked.visible) if has_counters and asked.visible else []),
        ),
        frozenset(watched.scanned),
        size_bytes=_ROW_BYTES * (1 + months.height),
    )


def _whole_lag(snapshot: Snapshot, visible: Period | None, as_of: dt.date | None) -> Row:
    """How long the lines of all time took; remembered where nobody asks for a period."""
    return snapshot.known("payment lag", as_of, lambda: lag(snapshot, visible, as_of))


def stream_rates(snapshot: Snapshot, span: Span | None, as_of: dt.date | None) -> Composed[list[Row]]:
    """What a stream brings on each platform group, in complete sale months only. Raises DatasetError."""
    watched = snapshot.watched()
    known = completeness.known_months(watched, as_of)
    asked = _window(known["date"], span)
    visible = _visible(known, "date", asked)
    complete = visible.filter("is_complete")["date"].to_list()
    incomplete = visible.filter(~pl.col("is_complete"))["date"].to_list() if span else []
    (groups,) = collect(rates.by_group(watched, complete if span else complete[-RATE_MONTHS:], as_of))
    return Composed(
        groups.to_dicts(),
        (*_said_of(asked, as_of, STATEMENTS), *findings.left_out(incomplete)),
        frozenset(watched.scanned),
    )


def _window(months: pl.Series, span: Span | None) -> Window:
    """What the span means for an answer that knows these months."""
    known: list[dt.date] = months.to_list()
    covered = Period(known[0], known[-1]).whole_months() if known else None
    return window(span, covered, Grain.MONTH)


def _visible(months: pl.DataFrame, column: str, asked: Window) -> pl.DataFrame:
    """The months that are asked for and known."""
    if asked.visible is None:
        return months.clear()
    return months.filter(pl.col(column).is_between(asked.visible.start, asked.visible.end))


def _to_come(months: pl.DataFrame, *statuses: Status) -> Decimal | None:
    """What the months of these statuses have still to pay: 0 without such months, null where none has an amount."""
    pending = months.filter(pl.col("status").is_in(statuses))["pending_usd"].to_list()
    known: list[Decimal] = [each for each in pending if each is not None]
    return sum(known, Decimal(0)) if known or not pending else None


def _said_of(asked: Window, as_of: dt.date | None, *datasets: Dataset) -> list[Limitation]:
    return asked.findings() if asked.covered else [findings.nothing(datasets, as_of)]
