"""What TikTok's analytics say: days of two accounts, and followers that are stamped now and then."""

import datetime as dt
import zipfile
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
    growth,
    last_days,
    on,
    only,
    table,
    text,
    texts,
    tiktok,
    total,
    values,
)
from tests.lakes import TIKTOK_FILE, Rows, snapshot_of, tiktok_day

Lake = Callable[..., Snapshot]
COUNTERS = ("video_views", "profile_views", "likes", "comments", "shares")
VIEWS = ("video_views",)


def views(first: str, artist: str, *counts: int | str, **cells: int | str) -> Rows:
    """The views of an account on consecutive days; the further cells are the same on all of them."""
    return [tiktok_day(date, artist, views=count, **cells) for date, count in zip(_dates(first), counts, strict=False)]


def stamps(first: str, artist: str, *counts: int) -> Rows:
    """The followers that are stamped on consecutive days, each with ten views."""
    return [
        tiktok_day(date, artist, views=10, followers=count) for date, count in zip(_dates(first), counts, strict=False)
    ]


def _dates(first: str) -> list[str]:
    return [str(dt.date.fromisoformat(first) + dt.timedelta(days=place)) for place in range(400)]


def write_export(folder: Path, handle: str, *lines: str, header: str = "Date,Video Views,Likes,New followers") -> None:
    """A raw export as TikTok gives it out."""
    with zipfile.ZipFile(folder / f"Overview_2025-01-01_1736000000_{handle}.zip", "w") as export:
        export.writestr("Overview.csv", "\ufeff" + "\n".join([header, *lines]))


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_columns_have_spaces_in_their_names(tmp_path: Path) -> None:
    header = "artist,zone,date,Video Views,Profile Views,Likes,Comments,Shares,Year,engagement_rate"
    (tmp_path / TIKTOK_FILE).write_text(f"{header}\nowl,owl,2025-01-01,100,7,4,3,2,2025,0.5\n", encoding="utf-8")
    found = tiktok(snapshot_of(tmp_path), *COUNTERS, "engagement_rate")
    assert table(found.total, *COUNTERS, "engagement_rate") == [(100, 7, 4, 3, 2, 0.09)]


def test_old_files_call_views_reach(tmp_path: Path) -> None:
    (tmp_path / TIKTOK_FILE).write_text("artist,date,reach,Likes\nowl,2025-01-01,100,4\n", encoding="utf-8")
    assert total(tiktok(snapshot_of(tmp_path), "video_views", "likes")) == {"video_views": 100, "likes": 4}


def test_a_number_whose_column_no_file_has_is_lacking_and_not_zero(tmp_path: Path) -> None:
    (tmp_path / TIKTOK_FILE).write_text("artist,date,reach,Likes\nowl,2025-01-01,100,4\n", encoding="utf-8")
    asked = (*COUNTERS, "followers", "new_followers", "engagement_rate")
    found = tiktok(snapshot_of(tmp_path), *asked)
    assert found.lacking == ("profile_views", "comments", "shares", "followers", "new_followers", "engagement_rate")
    assert table(found.total, *asked) == [(100, None, 4, None, None, None, None, None)]
    assert codes(found.findings) == []


def test_without_the_analytics_the_question_is_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="tiktok_analytics"):
        tiktok(snapshot(statements=[{}]), "video_views")


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_accounts_are_added_up_per_day(snapshot: Lake) -> None:
    lake = snapshot(tiktok=views("2025-01-01", "owl1987", 10, 20) + views("2025-01-01", "halo.b7", 1, 2))
    assert values(tiktok(lake, "video_views", grain=Grain.DAY).groups, "video_views") == [11, 22]
    found = tiktok(lake, "video_views", by=("artist",))
    assert table(found.groups, "artist", "video_views") == [("HALO.B7", 3), ("OWL1987", 30)]
    assert total(found) == {"video_views": 33}


def test_two_spellings_of_one_account_are_one_artist_and_the_same_day_counts_once(snapshot: Lake) -> None:
    rows = views("2025-01-01", "zone.a0", 100, 100) + views("2025-01-02", "zonea0", 120, 120)
    lake = snapshot(statements=[{"Artist": "ZONE A0"}], tiktok=rows)
    found = tiktok(lake, "video_views", by=("artist",))
    assert table(found.groups, "artist", "video_views") == [("ZONE A0", 340)]
    assert by_date(tiktok(lake, "video_views", grain=Grain.DAY).groups, "video_views") == {
        "2025-01-01": 100,
        "2025-01-02": 120,
        "2025-01-03": 120,
    }


@pytest.mark.parametrize("spelling", ["zone.a0", "zonea0", "ZONE A0", "Zone-A0"])
def test_any_spelling_of_an_account_finds_it(spelling: str, snapshot: Lake) -> None:
    rows = views("2025-01-01", "zone.a0", 100) + views("2025-01-02", "zonea0", 120) + views("2025-01-01", "owl", 7)
    found = tiktok(snapshot(tiktok=rows), "video_views", where=only("artist", spelling))
    assert total(found) == {"video_views": 220}


# ── followers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_followers_are_the_last_number_and_neither_a_sum_nor_a_zero(snapshot: Lake) -> None:
    #                                            0 is not known, at the end as at the beginning
    rows = stamps("2025-01-01", "owl", 0, 100, 100, 105, 0)
    assert total(tiktok(snapshot(tiktok=rows), "followers")) == {"followers": 105}


def test_followers_of_accounts_are_added_up_each_with_its_own_last_number(snapshot: Lake) -> None:
    rows = stamps("2025-01-01", "owl", 100, 105, 0) + stamps("2025-01-01", "halo", 30, 31, 32)
    found = tiktok(snapshot(tiktok=rows), "followers", by=("artist",))
    assert table(found.groups, "artist", "followers") == [("HALO", 32), ("OWL", 105)]
    assert total(found) == {"followers": 137}


def test_followers_that_were_never_stamped_are_unknown(snapshot: Lake) -> None:
    found = tiktok(snapshot(tiktok=stamps("2025-01-01", "owl", 0, 0, 100)), "followers", grain=Grain.DAY)
    assert values(found.groups, "followers") == [None, None, 100]
    assert texts(found.findings, "PARTIAL_PERIOD") == [
        "The followers of OWL are known from 2025-01-03 on, and are in no sum before."
    ]


def test_followers_that_are_in_no_sum_are_said_only_where_followers_are_asked_for(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-01", "owl", 0, 0, 100) + stamps("2025-01-01", "halo", 30, 30, 30))
    found = tiktok(lake, "followers", period=between("2025-01-01", "2025-01-02"))
    assert total(found) == {"followers": 30}
    assert texts(found.findings, "PARTIAL_PERIOD") == ["The followers of OWL are not known in this period."]
    assert codes(tiktok(lake, "video_views").findings) == []


def test_followers_of_before_the_period_are_not_those_of_the_period(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-01", "owl", 100, 0, 0))
    found = tiktok(lake, "followers", period=last_days(2))
    assert total(found) == {"followers": None}
    assert texts(found.findings, "PARTIAL_PERIOD") == ["The followers of OWL are not known in this period."]


# ── new followers ────────────────────────────────────────────────────────────────────────────────────────────────────


def daily_new(lake: Snapshot) -> list[int | None]:
    return values(tiktok(lake, "new_followers", grain=Grain.DAY).groups, "new_followers")


def test_new_followers_stand_on_the_first_day_of_a_new_stamp_and_days_between_are_unknown(snapshot: Lake) -> None:
    assert daily_new(snapshot(tiktok=stamps("2025-01-01", "owl", 100, 100, 105, 105, 112))) == [
        None,
        None,
        5,
        None,
        7,
    ]


def test_the_first_stamp_of_all_is_no_growth(snapshot: Lake) -> None:
    # The file claims that its whole base is new.
    rows = [tiktok_day("2025-01-01", "owl", views=10)]
    rows += [tiktok_day("2025-01-02", "owl", views=10, followers=4890, new_followers="4890.0")]
    rows += [tiktok_day("2025-01-03", "owl", views=10, followers=4890, new_followers="0.0")]
    assert daily_new(snapshot(tiktok=rows)) == [None, None, None]


def test_followers_that_were_lost_are_negative(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-01", "owl", 100, 90, 97))
    assert daily_new(lake) == [None, -10, 7]
    assert total(tiktok(lake, "new_followers")) == {"new_followers": -3}


def test_a_zero_between_stamps_is_neither_a_loss_nor_a_gain(snapshot: Lake) -> None:
    assert daily_new(snapshot(tiktok=stamps("2025-01-01", "owl", 100, 0, 0, 104))) == [None, None, None, 4]


def test_a_week_without_a_new_stamp_has_no_new_followers_rather_than_zero(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-06", "owl", *[100] * 7, *[103] * 7, *[103] * 7))
    found = tiktok(lake, "new_followers", "followers", grain=Grain.WEEK)
    assert table(found.groups, "new_followers", "followers") == [(None, 100), (3, 103), (None, 103)]


def test_new_followers_of_a_period_split_in_two_add_up(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-01", "owl", 100, 100, 105, 105, 112, 112))
    halves = [between("2025-01-01", "2025-01-02"), between("2025-01-03", "2025-01-06")]
    assert [total(tiktok(lake, "new_followers", period=half))["new_followers"] for half in halves] == [None, 12]
    halves = [between("2025-01-01", "2025-01-04"), between("2025-01-05", "2025-01-06")]
    assert [total(tiktok(lake, "new_followers", period=half))["new_followers"] for half in halves] == [5, 7]
    assert total(tiktok(lake, "new_followers")) == {"new_followers": 12}


def test_new_followers_are_told_apart_by_account_in_whatever_order_the_rows_come(snapshot: Lake) -> None:
    rows = stamps("2025-01-01", "owl", 100, 105) + stamps("2025-01-01", "halo", 30, 31)
    found = tiktok(snapshot(tiktok=rows[::-1]), "new_followers", by=("artist",))
    assert table(found.groups, "artist", "new_followers") == [("HALO", 1), ("OWL", 5)]
    assert total(found) == {"new_followers": 6}


def test_followers_as_of_a_day_do_not_know_what_came_later(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-01", "owl", 100, 105, 112))
    found = tiktok(lake, "followers", "new_followers", as_of=on("2025-01-02"))
    assert total(found) == {"followers": 105, "new_followers": 5}


def test_a_raw_export_without_followers_tells_new_ones_itself(tmp_path: Path) -> None:
    write_export(tmp_path, "owl1987", "January 1,10,1,3", "January 2,10,1,0", "January 3,10,1,2")
    lake = snapshot_of(tmp_path)
    assert daily_new(lake) == [3, 0, 2]
    found = tiktok(lake, "followers", "new_followers")
    assert found.lacking == ("followers",)
    assert total(found) == {"followers": None, "new_followers": 5}


def test_new_followers_of_an_export_are_not_reported_on_a_late_day_either(tmp_path: Path) -> None:
    write_export(tmp_path, "owl1987", "January 1,10,1,3", "January 2,10,1,0", "January 3,0,0,0")
    assert daily_new(snapshot_of(tmp_path)) == [3, 0, None]


def test_a_file_that_tells_followers_need_not_tell_new_ones(tmp_path: Path) -> None:
    lines = "owl,2025-01-01,10,100\nowl,2025-01-02,10,104\n"
    (tmp_path / TIKTOK_FILE).write_text(f"artist,date,Video Views,Followers\n{lines}", encoding="utf-8")
    assert total(tiktok(snapshot_of(tmp_path), "new_followers")) == {"new_followers": 4}


# ── engagement ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_engagement_is_of_sums_and_never_a_mean_of_ratios(snapshot: Lake) -> None:
    #  reactions  views   rate
    #         10     10    1.0
    #         90    990  0.091   a mean would say 0.545
    rows = [
        tiktok_day("2025-01-01", "owl", views=10, likes=5, comments=3, shares=2),
        tiktok_day("2025-01-02", "owl", views=990, likes=60, comments=20, shares=10),
    ]
    assert total(tiktok(snapshot(tiktok=rows), "engagement_rate")) == {"engagement_rate": 0.1}


def test_likes_on_a_day_without_views_count_though_that_day_has_no_rate(snapshot: Lake) -> None:
    rows = [
        tiktok_day("2025-01-01", "owl", views=100, likes=9),
        tiktok_day("2025-01-02", "owl", views=0, likes=1, engagement_rate="1.0"),
        tiktok_day("2025-01-03", "owl", views=100, likes=10),
    ]
    found = tiktok(snapshot(tiktok=rows), "engagement_rate", grain=Grain.DAY)
    assert values(found.groups, "engagement_rate") == [0.09, None, 0.1]
    assert total(found) == {"engagement_rate": 0.1}


@pytest.mark.parametrize("unknown", ["views", "likes", "comments", "shares"])
def test_a_day_that_does_not_tell_all_four_is_in_neither_part_of_the_rate(unknown: str, snapshot: Lake) -> None:
    known = {"views": 1000, "likes": 500, "comments": 500, "shares": 500}
    rows = [
        tiktok_day("2025-01-01", "owl", **(known | {unknown: ""})),
        tiktok_day("2025-01-02", "owl", views=100, likes=4, comments=3, shares=2),
    ]
    assert total(tiktok(snapshot(tiktok=rows), "engagement_rate")) == {"engagement_rate": 0.09}


# ── days that are not reported ───────────────────────────────────────────────────────────────────────────────────────


def test_a_blank_newest_day_is_not_reported_and_not_zero(tmp_path: Path) -> None:
    write_export(tmp_path, "owl1987", "January 1,10,1,0", "January 2,10,1,0", "January 3,,,")
    write_export(tmp_path, "halo.b7", "January 1,7,1,0", "January 2,7,1,0", "January 3,7,1,0")
    found = tiktok(snapshot_of(tmp_path), "video_views", "likes", by=("artist",), grain=Grain.DAY)
    owl = [row for row in table(found.groups, "artist", "video_views", "likes") if row[0] == "OWL1987"]
    assert owl == [("OWL1987", 10, 1), ("OWL1987", 10, 1), ("OWL1987", None, None)]
    assert text(found.findings, "PARTIAL_PERIOD") == "OWL1987 has not reported 1 of 3 days: 2025-01-03."


def test_the_last_days_end_before_a_day_that_is_blank_for_all(tmp_path: Path) -> None:
    write_export(tmp_path, "owl1987", "January 1,10,1,0", "January 2,20,1,0", "January 3,,,")
    found = tiktok(snapshot_of(tmp_path), "video_views", period=last_days(1), grain=Grain.DAY)
    assert by_date(found.groups, "video_views") == {"2025-01-02": 20}


def test_zeros_at_the_end_after_busy_weeks_are_not_reported_in_any_counter(snapshot: Lake) -> None:
    rows = views("2025-01-01", "owl", 9, 9, 9, profile_views=1, likes=1, comments=1, shares=1)
    rows += views("2025-01-04", "owl", 0, 0)
    found = tiktok(snapshot(tiktok=rows), *COUNTERS, grain=Grain.DAY)
    assert table(found.groups, *COUNTERS) == [(9, 1, 1, 1, 1)] * 3 + [(None,) * 5] * 2
    assert text(found.findings, "PARTIAL_PERIOD") == "OWL has not reported 2 of 5 days: 2025-01-04, 2025-01-05."


def test_a_late_day_that_has_likes_already_keeps_them(snapshot: Lake) -> None:
    rows = [*views("2025-01-01", "owl", 9, 9, 9, likes=1), *views("2025-01-04", "owl", 0, likes=2)]
    found = tiktok(snapshot(tiktok=rows), "video_views", "likes", "comments", grain=Grain.DAY)
    assert table(found.groups, "video_views", "likes", "comments") == [(9, 1, 0)] * 3 + [(None, 2, 0)]


def test_a_stamp_on_a_late_day_is_known_all_the_same(snapshot: Lake) -> None:
    rows = stamps("2025-01-01", "owl", 100, 100, 100) + views("2025-01-04", "owl", 0, followers=104)
    found = tiktok(snapshot(tiktok=rows), "video_views", "likes", "followers", "new_followers", grain=Grain.DAY)
    assert table(found.groups, "video_views", "likes", "followers", "new_followers")[3] == (None, None, 104, 4)


def test_zeros_at_the_end_after_quiet_weeks_are_zeros(snapshot: Lake) -> None:
    found = tiktok(snapshot(tiktok=views("2025-01-01", "owl", 1, 0, 2, 0, 0)), *VIEWS, grain=Grain.DAY)
    assert values(found.groups, "video_views") == [1, 0, 2, 0, 0]


def test_a_zero_between_days_with_views_is_a_zero(snapshot: Lake) -> None:
    found = tiktok(snapshot(tiktok=views("2025-01-01", "owl", 9, 0, 9)), *VIEWS, grain=Grain.DAY)
    assert values(found.groups, "video_views") == [9, 0, 9]
    assert codes(found.findings) == []


def test_a_missing_day_is_null_for_its_account_and_named(snapshot: Lake) -> None:
    rows = views("2025-01-01", "owl", 9, 9, 9) + views("2025-01-01", "halo", 5) + views("2025-01-03", "halo", 5)
    lake = snapshot(tiktok=rows)
    found = tiktok(lake, *VIEWS, grain=Grain.DAY, where=only("artist", "halo"))
    assert values(found.groups, "video_views") == [5, None, 5]
    found = tiktok(lake, *VIEWS, grain=Grain.DAY)
    assert values(found.groups, "video_views") == [14, 9, 14]
    assert text(found.findings, "PARTIAL_PERIOD") == "HALO has not reported 1 of 3 days: 2025-01-02."


# ── growth ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_days_that_every_account_has_reported_have_growth(snapshot: Lake) -> None:
    rows = views("2025-01-01", "owl", 10, 20, 20) + views("2025-01-01", "halo", 10, 10, 0)
    found = tiktok(snapshot(tiktok=rows), *VIEWS, grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=VIEWS)
    assert growth(found.groups, "video_views") == [None, 0.5, None]


def test_an_account_that_arrives_looks_like_growth_and_the_answer_says_so(snapshot: Lake) -> None:
    rows = views("2025-01-01", "owl", *[10] * 6) + views("2025-01-04", "halo", *[5] * 3)
    found = tiktok(snapshot(tiktok=rows), *VIEWS, period=last_days(3), compare=PREVIOUS_PERIOD, growth_of=VIEWS)
    assert growth(found.total, "video_views") == [0.5]
    assert text(found.findings, "NOT_COMPARABLE") == (
        "HALO counts from 2025-01-04 on: growth against what lies before is partly its arrival."
    )


def test_a_day_that_was_restated_back_to_its_first_value_has_that_value(snapshot: Lake) -> None:
    lake = snapshot(tiktok=[tiktok_day("2025-01-01", "owl", views=views) for views in (5, 6, 5)])
    assert total(tiktok(lake, "video_views")) == {"video_views": 5}


def test_an_account_whose_number_becomes_known_is_no_growth_of_followers(snapshot: Lake) -> None:
    days = [*stamps("2025-01-06", "owl", *[100] * 14), *stamps("2025-01-06", "halo", *[0] * 7, *[900] * 7)]
    found = tiktok(snapshot(tiktok=days), "followers", grain=Grain.WEEK, compare=PREVIOUS_PERIOD,
                   growth_of=("followers",))  # fmt: skip
    assert values(found.groups, "followers") == [100, 1000]
    assert growth(found.groups, "followers") == [None, None]
    reason = "Growth is null for 2025-01-13: what is known on either side is not of the same ones."
    assert reason in texts(found.findings, "NOT_COMPARABLE")


def test_followers_grow_against_the_last_number_of_the_time_before(snapshot: Lake) -> None:
    lake = snapshot(tiktok=stamps("2025-01-06", "owl", *[100] * 7, *[110] * 7))
    found = tiktok(lake, "followers", grain=Grain.WEEK, compare=PREVIOUS_PERIOD, growth_of=("followers",))
    assert growth(found.groups, "followers") == [None, 0.1]
