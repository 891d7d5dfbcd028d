import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrot_graph.periods import (
    Grain,
    Period,
    add_months,
    first_of_month,
    in_words,
    last_of_month,
    months_between,
    yesterday,
)

days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))


def period(start: str, end: str) -> Period:
    return Period(dt.date.fromisoformat(start), dt.date.fromisoformat(end))


def test_a_period_holds_both_its_ends() -> None:
    march = period("2025-03-01", "2025-03-31")
    assert march.days == 31
    assert march.start in march
    assert march.end in march
    assert dt.date(2025, 4, 1) not in march
    assert str(march) == "2025-03-01 to 2025-03-31"


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (period("2025-03-10", "2025-04-10"), period("2025-03-10", "2025-03-31")),
        (period("2025-03-31", "2025-04-10"), period("2025-03-31", "2025-03-31")),
        (period("2025-01-01", "2025-12-31"), period("2025-03-01", "2025-03-31")),
        (period("2025-04-01", "2025-04-10"), None),
    ],
    ids=["a part", "one day", "all", "none"],
)
def test_two_periods_share_the_days_that_both_hold(other: Period, shared: Period | None) -> None:
    march = period("2025-03-01", "2025-03-31")
    assert march.overlap(other) == shared
    assert other.overlap(march) == shared
    assert march.holds(other) == (shared == other)
    assert other.holds(march) == (shared == march)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (period("2025-03-01", "2025-03-31"), period("2025-02-01", "2025-02-28")),
        (period("2025-01-01", "2025-03-31"), period("2024-10-01", "2024-12-31")),
        (period("2024-01-01", "2024-12-31"), period("2023-01-01", "2023-12-31")),
        (period("2025-03-08", "2025-03-14"), period("2025-03-01", "2025-03-07")),
        (period("2025-03-02", "2025-03-31"), period("2025-01-31", "2025-03-01")),
    ],
    ids=["a month", "a quarter", "a leap year", "a week", "almost a month"],
)
def test_before_a_period_of_whole_months_come_as_many_months_before_another_as_many_days(
    now: Period, before: Period
) -> None:
    assert now.before() == before


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (period("2025-03-01", "2025-03-31"), period("2024-03-01", "2024-03-31")),
        (period("2025-02-01", "2025-02-28"), period("2024-02-01", "2024-02-29")),
        (period("2024-02-01", "2024-02-29"), period("2023-02-01", "2023-02-28")),
        (period("2024-02-29", "2024-02-29"), period("2023-02-28", "2023-02-28")),
        (period("2025-02-10", "2025-02-28"), period("2024-02-10", "2024-02-28")),
    ],
    ids=["a month", "into a leap year", "out of a leap year", "a leap day", "days"],
)
def test_a_year_before_are_the_same_dates_and_whole_months_stay_whole(now: Period, before: Period) -> None:
    assert now.year_before() == before


def test_the_months_around_a_period_are_whole() -> None:
    assert period("2025-01-31", "2025-02-01").whole_months() == period("2025-01-01", "2025-02-28")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-15", -1, "2024-12-15"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-12-01", 1, "2026-01-01"),
        ("2025-06-30", 0, "2025-06-30"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_one(day: str, months: int, then: str) -> None:
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(then)


@settings(deadline=None)
@given(day=days, months=st.integers(-600, 600))
def test_months_that_are_added_lie_between(day: dt.date, months: int) -> None:
    assert months_between(day, add_months(day, months)) == months


@settings(deadline=None)
@given(day=days)
def test_a_day_lies_in_its_month_and_after_yesterday(day: dt.date) -> None:
    assert first_of_month(day) <= day <= last_of_month(day)
    assert last_of_month(day) + dt.timedelta(days=1) == add_months(first_of_month(day), 1)
    assert yesterday(day) + dt.timedelta(days=1) == day


@settings(deadline=None)
@given(start=days, length=st.integers(0, 1000))
def test_the_period_before_ends_the_day_before(start: dt.date, length: int) -> None:
    now = Period(start, start + dt.timedelta(days=length))
    assert now.before().end == yesterday(now.start)
    is_whole = now == now.whole_months()
    assert now.before() == now.before().whole_months() if is_whole else now.before().days == now.days


def test_grains_are_in_order_of_their_length() -> None:
    assert list(Grain) == [Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]
    assert [Grain.WEEK.is_finer_than(grain) for grain in Grain] == [False, False, True, True, True]


def test_a_grain_knows_its_length_as_polars_writes_it() -> None:
    assert [grain.offset for grain in Grain] == ["1d", "1w", "1mo", "3mo", "1y"]


def test_months_are_said_in_runs() -> None:
    assert in_words([]) == ""
    assert in_words([dt.date(2025, 1, 1)]) == "2025-01"
    months = [(2025, 3), (2024, 12), (2025, 1), (2025, 6), (2025, 3), (2025, 8), (2025, 9)]
    assert (
        in_words(dt.date(*month, 1) for month in months)
        == "2024-12 to 2025-01, 2025-03, 2025-06 and 2025-08 to 2025-09"
    )
