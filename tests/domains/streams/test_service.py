"""What the daily counters say: days of two distributors, and how far each has reported."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    between,
    by_date,
    codes,
    each_day,
    growth,
    last_days,
    on,
    only,
    streams,
    table,
    text,
    texts,
    total,
    values,
)
from tests.lakes import STREAMS_FILE, Rows, day, snapshot_of

Lake = Callable[..., Snapshot]
ALL = ("total_streams", "spotify_streams", "apple_streams", "days_covered")
TOTAL = ("total_streams",)


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_distributors_are_added_up_per_day(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10), (200, 20)) + each_day(
        "2025-01-01", "toolost", (50, 5), (70, 7)
    )
    found = streams(snapshot(streams=rows), *ALL, grain=Grain.DAY)
    assert table(found.groups, *ALL) == [(165, 150, 15, 1), (297, 270, 27, 1)]
    assert total(found) == {"total_streams": 462, "spotify_streams": 420, "apple_streams": 42, "days_covered": 2}


def test_days_covered_counts_different_dates_with_a_row(snapshot: Lake) -> None:
    rows = [
        day("2025-01-01", "distrokid", 1, 0),
        day("2025-01-01", "toolost", 1, 0),
        day("2025-01-02", "toolost", 1, 0),
        day("2025-01-05", "distrokid", 1, 0),
    ]
    found = streams(snapshot(streams=rows), "days_covered", by=("distributor",))
    assert table(found.groups, "distributor", "days_covered") == [("distrokid", 2), ("toolost", 2)]
    assert total(found) == {"days_covered": 3}


def test_platforms_are_spotify_and_apple_music(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10)) + each_day("2025-01-01", "toolost", (50, 5))
    lake = snapshot(streams=rows)
    found = streams(lake, *ALL, by=("platform",))
    assert table(found.groups, "platform", *ALL) == [("Apple Music", 15, None, 15, 1), ("Spotify", 150, 150, None, 1)]
    assert total(streams(lake, "total_streams", where=only("platform", "apple music"))) == {"total_streams": 15}


def test_the_files_own_sum_is_not_used(tmp_path: Path) -> None:
    header = "date,spotify_streams,apple_streams,combined_streams,source"
    (tmp_path / STREAMS_FILE).write_text(f"{header}\n2025-01-01,100,10,999,distrokid\n", encoding="utf-8")
    assert total(streams(snapshot_of(tmp_path), "total_streams")) == {"total_streams": 110}


def test_other_sources_are_read_as_they_are(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10)) + each_day("2025-01-01", "amuse", (50, 5))
    found = streams(snapshot(streams=rows), "total_streams", by=("distributor",))
    assert table(found.groups, "distributor", "total_streams") == [("amuse", 55), ("distrokid", 110)]


def test_without_the_counters_the_question_is_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="daily_streams"):
        streams(snapshot(statements=[{}]), "total_streams")


# ── missing days ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_day_is_null_for_its_source_and_the_sum_is_of_what_was_reported(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10), (100, 10), (100, 10))
    rows += [day("2025-01-01", "toolost", 50, 5), day("2025-01-03", "toolost", 50, 5)]
    lake = snapshot(streams=rows)
    found = streams(lake, "total_streams", by=("distributor",), grain=Grain.DAY, where=only("distributor", "toolost"))
    assert values(found.groups, "total_streams") == [55, None, 55]
    found = streams(lake, "total_streams", grain=Grain.DAY)
    assert values(found.groups, "total_streams") == [165, 110, 165]
    assert text(found.findings, "PARTIAL_PERIOD") == "toolost has not reported 1 of 3 days: 2025-01-02."


def test_missing_days_are_said_of_the_asked_period_and_source_only(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10), (100, 10), (100, 10))
    rows += [day("2025-01-01", "toolost", 50, 5), day("2025-01-03", "toolost", 50, 5)]
    lake = snapshot(streams=rows)
    assert codes(streams(lake, "total_streams", period=last_days(1)).findings) == []
    assert codes(streams(lake, "total_streams", where=only("distributor", "distrokid")).findings) == []
    assert codes(streams(lake, "total_streams", where=only("distributor", "toolost")).findings) == ["PARTIAL_PERIOD"]


def test_days_before_a_sources_first_are_not_missing(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10), (100, 10)) + each_day("2025-01-02", "toolost", (50, 5))
    assert codes(streams(snapshot(streams=rows), "total_streams").findings) == []


def test_days_after_a_sources_last_are_missing(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (100, 10), (100, 10), (100, 10)) + each_day(
        "2025-01-01", "toolost", (5, 5)
    )
    found = streams(snapshot(streams=rows), "total_streams")
    assert text(found.findings, "PARTIAL_PERIOD") == "toolost has not reported 2 of 3 days: 2025-01-02, 2025-01-03."


def test_many_missing_days_are_counted_rather_than_all_named(snapshot: Lake) -> None:
    rows = [day("2025-01-01", "distrokid", 1, 1), day("2025-01-31", "distrokid", 1, 1)]
    found = streams(snapshot(streams=rows), "total_streams")
    assert text(found.findings, "PARTIAL_PERIOD") == (
        "distrokid has not reported 29 of 31 days: 2025-01-02, 2025-01-03, 2025-01-04, 2025-01-05, 2025-01-06, "
        "2025-01-07, 2025-01-08, 2025-01-09, 2025-01-10, 2025-01-11 and 19 more up to 2025-01-30."
    )


def test_platforms_that_miss_different_days_are_told_apart(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (9, 9), (9, 9), (9, 0), (9, 0))
    found = streams(snapshot(streams=rows), "total_streams")
    assert text(found.findings, "PARTIAL_PERIOD") == (
        "distrokid has not reported 2 of 4 days on Apple Music: 2025-01-03, 2025-01-04."
    )


def test_a_row_that_counts_nothing_at_all_is_a_missing_day(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (9, 9), ("", ""), (9, 9))
    found = streams(snapshot(streams=rows), *ALL, grain=Grain.DAY)
    assert table(found.groups, *ALL) == [(18, 9, 9, 1), (None, None, None, 0), (18, 9, 9, 1)]
    assert "2025-01-02" in text(found.findings, "PARTIAL_PERIOD")


# ── zeros and empty cells ────────────────────────────────────────────────────────────────────────────────────────────


def apple(lake: Snapshot) -> list[int | None]:
    return values(streams(lake, "apple_streams", grain=Grain.DAY).groups, "apple_streams")


def test_zeros_at_the_end_after_busy_weeks_are_not_reported_yet(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", *[(9, 3)] * 28, (9, 0), (9, 0)))
    assert apple(lake)[-3:] == [3, None, None]
    found = streams(lake, *ALL, period=last_days(2))
    assert total(found) == {"total_streams": 18, "spotify_streams": 18, "apple_streams": None, "days_covered": 2}


def test_zeros_at_the_end_after_quiet_weeks_are_silence(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", *[(9, 2)] * 28, (9, 0), (9, 0)))
    assert apple(lake)[-3:] == [2, 0, 0]


def test_only_the_28_days_before_the_zeros_tell_whether_they_were_busy(snapshot: Lake) -> None:
    # Of the last 28 days before the zeros, 15 had no stream: the median is zero, whatever came before.
    rows = each_day("2025-01-01", "distrokid", *[(9, 9)] * 60, *[(9, 0)] * 15, *[(9, 9)] * 13, (9, 0))
    assert apple(snapshot(streams=rows))[-2:] == [9, 0]
    rows = each_day("2025-01-01", "distrokid", *[(9, 0)] * 60, *[(9, 0)] * 13, *[(9, 9)] * 15, (9, 0))
    assert apple(snapshot(streams=rows))[-2:] == [9, None]


def test_zeros_between_counts_are_zeros(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", *[(9, 9)] * 28, (9, 0), (9, 9)))
    assert apple(lake)[-3:] == [9, 0, 9]


def test_zeros_at_the_end_of_spotify_are_not_reported_yet_either(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (9, 9), (9, 9), (9, 9), (0, 9)))
    assert values(streams(lake, "spotify_streams", grain=Grain.DAY).groups, "spotify_streams") == [9, 9, 9, None]


def test_each_distributor_has_its_own_end(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (9, 9), (9, 9), (9, 0)) + each_day(
        "2025-01-01", "toolost", (5, 1), (5, 0), (5, 0)
    )
    found = streams(snapshot(streams=rows), "apple_streams", by=("distributor",), grain=Grain.DAY)
    assert table(found.groups, "distributor", "apple_streams") == [
        ("distrokid", 9),
        ("toolost", 1),
        ("distrokid", 9),
        ("toolost", 0),
        ("distrokid", None),
        ("toolost", 0),
    ]


def test_a_source_that_never_counted_a_stream_has_reported_its_zeros(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (9, 0), (9, 0)))
    assert apple(lake) == [0, 0]


def test_an_empty_cell_beside_a_filled_one_is_zero_up_to_the_day_both_have_reported_through(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (9, 9), (9, ""), (9, 9), (9, ""), (9, "")))
    assert apple(lake) == [9, 0, 9, None, None]


def test_an_empty_cell_before_late_zeros_is_not_reported_yet(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (9, 9), (9, 9), (9, 9), (9, ""), (9, 0)))
    assert apple(lake) == [9, 9, 9, None, None]


def test_an_empty_apple_cell_is_not_reported_where_spotify_lags_behind(snapshot: Lake) -> None:
    # Spotify has reported through the 3rd, so both have through the 3rd only.
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (9, 9), (9, ""), (9, 9), ("", 9), (0, 9)))
    found = streams(lake, "spotify_streams", "apple_streams", grain=Grain.DAY)
    assert table(found.groups, "spotify_streams", "apple_streams") == [(9, 9), (9, 0), (9, 9), (None, 9), (None, 9)]


def test_a_platform_that_a_source_never_reported_is_unknown(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "amuse", (9, ""), (9, "")))
    found = streams(lake, *ALL)
    assert total(found) == {"total_streams": 18, "spotify_streams": 18, "apple_streams": None, "days_covered": 2}
    assert "amuse has not reported 2 of 2 days on Apple Music" in text(found.findings, "PARTIAL_PERIOD")


# ── growth ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def daily_growth(rows: Rows, lake: Lake) -> dict[str, float | None]:
    found = streams(lake(streams=rows), "total_streams", grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=TOTAL)
    return dict(
        zip((f"{date:%d}" for date in found.groups["date"]), growth(found.groups, "total_streams"), strict=True)
    )


def test_only_days_that_every_source_has_reported_have_growth(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 0), (20, 0), (20, 0), (20, 0))
    rows += each_day("2025-01-01", "toolost", (10, 0), (10, 0), (30, 0))
    assert daily_growth(rows, snapshot) == {"01": None, "02": 0.5, "03": 0.666667, "04": None}


def test_a_source_whose_zeros_are_late_holds_growth_back(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 10), (20, 20), (20, 20), (20, 0))
    assert daily_growth(rows, snapshot) == {"01": None, "02": 1.0, "03": 0.0, "04": None}


def test_what_is_late_is_said_where_growth_was_asked_for(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 10), (20, 20), (20, 20), (20, 0))
    found = streams(snapshot(streams=rows), "total_streams", grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=TOTAL)
    assert (
        "Growth is null for 2025-01-04: they, or what they are compared with, are not completely reported."
    ) in texts(found.findings, "NOT_COMPARABLE")


@pytest.mark.parametrize(("silent_days", "expected"), [(13, None), (14, 1.0)])
def test_a_source_that_delivered_nothing_for_two_weeks_holds_nobody_back(
    silent_days: int, expected: float | None, snapshot: Lake
) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(10, 0)] * 29, (20, 0))
    rows += each_day("2025-01-01", "toolost", *[(5, 0)] * (30 - silent_days))
    assert daily_growth(rows, snapshot)["30"] == expected


def test_a_source_that_has_ended_has_itself_no_growth_from_there_on(snapshot: Lake) -> None:
    # toolost ends on the 10th of January: its January is cut short, though the others' is not.
    rows = each_day("2024-12-01", "distrokid", *[(10, 0)] * 31, *[(20, 0)] * 31, (20, 0))
    rows += each_day("2024-12-01", "toolost", *[(5, 0)] * 41)
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        by=("distributor",),
        grain=Grain.MONTH,
        period=between("2025-01-01", "2025-01-31"),
        compare=PREVIOUS_PERIOD,
        growth_of=TOTAL,
    )
    assert table(found.groups, "distributor", "total_streams") == [("distrokid", 620), ("toolost", 50)]
    assert growth(found.groups, "total_streams") == [1.0, None]
    assert growth(found.total, "total_streams") == [0.44086]  # it holds the others not back: 670 after 465


def test_a_source_that_began_within_a_month_has_no_base_in_it(snapshot: Lake) -> None:
    rows = each_day("2024-12-01", "distrokid", *[(10, 0)] * (31 + 31 + 28))
    rows += each_day("2025-01-22", "toolost", *[(5, 0)] * (10 + 28))
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        by=("distributor",),
        grain=Grain.MONTH,
        period=between("2025-02-01", "2025-02-28"),
        compare=PREVIOUS_PERIOD,
        growth_of=TOTAL,
    )
    assert table(found.groups, "distributor", "total_streams") == [("distrokid", 280), ("toolost", 140)]
    assert growth(found.groups, "total_streams") == [-0.096774, None]


def test_a_distributor_that_arrives_looks_like_growth_and_the_answer_says_so(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(10, 0)] * 6) + each_day("2025-01-04", "toolost", *[(5, 0)] * 3)
    lake = snapshot(streams=rows)
    found = streams(lake, "total_streams", period=last_days(3), compare=PREVIOUS_PERIOD, growth_of=TOTAL)
    assert growth(found.total, "total_streams") == [0.5]
    assert text(found.findings, "NOT_COMPARABLE") == (
        "toolost counts from 2025-01-04 on: growth against what lies before is partly its arrival."
    )
    found = streams(lake, "total_streams", period=last_days(1), compare=PREVIOUS_PERIOD, growth_of=TOTAL)
    assert growth(found.total, "total_streams") == [0.0]
    assert codes(found.findings) == []


def test_a_platform_that_is_not_late_has_growth_of_its_own(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 10), (10, 10), (20, 0))
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        by=("platform",),
        period=last_days(1),
        compare=PREVIOUS_PERIOD,
        growth_of=TOTAL,
    )
    assert table(found.groups, "platform", "total_streams") == [("Apple Music", None), ("Spotify", 20)]
    assert growth(found.groups, "total_streams") == [None, 1.0]
    assert growth(found.total, "total_streams") == [None]


def test_growth_as_of_a_day_does_not_know_what_came_later(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 0), (20, 0), (20, 0))
    rows += each_day("2025-01-01", "toolost", (10, 0), (10, 0), (30, 0))
    lake = snapshot(streams=rows)
    found = streams(
        lake,
        "total_streams",
        grain=Grain.DAY,
        compare=PREVIOUS_PERIOD,
        growth_of=TOTAL,
        as_of=on("2025-01-02"),
    )
    assert by_date(found.groups, "total_streams") == {"2025-01-01": 20, "2025-01-02": 30}
    assert growth(found.groups, "total_streams") == [None, 0.5]
