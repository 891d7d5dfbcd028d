"""Revenue that changes between complete sale months."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from bedrot_graph.domains.alerts.finding import Kind, Severity
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import span, the, told, value
from tests.lakes import Rows, statement

Lake = Callable[..., Snapshot]


def earned(**months: str) -> Rows:
    """What each month of 2025 has earned on Spotify, booked on the 20th two months later."""
    numbers = {"jan": 1, "feb": 2, "mar": 3, "apr": 4}
    return [
        statement(f"2025-{numbers[name]:02}", "Spotify", 1000, usd, reported=f"2025-{numbers[name] + 2:02}-20")
        for name, usd in months.items()
    ]


def test_a_month_that_earned_much_less_is_told(snapshot: Lake) -> None:
    found = the(snapshot(earned(jan="400.00", feb="300.00")), Kind.REVENUE_CHANGE)
    assert (found.severity, value(found), span(found)) == (Severity.WARNING, (300, 400), ("2025-02-01", "2025-02-28"))
    assert found.title == "Revenue of 2025-02 fell by 25 %"
    assert found.dimensions == ()
    assert found.numbers
    assert found.numbers.measure == "Revenue.revenueUsd"


def test_a_rise_is_good_to_know(snapshot: Lake) -> None:
    found = the(snapshot(earned(jan="400.00", feb="500.00")), Kind.REVENUE_CHANGE)
    assert (found.severity, found.title) == (Severity.INFO, "Revenue of 2025-02 rose by 25 %")


@pytest.mark.parametrize(("before", "after"), [("300.00", "200.01"), ("1000.00", "751.00")])
def test_little_money_or_a_small_part_is_not_worth_telling(before: str, after: str, snapshot: Lake) -> None:
    assert told(snapshot(earned(jan=before, feb=after)), Kind.REVENUE_CHANGE) == []


def test_an_incomplete_month_is_not_compared(snapshot: Lake) -> None:
    rows = [*earned(jan="400.00", feb="400.00"), statement("2025-03", "Tidal", 1, "1.00", reported="2025-05-20")]
    assert told(snapshot(rows), Kind.REVENUE_CHANGE) == []


def test_months_that_do_not_follow_each_other_are_not_compared(snapshot: Lake) -> None:
    assert told(snapshot(earned(jan="400.00", mar="100.00")), Kind.REVENUE_CHANGE) == []


def test_only_the_newest_complete_month_is_told(snapshot: Lake) -> None:
    assert told(snapshot(earned(jan="800.00", feb="400.00", mar="400.00")), Kind.REVENUE_CHANGE) == []


def test_from_nothing_to_something_is_told_without_a_part(snapshot: Lake) -> None:
    found = the(snapshot(earned(jan="0.00", feb="400.00")), Kind.REVENUE_CHANGE)
    assert found.title == "Revenue of 2025-02 rose from nothing"
    assert found.numbers
    assert (found.numbers.expected, found.numbers.change) == (Decimal(0), None)


def test_it_is_raised_on_the_day_the_month_became_complete(snapshot: Lake) -> None:
    #            January      February
    # Spotify    380.00       200.00 on the 20th of April
    # Tidal       20.00        10.00 on the 2nd of April: not enough to be complete
    rows = earned(jan="380.00", feb="200.00")
    rows += [
        statement("2025-01", "Tidal", 1, "20.00"),
        statement("2025-02", "Tidal", 1, "10.00", reported="2025-04-02"),
    ]
    assert str(the(snapshot(rows), Kind.REVENUE_CHANGE).raised_at) == "2025-04-20"


def test_lines_that_were_not_reported_by_the_day_are_not_known(snapshot: Lake) -> None:
    lake = snapshot(earned(jan="400.00", feb="300.00"))
    assert told(lake, Kind.REVENUE_CHANGE, as_of="2025-04-19") == []
    assert len(told(lake, Kind.REVENUE_CHANGE, as_of="2025-04-20")) == 1


def test_it_keeps_its_id_when_a_late_line_changes_the_sum(snapshot: Lake) -> None:
    late = statement("2025-02", "Spotify", 1, "-5.00", reported="2025-04-25")
    first = the(snapshot(earned(jan="400.00", feb="300.00")), Kind.REVENUE_CHANGE)
    later = the(snapshot([*earned(jan="400.00", feb="300.00"), late]), Kind.REVENUE_CHANGE)
    assert first.id == later.id
    assert value(later) == (295, 400)
