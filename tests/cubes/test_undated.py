"""Rows without a date: totals of all time, which are never added to what has a date."""

import pytest

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.detail import Cut, Detail, detail
from bedrot_graph.cubes.request import Request
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    Question,
    between,
    by_date,
    codes,
    descending,
    last_days,
    last_months,
    on,
    only,
    previous,
    table,
    text,
    values,
)
from tests.cubes.crowds import Row, crowds, lake, seen, told

#         ever  01-01  01-02
# OWL      100      1      2
# HALO      50      -      -
# MOTH       -      -      4
DATED: tuple[Row, ...] = (
    seen("2025-01-01", "OWL", views=1),
    seen("2025-01-02", "OWL", views=2),
    seen("2025-01-02", "MOTH", views=4),
)
EVER: tuple[Row, ...] = (seen(None, "OWL", "Berlin", views=100), seen(None, "HALO", "Berlin", views=50))
BOTH = crowds(*DATED, *EVER)
ONLY_EVER = crowds(*EVER)
LEFT_OUT = (
    "2 rows of visits are lifetime totals without dates and are left out of a question about time; "
    "ask without `period` and `grain` for them."
)


def views(found: Answer) -> object:
    return found.total["views"].item()


def a_page(period_days: int | None) -> Detail:
    """Everything of BOTH, or of its last days."""
    period = last_days(period_days) if period_days else None
    return detail(BOTH, lake(), Request(period=period), ("line", "views"), Cut(0, 10))


# ── a question that is not about time ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cube", [BOTH, ONLY_EVER], ids=["both", "only ever"])
def test_without_a_period_the_totals_count_and_nothing_that_has_a_date(cube: Cube) -> None:
    found = told(cube, "views", "rows", by=("artist",))
    assert table(found.groups, "artist", "views", "rows") == [("HALO", 50, 1), ("OWL", 100, 1)]
    assert table(found.total, "views", "rows") == [(150, 2)]
    assert codes(found.findings) == []


def test_without_by_the_one_node_is_the_total_of_the_totals() -> None:
    found = told(ONLY_EVER, "views", "reach", "daily_people")
    assert found.groups.rows() == found.total.rows()
    assert table(found.total, "date", "views", "reach", "daily_people") == [(None, 150, None, None)]


def test_where_every_row_has_a_date_all_of_them_count() -> None:
    found = told(crowds(*DATED), "views")
    assert views(found) == 7
    assert codes(found.findings) == []


def test_a_filter_that_no_total_passes_does_not_bring_back_what_has_a_date() -> None:
    found = told(BOTH, "views", "rows", by=("artist",), where=only("artist", "MOTH"))
    assert found.groups.is_empty()
    assert table(found.total, "views", "rows") == [(None, 0)]
    assert views(told(crowds(*DATED, *EVER, is_absence_zero=True), "views", where=only("artist", "MOTH"))) is None


def test_totals_have_orders_and_followers_too() -> None:
    cube = crowds(seen(None, "OWL", followers=3, people=7), seen(None, "HALO", followers=5, people=1))
    found = told(cube, "followers", "reach", by=("artist",), order_by=descending("reach"))
    assert table(found.groups, "artist", "followers", "reach") == [("OWL", 3, 7), ("HALO", 5, 1)]
    assert values(found.total, "followers") == [8]


def test_totals_are_compared_with_nothing_and_the_answer_says_why() -> None:
    asked: Question = {"by": ("artist",), "compare": PREVIOUS_PERIOD, "growth_of": ("views",)}
    found = told(BOTH, "views", **asked)
    assert values(found.groups, "views") == [50, 100]
    assert previous(found.groups, "views") == [None, None]
    assert values(found.total, "growth") == [None]
    assert text(found.findings, "NOT_COMPARABLE") == (
        "Growth is null for every group and the total: totals without dates cannot be compared."
    )
    assert codes(found.findings) == ["NOT_COMPARABLE"]


def test_the_rows_behind_totals_are_the_totals() -> None:
    assert values(a_page(None).rows, "views") == [100, 50]


# ── a question about time ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_period_leaves_totals_out_and_says_so() -> None:
    found = told(BOTH, "views", by=("artist",), period=last_days(1))
    assert table(found.groups, "artist", "views") == [("MOTH", 4), ("OWL", 2)]
    assert views(found) == 6
    assert text(found.findings, "UNDATED_EXCLUDED") == LEFT_OUT
    assert codes(found.findings) == ["UNDATED_EXCLUDED"]


def test_a_period_of_all_days_leaves_totals_out_as_well() -> None:
    found = told(BOTH, "views", period=between("2025-01-01", "2025-01-02"))
    assert views(found) == 7
    assert text(found.findings, "UNDATED_EXCLUDED") == LEFT_OUT


def test_a_grain_leaves_totals_out_as_well() -> None:
    found = told(BOTH, "views", grain=Grain.DAY)
    assert by_date(found.groups, "views") == {"2025-01-01": 1, "2025-01-02": 6}
    assert views(found) == 7
    assert text(found.findings, "UNDATED_EXCLUDED") == LEFT_OUT


def test_what_came_before_leaves_totals_out_as_well() -> None:
    found = told(BOTH, "views", period=last_days(1), compare=PREVIOUS_PERIOD, growth_of=("views",))
    assert previous(found.total, "views") == [1]


def test_only_totals_that_the_filters_let_through_are_said_to_be_left_out() -> None:
    found = told(BOTH, "views", period=last_days(1), where=only("artist", "OWL"))
    assert text(found.findings, "UNDATED_EXCLUDED") == (
        "1 row of visits is a lifetime total without a date and is left out of a question about time; "
        "ask without `period` and `grain` for it."
    )
    assert codes(told(BOTH, "views", period=last_days(1), where=only("artist", "MOTH")).findings) == []


def test_the_rows_behind_a_period_leave_totals_out() -> None:
    found = a_page(2)
    assert values(found.rows, "views") == [1, 2, 4]
    assert codes(found.findings) == ["UNDATED_EXCLUDED"]


@pytest.mark.parametrize(
    "asked",
    [
        {"period": last_days(7)},
        {"period": last_months(1)},
        {"period": between("2025-01-01", "2025-01-31")},
        {"grain": Grain.DAY},
    ],
)
@pytest.mark.parametrize("is_absence_zero", [False, True])
def test_of_totals_alone_nothing_is_known_about_time(asked: Question, *, is_absence_zero: bool) -> None:
    found = told(crowds(*EVER, is_absence_zero=is_absence_zero), "views", **asked)
    assert views(found) is None
    assert text(found.findings, "PARTIAL_PERIOD") == "visits holds no row with a date."
    assert text(found.findings, "UNDATED_EXCLUDED") == LEFT_OUT
    grouped: Question = {**asked, "by": ("artist",)}
    assert told(crowds(*EVER), "views", **grouped).groups.is_empty()


def test_as_of_a_day_before_any_date_that_day_is_named() -> None:
    found = told(BOTH, "views", period=last_days(7), as_of=on("2024-12-31"))
    assert text(found.findings, "PARTIAL_PERIOD") == "visits holds no row with a date up to 2024-12-31."


def test_a_cube_without_any_row_says_so() -> None:
    found = told(crowds(), "views")
    assert views(found) is None
    assert text(found.findings, "PARTIAL_PERIOD") == "visits holds no row with a date."
