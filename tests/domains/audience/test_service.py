"""What Spotify for Artists says: days of two artists, whose listeners are people."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.domains.audience.service import STREAMS
from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    audience,
    between,
    codes,
    growth,
    last_days,
    on,
    only,
    table,
    text,
    texts,
    total,
    values,
)
from tests.lakes import AUDIENCE_FILE, TODAY, Rows, audience_day, day, snapshot_of

Lake = Callable[..., Snapshot]
ALL = ("listeners", "streams", "followers")
OWL_ID = "0OWL1987aaaaaaaaaaaaaa"


def each_day(first: str, artist: str, *counts: tuple[int | str, int | str, int | str]) -> Rows:
    """Listeners, streams and followers of an artist on consecutive days."""
    start = dt.date.fromisoformat(first)
    return [
        audience_day(str(start + dt.timedelta(days=place)), artist, listeners=people, streams=plays, followers=fans)
        for place, (people, plays, fans) in enumerate(counts)
    ]


TWO = each_day("2025-01-01", "owl", (5, 9, 100), (6, 8, 101)) + each_day("2025-01-01", "halo", (3, 4, 30), (2, 2, 31))


# ── listeners ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_listeners_of_an_artist_are_told_by_days(snapshot: Lake) -> None:
    found = audience(snapshot(audience=TWO), "listeners", by=("artist",), grain=Grain.DAY)
    assert table(found.groups, "artist", "listeners") == [("HALO", 3), ("OWL", 5), ("HALO", 2), ("OWL", 6)]


def test_listeners_are_never_added_up_over_days(snapshot: Lake) -> None:
    found = audience(snapshot(audience=TWO), "listeners", "streams", by=("artist",))
    assert table(found.groups, "artist", "listeners", "streams") == [("HALO", None, 6), ("OWL", None, 17)]


def test_listeners_are_never_added_up_over_artists(snapshot: Lake) -> None:
    found = audience(snapshot(audience=TWO), "listeners", "streams", grain=Grain.DAY)
    assert table(found.groups, "listeners", "streams") == [(None, 13), (None, 10)]


def test_listeners_of_one_artist_in_a_period_of_one_day_are_told(snapshot: Lake) -> None:
    found = audience(snapshot(audience=TWO), "listeners", period=last_days(1), where=only("artist", "owl"))
    assert total(found) == {"listeners": 6}
    found = audience(snapshot(audience=TWO), "listeners", period=last_days(1))
    assert total(found) == {"listeners": None}


def test_one_known_day_is_not_a_week(snapshot: Lake) -> None:
    found = audience(snapshot(audience=each_day("2025-01-06", "owl", (5, 9, 100))), "listeners", grain=Grain.WEEK)
    assert values(found.groups, "listeners") == [None]


def test_listeners_are_of_the_day_and_never_of_28_days(tmp_path: Path) -> None:
    header = "date,listeners,monthly listeners,monthly active listeners,super listeners,streams,followers"
    (tmp_path / f"{OWL_ID}-audience-timeline.csv").write_text(
        f"{header}\n2025-01-01,5,400,40,4,9,100\n", encoding="utf-8"
    )
    assert total(audience(snapshot_of(tmp_path), *ALL)) == {"listeners": 5, "streams": 9, "followers": 100}


# ── streams and followers ────────────────────────────────────────────────────────────────────────────────────────────


def test_three_views_of_the_same_streams_are_never_added(snapshot: Lake) -> None:
    lake = snapshot(
        audience=TWO, streams=[day("2025-01-01", "distrokid", 13, 0), day("2025-01-02", "distrokid", 10, 0)]
    )
    found = audience(lake, "streams")
    assert total(found) == {"streams": 23}
    assert found.scanned == {"spotify_audience"}
    assert "SPOTIFY_DOUBLE_COUNT" in codes(STREAMS.limitations)


def test_followers_are_the_last_number_and_are_added_up_over_artists(snapshot: Lake) -> None:
    found = audience(snapshot(audience=TWO), "followers", by=("artist",))
    assert table(found.groups, "artist", "followers") == [("HALO", 31), ("OWL", 101)]
    assert total(found) == {"followers": 132}


def test_followers_of_zero_are_unknown(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 9, 0), (5, 9, 100), (5, 9, 0))
    found = audience(snapshot(audience=rows), "followers", grain=Grain.DAY)
    assert values(found.groups, "followers") == [None, 100, None]
    assert total(found) == {"followers": 100}
    assert texts(found.findings, "PARTIAL_PERIOD") == [
        "The followers of OWL are known from 2025-01-02 on, and are in no sum before."
    ]


def test_followers_that_are_in_no_sum_are_named(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 9, 0), (5, 9, 100)) + each_day("2025-01-01", "halo", (3, 4, 30))
    found = audience(snapshot(audience=rows), "followers", period=between("2025-01-01", "2025-01-01"))
    assert total(found) == {"followers": 30}
    assert texts(found.findings, "PARTIAL_PERIOD") == ["The followers of OWL are not known in this period."]


def test_followers_as_of_a_day_do_not_know_what_came_later(snapshot: Lake) -> None:
    found = audience(snapshot(audience=TWO), "followers", "streams", as_of=on("2025-01-01"))
    assert total(found) == {"followers": 130, "streams": 13}


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "date,listeners,streams,followers,artist_id,artist_name,extracted_at,source_file,data_source,processed_at",
            f"2025-01-01,5,9,100,{OWL_ID},owl,2025-01-02T08:00:00,a.csv,spotify_audience,2025-01-02T09:00:00",
        ),
        (
            "date,listeners,streams,followers,artist_id,processed_at,source_file,artist_name,extracted_at,data_source",
            f"2025-01-01,5,9,100,{OWL_ID},2025-01-02T09:00:00,a.csv,owl,2025-01-02T08:00:00,spotify_audience",
        ),
    ],
    ids=["new", "old"],
)
def test_both_orders_of_the_columns_say_the_same(header: str, row: str, tmp_path: Path) -> None:
    (tmp_path / AUDIENCE_FILE).write_text(f"{header}\n{row}\n", encoding="utf-8")
    found = audience(snapshot_of(tmp_path), *ALL, by=("artist",))
    assert table(found.groups, "artist", *ALL) == [("OWL", 5, 9, 100)]


def test_of_two_rows_of_one_day_the_one_processed_later_counts(snapshot: Lake) -> None:
    later, earlier = {"processed_at": "2025-01-03T09:00:00"}, {"processed_at": "2025-01-02T09:00:00"}
    rows = [
        audience_day("2025-01-01", "owl", streams=9) | later,
        audience_day("2025-01-01", "OWL", streams=4) | earlier,
    ]
    assert total(audience(snapshot(audience=rows), "streams")) == {"streams": 9}


def write_export(folder: Path, artist_id: str, *lines: str, header: str = "date,listeners,streams,followers") -> None:
    """A raw export as Spotify for Artists gives it out: with a byte order mark, and the artist in its name only."""
    text = "\n".join([header, *lines])
    (folder / f"{artist_id}-audience-timeline.csv").write_text(text + "\n", encoding="utf-8-sig")


def test_raw_exports_are_one_file_per_artist_who_is_shown_by_an_alias_or_else_by_id(tmp_path: Path) -> None:
    write_export(tmp_path, OWL_ID, "2025-01-01,5,9,100")
    write_export(tmp_path, "0HALOB7bbbbbbbbbbbbbbb", "2025-01-01,3,4,30")
    lake = Zone(tmp_path, today=lambda: TODAY, artist_aliases={"0HALOB7bbbbbbbbbbbbbbb": "HALO B7"}).take()
    found = audience(lake, *ALL, by=("artist",), grain=Grain.DAY)
    assert table(found.groups, "artist", *ALL) == [(OWL_ID.upper(), 5, 9, 100), ("HALO B7", 3, 4, 30)]
    assert total(audience(lake, "streams", where=only("artist", "halo-b7"))) == {"streams": 4}
    assert total(audience(lake, "streams", where=only("artist", OWL_ID))) == {"streams": 9}


def test_followers_that_no_file_tells_are_lacking_and_not_zero(tmp_path: Path) -> None:
    write_export(tmp_path, OWL_ID, "2025-01-01,5,9", header="date,listeners,streams")
    found = audience(snapshot_of(tmp_path), "streams", "followers")
    assert found.lacking == ("followers",)
    assert total(found) == {"streams": 9, "followers": None}
    assert codes(found.findings) == []


def test_without_the_audience_the_question_is_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="spotify_audience"):
        audience(snapshot(statements=[{}]), "streams")


# ── days that are not reported ───────────────────────────────────────────────────────────────────────────────────────


def test_zeros_at_the_end_after_busy_weeks_are_not_reported_and_neither_are_their_listeners(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 9, 100), (5, 9, 101), (0, 0, 102))
    found = audience(snapshot(audience=rows), *ALL, grain=Grain.DAY)
    assert table(found.groups, *ALL) == [(5, 9, 100), (5, 9, 101), (None, None, 102)]
    assert text(found.findings, "PARTIAL_PERIOD") == "OWL has not reported 1 of 3 days: 2025-01-03."


def test_the_last_days_end_before_a_day_that_tells_nothing(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 9, 100), (6, 8, 101), ("", "", 0))
    found = audience(snapshot(audience=rows), *ALL, period=last_days(1))
    assert total(found) == {"listeners": 6, "streams": 8, "followers": 101}


def test_zeros_before_the_first_release_are_zeros(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (0, 0, 0), (0, 0, 0), (5, 9, 100))
    found = audience(snapshot(audience=rows), "listeners", "streams", grain=Grain.DAY)
    assert table(found.groups, "listeners", "streams") == [(0, 0), (0, 0), (5, 9)]


def test_a_missing_day_is_null_for_its_artist_and_named(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 9, 100)) + each_day("2025-01-03", "owl", (5, 9, 100))
    found = audience(snapshot(audience=rows), *ALL, grain=Grain.DAY)
    assert table(found.groups, *ALL) == [(5, 9, 100), (None, None, None), (5, 9, 100)]
    assert text(found.findings, "PARTIAL_PERIOD") == "OWL has not reported 1 of 3 days: 2025-01-02."


# ── growth ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_days_that_every_artist_has_reported_have_growth(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 10, 100), (5, 20, 100), (5, 20, 100))
    rows += each_day("2025-01-01", "halo", (5, 10, 100), (5, 10, 100), (0, 0, 100))
    asked = ("streams",)
    found = audience(snapshot(audience=rows), *asked, grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=asked)
    assert growth(found.groups, "streams") == [None, 0.5, None]


def test_an_artist_who_arrives_looks_like_growth_and_the_answer_says_so(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "owl", (5, 10, 100), (5, 10, 100)) + each_day("2025-01-02", "halo", (5, 5, 100))
    asked = ("streams",)
    found = audience(snapshot(audience=rows), *asked, period=last_days(1), compare=PREVIOUS_PERIOD, growth_of=asked)
    assert growth(found.total, "streams") == [0.5]
    assert text(found.findings, "NOT_COMPARABLE") == (
        "HALO counts from 2025-01-02 on: growth against what lies before is partly its arrival."
    )
