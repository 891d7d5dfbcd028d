"""Whether all that a node speaks of is reported, and how many streams a day has on average."""

from collections.abc import Callable

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.request import Span
from bedrot_graph.domains.streams.service import CUBE
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import all_of, between, each_day, only, streams, table, total

Lake = Callable[..., Snapshot]


def completed(lake: Snapshot, *by: str, grain: Grain | None = None, period: Span | None = None) -> Answer:
    return answer(CUBE, lake, all_of(CUBE, complete=True, by=by, grain=grain, period=period))


def flags(found: Answer) -> list[bool]:
    return found.groups["complete"].to_list()


WHOLE = each_day("2025-01-01", "distrokid", *[(5, 1)] * 31)


def test_a_month_whose_every_day_is_reported_is_complete(snapshot: Lake) -> None:
    found = completed(snapshot(streams=WHOLE), grain=Grain.MONTH)
    assert flags(found) == [True]
    assert found.total["complete"].to_list() == [True]


def test_a_month_without_one_of_its_days_is_not(snapshot: Lake) -> None:
    found = completed(snapshot(streams=WHOLE[:10] + WHOLE[11:]), grain=Grain.MONTH)
    assert flags(found) == [False]


def test_the_newest_month_is_open_until_its_last_day(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(5, 1)] * 40)
    assert flags(completed(snapshot(streams=rows), grain=Grain.MONTH)) == [True, False]


def test_a_day_is_not_complete_while_a_live_source_lags(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(5, 1)] * 4) + each_day("2025-01-01", "toolost", *[(5, 1)] * 2)
    assert flags(completed(snapshot(streams=rows), grain=Grain.DAY)) == [True, True, False, False]


def test_zeros_at_the_end_are_not_reported_yet(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(5, 5)] * 28, (5, 0))
    lake = snapshot(streams=rows)
    assert flags(completed(lake, grain=Grain.DAY)) == [True] * 28 + [False]
    assert table(completed(lake, "platform").groups, "platform", "complete") == [
        ("Apple Music", False),
        ("Spotify", True),
    ]


def test_a_source_that_has_ended_long_ago_holds_nothing_back(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(5, 1)] * 40) + each_day("2025-01-01", "toolost", *[(5, 1)] * 3)
    assert flags(completed(snapshot(streams=rows), period=between("2025-02-01", "2025-02-09"))) == [True]


def test_each_distributor_is_judged_by_itself(snapshot: Lake) -> None:
    rows = WHOLE + each_day("2025-01-01", "toolost", *[(5, 1)] * 30)
    found = completed(snapshot(streams=rows), "distributor")
    assert table(found.groups, "distributor", "complete") == [("distrokid", True), ("toolost", False)]


def test_a_bucket_that_the_period_cuts_is_not_complete(snapshot: Lake) -> None:
    lake = snapshot(streams=WHOLE)
    assert flags(completed(lake, grain=Grain.MONTH, period=between("2025-01-15", "2025-01-31"))) == [False]
    assert flags(completed(lake, period=between("2025-01-15", "2025-01-31"))) == [True]


def test_a_period_that_reaches_beyond_the_data_is_not_complete(snapshot: Lake) -> None:
    assert flags(completed(snapshot(streams=WHOLE), period=between("2025-01-01", "2025-02-01"))) == [False]


def test_a_period_outside_the_data_is_not_complete(snapshot: Lake) -> None:
    lake = snapshot(streams=WHOLE)
    assert flags(completed(lake, period=between("2030-01-01", "2030-01-31"))) == [False]


def test_what_a_filter_lets_nothing_of_is_not_complete(snapshot: Lake) -> None:
    found = answer(CUBE, snapshot(streams=WHOLE), all_of(CUBE, complete=True, where=only("distributor", "zzz")))
    assert flags(found) == [False]


def test_nobody_who_does_not_ask_is_told(snapshot: Lake) -> None:
    assert "complete" not in streams(snapshot(streams=WHOLE), "total_streams").groups


def test_an_average_day_is_of_days_not_of_rows(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 0), (200, 0)) + each_day("2025-01-01", "toolost", (50, 0), (50, 0))
    lake = snapshot(streams=rows)
    assert total(streams(lake, "average_per_day")) == {"average_per_day": 200.0}
    found = streams(lake, "average_per_day", by=("distributor",))
    assert table(found.groups, "distributor", "average_per_day") == [("distrokid", 150.0), ("toolost", 50.0)]


def test_a_day_that_nobody_has_reported_is_in_no_average(snapshot: Lake) -> None:
    rows = [*each_day("2025-01-01", "distrokid", (100, 0)), *each_day("2025-01-03", "distrokid", (200, 0))]
    assert total(streams(snapshot(streams=rows), "average_per_day")) == {"average_per_day": 150.0}
