"""Rows that are said twice: which counts, and how many are left out."""

from dataclasses import replace
from pathlib import Path

from bedrot_graph.lake.catalogue import DAILY_STREAMS, SPOTIFY_AUDIENCE
from bedrot_graph.lake.table import Table
from bedrot_graph.lake.zone import Zone
from tests.lake.sales import DAILY_SALES, HEADER
from tests.lake.zones import table_of, write
from tests.lakes import DAY, TODAY, csv_text, day


def daily_sales(folder: Path, text: str) -> Table:
    write(folder / "sales.csv", HEADER + text)
    return table_of(folder, DAILY_SALES)


def usd(table: Table) -> list[float]:
    return [float(amount) for amount in table.rows["usd"]]


def test_of_rows_with_one_key_the_later_wins_and_the_others_are_counted(tmp_path: Path) -> None:
    table = daily_sales(
        tmp_path,
        "2025-01-01,Spotify,1,1\n2025-01-02,Spotify,1,2\n2025-01-01,spotify,1,3\n2025-01-01,SPOTIFY,1,4\n",
    )
    assert usd(table) == [2, 4]
    assert table.restated == 2


def test_a_row_that_repeats_is_no_restatement(tmp_path: Path) -> None:
    table = daily_sales(tmp_path, "2025-01-01,Spotify,1,1\n" * 2)
    assert (table.duplicates, table.restated) == (1, 0)


def test_a_later_row_that_is_rejected_does_not_win(tmp_path: Path) -> None:
    table = daily_sales(tmp_path, "2025-01-01,Spotify,1,1\n2025-01-01,Spotify,1,x\n")
    assert (usd(table), table.restated) == ([1], 0)


def test_a_restated_day_of_a_distributor_counts_once(tmp_path: Path) -> None:
    rows = [day("2025-01-01", "distrokid", 10, 1), day("2025-01-01", "DistroKid", 12, 1)]
    write(tmp_path / "tidy_daily_streams.csv", csv_text(DAY, rows))
    assert table_of(tmp_path, DAILY_STREAMS).rows["spotify_streams"].to_list() == [12]


AUDIENCE = "date,listeners,streams,followers,artist_name,processed_at\n"


def test_of_two_rows_of_a_day_the_one_processed_later_counts_wherever_it_stands(tmp_path: Path) -> None:
    later, earlier = "2025-01-01,1,20,3,owl1987,2025-02-02", "2025-01-01,1,10,3,OWL 1987,2025-02-01"
    write(tmp_path / "spotify_audience_curated_20250907.csv", f"{AUDIENCE}{later}\n{earlier}\n")
    table = table_of(tmp_path, SPOTIFY_AUDIENCE)
    assert (table.rows["streams"].to_list(), table.restated) == ([20], 1)


def test_where_nothing_says_which_is_newer_the_later_row_counts(tmp_path: Path) -> None:
    rows = "2025-01-01,1,20,3,owl1987,\n2025-01-01,1,10,3,owl1987,\n"
    write(tmp_path / "spotify_audience_curated_20250907.csv", AUDIENCE + rows)
    assert table_of(tmp_path, SPOTIFY_AUDIENCE).rows["streams"].to_list() == [10]


def test_two_names_that_an_alias_joins_are_one_artist_with_one_row_a_day(tmp_path: Path) -> None:
    rows = "2025-01-01,1,20,3,owl1987,\n2025-01-01,1,10,3,night owl,\n"
    write(tmp_path / "spotify_audience_curated_20250907.csv", AUDIENCE + rows)
    aliases = {"night owl": "owl1987"}
    zone = Zone(tmp_path, today=lambda: TODAY, datasets=(SPOTIFY_AUDIENCE,), artist_aliases=aliases)
    table = zone.take().table(SPOTIFY_AUDIENCE)
    assert (table.rows["streams"].to_list(), table.restated) == ([10], 1)


def test_without_a_key_rows_that_differ_are_all_kept(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", HEADER + "2025-01-01,Spotify,1,1\n2025-01-01,Spotify,1,2\n")
    assert usd(table_of(tmp_path, replace(DAILY_SALES, key=()))) == [1, 2]
