import datetime as dt
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from bedrot_graph.errors import DatasetError, DatasetUnavailable
from bedrot_graph.lake.catalogue import DAILY_STREAMS, SPLITS, STATEMENTS
from bedrot_graph.lake.limitations import Code
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from tests.lake.sales import SALES
from tests.lakes import TODAY, day, snapshot_of, statement, write_lake


def lake(folder: Path) -> Path:
    lines = [
        statement("2025-01", "Spotify", 1, "1", reported="2025-03-20"),
        statement("2025-02", "Spotify", 1, "1", reported="2025-04-01"),
    ]
    return write_lake(folder, statements=lines, streams=[day("2025-04-05", "distrokid", 1, 1)], splits=[{}])


@pytest.fixture
def taken(tmp_path: Path) -> Snapshot:
    return snapshot_of(lake(tmp_path))


def test_a_dataset_covers_its_periods_whole_months_where_it_has_months(taken: Snapshot) -> None:
    assert taken.table(STATEMENTS).covers == (dt.date(2025, 1, 1), dt.date(2025, 2, 28))
    assert taken.table(DAILY_STREAMS).covers == (dt.date(2025, 4, 5), dt.date(2025, 4, 5))
    assert taken.table(SPLITS).covers is None


def test_as_of_is_the_newest_event_of_any_dataset(taken: Snapshot) -> None:
    assert taken.table(STATEMENTS).newest_event == dt.date(2025, 4, 1)
    assert taken.as_of == dt.date(2025, 4, 5)


def test_an_empty_lake_is_as_of_nothing(tmp_path: Path) -> None:
    assert snapshot_of(tmp_path).as_of is None


@pytest.mark.parametrize(("age_days", "is_stale"), [(7, False), (8, True)])
def test_a_dataset_is_stale_once_it_is_older_than_it_may_be(tmp_path: Path, age_days: int, is_stale: bool) -> None:  # noqa: FBT001
    snapshot = snapshot_of(lake(tmp_path), today=dt.date(2025, 4, 5) + dt.timedelta(days=age_days))
    assert snapshot.is_stale(DAILY_STREAMS) is is_stale
    told = [found.text for found in snapshot.findings(DAILY_STREAMS) if found.code is Code.STALE_DATA]
    assert told == (["The newest date in daily_streams is 2025-04-05, 8 days ago; more than 7 is stale."] * is_stale)


def test_a_dataset_that_may_have_no_age_at_all_is_stale_after_a_day(taken: Snapshot) -> None:
    assert taken.is_stale(replace(DAILY_STREAMS, max_age_days=0))


def test_what_does_not_age_is_never_stale(taken: Snapshot) -> None:
    assert not taken.is_stale(SPLITS)
    assert not taken.is_stale(replace(DAILY_STREAMS, max_age_days=None))


def test_the_sample_lake_is_never_stale_and_says_that_it_is_one(tmp_path: Path) -> None:
    snapshot = Zone(lake(tmp_path), is_sample=True, today=lambda: dt.date(2035, 1, 1)).take()
    assert not any(snapshot.is_stale(dataset) for dataset in (STATEMENTS, DAILY_STREAMS, SPLITS))
    assert [found.code for found in snapshot.findings(STATEMENTS)] == [Code.SAMPLE_DATA]


def test_a_lake_of_ones_own_says_nothing_of_samples(taken: Snapshot) -> None:
    assert Code.SAMPLE_DATA not in [found.code for found in taken.findings(STATEMENTS)]


def test_what_is_scanned_is_noted_by_each_asker_for_itself(taken: Snapshot) -> None:
    first, second = taken.watched(), taken.watched()
    first.scan(STATEMENTS)
    assert (first.scanned, second.scanned) == ({STATEMENTS.name}, set())


def test_a_dataset_that_cannot_be_read_is_noted_as_scanned_too(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path).watched()
    with pytest.raises(DatasetError):
        snapshot.scan(STATEMENTS)
    assert snapshot.scanned == {STATEMENTS.name}


def test_a_dataset_that_the_zone_does_not_know_is_unavailable(taken: Snapshot) -> None:
    with pytest.raises(DatasetUnavailable):
        taken.scan(SALES)
    assert taken.fault_of(SALES) is None


def test_a_fault_that_is_raised_many_times_does_not_grow(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path)
    depths = []
    for _ in range(3):
        with pytest.raises(DatasetError) as raised:
            snapshot.scan(STATEMENTS)
        depths.append(len(traceback.extract_tb(raised.value.__traceback__)))
    assert len(set(depths)) == 1


def test_what_is_remembered_is_computed_once_for_all_watchers(taken: Snapshot) -> None:
    asked: list[int] = []

    def compute() -> int:
        asked.append(1)
        return 7

    assert [taken.watched().once("seven", compute), taken.watched().once("seven", compute)] == [7, 7]
    assert len(asked) == 1


def test_what_is_scanned_for_a_fact_is_noted_also_where_it_is_remembered(taken: Snapshot) -> None:
    first, second = taken.watched(), taken.watched()
    first.once("height", lambda: first.table(STATEMENTS).rows.height)
    first.once("more", lambda: first.once("height", lambda: 0) + 1)
    second.once("more", lambda: 0)
    assert first.scanned == second.scanned == {STATEMENTS.name}


def test_rows_are_the_declared_columns_and_the_line(taken: Snapshot) -> None:
    for dataset in (STATEMENTS, DAILY_STREAMS, SPLITS):
        schema = taken.scan(dataset).collect_schema()
        assert schema.names() == ["line", *(column.name for column in dataset.columns)]


def test_the_version_of_two_equal_lakes_is_equal(tmp_path: Path) -> None:
    for name in ("one", "two"):
        lake_folder = tmp_path / name
        lake_folder.mkdir()
        lake(lake_folder)
    one, two = snapshot_of(tmp_path / "one"), snapshot_of(tmp_path / "two", today=TODAY + dt.timedelta(days=1))
    assert one.version == two.version
