"""Rows, cells and line numbers of text files, shown with the sales of `tests/lake/sales.py`."""

import datetime as dt

import pytest

from bedrot_graph.lake.unreadable import UnreadableFileError
from tests.lake.sales import HEADER, amounts, column, read_sales, rejects

QUOTE_REASON = "a quote that opens or closes in the middle of a cell, or not on this line"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "pipe"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_delimiters_line_ends_and_quotes_come_in_every_combination(delimiter: str, end: str, quote: str) -> None:
    rows = [["day", "store", "units", "usd"], ["2025-01-01", "Spotify", "3", "1.50"], ["2025-01-02", "Tidal", "", "2"]]
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) + end for row in rows]
    reading = read_sales("".join(lines))
    assert reading.rows.drop("usd").rows() == [
        (2, dt.date(2025, 1, 1), "Spotify", 3),
        (3, dt.date(2025, 1, 2), "Tidal", None),
    ]
    assert amounts(reading) == [1.5, 2]
    assert not reading.is_unfinished


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_the_encoding_of_a_file_changes_nothing(encoding: str) -> None:
    reading = read_sales(HEADER + "2025-01-01,Björk’s,1,2\n", encoding=encoding)
    assert column(reading, "store") == ["Björk’s"]
    assert not reading.is_unfinished


def test_line_numbers_are_those_of_an_editor_past_blank_lines_and_a_preamble() -> None:
    lines = [
        "Exported for the label",  # 1
        "",
        "day,store,units,usd",  # 3
        "",
        "2025-01-01,Spotify,1,1",  # 5
        "   ",
        ",,,",
        "2025-01-02,Spotify,1,x",  # 8
        "2025-01-03,Spotify,1,3",  # 9
        "",
        "",
    ]
    reading = read_sales("\n".join(lines))
    assert column(reading, "line") == [5, 9]
    assert rejects(reading) == [(8, "usd 'x' is not an amount")]


def test_line_numbers_stay_those_of_the_file_where_quotes_do_not_add_up() -> None:
    lines = [
        "day,store,units,usd",  # 1
        '2025-01-01,12" Store,1,1',
        "",
        '2025-01-02,"A, B",1,2',  # 4
        '2025-01-03,"A" B,1,3',
        "2025-01-04,C,1,4",  # 6
        '2025-01-05,"open,1,5',
        "2025-01-06,D,1",  # 8
        "2025-01-07,E,1,7",
        "",
    ]
    reading = read_sales("\n".join(lines))
    assert reading.rows.select("line", "store").rows() == [(2, '12" Store'), (4, "A, B"), (6, "C"), (9, "E")]
    assert rejects(reading) == [(5, QUOTE_REASON), (7, QUOTE_REASON), (8, "fewer cells than the 4 of the header")]


def test_a_quote_inside_of_a_cell_is_part_of_it() -> None:
    reading = read_sales(HEADER + '2025-01-01,12" Store,1,1\n2025-01-02,"7"" Store",1,2\n')
    assert column(reading, "store") == ['12" Store', '7" Store']


def test_in_a_file_that_quotes_nothing_a_leading_quote_is_part_of_the_name() -> None:
    reading = read_sales(HEADER + '2025-01-01,"Heroes" Shop,1,1\n2025-01-02,Tidal,1,2\n')
    assert column(reading, "store") == ['"Heroes" Shop', "Tidal"]


def test_an_opening_quote_does_not_swallow_the_lines_below() -> None:
    rows = [f"2025-01-{day:02d},Spotify,1,{day}\n" for day in range(1, 31)]
    text = HEADER + '2025-01-31,"Quoted, Inc.",1,31\n' + rows[0].replace("Spotify", '"Spotify') + "".join(rows[1:])
    reading = read_sales(text)
    assert amounts(reading) == [31, *range(2, 31)]
    assert rejects(reading) == [(3, QUOTE_REASON)]


def test_a_line_break_inside_of_quotes_costs_its_row_and_no_other() -> None:
    reading = read_sales(HEADER + '2025-01-01,"Spot\nify",1,1\n2025-01-02,"Tidal, Inc.",1,2\n')
    assert column(reading, "store") == ["Tidal, Inc."]
    assert rejects(reading) == [(2, QUOTE_REASON), (3, "fewer cells than the 4 of the header")]


def test_a_row_with_too_few_or_too_many_cells_is_rejected_with_its_line() -> None:
    reading = read_sales(HEADER + "2025-01-01,Spotify\n2025-01-02,Spotify,1,2\n2025-01-03,Spotify,1,3,4\n")
    assert amounts(reading) == [2]
    assert rejects(reading) == [
        (2, "fewer cells than the 4 of the header"),
        (4, "more cells than the 4 of the header"),
    ]


@pytest.mark.parametrize("first", ["", "2025-01-01", "2025-01-01,Spotify,1,1,5,6,7"], ids=["blank", "short", "long"])
def test_the_first_row_may_be_the_ragged_one(first: str) -> None:
    reading = read_sales(HEADER + first + "\n2025-01-02,Spotify,1,2\n2025-01-03,Tidal,,3\n")
    assert reading.rows.select("line", "store").rows() == [(3, "Spotify"), (4, "Tidal")]


def test_a_header_without_a_name_is_no_column() -> None:
    reading = read_sales("day,store,units,usd,,\n2025-01-01,Spotify,1,2,,\n2025-01-02,Spotify,1,3,note,\n")
    assert reading.rows.columns == ["line", "day", "store", "units", "usd"]
    assert reading.unknown_columns == ()


def test_a_row_with_a_nul_byte_is_rejected() -> None:
    reading = read_sales(HEADER + "2025-01-01,Spo\x00tify,1,1\n2025-01-02,Spotify,1,2\n")
    assert amounts(reading) == [2]
    assert rejects(reading) == [(2, "a NUL byte")]


def test_a_file_that_was_filled_up_with_nul_bytes_keeps_its_good_rows_and_is_unfinished() -> None:
    reading = read_sales((HEADER + "2025-01-01,Spotify,1,1\n").encode() + bytes(4096))
    assert amounts(reading) == [1]
    assert rejects(reading) == [(3, "a NUL byte")]
    assert reading.is_unfinished


@pytest.mark.parametrize(
    ("last_line", "is_unfinished"),
    [
        ("2025-01-02,Spotify,1,2\n", False),
        ("2025-01-02,Spotify,1,2\r", False),
        ("2025-01-02,Spotify,1,2", True),
        ("2025-01-02,Spo", True),
        ('"2025-01-02","Spotify","1","2"', False),
        ('"2025-01-02","Spotify"', True),
        ('"2025-01-02","Spotify","1","', True),
    ],
    ids=["LF", "CR", "no end", "cut", "whole in quotes", "cut behind a quote", "cut at an opening quote"],
)
def test_a_file_is_unfinished_where_its_last_row_may_go_on(last_line: str, is_unfinished: bool) -> None:  # noqa: FBT001
    assert read_sales(HEADER + '2025-01-01,"Spotify",1,1\n' + last_line).is_unfinished is is_unfinished


def test_the_header_is_the_line_that_shows_most_known_names() -> None:
    reading = read_sales("day;usd\n\n# store, units\nday,store,units,usd\n2025-01-01,Spotify,1,2\n")
    assert column(reading, "line") == [5]


def test_a_header_far_down_is_not_looked_for() -> None:
    with pytest.raises(UnreadableFileError, match="no line in its first rows names the columns"):
        read_sales("note\n" * 20 + HEADER + "2025-01-01,Spotify,1,2\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("\n \n\r\n", "it is empty"),
        ("\ufeff", "it is empty"),
        (HEADER, "it has a header but no rows"),
        (HEADER.strip(), "it has a header but no rows"),
        (HEADER + "\n,,,\n", "it has a header but no rows"),
        ("<html><body>Log in</body></html>\n", "no line in its first rows names the columns"),
        ("x" * 200_000, "no line in its first rows names the columns"),
        ('"' * 200_000, "no line in its first rows names the columns"),
        (
            HEADER + "2025-01-01,Spotify\n",
            "none of its 1 rows can be read; the first is line 2: fewer cells than the 4 of the header",
        ),
        ("day,store\n2025-01-01,Spotify\n", "it lacks the required 'usd'; its columns are 'day', 'store'"),
    ],
    ids=["nothing", "blank lines", "BOM", "header", "header, no end", "blank rows", "web page", "one long line",
         "one long quote", "no good row", "columns missing"],
)  # fmt: skip
def test_a_file_without_a_table_is_unreadable_and_says_why(text: str, problem: str) -> None:
    with pytest.raises(UnreadableFileError) as raised:
        read_sales(text)
    assert str(raised.value) == problem


def test_a_message_shows_some_of_very_many_headers() -> None:
    with pytest.raises(UnreadableFileError) as raised:
        read_sales("day,store," + ",".join(f"{number}{'x' * 50}" for number in range(1000)) + "\n1,2\n")
    assert len(str(raised.value)) < 2000
