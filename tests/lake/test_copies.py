"""Copies on disk: they say what the files say, and nothing is trusted that does not fit."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bedrot_graph.lake import copies, copying
from bedrot_graph.lake.catalogue import META_ADS, SPLITS, STATEMENTS
from bedrot_graph.lake.copies import FOOTER, Copies
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table
from bedrot_graph.lake.zone import Zone
from tests.lake.sales import DAILY_SALES, HEADER, SALES
from tests.lake.zones import LONG_AGO, sales, usd, write
from tests.lakes import TODAY, age, copied, keep, split, statement, write_lake

BOTH = HEADER + "2025-01-01,Spotify,1,1\n2025-01-02,spotify,1,2\n"
RESIDENT, SCANNED = 2**20, 0


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    folder.mkdir()
    write(folder / "sales.csv", BOTH)
    return folder


def zone_of(
    lake: Path,
    *,
    room: int = SCANNED,
    today: dt.date = TODAY,
    datasets: tuple[Dataset, ...] = (SALES,),
    aliases: dict[str, str] | None = None,
) -> Zone:
    """The zone of a program that has just been started."""
    in_folder = Copies(lake.parent / "copies", room, fewest_rows=1)
    return Zone(lake, today=lambda: today, datasets=datasets, copies=in_folder, artist_aliases=aliases)


def from_files(lake: Path, datasets: tuple[Dataset, ...] = (SALES,), aliases: dict[str, str] | None = None) -> Snapshot:
    return Zone(lake, today=lambda: TODAY, datasets=datasets, artist_aliases=aliases).take()


def kept(lake: Path, datasets: tuple[Dataset, ...] = (SALES,), today: dt.date = TODAY) -> Path:
    """The lake, when copies of it have been made."""
    keep(Zone(lake, today=lambda: today, datasets=datasets).take(), lake, lake.parent / "copies")
    return lake


def is_copy(snapshot: Snapshot, dataset: Dataset = SALES) -> bool:
    return snapshot.table(dataset).rows.is_encoded


def copy_in(lake: Path) -> Path:
    (copy,) = (lake.parent / "copies").glob("*.parquet")
    return copy


def told(table: Table) -> dict[str, object]:
    """Everything that a table says, but for whom it says it of."""
    rows = table.rows.lazy().collect()
    same = {name: value for name, value in vars(table).items() if name not in {"rows", "rejects", "holes"}}
    facts = replace(table.rows.facts, texts={})
    derived = (table.findings(), table.covers, table.events, table.holes, table.tells_all, facts)
    return {**same, "rows": (rows.schema, rows.rows()), "rejects": table.rejects.rows(), "derived": derived}


# ── from files to a copy ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("room", [RESIDENT, SCANNED])
def test_the_next_snapshot_of_a_large_dataset_is_its_copy_and_says_the_same(lake: Path, room: int) -> None:
    zone = zone_of(lake, room=room)
    before = zone.take()
    after = copied(zone)
    assert (is_copy(before), is_copy(after)) == (False, True)
    assert after.version == before.version
    assert told(sales(after)) == told(sales(before))
    assert zone.take() is after


def test_a_program_that_starts_with_a_copy_there_does_not_read_the_files(lake: Path) -> None:
    zone = zone_of(kept(lake))
    assert is_copy(zone.take())
    assert zone._loaded["sales"].rows_read == 0


def test_nothing_is_written_into_the_lake(lake: Path) -> None:
    before = {path: path.stat() for path in [lake, *lake.rglob("*")]}
    copied(zone_of(lake))
    after = {path: path.stat() for path in [lake, *lake.rglob("*")]}
    assert {path: seen.st_mtime_ns for path, seen in after.items()} == {
        path: seen.st_mtime_ns for path, seen in before.items()
    }


def test_of_a_small_dataset_no_copy_is_made(lake: Path) -> None:
    zone = Zone(lake, today=lambda: TODAY, datasets=(SALES,), copies=Copies(lake.parent / "copies", RESIDENT))
    assert not is_copy(copied(zone))
    assert not (lake.parent / "copies").exists()


def test_copies_are_held_in_memory_while_they_fit_together_and_scanned_beyond(lake: Path) -> None:
    more = replace(SALES, name="more")
    both = (SALES, more)
    kept(lake, both)
    size = copies.written().validate_json(pl.read_parquet_metadata(next(copy_of(lake, "sales")))[FOOTER]).resident_bytes
    for room, places in ((0, ["scan", "scan"]), (size, ["memory", "scan"]), (2 * size, ["memory", "memory"])):
        snapshot = zone_of(lake, room=room, datasets=both).take()
        assert [place_of(snapshot.table(each)) for each in both] == places


def test_what_is_held_of_a_copy_of_several_pieces_is_in_one(tmp_path: Path) -> None:
    stores = pl.Series(["Spotify", "Tidal", "Deezer", None], dtype=pl.Categorical)
    rows = pl.DataFrame({"store": stores, "quantity": [1, 2, None, 4]})
    rows.write_parquet(tmp_path / "copy.parquet", row_group_size=2)
    scan = pl.scan_parquet(tmp_path / "copy.parquet")
    assert scan.collect().n_chunks() > 1
    found = copies.held(scan, scan.collect_schema())
    assert found.equals(rows)
    assert set(found.n_chunks("all")) == {1}


def copy_of(lake: Path, name: str) -> Iterator[Path]:
    return (lake.parent / "copies").glob(f"{name}-*.parquet")


def place_of(table: Table) -> str:
    return "memory" if table.rows.encoded.explain().startswith("DF") else "scan"


def test_texts_that_repeat_are_held_once_and_shown_as_text(lake: Path) -> None:
    write(lake / "sales.csv", HEADER + "".join(f"2025-01-01,Spotify,{each},1\n" for each in range(20)))
    rows = sales(zone_of(kept(lake)).take()).rows
    assert rows.encoded.collect_schema()["store"] == pl.Categorical
    assert rows.lazy().collect_schema()["store"] == pl.String
    assert rows["store"].unique().to_list() == ["Spotify"]
    assert rows.facts.texts == {"store": ("Spotify",)}
    assert rows.distinct("store").collect()["store"].to_list() == ["Spotify"]
    assert rows.distinct("units").collect().height == 20


# ── everything that reading shows ────────────────────────────────────────────────────────────────────────────────────

TRICKY = {
    "rejected and repeated rows": (SALES, {"sales.csv": f"{BOTH}x,Spotify,1,1\n2025-01-02,spotify,1,2\n,,,\n"}),
    "restated rows": (DAILY_SALES, {"sales.csv": f"{BOTH}2025-01-02,SPOTIFY,1,5\n"}),
    "an unfinished file": (SALES, {"sales.csv": BOTH.removesuffix("\n")}),
    "ambiguous dates": (SALES, {"sales.csv": HEADER + "03/04/2025,Spotify,1,1\n05/06/2025,Tidal,,2\n"}),
    "missing and unknown columns": (SALES, {"sales.csv": "day,store,usd,colour\n2025-01-01,Spotify,1,red\n"}),
    "a preferred file that is malformed": (SALES, {"sales.csv": "day,store\n", "sales_20250101.csv": BOTH}),
    "totals of a file": (replace(SALES, named_by=("store",)), {"sales.csv": f"{BOTH}2025-01-01,,1,3\n"}),
    "rows from the future": (SALES, {"sales.csv": f"{BOTH}2026-01-01,Spotify,1,9\n"}),
}
EXPORT = "date,campaign_id,campaign_name,spend_usd,impressions,clicks\n"
PARTS = {
    "metaads_campaign_daily_20250101.csv": EXPORT + "2025-01-01,1,OWL - X,1,1,1\n2025-01-02,1,OWL - X,2,1,1\n",
    "metaads_campaign_daily_20250105.csv": EXPORT + "2025-01-02,1,OWL - X,9,1,1\n2025-01-05,1,OWL - X,3,1,x\n",
    "metaads_campaign_daily_20250109.csv": EXPORT + "2025-01-08,,OWL - X,4,1,1\n",
}


@pytest.mark.parametrize(("dataset", "files"), TRICKY.values(), ids=TRICKY)
def test_a_copy_says_all_that_reading_has_shown(lake: Path, dataset: Dataset, files: dict[str, str]) -> None:
    for name, text in files.items():
        write(lake / name, text)
    found = zone_of(kept(lake, (dataset,)), datasets=(dataset,)).take()
    assert is_copy(found)
    assert told(sales(found)) == told(sales(from_files(lake, datasets=(dataset,))))
    assert found.passed_over == from_files(lake, datasets=(dataset,)).passed_over


def test_a_copy_of_several_parts_says_all_that_reading_has_shown(lake: Path) -> None:
    for name, text in PARTS.items():
        (lake / "metaads").mkdir(exist_ok=True)
        write(lake / "metaads" / name, text)
        write(lake / name, text)
    found = zone_of(kept(lake, (META_ADS,)), datasets=(META_ADS,)).take().table(META_ADS)
    assert found.rows.is_encoded
    assert len(found.files) == 3
    assert found.restated
    assert found.holes
    assert told(found) == told(from_files(lake, datasets=(META_ADS,)).table(META_ADS))


# ── files that change ────────────────────────────────────────────────────────────────────────────────────────────────


def test_files_that_were_only_touched_are_not_read_again(lake: Path) -> None:
    kept(lake)
    os.utime(lake / "sales.csv", (LONG_AGO + 100, LONG_AGO + 100))
    zone = zone_of(lake)
    found = zone.take()
    assert zone._loaded["sales"].rows_read == 0
    assert found.version == from_files(lake).version
    assert sales(found).files == sales(from_files(lake)).files


@pytest.mark.parametrize(
    "text",
    [BOTH + "2025-01-03,Tidal,1,4\n", BOTH.replace(",2\n", ",7\n"), BOTH.replace("spotify", "Spotify")],
    ids=["rows are appended", "another amount of the same size", "another spelling of the same size"],
)
@pytest.mark.parametrize("modified", [LONG_AGO, LONG_AGO + 100])
def test_other_contents_are_read_again_and_copied_again(lake: Path, text: str, modified: float) -> None:
    zone = zone_of(kept(lake))
    zone.take()
    write(lake / "sales.csv", text, modified=modified)
    found = zone.take()
    assert not is_copy(found)
    assert told(sales(found)) == told(sales(from_files(lake)))
    assert found.version == from_files(lake).version
    again = copied(zone)
    assert is_copy(again)
    assert told(sales(again)) == told(sales(from_files(lake)))


def test_a_file_that_was_passed_over_and_has_changed_is_looked_at_again(lake: Path) -> None:
    write(lake / "sales_20250101.csv", BOTH)
    assert is_copy(zone_of(kept(lake)).take())
    write(lake / "sales_20250101.csv", BOTH, modified=LONG_AGO + 100)
    found = zone_of(lake).take()
    assert not is_copy(found)
    assert told(sales(found)) == told(sales(from_files(lake)))


def test_a_file_that_comes_and_is_preferred_is_read(lake: Path) -> None:
    write(lake / "sales_20250101.csv", HEADER + "2025-01-01,Tidal,1,8\n")
    (lake / "sales.csv").rename(lake / "kept.txt")
    kept(lake)
    (lake / "kept.txt").rename(lake / "sales.csv")
    assert usd(zone_of(lake).take()) == [1, 2]


def test_rows_from_the_future_are_looked_at_again_on_another_day(lake: Path) -> None:
    write(lake / "sales.csv", HEADER + "2025-01-01,Spotify,1,1\n2025-01-02,Spotify,1,5\n")
    kept(lake, today=dt.date(2025, 1, 1))
    assert usd(zone_of(lake, today=dt.date(2025, 1, 1)).take()) == [1]
    tomorrow = zone_of(lake, today=dt.date(2025, 1, 2))
    assert usd(tomorrow.take()) == [1, 5]
    assert is_copy(copied(tomorrow))
    assert usd(tomorrow.take()) == [1, 5]


def test_aliases_that_change_are_seen_in_rows_that_were_copied_before(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    folder.mkdir()
    rows = [statement("2025-01", "Spotify", 1, "1", artist=name) for name in ("OWL1987", "Night Owl")]
    write_lake(folder, statements=rows, splits=[split(artist="night owl")])
    age(folder)
    both = (STATEMENTS, SPLITS)
    assert sorted(artists(zone_of(kept(folder, both), datasets=both).take())) == ["Night Owl", "OWL1987"]
    aliases = {"night owl": "owl1987"}
    aliased = zone_of(folder, datasets=both, aliases=aliases)
    found = aliased.take()
    assert artists(found) == ["OWL1987", "OWL1987"]
    assert not is_copy(found, STATEMENTS)
    assert found.version == from_files(folder, both, aliases).version
    again = copied(aliased)
    assert is_copy(again, STATEMENTS)
    assert artists(again) == ["OWL1987", "OWL1987"]


def artists(snapshot: Snapshot) -> list[str]:
    return snapshot.table(STATEMENTS).rows["artist"].to_list()


# ── copies that cannot be trusted ────────────────────────────────────────────────────────────────────────────────────


def _torn(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def _overwritten(copy: Path) -> None:
    copy.write_bytes(b"PAR1" + bytes(copy.stat().st_size - 8) + b"PAR1")


def _empty(copy: Path) -> None:
    copy.write_bytes(b"")


def _foreign(copy: Path) -> None:
    pl.DataFrame({"day": [1]}).write_parquet(copy)


def _with_footer(copy: Path, rows: pl.DataFrame, **changed: object) -> None:
    kept = copies.written().validate_json(pl.read_parquet_metadata(copy)[FOOTER])
    rows.write_parquet(copy, metadata={FOOTER: copies.written().dump_json(replace(kept, **changed)).decode()})  # type: ignore[arg-type]


def _of_another_program(copy: Path) -> None:
    _with_footer(copy, pl.read_parquet(copy).with_columns(usd=pl.col("usd") + 1), made_by="another program")


def _of_another_shape(copy: Path) -> None:
    _with_footer(copy, pl.read_parquet(copy).drop("units"))


def _with_a_row_less(copy: Path) -> None:
    _with_footer(copy, pl.read_parquet(copy).head(1))


def _with_a_footer_that_says_nothing(copy: Path) -> None:
    pl.read_parquet(copy).write_parquet(copy, metadata={FOOTER: "{}"})


def _a_folder(copy: Path) -> None:
    copy.unlink()
    copy.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        _torn,
        _overwritten,
        _empty,
        _foreign,
        _of_another_program,
        _of_another_shape,
        _with_a_row_less,
        _with_a_footer_that_says_nothing,
    ],
)
def test_a_copy_that_does_not_fit_is_not_trusted_and_made_anew(lake: Path, damage: Callable[[Path], None]) -> None:
    damage(copy_in(kept(lake)))
    zone = zone_of(lake)
    found = zone.take()
    assert not is_copy(found)
    assert told(sales(found)) == told(sales(from_files(lake)))
    assert is_copy(copied(zone))


def test_the_copy_of_another_dataset_is_not_trusted(lake: Path) -> None:
    write(lake / "sales.csv", BOTH + "2025-01-02,spotify,1,3\n")
    assert usd(zone_of(kept(lake)).take()) == [1, 2, 3]
    assert usd(zone_of(lake, datasets=(DAILY_SALES,)).take()) == [1, 3]


# ── when something is in the way ─────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_that_cannot_be_written_costs_no_answer_and_is_said_once(
    lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (lake.parent / "copies").write_text("in the way")
    zone = zone_of(lake)
    assert usd(copied(zone)) == [1, 2]
    write(lake / "sales.csv", BOTH + "2025-01-03,Tidal,1,4\n")
    assert usd(copied(zone)) == [1, 2, 4]
    assert [record.message for record in caplog.records] == ["no copy can be kept"]


def test_a_place_that_a_folder_stands_in_costs_no_answer_and_is_said_once(
    lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _a_folder(copy_in(kept(lake)))
    zone = zone_of(lake)
    for _ in range(2):
        assert usd(copied(zone)) == [1, 2]
    assert [record.message for record in caplog.records] == ["no copy can be kept"]
    assert not list((lake.parent / "copies").glob(".*"))


@pytest.mark.parametrize("room", [RESIDENT, SCANNED])
def test_a_folder_that_vanishes_costs_no_answer_and_is_filled_again(lake: Path, room: int) -> None:
    zone = zone_of(kept(lake), room=room)
    snapshot = zone.take()
    shutil.rmtree(lake.parent / "copies")
    assert usd(snapshot) == [1, 2]
    assert usd(copied(zone)) == [1, 2]
    assert copy_in(lake).exists()


def test_a_process_that_is_killed_while_it_copies_leaves_nothing_that_is_trusted(lake: Path) -> None:
    zone = zone_of(lake)
    assert zone.copyist
    zone.take()
    zone.copyist.stop()
    zone.copyist.wait()
    assert usd(zone.take()) == [1, 2]
    assert not is_copy(zone.take())
    assert is_copy(copied(zone_of(lake)))


def test_a_copy_that_is_half_written_is_never_seen(lake: Path) -> None:
    copy = copy_in(kept(lake))
    half = copy.with_name(f".{copy.name}.1.unfinished")
    shutil.move(copy, half)
    assert not is_copy(zone_of(lake).take())


def test_a_reader_goes_on_with_its_copy_while_another_takes_its_place(lake: Path) -> None:
    before = zone_of(kept(lake)).take()
    write(lake / "sales.csv", HEADER + "2025-01-01,Tidal,1,8\n")
    after = zone_of(kept(lake)).take()
    assert (usd(before), usd(after)) == ([1, 2], [8])


# ── tidying up ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_torn_or_unused_or_too_much_is_removed_and_nothing_else(tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC).timestamp()
    ages = {f"{number}.parquet": number for number in range(copying.MOST_COPIES + 3)}
    ages |= {"old.parquet": copying.UNUSED_SECONDS + 1, ".torn.unfinished": copying.TORN_SECONDS + 1}
    ages |= {".growing.unfinished": 5, "notes.txt": 10**9}
    for name, seconds in ages.items():
        write(tmp_path / name, "", modified=now - seconds)
    copying.tidy(tmp_path, keeping=tmp_path / "3.parquet")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"{number}.parquet" for number in range(copying.MOST_COPIES)} | {".growing.unfinished", "notes.txt"}
