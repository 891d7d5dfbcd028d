"""A large file is read in pieces, and gives what it gives as a whole."""

import re
from collections.abc import Callable
from io import BytesIO

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrot_graph.lake import cells
from bedrot_graph.lake.catalogue import META_ADS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.files import FileVersion
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.table import Part, Table, table_of
from bedrot_graph.lake.unreadable import UnreadableFileError
from benchmarks.data import write_statements
from tests.lake.sales import HEADER, SALES
from tests.lakes import STATEMENT, TODAY, csv_text, statement

LINES = 12_000
PIECE = 2**18
"""Some 2,500 lines."""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("statements") / "statements.csv"
    write_statements(path, LINES)
    return path.read_bytes()


def told(reading: Reading) -> dict[str, object]:
    rows = reading.rows.with_columns(pl.col(pl.Categorical).cast(pl.String))
    return {**vars(reading), "rows": (rows.schema, rows.rows()), "rejects": reading.rejects.rows()}


def in_pieces(text: bytes) -> Reading:
    return read(BytesIO(text), STATEMENTS, today=TODAY, piece_bytes=PIECE)


def is_in_pieces(reading: Reading) -> bool:
    """Texts become categories where a file is read in pieces."""
    return reading.rows["platform"].dtype == pl.Categorical


def lines_of(text: bytes) -> list[bytes]:
    return text.split(b"\n")[:-1]


def changed(at: int, line: bytes) -> Callable[[bytes], bytes]:
    """The text with another line there."""

    def change(text: bytes) -> bytes:
        lines = lines_of(text)
        lines[at] = line
        return b"\n".join([*lines, b""])

    return change


def _repeated(text: bytes) -> bytes:
    lines = lines_of(text)
    return b"\n".join([*lines, lines[1], lines[9_000], lines[3], b""])


GOOD = b"2024-01-20,2023-11,%s,ARTIST 1,TRACK 1,QZAB21000001,198000000001,5,100,Song,US,0,0.10"


def _worded(old: bytes, new: bytes, *, first: int = 0, last: int = LINES) -> Callable[[bytes], bytes]:
    """The text with some lines in other words, by the ends of the lines."""

    def change(text: bytes) -> bytes:
        lines = lines_of(text)
        lines[first:last] = [re.sub(old, new, line) for line in lines[first:last]]
        return b"\n".join([*lines, b""])

    return change


SAME = {
    "as it is": lambda text: text,
    "lines end in CR and LF": lambda text: text.replace(b"\n", b"\r\n"),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "blank lines": lambda text: text.replace(b"\n", b"\n\n", 9_000),
    "lines in front of the header": lambda text: b"exported on,2025-01-01\n\n" + text,
    "rows that repeat far apart": _repeated,
    "an amount that is none": changed(11_000, GOOD.replace(b"0.10", b"soon") % b"Spotify"),
    "a row from the future": changed(7_000, GOOD.replace(b"2024-01-20", b"2035-01-20") % b"Spotify"),
    "too few cells, too many cells": lambda text: changed(3, GOOD + b",more")(
        changed(8_000, b"2024-01-20,2023-11")(text)
    ),
    "a store in quotes": changed(6_000, GOOD % b'"Spotify, the store"'),
    "bytes of cp1252": changed(6_000, GOOD % "Café".encode("cp1252")),
    "bytes of cp1252 in quotes": changed(6_000, GOOD % '"Café"'.encode("cp1252")),
    "the last line does not end": lambda text: text.removesuffix(b"\n"),
    "the last line is cut": lambda text: text[:-20],
    "a count in words": changed(11_000, GOOD.replace(b",5,", b",five,") % b"Spotify"),
    "a count with blanks": changed(11_000, GOOD.replace(b",5,", b", 5 ,") % b"Spotify"),
    "a count as pandas writes it": changed(11_000, GOOD.replace(b",5,", b",5.0,") % b"Spotify"),
    "a count that is empty": changed(11_000, GOOD.replace(b",5,", b",,") % b"Spotify"),
    "a count too large for any label": changed(11_000, GOOD.replace(b",5,", b",5000000000000,") % b"Spotify"),
    "a rounded amount": changed(11_000, GOOD.replace(b"0.10", b"1e5") % b"Spotify"),
    "a small amount as pandas writes it": changed(11_000, GOOD.replace(b"0.10", b"8.1e-06") % b"Spotify"),
    "an amount with blanks": changed(11_000, GOOD.replace(b"0.10", b" 0.10 ") % b"Spotify"),
    "an amount too large for any label": changed(11_000, GOOD.replace(b"0.10", b"5000000000000") % b"Spotify"),
    "an amount that is empty": changed(11_000, GOOD.replace(b"0.10", b"") % b"Spotify"),
    "an amount in another currency": changed(11_000, GOOD.replace(b"0.10", b"EUR 0.10") % b"Spotify"),
    "one amount with a comma": changed(11_000, GOOD.replace(b"0.10", b'"1,234.10"') % b"Spotify"),
    "cells of blanks in front": changed(11_000, b" " + b"," * 12),
    "first cells that are empty": _worded(rb"^2025-0", b"", first=4_000, last=9_000),
    "last cells that are empty": _worded(rb"0\.[1-5]\d*$", b""),
    "a run of lines with more cells": _worded(rb"$", b",more", first=4_000, last=9_000),
    "a run of lines with fewer cells": _worded(rb",[^,]*$", b"", first=4_000, last=9_000),
    "a column that nobody knows": lambda text: b"\n".join(
        line + (b",%d" % number if number else b",colour") for number, line in enumerate(lines_of(text))
    ),
}
WHOLE = {
    "a cell of two lines": changed(6_000, GOOD % b'"Spot\nify"'),
    "a stray quote": changed(6_000, GOOD % b'"Spotify'),
    "quotes in every line": lambda text: text.replace(b"Song", b'"Song"'),
    "a NUL byte": changed(6_000, GOOD % b"Spot\x00ify"),
    "UTF-16": lambda text: text.decode().encode("utf-16"),
    "amounts with decimal commas": _worded(rb"0\.(\d+)$", rb'"0,\1"', first=1),
    "dates of two kinds": changed(11_999, GOOD.replace(b"2024-01-20", b"01/20/2024") % b"Spotify"),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_a_file_read_in_pieces_gives_what_it_gives_as_a_whole(text: bytes, change: Callable[[bytes], bytes]) -> None:
    reading = in_pieces(change(text))
    assert is_in_pieces(reading)
    assert told(reading) == told(read(BytesIO(change(text)), STATEMENTS, today=TODAY))


@pytest.mark.parametrize("change", WHOLE.values(), ids=WHOLE)
def test_a_file_whose_pieces_need_each_other_is_read_as_a_whole(text: bytes, change: Callable[[bytes], bytes]) -> None:
    reading = in_pieces(change(text))
    assert not is_in_pieces(reading)
    assert told(reading) == told(read(BytesIO(change(text)), STATEMENTS, today=TODAY))


SALE = "2025-01-%02d,Shop %d,1,%d.50\n"


def _sales(**lines: str) -> str:
    """30,000 sales; some lines by their places from the end are others."""
    rows = [SALE % (place % 28 + 1, place % 7, place % 50) for place in range(30_000)]
    for place, line in lines.items():
        rows[-int(place.strip("_"))] = line
    return HEADER + "".join(rows)


SALES_FILES = {
    "an empty cell in a short last piece that has an odd line too": _sales(
        _3="2025-01-02,Shop 1,1,\n", _2="2025-01-02,Shop 1,1,2.50,more\n"
    ),
    "words behind a closing quote": _sales(_9000='2025-01-02,"Best" of,1,7.25\n', _8000='2025-01-02,"Best" ,1,8.25\n'),
    "a date with more behind its quotes": _sales(_9000='"2025-01-01"x,Shop 1,1,7.25\n'),
    "escaped quotes": _sales(_9000='2025-01-02,"The ""Best""",1,7.25\n'),
    "amounts of which as many pieces would say this as that": HEADER.replace(",", ";")
    + "".join(
        f"2025-01-01;Shop;1;{place // 3_000},5\n" if place % 2 else f"2025-01-01;Shop;1;{place % 12}.5\n"
        for place in range(30_000)
    ),
}


@pytest.mark.parametrize("text", SALES_FILES.values(), ids=SALES_FILES)
def test_what_is_odd_in_one_piece_is_what_it_is_in_the_whole_file(text: str) -> None:
    reading = read(BytesIO(text.encode()), SALES, today=TODAY, piece_bytes=2**18 + 100_000)
    assert told(reading) == told(read(BytesIO(text.encode()), SALES, today=TODAY))


def test_a_piece_that_begins_as_utf_16_would_is_read_as_the_file_is() -> None:
    lines = [line.encode() for line in ["store,day,units,usd\n", *("Shop,2025-01-02,1,1.50\n" for _ in range(30_000))]]
    border = PIECE // len(lines[1]) - 2
    for place in range(border, border + 4):
        lines[place] = b"\xff\xfe" + lines[place][2:]
    text = b"".join(lines)
    reading = read(BytesIO(text), SALES, today=TODAY, piece_bytes=PIECE)
    assert told(reading) == told(read(BytesIO(text), SALES, today=TODAY))


def test_a_file_with_a_line_longer_than_a_piece_is_read_as_a_whole() -> None:
    text = (HEADER + f"2025-01-01,{'long' * 25_000},1,1.50\n" + SALE % (1, 1, 1)).encode()
    reading = read(BytesIO(text), SALES, today=TODAY, piece_bytes=600)
    assert told(reading) == told(read(BytesIO(text), SALES, today=TODAY))


CELLS = (
    (
        "2025-01-01",
        "2025-01-02",
        "01/02/2025",
        "13/01/2025",
        "2035-01-01",
        "",
        "soon",
        "2025-01-05 10:00",
        '"2025-01-03"',
    ),
    ("Spotify", "Tidal", '"Spo,tify"', '"a""b"', 'a"b', '"ab', '"x"y"', '""', " ", "Café", "NA", "\x01", "spotify"),
    ("1", "2", "+5", "-3", "007", "1e3", "5.0", " 5", "5 ", "", "5000000000000", '"1,000"', '"5"', "1.000", "\uff15"),
    ("1.50", "2", '"0,5"', '"1,234.56"', "1e-5", "1E5", "", " 0.10 ", "$5", "(3.10)", ".5", '"1.5"', "5.", "NaN", "  "),
)
"""Of each column first what is usual, then what is not."""
LINES_OF_ANY = st.lists(
    st.tuples(
        *(st.one_of(st.sampled_from(each[:2]), st.sampled_from(each)) for each in CELLS),
        st.sampled_from(["\n"] * 20 + [",\n", ",more\n", "\r\n", "\n\n", ""]),
    ),
    min_size=30,
    max_size=90,
)


@given(LINES_OF_ANY)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_gives_in_pieces_what_it_gives_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, lines: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(cells, "FEW", 4)  # so that short pieces are held as long ones are
    text = HEADER + "".join(f"{','.join(line[:-1])}{line[-1]}" for line in lines)

    def outcome(piece_bytes: int) -> object:
        try:
            return told(read(BytesIO(text.encode()), SALES, today=TODAY, piece_bytes=piece_bytes))
        except UnreadableFileError as error:
            return str(error)

    assert outcome(600) == outcome(2**30)


def test_a_quote_that_is_opened_in_one_piece_and_closed_in_another_is_no_row() -> None:
    rows = "".join(f"2025-01-01,Shop {each},1,1\n" for each in range(100))
    torn = HEADER + rows + '2025-01-02,"Opened,1,1\n' + rows + '2025-01-03,closed",1,1\n' + rows
    reading = read(BytesIO(torn.encode()), SALES, today=TODAY, piece_bytes=300)
    assert told(reading) == told(read(BytesIO(torn.encode()), SALES, today=TODAY))


def test_a_large_file_without_a_good_row_says_so() -> None:
    text = HEADER + "soon,Spotify,1,1\n" * 1_000
    with pytest.raises(UnreadableFileError, match="none of its 1000 rows can be read; the first is line 2"):
        read(BytesIO(text.encode()), SALES, today=TODAY, piece_bytes=300)


# ── and so do the tables that are made of it ─────────────────────────────────────────────────────────────────────────

ARTISTS = pl.DataFrame({"identity": ["owl1987", "halob7"], "shown": ["OWL1987", "HALO B7"]})


def tables(dataset: Dataset, *files: tuple[str, str]) -> list[Table]:
    """The table of the files, read in pieces and as a whole."""
    return [
        table_of(
            dataset,
            tuple(
                Part(
                    FileVersion(name, len(text), 0, 0, 0),
                    read(BytesIO(text.encode()), dataset, today=TODAY, name=name, piece_bytes=size),
                )
                for name, text in files
            ),
            (),
            ARTISTS,
        )
        for size in (PIECE, 2**30)
    ]


def shown(table: Table) -> dict[str, object]:
    rows = table.rows.lazy().collect()
    return {**vars(table), "rows": (rows.schema, rows.rows()), "rejects": table.rejects.rows()}


def test_artists_and_stores_are_in_one_spelling() -> None:
    spelled = [
        statement(
            "2025-01",
            ("Spotify", "spotify", "Tidal")[place % 3],
            place,
            "0.01",
            artist=("owl 1987", "Halo B7")[place % 2],
        )
        for place in range(6_000)
    ]
    in_pieces, whole = tables(STATEMENTS, ("dk_bank_details.csv", csv_text(STATEMENT, spelled)))
    assert in_pieces.rows.is_encoded
    assert set(in_pieces.rows["artist"]) == {"OWL1987", "HALO B7"}
    assert shown(in_pieces) == shown(whole)


def test_of_several_parts_the_newest_row_of_each_key_counts() -> None:
    header = "date,campaign_id,campaign_name,spend_usd,impressions,clicks\n"

    def export(first: int, spend: int) -> str:
        days = (f"2025-0{1 + place // 4_000}-{1 + place % 28:02}" for place in range(first, 20_000))
        rows = (
            f"{day},{'' if not place % 50 else place % 40},OWL - {place % 40},{spend},1,1"
            for place, day in enumerate(days)
        )
        return header + "\n".join([*rows, ""])

    named = (
        ("metaads_campaign_daily_20250401.csv", export(0, 1)),
        ("metaads_campaign_daily_20250402.csv", export(500, 2)),
    )
    in_pieces, whole = tables(META_ADS, *named)
    cut = read(BytesIO(named[0][1].encode()), META_ADS, today=TODAY, name=named[0][0], piece_bytes=PIECE)
    assert cut.rows["campaign"].dtype == pl.Categorical
    assert whole.restated
    assert shown(in_pieces) == shown(whole)


def test_empty_cells_and_blank_rows_are_what_they_are_in_a_small_file() -> None:
    rows = [
        ",,,,,\n" if place % 100 == 7 else f"2025-01-01,{'' if place % 3 else 1},OWL - {place % 40},1,,1\n"
        for place in range(30_000)
    ]
    text = "date,campaign_id,campaign_name,spend_usd,impressions,clicks\n" + "".join(rows)
    in_pieces, whole = tables(META_ADS, ("metaads_campaign_daily_20250401.csv", text))
    assert not whole.rejects.height
    assert in_pieces.rows.is_encoded
    assert shown(in_pieces) == shown(whole)
