"""Every dataset from dirty files: what is only spelled otherwise is read alike, what is broken is counted."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bedrot_graph.errors import DatasetMalformed
from bedrot_graph.lake.catalogue import DATASETS, META_ADS, SPOTIFY_AUDIENCE
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.limitations import Code
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.sheet import header_key
from tests.lake.zones import not_read, table_of, write
from tests.lakes import SAMPLE_LAKE, TODAY

ROWS = 8
FILES = {
    "distrokid_statements": "dk_bank_details.csv",
    "daily_streams": "tidy_daily_streams.csv",
    "royalty_splits": "track_catalog_royalty_splits.csv",
    "meta_ads": "metaads/ad_performance_20250907.csv",
    "meta_ads_days": "metaads/daily_performance_20250907.csv",
    "meta_ads_kpis": "metaads/kpi_summary_20250907.csv",
    "tiktok_analytics": "tiktok_analytics_curated_20250908_055938.csv",
    "spotify_audience": "spotify_audience_curated_20250907_141945.csv",
    "spotify_song_metrics": "spotify_song_metrics_curated_20250907_141945.csv",
    "spotify_tracks": "spotify_tracks_dimension_20250907_141945.csv",
    "linktree": "linktree_analytics.csv",
    "submithub_links": "submithub_links_analytics_1.csv",
}
LOG = "metaads_campaigns_performance_log.csv"
LIFETIME = "metaads_campaigns_daily.csv"
SOURCES = [(dataset, FILES[dataset.name]) for dataset in DATASETS]
SOURCES += [(META_ADS, name) for name in (LOG, LIFETIME)]
RAW = {
    "0HALOB7bbbbbbbbbbbbbbb-audience-timeline.csv": """\
date,listeners,monthly listeners,monthly active listeners,super listeners,streams,playlist adds,saves,followers
2023-09-08,43,387,215,2,78,1,2,307
2023-09-09,34,306,170,1,62,1,2,308
2023-09-10,37,333,185,2,68,1,2,309
2023-09-11,41,369,205,3,75,2,3,310
""",
    "LABEL-Ads-Jul-14-2024-Sep-6-2025.csv": """\
Reporting starts,Reporting ends,Ad name,Ad Set Name,Results,Result indicator,Reach,Impressions,Amount spent (USD)
2024-07-14,2025-09-06,AD1,OWL1987 - GLASS ORCHARD - BROAD,124,actions:fb_pixel_view_content,13700,17811,115.99
2024-07-14,2025-09-06,AD1,OWL1987 - GLASS ORCHARD - TECHNO,84,actions:fb_pixel_view_content,9337,12139,73.98
2024-07-14,2025-09-06,AD1,"HALO B7 - ""LAST"", ONE - BROAD",156,actions:link_click,18911,24585,151.96
2024-07-14,2025-09-06,AD2,HALO B7 - Z2 - BROAD,215,actions:fb_pixel_view_content,24257,33960,199.31
""",
    "windows/metaads_campaigns_daily.csv": """\
campaign_id,campaign_name_x,adset_id,adset_name_x,spend,impressions,clicks,reach,date_start,date_stop,ad_id
120210410000000007,OWL1987 - 4.20 - BROAD,120210410000000018,set,115.99,17811,353,12722,2024-07-14,2024-08-07,31
120210480000000020,OWL1987 - 4.20 - TECHNO,120210480000000031,set,73.98,12139,222,8670,2024-08-03,2024-08-23,32
120210480000000020,OWL1987 - 4.20 - TECHNO,120210480000000031,set,73.98,12139,222,8670,2024-08-03,2024-08-23,33
120210550000000033,HALO B7 - Z2 - BROAD,120210550000000044,set,151.96,24585,404,17560,2024-11-11,2024-12-13,34
""",
}
"""As people and programs export them, and the schema of ads that repeats an ad set for each of its ads."""
RAW_SOURCES = [*zip((SPOTIFY_AUDIENCE, META_ADS, META_ADS), RAW, strict=True)]

Lines = list[list[str]]


def clean_lines(name: str) -> Lines:
    text = RAW[name] if name in RAW else (SAMPLE_LAKE / name).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))[: ROWS + 1]


def text_of(lines: Lines, *, delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(lines)  # type: ignore[arg-type]
    return out.getvalue()


def read_file(data: bytes, dataset: Dataset, name: str) -> Reading:
    forms = tuple(form for form in (*dataset.forms, *(each for form in dataset.forms for each in form.beside))
                  if any(Path(name).match(pattern) for pattern in form.files))  # fmt: skip
    return read(BytesIO(data), dataset, today=TODAY, name=name, forms=tuple(dict.fromkeys(forms)))


def said(reading: Reading) -> list[tuple[object, ...]]:
    """The rows, without the lines that they stand on."""
    return reading.rows.drop("line").rows()


def kinds_of(lines: Lines, dataset: Dataset) -> list[Kind | None]:
    """What each column of the file holds."""
    kinds = {header_key(name): each.kind for each in dataset.columns for name in (each.name, *each.aliases)}
    return [kinds.get(header_key(header)) for header in lines[0]]


def respelled(lines: Lines, dataset: Dataset, kind: Kind, spell: Callable[[str], str]) -> Lines:
    kinds = kinds_of(lines, dataset)
    rows = (
        [spell(cell) if cell and of is kind else cell for cell, of in zip(row, kinds, strict=True)] for row in lines[1:]
    )
    return [lines[0], *rows]


every_source, every_sample = (
    pytest.mark.parametrize(("dataset", "name"), sources, ids=lambda each: each if isinstance(each, str) else each.name)
    for sources in ([*SOURCES, *RAW_SOURCES], SOURCES)
)
unhurried = settings(deadline=None, max_examples=15, derandomize=True)


def test_every_dataset_of_the_catalogue_is_dirtied() -> None:
    assert set(FILES) == {dataset.name for dataset in DATASETS}


@every_source
def test_a_clean_file_is_read_whole(dataset: Dataset, name: str) -> None:
    reading = read_file(text_of(clean_lines(name)).encode(), dataset, name)
    assert (reading.rows.height + reading.duplicates, reading.rejects.height) == (len(clean_lines(name)) - 1, 0)


# ── spelling: the same rows ──────────────────────────────────────────────────────────────────────────────────────────


@every_source
def test_line_ends_delimiters_quotes_and_encodings_change_nothing(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    clean = said(read_file(text_of(lines).encode(), dataset, name))
    is_latin = "π" not in text_of(lines)
    encodings = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", *(["cp1252"] if is_latin else [])]

    @unhurried
    @given(
        end=st.sampled_from(["\n", "\r\n", "\r"]),
        delimiter=st.sampled_from(",;\t|"),
        quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        encoding=st.sampled_from(encodings),
        blank=st.integers(0, len(lines)),
        has_extra=st.booleans(),
        order=st.permutations(range(len(lines[0]))),
    )
    def check(
        end: str,
        delimiter: str,
        quoting: int,
        encoding: str,
        blank: int,
        has_extra: bool,  # noqa: FBT001
        order: list[int],
    ) -> None:
        dirty = [[row[place] for place in order] for row in lines]
        if has_extra:
            dirty = [[*row, "mood" if row is dirty[0] else "good"] for row in dirty]
        written = [text_of([row], delimiter=delimiter, end=end, quoting=quoting) for row in dirty]
        data = "".join([*written[:blank], end, *written[blank:]]).encode(encoding, "strict")
        reading = read_file(data, dataset, name)
        assert (said(reading), reading.rejects.rows()) == (clean, [])

    check()


NUMBERS: dict[str, tuple[Kind, Callable[[str], str]]] = {
    "counts with thousands": (Kind.INTEGER, lambda cell: f"{int(float(cell)):,}"),
    "counts with a point and a zero": (Kind.INTEGER, lambda cell: f"{int(float(cell))}.0"),
    "counts between blanks": (Kind.INTEGER, lambda cell: f"  {cell} "),
    "amounts in dollars": (Kind.DECIMAL, lambda cell: f"(${cell[1:]})" if cell.startswith("-") else f"${cell}"),
    "amounts between blanks": (Kind.DECIMAL, lambda cell: f" {cell}  "),
    "days with a time": (Kind.DATE, lambda cell: f"{cell[:10]}T00:00:00"),
    "days with a time behind a blank": (Kind.DATE, lambda cell: f"{cell[:10]} 00:00:00"),
    "days with slashes, year first": (Kind.DATE, lambda cell: cell[:10].replace("-", "/")),
    "days in German": (Kind.DATE, lambda cell: ".".join(reversed(cell[:10].split("-")))),
    "days in words": (Kind.DATE, lambda cell: f"{dt.date.fromisoformat(cell[:10]):%b %d, %Y}"),
    "days between blanks": (Kind.DATE, lambda cell: f" {cell} "),
}


@pytest.mark.parametrize("spelling", NUMBERS)
@every_source
def test_numbers_and_days_may_be_spelled_otherwise(dataset: Dataset, name: str, spelling: str) -> None:
    lines = clean_lines(name)
    reading = read_file(text_of(respelled(lines, dataset, *NUMBERS[spelling])).encode(), dataset, name)
    assert reading.rejects.rows() == []
    assert said(reading) == said(read_file(text_of(lines).encode(), dataset, name))


@every_source
def test_commas_behind_every_line_change_nothing(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    reading = read_file(text_of([[*row, "", ""] for row in lines]).encode(), dataset, name)
    assert said(reading) == said(read_file(text_of(lines).encode(), dataset, name))
    assert reading.rejects.rows() == []


@every_source
def test_an_optional_column_may_be_missing_and_is_null_throughout(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    clean = read_file(text_of(lines).encode(), dataset, name)
    needed = {column for form in dataset.forms for column in (*form.needs, *dataset.named_by)}
    for column in dataset.columns:
        keys = {header_key(each) for each in (column.name, *column.aliases)}
        place = next((place for place, header in enumerate(lines[0]) if header_key(header) in keys), None)
        if place is None or column.required or column.name in needed:
            continue
        reading = read_file(text_of([row[:place] + row[place + 1 :] for row in lines]).encode(), dataset, name)
        copied = {each.name for each in dataset.columns if each.same_as == column.name}
        same = [each for each in clean.rows.columns if each not in {column.name, "line", *copied}]
        if column.same_as is None:
            assert column.name in reading.missing_columns
        assert reading.rows.select(same).unique().sort(same).equals(clean.rows.select(same).unique().sort(same))


# ── damage: the other rows, and a reason ─────────────────────────────────────────────────────────────────────────────


@every_source
def test_a_repeated_row_is_counted_and_changes_nothing(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    reading = read_file(text_of([*lines, lines[3], lines[3]]).encode(), dataset, name)
    assert set(said(reading)) == set(said(read_file(text_of(lines).encode(), dataset, name)))
    assert reading.duplicates == 2


@every_source
def test_a_ragged_row_is_rejected_with_its_line_and_leaves_the_others(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    others = said(read_file(text_of(lines[:3] + lines[4:]).encode(), dataset, name))
    short, long = [*lines[:3], lines[3][:-1], *lines[4:]], [*lines[:3], [*lines[3], ""], *lines[4:]]
    for ragged, reason in ((short, "fewer"), (long, "more")):
        reading = read_file(text_of(ragged).encode(), dataset, name)
        assert said(reading) == others
        assert reading.rejects.rows() == [(4, f"{reason} cells than the {len(lines[0])} of the header")]


@every_source
def test_a_cell_that_is_no_number_or_day_is_rejected_with_line_and_column(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    others = said(read_file(text_of(lines[:3] + lines[4:]).encode(), dataset, name))
    for place, kind in enumerate(kinds_of(lines, dataset)):
        if kind in {Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.MONTH, Kind.COUNTS}:
            broken = [*lines[:3], [*lines[3][:place], "#REF!", *lines[3][place + 1 :]], *lines[4:]]
            reading = read_file(text_of(broken).encode(), dataset, name)
            ((line, reason),) = reading.rejects.rows()
            assert said(reading) == others
            assert line == 4
            assert reason.split()[0] in {column.name for column in dataset.columns}
            assert "'#REF!' is not a" in reason


@every_source
def test_a_nul_byte_costs_its_row_alone(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    others = said(read_file(text_of(lines[:3] + lines[4:]).encode(), dataset, name))
    broken = [*lines[:3], [lines[3][0] + "\x00", *lines[3][1:]], *lines[4:]]
    reading = read_file(text_of(broken).encode(), dataset, name)
    assert (said(reading), reading.rejects.rows()) == (others, [(4, "a NUL byte")])


@every_source
def test_a_file_that_was_cut_off_anywhere_in_its_last_line_keeps_all_others(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    whole, last = text_of(lines[:-1]).encode(), text_of(lines[-1:]).encode()
    others, full = (said(read_file(text_of(each).encode(), dataset, name)) for each in (lines[:-1], lines))
    for end in range(1, len(last) - 1, 3):
        reading = read_file(whole + last[:end], dataset, name)
        assert said(reading)[: len(others)] == others
        assert said(reading) in (others, full) or reading.is_unfinished, last[:end]


@every_source
def test_one_damaged_byte_costs_at_most_its_row_and_every_row_is_counted(dataset: Dataset, name: str) -> None:
    lines = clean_lines(name)
    raw = [text_of([row]).encode() for row in lines]

    @unhurried
    @given(row=st.integers(1, len(lines) - 1), place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
    def check(row: int, place: float, byte: int) -> None:
        at = int(place * (len(raw[row]) - 1))
        damaged = raw[row][:at] + bytes([byte]) + raw[row][at + 1 :]
        reading = read_file(b"".join([*raw[:row], damaged, *raw[row + 1 :]]), dataset, name)
        others = said(read_file(b"".join(raw[:row] + raw[row + 1 :]), dataset, name))
        split = byte in b"\r\n"
        assert [each for each in others if each not in said(reading)] == []
        counted = reading.rows.height + reading.rejects.height + reading.duplicates
        assert counted in ({len(lines) - 1, len(lines)} if split else {len(lines) - 1})

    check()


# ── whole zones ──────────────────────────────────────────────────────────────────────────────────────────────────────

BAD = [b"", b"\x00" * 50, b"<html>login</html>", b"PAR1", b"PK\x03\x04", b"a,b\n1,2\n"]


@pytest.mark.parametrize("bad", BAD)
@every_sample
def test_a_file_that_holds_nothing_is_malformed_with_a_reason(
    dataset: Dataset, name: str, bad: bytes, tmp_path: Path
) -> None:
    (tmp_path / "metaads").mkdir()
    write(tmp_path / name, bad)
    with pytest.raises(DatasetMalformed, match=Path(name).name):
        table_of(tmp_path, dataset)


@pytest.mark.parametrize(("dataset", "name"), [each for each in SOURCES if "20250" in each[1]], ids=str)
def test_an_older_file_is_read_where_the_newest_is_damaged_and_the_table_says_so(
    dataset: Dataset, name: str, tmp_path: Path
) -> None:
    (tmp_path / "metaads").mkdir()
    newest = name.replace("202509", "202512")
    write(tmp_path / name, text_of(clean_lines(name)))
    write(tmp_path / newest, b"")
    table = table_of(tmp_path, dataset)
    assert table.file_names == name
    assert not_read(tmp_path, dataset) == {newest: "it is empty"}
    assert Code.OTHER_FILE_READ in [found.code for found in table.findings()]


def test_whichever_file_is_damaged_the_datasets_are_listed_without_errors(
    tmp_path: Path, serve: Callable[..., TestClient]
) -> None:
    (tmp_path / "metaads").mkdir()
    for name in FILES.values():
        write(tmp_path / name, text_of(clean_lines(name)))
    client = serve(tmp_path, cache_ttl=0)
    question = {"query": "{ datasets { name available problem rows rowsRejected } }"}
    for damaged, name in FILES.items():
        good = (tmp_path / name).read_bytes()
        for bad in (b"", good[:40], good.replace(b"\n", b"\x00\n"), b"\xff" + good[1:300]):
            write(tmp_path / name, bad)
            answer = client.post("/graphql", json=question).json()
            assert "errors" not in answer
            states = {each["name"]: each for each in answer["data"]["datasets"]}
            assert all(states[other]["available"] for other in FILES if other != damaged)
            assert states[damaged]["available"] == (states[damaged]["problem"] is None)
        write(tmp_path / name, good)
