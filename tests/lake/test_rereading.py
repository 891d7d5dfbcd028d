"""When a file is read again, and when what was read of it still holds."""

import datetime as dt
import os
import threading
import time
from pathlib import Path

from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from tests.lake.sales import HEADER, SALES
from tests.lake.zones import BETTER, GOOD, LONG_AGO, sales, sales_zone, usd, write
from tests.lakes import STATEMENTS_FILE, TODAY, day, statement, write_lake


def test_a_lake_that_has_not_changed_is_the_same_snapshot(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", GOOD)
    zone = sales_zone(tmp_path)
    assert zone.take() is zone.take()


def test_a_file_that_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    folder = write_lake(tmp_path, statements=[statement("2025-01", "Spotify", 1, "1")], streams=[])
    os.utime(folder / STATEMENTS_FILE, (LONG_AGO, LONG_AGO))
    zone = Zone(folder, today=lambda: TODAY)
    before = zone.take()
    write_lake(folder, streams=[day("2025-01-01", "distrokid", 1, 1)])
    after = zone.take()
    assert after is not before
    assert after.table(STATEMENTS).rows is before.table(STATEMENTS).rows


def test_a_file_that_was_touched_keeps_its_version(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", GOOD)
    zone = sales_zone(tmp_path)
    before = zone.take()
    os.utime(tmp_path / "sales.csv", (LONG_AGO + 100, LONG_AGO + 100))
    after = zone.take()
    assert sales(after).files != sales(before).files
    assert after.version == before.version
    assert sales(after).version == sales(before).version


def test_a_file_that_changes_changes_the_version_of_its_dataset_and_of_the_lake(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", GOOD)
    zone = sales_zone(tmp_path)
    before = zone.take()
    write(tmp_path / "sales.csv", BETTER)
    after = zone.take()
    assert usd(after) == [2]
    assert after.version != before.version
    assert sales(after).version != sales(before).version


def test_a_file_written_a_moment_ago_is_read_again_as_its_time_may_be_too_coarse_to_show_the_next_write(
    tmp_path: Path,
) -> None:
    write(tmp_path / "sales.csv", GOOD, modified=dt.datetime.now(dt.UTC).timestamp())
    zone = sales_zone(tmp_path)
    before = zone.take()
    after = zone.take()
    assert sales(after).rows is not sales(before).rows
    assert after.version == before.version


def test_a_file_that_comes_or_goes_is_noticed(tmp_path: Path) -> None:
    zone = sales_zone(tmp_path)
    versions = [zone.take().version]
    write(tmp_path / "sales_20250101.csv", GOOD)
    versions.append(zone.take().version)
    write(tmp_path / "sales.csv", BETTER)
    assert usd(zone.take()) == [2]
    versions.append(zone.take().version)
    assert len(set(versions)) == 3
    (tmp_path / "sales.csv").unlink()
    assert zone.take().version == versions[1]
    (tmp_path / "sales_20250101.csv").unlink()
    assert zone.take().version == versions[0]


def test_a_row_from_tomorrow_is_accepted_tomorrow(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", GOOD + "2025-01-02,Spotify,1,5\n")
    days = iter([dt.date(2025, 1, 1), dt.date(2025, 1, 2)])
    zone = Zone(tmp_path, today=lambda: next(days), datasets=(SALES,))
    before = zone.take()
    assert (usd(before), sales(before).rejects.height) == ([1], 1)
    after = zone.take()
    assert (usd(after), sales(after).rejects.height) == ([1, 5], 0)
    assert after.version != before.version


def test_a_new_day_changes_the_age_and_not_the_version(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", GOOD)
    days = iter([dt.date(2025, 1, 8), dt.date(2025, 1, 9)])
    zone = Zone(tmp_path, today=lambda: next(days), datasets=(SALES,))
    before, after = zone.take(), zone.take()
    assert (before.is_stale(SALES), after.is_stale(SALES)) == (False, True)
    assert before.version == after.version
    assert sales(before).rows is sales(after).rows


def test_a_file_that_grows_while_it_is_read_gives_whole_rows_or_says_so(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    write(path, HEADER + "2025-01-01,Spotify,1,1.25\n")
    is_done = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            for number in range(2, 500):
                file.write(f"2025-01-01,Spotify,{number},1.".encode())
                time.sleep(0.001)
                file.write(b"25\n")
        is_done.set()

    writer = threading.Thread(target=grow)
    writer.start()
    zone = sales_zone(tmp_path)
    while not is_done.is_set():
        table = sales(zone.take())
        assert table.unfinished or set(table.rows["usd"].cast(float)) == {1.25}
    writer.join()
    assert sales(zone.take()).rows.height == 499
    assert not sales(zone.take()).unfinished


def test_many_takers_at_once_get_one_snapshot(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", GOOD)
    zone = sales_zone(tmp_path)
    taken: list[Snapshot] = []
    takers = [threading.Thread(target=lambda: taken.append(zone.take())) for _ in range(8)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert len({id(snapshot) for snapshot in taken}) == 1
    assert len(taken) == 8


def test_progress_names_each_dataset_once(tmp_path: Path) -> None:
    told: list[str] = []
    Zone(tmp_path, today=lambda: TODAY).take(lambda dataset: told.append(dataset.name))
    assert told == [dataset.name for dataset in DATASETS]
