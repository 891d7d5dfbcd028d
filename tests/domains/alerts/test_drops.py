"""Falling streams: seven complete days against the seven before."""

from collections.abc import Callable

import pytest

from bedrot_graph.domains.alerts.finding import Finding, Kind, Severity
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import level, on_day, span, the, told, value, without
from tests.lakes import Rows, day

Lake = Callable[..., Snapshot]


def falling(streams: int, days: int = 7, source: str = "distrokid") -> Rows:
    """Two weeks of 100 a day, then so many days of fewer."""
    return level(14 + days, source, 100, but=dict.fromkeys(range(14, 14 + days), streams))


def drops(lake: Snapshot) -> list[Finding]:
    return told(lake, Kind.STREAM_DROP)


@pytest.mark.parametrize(
    ("streams", "severity"), [(80, Severity.WARNING), (51, Severity.WARNING), (50, Severity.CRITICAL)]
)
def test_a_week_so_far_below_the_one_before_is_a_drop(streams: int, severity: Severity, snapshot: Lake) -> None:
    found = the(snapshot(streams=falling(streams)), Kind.STREAM_DROP)
    assert found.severity is severity
    assert value(found) == (7 * streams, 700)
    assert span(found) == (on_day(14), on_day(20))
    assert found.dimensions == (("distributor", "distrokid"),)


def test_a_smaller_fall_is_none(snapshot: Lake) -> None:
    assert drops(snapshot(streams=falling(81))) == []


def test_a_rise_is_none(snapshot: Lake) -> None:
    assert drops(snapshot(streams=falling(300))) == []


@pytest.mark.parametrize("number", [7, 13, 14, 18])
def test_with_a_missing_day_nothing_is_compared(number: int, snapshot: Lake) -> None:
    assert drops(snapshot(streams=without(falling(50), number))) == []


def test_what_lies_before_the_fourteen_days_may_be_missing(snapshot: Lake) -> None:
    assert len(drops(snapshot(streams=without(falling(50), 5, 6)))) == 1


def test_it_is_raised_on_the_first_day_that_it_held_without_a_break(snapshot: Lake) -> None:
    # With 60 a day: -40 of 700 after a day, -160 after four, which is the first time it is a fifth.
    found = the(snapshot(streams=falling(60)), Kind.STREAM_DROP)
    assert str(found.raised_at) == on_day(17)


@pytest.mark.parametrize("begun", [0, 1, 13, 14, 20])
def test_the_drop_of_all_is_the_same_whenever_another_distributor_has_begun(begun: int, snapshot: Lake) -> None:
    falls = [row for source in ("distrokid", "toolost") for row in level(60, source, 100, but=_FALL)]
    newcomer = level(60, "amuse", 3)[60 - begun :]
    (alone,) = (each for each in drops(snapshot(streams=falls)) if not each.dimensions)
    (beside,) = (each for each in drops(snapshot(streams=falls + newcomer)) if not each.dimensions)
    assert alone.id == beside.id


_FALL = dict.fromkeys(range(54, 60), 16)


def test_the_fall_of_a_platform_is_told_beside_one_that_has_stopped(snapshot: Lake) -> None:
    rows = [day(on_day(n), "distrokid", 100 if n < 60 else 10, 80 if n < 20 else "") for n in range(70)]
    assert len(drops(snapshot(streams=rows))) == 1


def test_it_keeps_its_id_while_it_lasts(snapshot: Lake) -> None:
    first, later = (the(snapshot(streams=falling(60, days)), Kind.STREAM_DROP) for days in (6, 8))
    assert first.id == later.id
    assert span(first) != span(later)


def test_a_drop_that_is_over_is_not_told(snapshot: Lake) -> None:
    assert drops(snapshot(streams=falling(60, 14))) == []


def test_a_platform_that_is_late_is_no_drop(snapshot: Lake) -> None:
    # Apple Music, half of all streams, has not reported the last four days.
    rows = [day(on_day(number), "distrokid", 100, 100 if number < 24 else 0) for number in range(28)]
    lake = snapshot(streams=rows)
    assert drops(lake) == []
    assert len(told(lake, Kind.SOURCE_LAGGING)) == 1


def test_a_drop_before_a_platform_fell_silent_is_no_news_for_ever(snapshot: Lake) -> None:
    # Apple Music fell for a week and has reported nothing since, which is 14 days.
    apple = [100] * 14 + [50] * 7
    rows = [day(on_day(number), "distrokid", 100, (*apple, *[0] * 14)[number]) for number in range(35)]
    assert drops(snapshot(streams=rows)) == []
    assert len(drops(snapshot(streams=rows[:34]))) == 1


def test_a_distributor_that_is_late_is_no_drop_of_the_total(snapshot: Lake) -> None:
    assert drops(snapshot(streams=level(28) + level(24, "toolost"))) == []


def test_all_distributors_together_are_compared_as_well(snapshot: Lake) -> None:
    found = drops(snapshot(streams=falling(10) + level(21, "toolost", 50)))
    assert {each.dimensions: value(each) for each in found} == {
        (("distributor", "distrokid"),): (70, 700),
        (): (420, 1050),
    }


def test_the_total_is_compared_over_days_that_all_have_reported(snapshot: Lake) -> None:
    found = drops(snapshot(streams=falling(10, 7) + level(19, "toolost", 50)))
    total = next(each for each in found if not each.dimensions)
    assert span(total) == (on_day(12), on_day(18))


def test_one_distributor_has_no_total_beside_it(snapshot: Lake) -> None:
    assert len(drops(snapshot(streams=falling(10)))) == 1


def test_a_distributor_that_ended_long_ago_is_no_news(snapshot: Lake) -> None:
    assert drops(snapshot(streams=falling(10, source="toolost") + level(60))) == []
