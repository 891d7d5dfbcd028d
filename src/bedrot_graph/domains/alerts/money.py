"""What the money says: how it changed between complete sale months."""

import datetime as dt
from bisect import bisect_left
from decimal import Decimal

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.alerts.finding import Finding, Kind, Numbers, Severity, percent, reaches
from bedrot_graph.domains.statements.completeness import complete_months
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period, add_months, last_of_month

REVENUE_MEASURE = "Revenue.revenueUsd"


def revenue_change(snapshot: Snapshot, as_of: dt.date | None) -> list[Finding]:
    """The newest complete sale month against the one just before, where that is complete too."""
    complete = complete_months(snapshot, as_of)
    if not complete or add_months(complete[-1], -1) not in complete:
        return []
    month, before = complete[-1], add_months(complete[-1], -1)
    earned, usual = (_earned(snapshot, each, as_of) for each in (month, before))
    goals = snapshot.goals.alerts
    is_great = usual <= 0 or reaches(float(earned / usual) - 1, goals.revenue_change)
    if abs(earned - usual) < goals.revenue_change_usd or not is_great:
        return []
    numbers = Numbers(Unit.USD, earned, usual if usual > 0 else Decimal(0), REVENUE_MEASURE)
    return [_finding(month, before, numbers, _completed_on(snapshot, month, before, as_of))]


def _finding(month: dt.date, before: dt.date, numbers: Numbers, completed: dt.date) -> Finding:
    fell = (numbers.change or 0) < 0
    by = "from nothing" if numbers.change is None else f"by {abs(numbers.change):.0%}".replace("%", " %")
    look = (
        "Look which platforms and tracks it comes from (`revenue` by PLATFORM and TRACK), and at adjustments."
        if fell
        else "Look which platforms and tracks bring it (`revenue` by PLATFORM and TRACK)."
    )
    return Finding(
        kind=Kind.REVENUE_CHANGE,
        severity=Severity.WARNING if fell else Severity.INFO,
        title=f"Revenue of {month:%Y-%m} {'fell' if fell else 'rose'} {by}",
        message=(
            f"The sale month {month:%Y-%m} has earned {numbers.value:,.2f} USD, and {before:%Y-%m} before it "
            f"{numbers.expected:,.2f} USD ({percent(numbers.change)}). Both are completely reported. {look}"
        ),
        raised_at=completed,
        anchor=month,
        period=Period(month, last_of_month(month)),
        numbers=numbers,
    )


def _earned(snapshot: Snapshot, month: dt.date, as_of: dt.date | None) -> Decimal:
    of_month = lines(snapshot, Look(frozenset(), as_of)).filter(pl.col("date") == month)
    return Decimal(collect(of_month.select(pl.sum("revenue_usd")))[0].item())


def _completed_on(snapshot: Snapshot, month: dt.date, before: dt.date, as_of: dt.date | None) -> dt.date:
    """The first day whose reports made both months complete; stores only ever add to what is reported."""

    def are_complete(day: dt.date) -> bool:
        complete = complete_months(snapshot, day)
        return month in complete and before in complete

    of_both = lines(snapshot, Look(frozenset(), as_of)).filter(pl.col("date").is_in([month, before]))
    days: list[dt.date] = collect(of_both.select(pl.col("reporting_date").unique().sort()))[0].to_series().to_list()
    return days[min(bisect_left(days, 1, key=are_complete), len(days) - 1)]
