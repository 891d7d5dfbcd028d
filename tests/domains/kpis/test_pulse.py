"""The newest day that every live source has reported, and what it is held against."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from bedrot_graph.domains.kpis.pulse import Pulse, Source, complete_through, pulse
from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from tests.cubes.asking import each_day, on, text, texts
from tests.lakes import Rows

Lake = Callable[..., Snapshot]


def of(lake: Snapshot, as_of: dt.date | None = None) -> Pulse:
    return pulse(lake, as_of).value


def totals(found: Pulse) -> list[Any]:
    days = (found.current, found.previous_day, found.same_weekday_last_week)
    return [day and day["total_streams"] for day in days]


def counted(source: str, *totals: int, first: str = "2025-01-01") -> Rows:
    return each_day(first, source, *[(total, 0) for total in totals])


#              1st                     7th   8th   9th
DISTROKID = counted("distrokid", 40, 50, 60, 70, 80, 90, 100, 110, 120)
TOOLOST = counted("toolost", 4, 5, 6, 7, 8, 9, 10, 11)


def test_the_day_is_the_newest_that_all_have_reported_and_adds_them_up(snapshot: Lake) -> None:
    found = of(snapshot(streams=DISTROKID + TOOLOST))
    assert (found.date, found.newest_date) == (on("2025-01-08"), on("2025-01-09"))
    assert totals(found) == [121, 110, 44]
    assert found.growth_on_day == pytest.approx(121 / 110 - 1)
    assert found.growth_on_weekday == pytest.approx(121 / 44 - 1)


def test_a_source_that_has_ended_long_ago_does_not_hold_the_day_back(snapshot: Lake) -> None:
    rows = counted("distrokid", *[10] * 40) + TOOLOST
    found = of(snapshot(streams=rows))
    assert found.date == on("2025-02-09")
    assert [(each.distributor, each.is_live) for each in found.sources if each.platform == "Spotify"] == [
        ("distrokid", True),
        ("toolost", False),
    ]


def test_a_platform_whose_zeros_are_lag_holds_the_day_back(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(50, 9)] * 30, (50, 0), (50, 0))
    found = of(snapshot(streams=rows))
    assert found.date == on("2025-01-30")
    assert found.sources == (
        Source("distrokid", "Apple Music", on("2025-01-30"), is_live=True, first=on("2025-01-01")),
        Source("distrokid", "Spotify", on("2025-02-01"), is_live=True, first=on("2025-01-01")),
    )


def test_against_a_day_that_one_source_has_left_out_there_is_no_change(snapshot: Lake) -> None:
    rows = DISTROKID[:6] + DISTROKID[7:] + TOOLOST
    found = pulse(snapshot(streams=rows), None)
    assert totals(found.value) == [121, 10, 44]
    assert found.value.growth_on_day is None
    assert found.value.growth_on_weekday is not None
    assert "the day before is null" in text(found.findings, "NOT_COMPARABLE")


def test_against_nothing_there_is_no_change(snapshot: Lake) -> None:
    found = pulse(snapshot(streams=counted("distrokid", 10, 0, 20)), None)
    assert totals(found.value) == [20, 0, None]
    assert (found.value.growth_on_day, found.value.growth_on_weekday) == (None, None)
    assert texts(found.findings, "NOT_COMPARABLE") == [
        "The change against the day before is null: it had no streams, or is not completely reported.",
        "The change against the same weekday a week before is null: distrokid had not begun.",
    ]


def test_a_platform_that_has_never_reported_is_not_waited_for(snapshot: Lake) -> None:
    found = of(snapshot(streams=each_day("2025-01-01", "distrokid", *[(10, "")] * 9)))
    assert (found.date, totals(found)) == (on("2025-01-09"), [10, 10, 10])


def test_a_platform_that_has_stopped_long_ago_is_not_waited_for(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(50, 9)] * 30, *[(50, "")] * 20)
    assert of(snapshot(streams=rows)).date == on("2025-02-19")


def test_the_arrival_of_a_distributor_is_no_growth(snapshot: Lake) -> None:
    rows = counted("distrokid", *[100] * 20) + counted("toolost", 90, 90, 90, first="2025-01-18")
    found = pulse(snapshot(streams=rows), None)
    assert totals(found.value) == [190, 190, 100]
    assert (found.value.growth_on_day, found.value.growth_on_weekday) == (0.0, None)
    assert "toolost had not begun" in text(found.findings, "NOT_COMPARABLE")


def test_as_of_a_day_it_is_the_pulse_of_then(snapshot: Lake) -> None:
    found = of(snapshot(streams=DISTROKID + TOOLOST), on("2025-01-03"))
    assert (found.date, totals(found)) == (on("2025-01-03"), [66, 55, None])


def test_before_the_first_day_there_is_none_and_it_says_so(snapshot: Lake) -> None:
    found = pulse(snapshot(streams=DISTROKID), on("2024-12-31"))
    assert (found.value.date, found.value.newest_date, found.value.sources) == (None, None, ())
    assert "no day that every live source has reported" in text(found.findings, "NOT_COMPARABLE")
    assert complete_through(snapshot(streams=DISTROKID), on("2024-12-31")) is None


def test_without_counters_it_is_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="daily_streams"):
        pulse(snapshot(), None)
