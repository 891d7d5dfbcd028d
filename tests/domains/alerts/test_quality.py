"""Files that are broken, old or lack something."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.domains.alerts.finding import Kind, Severity
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import the, told, value
from tests.domains.campaigns.ads import EXPORT, ads, exported
from tests.lakes import (
    STATEMENTS_FILE,
    STREAMS_FILE,
    TIKTOK_DAY,
    TIKTOK_FILE,
    csv_text,
    day,
    snapshot_of,
    statement,
    tiktok_day,
    write_lake,
)

Lake = Callable[..., Snapshot]
GOOD = statement("2025-01", "Spotify", 1, "1.00")
BROKEN = statement("2025-01", "Spotify", 1, "abc")
NEWEST = dt.date(2025, 9, 1)
"""The newest day of `STREAMS`."""
STREAMS = [day(str(NEWEST), "distrokid", 1, 1)]


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_that_cannot_be_read_are_told_with_the_first_of_them(snapshot: Lake) -> None:
    found = the(snapshot([GOOD, BROKEN, BROKEN | {"Title": "2"}]), Kind.ROWS_REJECTED)
    assert (found.severity, value(found)) == (Severity.WARNING, (2, 0))
    assert found.dimensions == (("dataset", "distrokid_statements"),)
    assert found.title == "2 rows of distrokid_statements cannot be read"
    assert f"The first is line 3 of {STATEMENTS_FILE}: " in found.message


def test_where_every_row_is_good_nothing_is_told(snapshot: Lake) -> None:
    assert told(snapshot([GOOD]), Kind.ROWS_REJECTED) == []


def test_rejects_keep_their_id_as_more_come(snapshot: Lake) -> None:
    first = the(snapshot([GOOD, BROKEN]), Kind.ROWS_REJECTED)
    later = the(snapshot([GOOD, BROKEN, BROKEN | {"Title": "2"}]), Kind.ROWS_REJECTED)
    assert first.id == later.id


def test_a_files_own_row_of_totals_is_not_missed(tmp_path: Path) -> None:
    lake = ads(tmp_path, EXPORT, exported("", "5.00", ""), exported("OWL1987 - Z2 - BROAD", "5.00", 1))
    assert lake.tables["meta_ads"].rejects.height == 1
    assert told(lake, Kind.ROWS_REJECTED) == []


# ── age ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("today", "count"), [(8, 0), (9, 1)])
def test_a_dataset_older_than_it_may_be_is_stale(today: int, count: int, tmp_path: Path) -> None:
    lake = snapshot_of(write_lake(tmp_path, streams=STREAMS), dt.date(2025, 9, today))
    assert len(told(lake, Kind.STALE_DATA)) == count


def test_it_is_raised_on_the_day_it_became_stale_not_on_the_day_of_asking(tmp_path: Path) -> None:
    lake = snapshot_of(write_lake(tmp_path, streams=STREAMS), dt.date(2025, 10, 1))
    found = the(lake, Kind.STALE_DATA)
    assert str(found.raised_at) == "2025-09-09"
    assert value(found) == (30, 7)


def test_it_keeps_its_id_from_day_to_day(tmp_path: Path) -> None:
    write_lake(tmp_path, streams=STREAMS)
    first, later = (the(snapshot_of(tmp_path, dt.date(2025, 9, today)), Kind.STALE_DATA) for today in (10, 11))
    assert first.id == later.id


def test_what_was_not_stale_on_the_day_is_not_told_of_it(tmp_path: Path) -> None:
    lake = snapshot_of(write_lake(tmp_path, streams=STREAMS), dt.date(2025, 10, 1))
    assert told(lake, Kind.STALE_DATA, as_of="2025-09-08") == []
    assert value(the(lake, Kind.STALE_DATA, as_of="2025-09-10")) == (9, 7)


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_tiktok(folder: Path, *left_out: str, name: str = TIKTOK_FILE) -> None:
    kept = {header: cell for header, cell in TIKTOK_DAY.items() if header not in left_out}
    (folder / name).write_text(csv_text(kept, [{"date": "2025-09-01"}]), encoding="utf-8")


def test_columns_that_numbers_are_made_from_are_missed(tmp_path: Path) -> None:
    write_tiktok(tmp_path, "Likes", "Followers")
    found = the(snapshot_of(tmp_path), Kind.COLUMN_MISSING)
    assert found.severity is Severity.WARNING
    assert found.dimensions == (("dataset", "tiktok_analytics"),)
    assert "has no 'likes', 'followers'" in found.message
    assert "null: likes, followers, engagement rate." in found.message


def test_columns_that_no_number_needs_are_not_missed(tmp_path: Path) -> None:
    write_tiktok(tmp_path, "Year", "engagement_rate", "new_followers")
    assert told(snapshot_of(tmp_path), Kind.COLUMN_MISSING) == []


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dataset_that_cannot_be_read_is_critical_and_takes_no_other_with_it(tmp_path: Path) -> None:
    write_lake(tmp_path, statements=[GOOD, BROKEN])
    (tmp_path / STREAMS_FILE).write_text("date;source\n", encoding="utf-8")
    lake = snapshot_of(tmp_path)
    found = the(lake, Kind.DATASET_UNREADABLE)
    assert (found.severity, found.dimensions) == (Severity.CRITICAL, (("dataset", "daily_streams"),))
    assert found.message.startswith("Dataset 'daily_streams' cannot be read from 'tidy_daily_streams.csv'")
    assert len(told(lake, Kind.ROWS_REJECTED)) == 1


def test_a_required_column_that_has_vanished_is_named(tmp_path: Path) -> None:
    write_tiktok(tmp_path, "Video Views")
    write_lake(tmp_path, streams=STREAMS)
    found = the(snapshot_of(tmp_path), Kind.DATASET_UNREADABLE)
    assert "'video_views'" in found.message


def test_a_newer_file_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    write_tiktok(tmp_path)
    newer = "tiktok_analytics_curated_20250909_000000.csv"
    (tmp_path / newer).write_text("", encoding="utf-8")
    found = the(snapshot_of(tmp_path), Kind.DATASET_UNREADABLE)
    assert found.severity is Severity.WARNING
    assert found.dimensions == (("dataset", "tiktok_analytics"), ("file", newer))
    assert found.message.startswith(f"{newer} should have been read, but it is empty. {TIKTOK_FILE} is read without it")


def test_datasets_that_are_not_there_are_not_missed(snapshot: Lake) -> None:
    lake = snapshot(tiktok=[tiktok_day("2025-09-07", "owl1987", views=1)])
    assert told(lake) == []


def test_files_are_as_they_lie_there_whichever_day_is_asked_about(snapshot: Lake) -> None:
    found = the(snapshot([GOOD, BROKEN]), Kind.ROWS_REJECTED, as_of="2025-02-01")
    assert str(found.raised_at) == "2025-02-01"
