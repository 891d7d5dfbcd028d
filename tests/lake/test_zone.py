"""Which file is read, under which names its rows are shown, and what else is said of it."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bedrot_graph.errors import DatasetMalformed, DatasetUnavailable
from bedrot_graph.lake.catalogue import DAILY_STREAMS, DATASETS, SPLITS, STATEMENTS
from bedrot_graph.lake.zone import Zone
from tests.lake.sales import DAILY_SALES, HEADER, SALES
from tests.lake.zones import BETTER, GOOD, LONG_AGO, passed_over, sales, sales_zone, usd, write
from tests.lakes import SPLITS_FILE, STATEMENTS_FILE, STREAMS_FILE, TODAY, day, snapshot_of, statement, write_lake

# ── which file ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_that_is_read_is_named_and_so_are_the_others(tmp_path: Path) -> None:
    write(tmp_path / "sales_20250101.csv", GOOD)
    write(tmp_path / "sales_20250201.csv", BETTER)
    snapshot = sales_zone(tmp_path).take()
    assert usd(snapshot) == [2]
    assert sales(snapshot).file_names == "sales_20250201.csv"
    assert sales(snapshot).files[0].modified_at.timestamp() == LONG_AGO
    assert passed_over(snapshot) == {"sales_20250101.csv": "'sales_20250201.csv' is preferred"}


@pytest.mark.parametrize(
    ("newest", "reason"),
    [
        (b"", "it is empty"),
        (b"PAR1", "it is not a whole Parquet file"),
        (b"\x00" * 100, "no line in its first rows names the columns"),
        (HEADER.encode(), "it has a header but no rows"),
        (b"day,store\n1,2\n", "it lacks the required 'usd'; its columns are 'day', 'store'"),
    ],
    ids=["empty", "half Parquet", "zeros", "header only", "columns missing"],
)
def test_a_newest_file_that_cannot_be_read_gives_way_to_an_older_one(
    tmp_path: Path, newest: bytes, reason: str
) -> None:
    write(tmp_path / "sales_20250101.csv", GOOD)
    write(tmp_path / "sales_20250201.csv", newest)
    snapshot = sales_zone(tmp_path).take()
    assert usd(snapshot) == [1]
    assert passed_over(snapshot) == {"sales_20250201.csv": reason}


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that cannot be read, whoever asks")
def test_a_file_that_cannot_be_opened_gives_way_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").symlink_to("/proc/self/mem")
    zone = sales_zone(tmp_path)
    with pytest.raises(DatasetUnavailable, match=r"'sales\.csv': it cannot be opened \(Invalid argument\)"):
        zone.take().scan(SALES)
    write(tmp_path / "sales_20250101.csv", GOOD)
    assert usd(zone.take()) == [1]
    (tmp_path / "sales.csv").unlink()
    write(tmp_path / "sales.csv", BETTER)
    assert usd(zone.take()) == [2]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that cannot be read, whoever asks")
def test_a_file_that_could_not_be_opened_is_tried_again_although_it_looks_the_same(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").symlink_to("/proc/self/mem")
    write(tmp_path / "sales_20250101.csv", GOOD)
    zone = sales_zone(tmp_path)
    assert sales(zone.take()).rows is not sales(zone.take()).rows


def test_a_file_in_the_way_that_is_a_folder_gives_way(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").mkdir()
    write(tmp_path / "sales_20250101.csv", GOOD)
    snapshot = sales_zone(tmp_path).take()
    assert usd(snapshot) == [1]
    assert passed_over(snapshot) == {"sales.csv": "it is not a file"}


def test_no_file_at_all_is_unavailable_and_says_what_was_looked_for(tmp_path: Path) -> None:
    snapshot = sales_zone(tmp_path).take()
    with pytest.raises(DatasetUnavailable, match=r"'sales\.csv' or 'sales\.parquet' or 'sales_\*\.csv'"):
        snapshot.scan(SALES)


def test_only_a_folder_with_the_name_is_unavailable_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").mkdir()
    with pytest.raises(DatasetUnavailable, match=r"'sales\.csv': it is not a file"):
        sales_zone(tmp_path).take().scan(SALES)


def test_no_readable_file_is_malformed_and_names_the_preferred_one(tmp_path: Path) -> None:
    write(tmp_path / "sales_20250101.csv", HEADER)
    write(tmp_path / "sales_20250201.csv", "")
    with pytest.raises(DatasetMalformed, match=r"'sales_20250201\.csv': it is empty"):
        sales_zone(tmp_path).take().scan(SALES)


def test_a_folder_that_is_not_there_makes_every_dataset_unavailable(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "nowhere")
    assert {type(fault) for fault in snapshot.faults.values()} == {DatasetUnavailable}
    assert len(snapshot.faults) == len(DATASETS)


def test_a_folder_that_comes_back_is_read(tmp_path: Path) -> None:
    zone = sales_zone(tmp_path / "lake")
    assert "cannot be listed" in str(zone.take().faults[SALES.name])
    (tmp_path / "lake").mkdir()
    assert "cannot be listed" not in str(zone.take().faults[SALES.name])
    write(tmp_path / "lake" / "sales.csv", GOOD)
    assert usd(zone.take()) == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_a_file_whose_name_is_no_text_can_be_read_and_passed_over(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    write(Path(os.fsdecode(folder + b"/sales_\xff.csv")), GOOD)
    write(Path(os.fsdecode(folder + b"/sales_\xfe.csv")), "")
    snapshot = sales_zone(tmp_path).take()
    assert sales(snapshot).file_names == "sales_?.csv"
    assert passed_over(snapshot) == {"sales_?.csv": "it is empty"}


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_artist_has_one_spelling_in_all_datasets(tmp_path: Path) -> None:
    statements = [statement("2025-01", "Spotify", number, "1", artist=artist) for number, artist in
                  enumerate(["Halo B7", "HALO B7", "Halo B7", "OWL1987"])]  # fmt: skip
    splits = [{"artist": "halo.b7"}, {"artist": "owl 1987"}, {"artist": "new one"}]
    snapshot = snapshot_of(write_lake(tmp_path, statements=statements, splits=splits))
    assert snapshot.table(STATEMENTS).rows["artist"].to_list() == ["Halo B7"] * 3 + ["OWL1987"]
    assert snapshot.table(SPLITS).rows["artist"].to_list() == ["Halo B7", "OWL1987", "NEW ONE"]


def test_another_spelling_in_the_statements_changes_the_version_of_every_dataset_that_shows_it(tmp_path: Path) -> None:
    write_lake(tmp_path, statements=[statement("2025-01", "Spotify", 1, "1", artist="OWL1987")], splits=[{}])
    zone = Zone(tmp_path, today=lambda: TODAY)
    before = zone.take()
    write_lake(tmp_path, statements=[statement("2025-01", "Spotify", 1, "1", artist="Owl1987")])
    after = zone.take()
    assert after.table(SPLITS).rows["artist"].to_list() == ["Owl1987"]
    assert after.table(SPLITS).version != before.table(SPLITS).version


def test_an_alias_joins_two_artists(tmp_path: Path) -> None:
    statements = [statement("2025-01", "Spotify", 1, "1", artist=artist) for artist in ["OWL1987", "Night Owl"]]
    zone = Zone(write_lake(tmp_path, statements=statements), artist_aliases={"night owl": "owl1987"})
    assert zone.take().table(STATEMENTS).rows["artist"].to_list() == ["OWL1987", "OWL1987"]


def test_a_store_has_one_spelling(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", HEADER + "2025-01-01,spotify,1,1\n2025-01-02,Spotify,1,1\n2025-01-03,Spotify ,1,1\n")
    assert sales(sales_zone(tmp_path).take()).rows["store"].to_list() == ["Spotify"] * 3


def test_a_table_tells_what_reading_it_has_shown(tmp_path: Path) -> None:
    rows = ["01/02/2025,Spotify,1,1", "01/02/2025,Spotify,1,1", "01/02/2025,Spotify,1,2", "01/03/2025,Spotify,1,x"]
    write(tmp_path / "sales.csv", HEADER.replace("units", "mood") + "\n".join(rows))
    snapshot = Zone(tmp_path, today=lambda: TODAY, datasets=(DAILY_SALES,)).take()
    table = snapshot.table(DAILY_SALES)
    assert (table.duplicates, table.restated, table.rejects.height) == (1, 1, 1)
    assert (table.missing_columns, table.unknown_columns) == (("units",), ("mood",))
    assert (table.unfinished, table.ambiguous_dates) == (("sales.csv",), ("day",))
    first = "the first is line 5: usd 'x' is not an amount."
    assert [found.text for found in table.findings()] == [
        f"1 of 4 rows of sales.csv were rejected and are not in this number; {first}",
        "1 row of sales.csv left out: the same as another row in every column.",
        "1 row of sales.csv left out: a later row has the same store and day.",
        "The last line of sales.csv does not end: the file may still be being written, or was cut off.",
        "day of sales.csv may be day first; they were read as month/day.",
    ]


def test_the_files_of_the_small_lakes_are_the_ones_that_are_read(tmp_path: Path) -> None:
    folder = write_lake(tmp_path, statements=[statement("2025-01", "Spotify", 1, "1")], streams=[{}], splits=[{}])
    files = {name: table.file_names for name, table in snapshot_of(folder).tables.items()}
    assert files == {STATEMENTS.name: STATEMENTS_FILE, DAILY_STREAMS.name: STREAMS_FILE, SPLITS.name: SPLITS_FILE}


def test_a_fault_of_ours_in_one_dataset_is_logged_and_leaves_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_lake(tmp_path, streams=[day("2025-01-01", "distrokid", 10, 1)], splits=[{}])
    misdeclared = replace(DAILY_STREAMS, key=("no_such_column",))
    lake = Zone(tmp_path, today=lambda: TODAY, datasets=(misdeclared, SPLITS)).take()
    assert set(lake.tables) == {"royalty_splits"}
    assert isinstance(lake.faults["daily_streams"], DatasetMalformed)
    assert "the log has the details" in str(lake.faults["daily_streams"])
    assert [record.getMessage() for record in caplog.records] == ["table cannot be made"]
    assert caplog.records[0].exc_info
