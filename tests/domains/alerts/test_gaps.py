"""Days that are missing, and sources that are behind."""

from collections.abc import Callable

import pytest

from bedrot_graph.domains.alerts.finding import Kind, Severity
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import level, on_day, span, the, told, value, without
from tests.lakes import day

Lake = Callable[..., Snapshot]


def test_an_unbroken_stretch_of_missing_days_is_one_finding(snapshot: Lake) -> None:
    found = the(snapshot(streams=without(level(20), 8, 9, 10)), Kind.MISSING_DAYS)
    assert span(found) == (on_day(8), on_day(10))
    assert value(found) == (3, None)
    assert (found.severity, found.dimensions) == (Severity.WARNING, (("distributor", "distrokid"),))
    assert found.title == f"3 days of distrokid missing from {on_day(8)} to {on_day(10)}"


def test_it_is_raised_on_the_day_that_came_without_them(snapshot: Lake) -> None:
    found = the(snapshot(streams=without(level(20), 8, 9)), Kind.MISSING_DAYS)
    assert str(found.raised_at) == on_day(10)


def test_each_stretch_is_told_apart(snapshot: Lake) -> None:
    found = told(snapshot(streams=without(level(20), 3, 8, 9)), Kind.MISSING_DAYS)
    assert [span(each) for each in found] == [(on_day(8), on_day(9)), (on_day(3), on_day(3))]


def test_days_after_the_last_are_not_missing_yet(snapshot: Lake) -> None:
    assert told(snapshot(streams=level(10) + level(12, "toolost")), Kind.MISSING_DAYS) == []


def test_a_day_with_a_zero_is_not_missing(snapshot: Lake) -> None:
    assert told(snapshot(streams=level(20, but={8: 0})), Kind.MISSING_DAYS) == []


def test_a_row_without_any_count_is_a_missing_day(snapshot: Lake) -> None:
    rows = level(20)
    rows[8] = day(on_day(8), "distrokid", "", "")
    assert span(the(snapshot(streams=rows), Kind.MISSING_DAYS)) == (on_day(8), on_day(8))


def test_a_stretch_keeps_its_id_as_the_lake_grows(snapshot: Lake) -> None:
    first, later = (the(snapshot(streams=without(level(days), 8)), Kind.MISSING_DAYS).id for days in (20, 21))
    assert first == later


@pytest.mark.parametrize(("behind", "count"), [(3, 1), (2, 0)])
def test_a_platform_so_many_days_behind_lags(behind: int, count: int, snapshot: Lake) -> None:
    rows = [day(on_day(number), "distrokid", 100, 100 if number < 30 - behind else 0) for number in range(30)]
    assert len(told(snapshot(streams=rows), Kind.SOURCE_LAGGING)) == count


def test_a_lag_says_which_source_and_how_far(snapshot: Lake) -> None:
    rows = [day(on_day(number), "distrokid", 100, 100 if number < 26 else 0) for number in range(30)]
    found = the(snapshot(streams=rows), Kind.SOURCE_LAGGING)
    assert found.dimensions == (("distributor", "distrokid"), ("platform", "Apple Music"))
    assert value(found) == (4, 0)
    assert span(found) == (on_day(26), on_day(29))
    assert str(found.raised_at) == on_day(28)


def test_a_lag_keeps_its_id_while_it_grows(snapshot: Lake) -> None:
    lakes = (level(days) + level(24, "toolost") for days in (28, 29))
    first, later = ({each.id for each in told(snapshot(streams=rows), Kind.SOURCE_LAGGING)} for rows in lakes)
    assert first == later
    assert len(first) == 2  # both platforms of toolost


def test_zeros_on_a_platform_that_never_had_streams_are_no_lag(snapshot: Lake) -> None:
    assert told(snapshot(streams=level(30)), Kind.SOURCE_LAGGING) == []


@pytest.mark.parametrize(("days", "count"), [(60, 2), (61, 0)])
def test_a_source_lags_until_it_has_ended_for_good(days: int, count: int, snapshot: Lake) -> None:
    rows = level(20 + days) + level(20, "toolost")
    assert len(told(snapshot(streams=rows), Kind.SOURCE_LAGGING)) == count


def test_where_all_sources_count_nothing_any_more_all_of_them_lag(snapshot: Lake) -> None:
    rows = level(70, but=dict.fromkeys(range(40, 70), 0))
    assert value(the(snapshot(streams=rows), Kind.SOURCE_LAGGING)) == (30, 0)


def test_what_was_not_late_on_the_day_is_not_told_of_it(snapshot: Lake) -> None:
    lake = snapshot(streams=level(30) + level(24, "toolost"))
    assert told(lake, Kind.SOURCE_LAGGING, as_of=on_day(25)) == []
