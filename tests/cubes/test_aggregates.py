"""What a group's rows come to: what can be added up, and what cannot."""

from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import pytest

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.request import Span
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    ascending,
    between,
    by_date,
    growth,
    last_days,
    only,
    previous,
    table,
    values,
)
from tests.cubes.crowds import crowds, seen, told

# ── the value of the only row ────────────────────────────────────────────────────────────────────────────────────────

#          Berlin  Paris
# OWL           7      5
# HALO          3      -
REACH = crowds(
    seen("2025-01-01", "OWL", "Berlin", people=7),
    seen("2025-01-01", "OWL", "Paris", people=5),
    seen("2025-01-01", "HALO", "Berlin", people=3),
)


def test_people_of_one_row_are_told_and_those_of_several_are_not_added_up() -> None:
    found = told(REACH, "reach", by=("artist",))
    assert table(found.groups, "artist", "reach") == [("HALO", 3), ("OWL", None)]
    assert values(found.total, "reach") == [None]


def test_people_are_told_of_each_group_that_has_one_row() -> None:
    found = told(REACH, "reach", by=("artist", "city"), order_by=ascending("reach"))
    assert table(found.groups, "artist", "city", "reach") == [
        ("HALO", "Berlin", 3),
        ("OWL", "Paris", 5),
        ("OWL", "Berlin", 7),
    ]


def test_a_second_row_without_a_value_is_a_row_all_the_same() -> None:
    cube = crowds(seen("2025-01-01", people=7), seen("2025-01-02"))
    assert values(told(cube, "reach").total, "reach") == [None]


@pytest.mark.parametrize("is_absence_zero", [False, True])
def test_people_of_no_row_are_unknown_and_never_zero(*, is_absence_zero: bool) -> None:
    rows = (seen("2025-01-01", people=7, views=1), seen("2025-01-03", people=5, views=1))
    cube = crowds(*rows, is_absence_zero=is_absence_zero)
    found = told(cube, "reach", "views", grain=Grain.DAY)
    assert table(found.groups, "reach", "views") == [(7, 1), (None, 0 if is_absence_zero else None), (5, 1)]
    nobody = told(cube, "reach", "views", "followers", where=only("artist", "NOBODY"))
    assert table(nobody.total, "reach", "views", "followers") == [(None, 0, None)]


# ── the only row of a day ────────────────────────────────────────────────────────────────────────────────────────────

# Of the week of Monday, 6 January, one day is known.
DAYS = crowds(seen("2025-01-01", people=7), seen("2025-01-02", people=5), seen("2025-01-06", people=3))


def test_people_of_a_day_are_told_by_days_and_not_by_weeks_of_which_one_day_is_known() -> None:
    by_day = told(DAYS, "daily_people", grain=Grain.DAY, period=between("2025-01-01", "2025-01-02"))
    assert by_date(by_day.groups, "daily_people") == {"2025-01-01": 7, "2025-01-02": 5}
    assert values(by_day.total, "daily_people") == [None]
    by_week = told(DAYS, "daily_people", "reach", grain=Grain.WEEK)
    assert table(by_week.groups, "daily_people", "reach") == [(None, None), (None, 3)]


def test_people_of_a_day_are_told_without_a_grain_where_the_period_is_one_day() -> None:
    found = told(DAYS, "daily_people", by=("artist",), period=last_days(1))
    assert values(found.groups, "daily_people") == values(found.total, "daily_people") == [3]


@pytest.mark.parametrize("period", [last_days(2), between("2025-01-03", "2025-01-06"), None])
def test_people_of_a_day_are_not_those_of_a_longer_period(period: Span | None) -> None:
    found = told(DAYS, "daily_people", by=("artist",), period=period)
    assert values(found.groups, "daily_people") == values(found.total, "daily_people") == [None]


def test_the_same_column_is_told_of_days_and_of_rows_side_by_side() -> None:
    found = told(DAYS, "daily_people", "reach", period=last_days(2))
    assert table(found.total, "daily_people", "reach") == [(None, 3)]


def test_people_of_a_day_are_compared_with_those_of_the_day_before() -> None:
    a_day = between("2025-01-02", "2025-01-02")
    found = told(DAYS, "daily_people", period=a_day, compare=PREVIOUS_PERIOD, growth_of=("daily_people",))
    assert previous(found.total, "daily_people") == [7]
    assert growth(found.total, "daily_people") == [-0.285714]


# ── the newest values ────────────────────────────────────────────────────────────────────────────────────────────────

#         01-01  01-02  01-03
# OWL        10     12      -
# HALO        -    100    110
FOLLOWERS = crowds(
    seen("2025-01-02", "OWL", followers=12),
    seen("2025-01-01", "OWL", followers=10),
    seen("2025-01-03", "OWL"),
    seen("2025-01-02", "HALO", followers=100),
    seen("2025-01-03", "HALO", followers=110),
)


def newest(found: Answer) -> list[object]:
    return values(found.groups, "followers")


def test_the_newest_value_of_each_artist_is_added_up() -> None:
    found = told(FOLLOWERS, "followers", by=("artist",))
    assert table(found.groups, "artist", "followers") == [("HALO", 110), ("OWL", 12)]
    assert values(found.total, "followers") == [122]


def test_each_bucket_has_the_newest_values_of_its_own() -> None:
    found = told(FOLLOWERS, "followers", grain=Grain.DAY)
    assert by_date(found.groups, "followers") == {"2025-01-01": 10, "2025-01-02": 112, "2025-01-03": 110}
    assert values(found.total, "followers") == [122]
    assert newest(told(FOLLOWERS, "followers", grain=Grain.MONTH)) == [122]


def test_the_newest_values_are_those_of_the_period() -> None:
    found = told(FOLLOWERS, "followers", period=between("2025-01-02", "2025-01-02"), compare=PREVIOUS_PERIOD)
    assert values(found.total, "followers") == [112]
    assert previous(found.total, "followers") == [10]
    assert newest(told(FOLLOWERS, "followers", by=("artist",), grain=Grain.DAY, period=last_days(1))) == [
        110,
        None,
    ]


def test_where_nobody_has_a_value_there_is_no_newest() -> None:
    cube = crowds(seen("2025-01-01", views=1), seen("2025-01-02", views=1), is_absence_zero=True)
    found = told(cube, "followers", grain=Grain.DAY)
    assert newest(found) == [None, None]
    assert values(found.total, "followers") == [None]


def test_rows_without_a_member_have_a_newest_value_of_their_own() -> None:
    cube = crowds(
        seen("2025-01-02", None, None, followers=3),
        seen("2025-01-01", None, None, followers=1),
        seen("2025-01-01", "OWL", None, followers=10),
        seen("2025-01-01", "OWL", "Paris", followers=20),
    )
    found = told(cube, "followers", by=("city",))
    assert table(found.groups, "city", "followers") == [("Paris", 20), (None, 13)]


def test_of_two_rows_of_one_day_the_later_one_counts() -> None:
    cube = crowds(seen("2025-01-01", followers=10), seen("2025-01-01", followers=9), seen("2025-01-01"))
    assert values(told(cube, "followers").total, "followers") == [9]


# ── so many of another ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_price_per_thousand_is_exact_to_twelve_places() -> None:
    cube = crowds(
        seen("2025-01-01", "OWL", usd="0.000000000001", views=3), seen("2025-01-01", "HALO", usd="2.50", views=500)
    )
    found = told(cube, "cpm_usd", by=("artist",))
    # 0.000000000001 * 1000 / 3: divided first, nothing would be left of it
    assert table(found.groups, "artist", "cpm_usd") == [("HALO", D("5.00")), ("OWL", D("0.000000000333"))]


def test_a_price_per_thousand_of_nothing_is_unknown() -> None:
    cube = crowds(seen("2025-01-01", usd="2.50", views=0))
    assert values(told(cube, "cpm_usd").total, "cpm_usd") == [None]


def test_so_many_per_row_is_a_ratio_too() -> None:
    cube = crowds(seen("2025-01-01", views=3), seen("2025-01-01", views=4))
    assert values(told(cube, "views_per_row").total, "views_per_row") == [35.0]
