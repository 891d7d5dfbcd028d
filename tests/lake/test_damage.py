"""Damaged files: whatever has happened to its bytes, a file is read or unreadable, and what is good in it stays so."""

import io
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.unreadable import UnreadableFileError
from tests.lake.sales import DAILY_SALES, HEADER, SALES, read_sales
from tests.lakes import STATEMENT, TODAY, csv_text, statement

ROWS = [
    "2025-01-01,Spotify,1,0.25",
    '2025-01-02,"Shop, The",2,"1,234.50"',
    "2025-01-03,Björk’s,3,(0.75)",
    "2025-01-04,Tidal,,8.1e-06",
    "2025-01-05,12 Inch,5,0.125",
    '2025-01-06,"7"" Shop",6,2.5',
]
GOOD = HEADER.encode() + "".join(f"{row}\n" for row in ROWS).encode()
NASTY = [
    *(bytes([byte]) for byte in b'",;\t|\r\n\x00\x01\x1a\xff\xe9()-+.$eE/ '),
    b"\r\n",
    b'""',
    b"0,5",
    b"1e400",
    b"9" * 40,
    b"13/05/2025",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    "\u2028\u202f\u0661".encode(),
]
STATEMENTS_TEXT = csv_text(STATEMENT, [statement("2025-01", "Spotify", 1, "1"), statement("2025-02", "Tidal", 2, "2")])


def parquet_of(text: bytes) -> bytes:
    out = io.BytesIO()
    pl.read_csv(text, infer_schema=False).write_parquet(out, compression="uncompressed")
    return out.getvalue()


unhurried = settings(deadline=None, max_examples=150)
"""Reading takes a moment, and now and then a longer one."""

bits = st.one_of(st.binary(max_size=4), st.sampled_from(NASTY))


@st.composite
def damaged(draw: Callable[[st.SearchStrategy[Any]], Any], data: bytes, *, times: int = 4) -> bytes:
    """The data with a few bytes replaced, put in or taken out."""
    for _ in range(draw(st.integers(1, times))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + draw(st.sampled_from([0, 1, 20, 200])))))
        data = data[:start] + draw(bits) + data[end:]
    return data


def read_or_unreadable(data: bytes, dataset: Dataset) -> Reading | None:
    try:
        reading = read(BytesIO(data), dataset, today=TODAY)
    except UnreadableFileError:
        return None
    assert reading.rows.columns == ["line", *(column.name for column in dataset.columns)]
    assert reading.rows.height
    lines = [*reading.rows["line"], *reading.rejects["line"]]
    assert len(set(lines)) == len(lines)
    return reading


@unhurried
@given(data=st.binary(max_size=300))
def test_random_bytes_are_unreadable(data: bytes) -> None:
    for dataset in DATASETS:
        assert read_or_unreadable(data, dataset) is None


@unhurried
@given(data=st.binary(max_size=300))
def test_random_bytes_below_a_header_are_rows_or_rejects(data: bytes) -> None:
    read_or_unreadable(HEADER.encode() + data, SALES)


@unhurried
@given(data=damaged(GOOD))
def test_a_damaged_text_file_is_read_or_unreadable(data: bytes) -> None:
    read_or_unreadable(data, SALES)
    read_or_unreadable(data, DAILY_SALES)


@unhurried
@given(data=damaged(STATEMENTS_TEXT.encode()), encoding=st.sampled_from(["utf-16", "utf-16-le", "utf-16-be"]))
def test_a_damaged_statement_file_is_read_or_unreadable(data: bytes, encoding: str) -> None:
    read_or_unreadable(data, STATEMENTS)
    read_or_unreadable(data.decode("latin-1").encode(encoding), STATEMENTS)


@pytest.mark.parametrize("data", [parquet_of(GOOD), parquet_of(STATEMENTS_TEXT.encode())], ids=["sales", "statements"])
def test_a_damaged_parquet_file_is_read_or_unreadable(data: bytes) -> None:
    @unhurried
    @given(damaged(data))
    def check(broken: bytes) -> None:
        read_or_unreadable(broken, SALES)
        read_or_unreadable(broken, STATEMENTS)

    check()


def shown(reading: Reading) -> set[tuple[object, ...]]:
    return set(reading.rows.drop("line").rows())


@unhurried
@given(row=st.integers(0, len(ROWS) - 1), place=st.floats(0, 1, exclude_max=True), bit=bits, is_insert=st.booleans())
def test_damage_to_one_line_leaves_all_others_as_they_are(row: int, place: float, bit: bytes, is_insert: bool) -> None:  # noqa: FBT001
    lines = [f"{each}\n".encode() for each in ROWS]
    others = read_sales(HEADER.encode() + b"".join(lines[:row] + lines[row + 2 :]))
    at = int(place * len(lines[row]))
    lines[row] = lines[row][:at] + bit + lines[row][at + (not is_insert) :]
    assert shown(others) <= shown(read_sales(HEADER.encode() + b"".join(lines)))


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=12)


@unhurried
@given(amount=amounts)
def test_an_amount_comes_back_exactly_as_it_was_written(amount: Decimal) -> None:
    reading = read_sales(f"{HEADER}2025-01-01,Spotify,1,{amount:f}\n")
    assert reading.rows["usd"].to_list() == [amount]


@unhurried
@given(amount=amounts)
def test_an_amount_with_dollars_and_thousands_is_the_same_amount(amount: Decimal) -> None:
    written = f"(${-amount:,})" if amount < 0 else f"${amount:,}"
    reading = read_sales(f'{HEADER}2025-01-01,Spotify,1,"{written}"\n')
    assert reading.rows["usd"].to_list() == [amount]


@unhurried
@given(count=st.integers(0, 10**12))
def test_a_count_with_thousands_is_the_same_count(count: int) -> None:
    reading = read_sales(f'{HEADER}2025-01-01,Spotify,"{count:,}",1\n')
    assert reading.rows["units"].to_list() == [count]


@unhurried
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\ufeff", exclude_categories=["Cs", "Cc"]), max_size=20),
        min_size=1,
        max_size=5,
    )
)
def test_every_text_comes_back_stripped(texts: list[str]) -> None:
    rows = [f'2025-01-01,"{text.replace(chr(34), chr(34) * 2)}",{number},1' for number, text in enumerate(texts)]
    reading = read_sales(HEADER + "\n".join([*rows, ""]))
    assert [text or "" for text in reading.rows["store"]] == [text.strip() for text in texts]
