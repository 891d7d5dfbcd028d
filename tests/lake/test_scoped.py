"""The lake as somebody sees it who may see some artists only."""

import asyncio
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bedrot_graph.errors import DatasetError, DatasetForbidden, DatasetOfOthers
from bedrot_graph.lake import scoped as scoping
from bedrot_graph.lake.catalogue import (
    DAILY_STREAMS,
    DATASETS,
    META_ADS,
    SPLITS,
    SPOTIFY_AUDIENCE,
    STATEMENTS,
    TIKTOK,
)
from bedrot_graph.lake.copies import Copies
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.limitations import Code
from bedrot_graph.lake.marks import Mark
from bedrot_graph.lake.rows import Rows
from bedrot_graph.lake.scoped import MOST_VIEWS, ScopedCurrent, Views, artist_column, scoped
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from tests.lakes import (
    TIKTOK_FILE,
    TODAY,
    age,
    audience_day,
    day,
    keep,
    snapshot_of,
    split,
    statement,
    tiktok_day,
    write_lake,
)

Make = Callable[..., Snapshot]
OWL, HALO = ("owl1987",), ("halob7",)


def line(month: str, store: str, quantity: int, earnings: str, artist: str) -> dict[str, str]:
    return statement(month, store, quantity, earnings, artist=artist, reported="2025-08-01")


LINES = [
    line("2025-01", "Spotify", 10, "1.00", "OWL1987"),
    line("2025-02", "Spotify", 20, "2.00", "HALO B7"),
    line("2025-03", "Deezer", 30, "4.00", "owl 1987"),
    line("2025-04", "Deezer", 40, "8.00", "OWL1987 & HALO B7"),
    line("2025-05", "Deezer", 50, "16.00", ""),
]


def earned(seen: Snapshot) -> list[tuple[object, ...]]:
    return seen.scan(STATEMENTS).select("line", "artist", "quantity").collect().rows()


def fault(seen: Snapshot, dataset: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        seen.table(dataset)  # type: ignore[arg-type] # any of them
    return caught.value


def test_the_rows_of_an_artist_are_seen_in_any_spelling_and_a_shared_credit_is_not(snapshot: Make) -> None:
    seen = scoped(snapshot(LINES), OWL)
    assert earned(seen) == [(2, "OWL1987", 10), (3, "OWL1987", 30)]


def test_several_artists_are_seen_together(snapshot: Make) -> None:
    seen = scoped(snapshot(LINES), ("halob7", "owl1987"))
    assert [quantity for _, _, quantity in earned(seen)] == [10, 20, 30]
    assert seen.names == ("HALO B7", "OWL1987")


def test_an_alias_is_the_artist_that_it_stands_for(tmp_path: Path) -> None:
    write_lake(tmp_path, statements=LINES)
    lake = Zone(tmp_path, today=lambda: TODAY, artist_aliases={"halo b7": "OWL1987"}).take()
    for artists in (OWL, HALO):
        assert [quantity for _, _, quantity in earned(scoped(lake, artists))] == [10, 20, 30]


def test_what_is_known_of_a_dataset_is_known_of_the_rows_that_are_seen(snapshot: Make) -> None:
    lake = snapshot(LINES, tiktok=[tiktok_day("2025-09-01", "halo b7", views=5)])
    seen = scoped(lake, OWL)
    table = seen.table(STATEMENTS)
    assert (table.rows.height, table.rows.facts.null_counts["artist"]) == (2, 0)
    assert [str(date) for date in table.covers or ()] == ["2025-01-01", "2025-03-31"]
    assert (str(lake.as_of), str(seen.as_of)) == ("2025-09-01", "2025-08-01")
    assert seen.artists["shown"].unique().to_list() == ["OWL1987"]


def test_a_dataset_that_names_no_artist_is_left_out_as_a_whole(snapshot: Make) -> None:
    seen = scoped(snapshot(LINES, streams=[day("2025-01-01", "distrokid", 1, 2)]), OWL)
    assert isinstance(fault(seen, DAILY_STREAMS), DatasetForbidden)
    assert isinstance(fault(seen, META_ADS), DatasetForbidden)  # nor is it told that it is not there
    assert seen.is_absent(DAILY_STREAMS)


def test_a_dataset_with_rows_of_others_only_is_not_one_of_zeros(snapshot: Make) -> None:
    seen = scoped(snapshot(LINES, tiktok=[tiktok_day("2025-06-01", "halo b7", views=5)]), OWL)
    assert isinstance(fault(seen, TIKTOK), DatasetOfOthers)
    assert fault(seen, TIKTOK).code == "DATASET_UNAVAILABLE"
    assert str(fault(seen, TIKTOK)) == "Dataset 'tiktok_analytics' has no row of the artists that the caller may see."


def test_an_artist_whom_nobody_knows_sees_nothing(snapshot: Make) -> None:
    seen = scoped(snapshot(LINES, splits=[split()]), ("nobody",))
    assert not seen.tables
    assert set(seen.faults) == {dataset.name for dataset in DATASETS}


def test_each_scope_has_a_version_and_facts_of_its_own(snapshot: Make) -> None:
    lake = snapshot(LINES)
    views = [lake, scoped(lake, OWL), scoped(lake, HALO), scoped(lake, ("halob7", "owl1987"))]
    assert len({view.version for view in views}) == len({view.table(STATEMENTS).version for view in views}) == 4
    assert scoped(lake, OWL).version == views[1].version
    assert [view.once("place", lambda place=place: place) for place, view in enumerate(views)] == [0, 1, 2, 3]  # type: ignore[misc]
    assert all(view.whole is lake for view in views)


def test_no_file_is_named_and_no_reject_shown(tmp_path: Path) -> None:
    rejected = statement("2025-01", "Spotify", 1, "what HALO B7 said")
    write_lake(tmp_path, statements=[*LINES, rejected, LINES[1]])
    (tmp_path / "dk_bank_details_HALO.csv").write_text("x")
    whole = snapshot_of(tmp_path)
    assert whole.table(STATEMENTS).rejects.height == 1
    table = scoped(whole, OWL).table(STATEMENTS)
    assert (table.files, table.passed_over, table.unknown_columns) == ((), (), ())
    assert (table.rejects.height, table.duplicates, table.is_whole, table.file_names) == (
        0,
        0,
        False,
        "distrokid_statements",
    )
    assert [(each.code, each.text) for each in table.findings()] == [
        (
            Code.ROWS_REJECTED,
            "Rows of distrokid_statements were rejected, and are in no number; whose they are is not known.",
        )
    ]
    assert not table.tells_all  # the lost row may be the artist's


def test_a_file_that_was_given_up_is_told_of_without_its_name(tmp_path: Path) -> None:
    write_lake(tmp_path, tiktok=[tiktok_day("2025-06-01", "owl1987", views=5)])
    (tmp_path / "tiktok_analytics_curated_20990101_HALO.csv").write_bytes(b"\x00\x01")
    whole = snapshot_of(tmp_path)
    assert whole.table(TIKTOK).failed
    (found,) = scoped(whole, OWL).table(TIKTOK).findings()
    assert (found.code, "HALO" in found.text) == (Code.OTHER_FILE_READ, False)


def test_what_is_wrong_with_a_file_is_not_told(tmp_path: Path) -> None:
    write_lake(tmp_path, statements=LINES)
    (tmp_path / TIKTOK_FILE).write_text("the diary;of HALO B7\n1;2\n")
    whole = snapshot_of(tmp_path)
    assert TIKTOK_FILE in str(fault(whole, TIKTOK))
    hidden = fault(scoped(whole, OWL), TIKTOK)
    assert TIKTOK_FILE not in str(hidden)
    assert not hidden.is_absent


def test_of_files_by_artist_only_the_rows_are_left(tmp_path: Path) -> None:
    for artist, views in (("owl1987", 5), ("halob7", 7)):
        with zipfile.ZipFile(tmp_path / f"Overview_2025-01-01_1756000000_{artist}.zip", "w") as archive:
            archive.writestr("Overview.csv", f"Date,Video Views\nJanuary 1,{views}\n")
    whole = snapshot_of(tmp_path)
    assert "file" in whole.table(TIKTOK).rows.schema
    rows = scoped(whole, OWL).scan(TIKTOK).collect()
    assert "file" not in rows.columns
    assert rows.select("line", "artist", "video_views").rows() == [(2, "OWL1987", 5)]


def test_a_number_says_whose_rows_it_is_made_of(snapshot: Make) -> None:
    (found,) = scoped(snapshot(LINES), ("halob7", "owl1987")).findings(STATEMENTS)
    assert found.text == (
        "Of distrokid_statements only rows of HALO B7, OWL1987 are in this number: the key may see no others."
    )


def test_many_rows_are_not_held_and_are_the_same(snapshot: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = snapshot(LINES, splits=[split()], audience=[audience_day("2025-01-01", "owl1987", streams=3)])
    held = scoped(lake, OWL)
    monkeypatch.setattr(scoping, "MANY", 1)
    many = {
        name: replace(table, rows=replace(_categorical(table.rows), are_few=False))
        for name, table in lake.tables.items()
    }
    scanned = scoped(replace(lake, tables=many), OWL)
    for dataset in (STATEMENTS, SPLITS, SPOTIFY_AUDIENCE):
        few, large = held.table(dataset).rows, scanned.table(dataset).rows
        assert (few.are_few, large.are_few, large.is_encoded) == (True, False, True)
        assert large.lazy().collect().equals(few.lazy().collect())
        assert large.facts == few.facts
        assert large.schema == large.encoded.collect_schema()
        assert [*large.schema] == [*few.schema]


@pytest.mark.parametrize("resident", [0, 2**30])
def test_a_copy_shows_an_artist_the_same_rows(tmp_path: Path, resident: int) -> None:
    folder, kept = tmp_path / "lake", tmp_path / "copies"
    folder.mkdir()
    kept.mkdir()
    write_lake(folder, statements=LINES, tiktok=[tiktok_day("2025-06-01", "owl1987", views=5)], splits=[split()])
    age(folder)
    from_files = snapshot_of(folder)
    keep(from_files, folder, kept)
    from_copies = Zone(folder, today=lambda: TODAY, copies=Copies(kept, resident, fewest_rows=1)).take()
    assert all(table.rows.is_encoded for table in from_copies.tables.values())
    one, other = scoped(from_files, OWL), scoped(from_copies, OWL)
    assert one.version == other.version
    for dataset in (STATEMENTS, TIKTOK, SPLITS):
        assert one.scan(dataset).collect().equals(other.scan(dataset).collect())
        assert one.table(dataset).rows.facts == other.table(dataset).rows.facts


def _categorical(rows: Rows) -> Rows:
    encoded = rows.encoded.with_columns(pl.col(pl.String).cast(pl.Categorical))
    return replace(rows, encoded=encoded, schema=encoded.collect_schema(), is_encoded=True)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda each: each.name)
def test_files_of_a_dataset_with_artists_replace_no_days_of_one_another(dataset: Dataset) -> None:
    # Such days are of all rows of a file: those of an artist alone would not tell which are missing.
    assert not artist_column(dataset) or not any(form.replaces for form in dataset.forms)


# --- the current one ---


def current(folder: Path) -> CurrentSnapshot:
    return CurrentSnapshot(Zone(write_lake(folder, statements=LINES), today=lambda: TODAY), 300)


async def test_a_view_is_made_once_for_all_who_wait(tmp_path: Path) -> None:
    view = Views(current(tmp_path)).of(OWL)
    assert view.held() is None
    seen = await asyncio.gather(*(view.get() for _ in range(5)))
    assert all(each is seen[0] for each in seen)
    assert view.held() is await view.get() is seen[0]


async def test_a_view_is_made_anew_when_the_lake_has_changed(tmp_path: Path) -> None:
    whole = current(tmp_path)
    view = Views(whole).of(OWL)
    before = await view.get()
    write_lake(tmp_path, statements=[*LINES, line("2025-06", "Spotify", 60, "32.00", "OWL1987")])
    await whole.reload()
    assert view.held() is None
    now = await view.get()
    assert (before.table(STATEMENTS).rows.height, now.table(STATEMENTS).rows.height) == (2, 3)


async def test_a_view_that_is_renewed_is_one_of_a_snapshot_taken_now(tmp_path: Path) -> None:
    view = Views(current(tmp_path)).of(OWL)
    before = await view.get()
    write_lake(tmp_path, statements=[*LINES, line("2025-06", "Spotify", 60, "32.00", "OWL1987")])
    now = await view.renew()
    assert (before.table(STATEMENTS).rows.height, now.table(STATEMENTS).rows.height) == (2, 3)
    assert view.held() is now


async def test_a_view_is_not_made_anew_for_what_people_say_and_shows_none_of_it(tmp_path: Path) -> None:
    marks: dict[str, Mark] = {}
    age(write_lake(tmp_path, statements=LINES))
    zone = Zone(tmp_path, today=lambda: TODAY)
    whole = CurrentSnapshot(zone, 300, marks=lambda: {**marks})
    view = Views(whole).of(OWL)
    before = await view.get()
    marks["a"] = Mark(acknowledged_by="anna")
    _, marked = await whole.reload()
    now = view.held()
    assert now is not None
    assert now is await view.get()
    assert (now.whole, now.marks, now.state) == (marked, {}, before.state)
    assert now.tables is before.tables


async def test_who_leaves_takes_the_view_from_nobody(tmp_path: Path) -> None:
    view = Views(current(tmp_path)).of(OWL)
    leaving, staying = (asyncio.ensure_future(view.get()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).table(STATEMENTS).rows.height == 2


def test_only_so_many_views_are_held_and_none_of_older_data(tmp_path: Path) -> None:
    views = Views(current(tmp_path))
    first = views.of(("a0",))
    others: list[ScopedCurrent] = [views.of((f"a{place}",)) for place in range(1, MOST_VIEWS)]
    assert views.of(("a0",)) is first
    views.of(("one more",))
    assert views.of(("a0",)) is first
    assert views.of(("a1",)) is not others[0]
    views.clear()
    assert views.of(("a0",)) is not first
