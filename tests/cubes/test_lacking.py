"""Columns that no file has: what needs them is unknown everywhere, and never zero."""

from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    ascending,
    between,
    descending,
    growth,
    only,
    previous,
    table,
    values,
)
from tests.cubes.crowds import crowds, seen, told

#       01-01  01-02
# OWL       1      2   views; no file has a column for the money
ROWS = (seen("2025-01-01", views=1), seen("2025-01-02", views=2))
CUBE = crowds(*ROWS, is_absence_zero=True, lacking=("spend_usd",))
ALL = ("views", "spend_usd", "cpm_usd")


def test_what_needs_a_column_that_no_file_has_is_null() -> None:
    found = told(CUBE, *ALL, by=("artist",))
    assert table(found.groups, "artist", *ALL) == [("OWL", 3, None, None)]
    assert table(found.total, *ALL) == [(3, None, None)]
    assert found.lacking == ("spend_usd", "cpm_usd")


def test_it_is_null_as_well_where_a_sum_of_nothing_is_zero() -> None:
    cube = crowds(*ROWS, seen("2025-01-04", views=4), is_absence_zero=True, lacking=("spend_usd",))
    found = told(cube, *ALL, grain=Grain.DAY)
    assert table(found.groups, *ALL) == [(1, None, None), (2, None, None), (0, None, None), (4, None, None)]
    assert table(told(cube, *ALL, where=only("artist", "NOBODY")).total, *ALL) == [(0, None, None)]


def test_it_is_null_before_and_does_not_grow() -> None:
    a_day = between("2025-01-02", "2025-01-02")
    found = told(CUBE, *ALL, period=a_day, compare=PREVIOUS_PERIOD, growth_of=("views",))
    assert previous(found.total, "spend_usd") == [None]
    assert growth(found.total, "views") == [1.0]
    found = told(CUBE, *ALL, period=a_day, compare=PREVIOUS_PERIOD, growth_of=("spend_usd",))
    assert values(found.total, "growth") == [None]


def test_an_order_by_it_leaves_the_order_to_the_groups() -> None:
    cube = crowds(seen("2025-01-01", "OWL", views=1), seen("2025-01-01", "HALO", views=2), lacking=("spend_usd",))
    for order in (ascending("cpm_usd"), descending("cpm_usd")):
        assert values(told(cube, "views", by=("artist",), order_by=order).groups, "artist") == ["HALO", "OWL"]


def test_the_column_that_newest_values_are_found_by_is_needed_too() -> None:
    cube = crowds(seen("2025-01-01", followers=9), lacking=("artist",))
    assert values(told(cube, "followers").total, "followers") == [None]


def test_what_does_not_need_the_column_is_not_said_to_lack_it() -> None:
    assert told(CUBE, "views", "rows").lacking == ()
