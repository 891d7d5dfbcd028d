"""A text file as people leave it -> rows of text cells, each with the line it stands on.

Knows encodings, line ends, delimiters, quotes and ragged rows; knows nothing of what cells mean.
"""

import codecs
import csv
import re
from collections.abc import Set
from dataclasses import dataclass

import polars as pl

DELIMITERS = ",;\t|"
HEADER_SEARCH_LINES = 20
END = "\x01"
"""Put behind the last cell of every line: where it does not come out last, the row is ragged."""

REJECTS = pl.Schema({"line": pl.UInt32, "reason": pl.String})


class UnreadableFileError(Exception):
    """The file holds no table that we know; the message says what is wrong, in half a sentence."""


@dataclass(frozen=True)
class Sheet:
    """The cells of one file.

    `cells` has one string column per header ("" where empty) and `line`, counted from 1 as editors do.
    `rejects` has line and reason of the rows that are no rows.
    """

    headers: tuple[str, ...]
    cells: pl.DataFrame
    rejects: pl.DataFrame
    is_unfinished: bool
    """The last line has no line end: the file may still be being written, or was cut off."""


def header_key(text: str) -> str:
    """A header without case, blanks and punctuation: 'Earnings (USD)' and 'earnings_usd' are one."""
    return re.sub(r"[\W_]+", "", text).casefold()


def decode(data: bytes) -> str:
    """The text of the file, line ends made LF; bytes that are not UTF-8 are read as cp1252, one by one."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", errors="read-as-cp1252")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("read-as-cp1252", _read_as_cp1252)


def read_text(data: bytes, known_headers: Set[str]) -> Sheet:
    """Split a delimited text file into cells.

    `known_headers` are header keys: the line and the delimiter that show most of them are the header's.
    Raises UnreadableFileError where fewer than two are found.
    """
    text = decode(data)
    header_index, delimiter = _find_header(text, known_headers)
    lines_before = text.split("\n", header_index + 1)
    headers = tuple(cell.strip() for cell in next(csv.reader([lines_before[header_index]], delimiter=delimiter)))
    body = lines_before[header_index + 1] if len(lines_before) > header_index + 1 else ""
    # A last cell in quotes is known to be whole; any other may go on in bytes not yet written.
    is_unfinished = bool(body) and not body.endswith(("\n", '"'))
    cells, rejects = _split(body.rstrip("\n"), delimiter, len(headers), first_line=header_index + 2)
    return Sheet(headers, cells, rejects, is_unfinished)


def _find_header(text: str, known_headers: Set[str]) -> tuple[int, str]:
    best = (1, 0, "")
    for index, line in enumerate(text.split("\n", HEADER_SEARCH_LINES)[:HEADER_SEARCH_LINES]):
        for delimiter in DELIMITERS:
            cells = next(csv.reader([line], delimiter=delimiter), [])
            known = len({header_key(cell) for cell in cells} & known_headers)
            if known > best[0]:
                best = (known, index, delimiter)
    if not best[2]:
        what = "it is empty" if not text.strip() else "no line in its first rows names the columns"
        raise UnreadableFileError(what)
    return best[1], best[2]


def _split(body: str, delimiter: str, width: int, first_line: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells and rejects of the lines below the header."""
    height = body.count("\n") + 1 if body else 0
    try:
        cells = _parse(body.replace("\n", f"{delimiter}{END}\n") + f"{delimiter}{END}", delimiter, width, quote='"')
        if not body or cells.height != height:
            raise pl.exceptions.ComputeError
        cells = cells.with_columns(pl.int_range(first_line, first_line + height, dtype=pl.UInt32).alias("line"))
        stray = pl.DataFrame(schema=REJECTS)
    except pl.exceptions.PolarsError:
        cells, stray = _split_line_by_line(body, delimiter, width, first_line)
    return _reject_ragged(cells, stray, width)


def _parse(body: str, delimiter: str, width: int, quote: str | None) -> pl.DataFrame:
    names = [*(f"cell_{index}" for index in range(width)), "end"]
    return pl.read_csv(
        f"{delimiter.join(names)}\n{body}\n".encode(),
        separator=delimiter,
        quote_char=quote,
        schema=dict.fromkeys(names, pl.String),
        empty_string_is_null=False,
        truncate_ragged_lines=True,
    )


def _split_line_by_line(body: str, delimiter: str, width: int, first_line: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The careful way, for files whose quotes do not add up: every line is judged on its own."""
    sep = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{sep}]*)'
    text = pl.col("text")
    lines = pl.DataFrame({"text": body.split("\n") if body else []}, schema={"text": pl.String}).with_row_index(
        "line", first_line
    )
    lines = lines.with_columns(
        quoting=pl.when(~text.str.contains(rf'(?:^|{sep})"'))
        .then(pl.lit("plain"))
        .when(text.str.contains(rf"^{cell}(?:{sep}{cell})*$"))
        .then(pl.lit("quoted"))
        .otherwise(pl.lit("stray"))
    )
    is_dialect_quoted = (lines["quoting"] == "quoted").any()
    if not is_dialect_quoted:  # a raw export without quoting: its quotes are part of the titles
        lines = lines.with_columns(quoting=pl.lit("plain"))
    parts = [
        _parse("\n".join(part["text"] + f"{delimiter}{END}"), delimiter, width, quote).with_columns(part["line"])
        for quoting, quote in (("plain", None), ("quoted", '"'))
        if (part := lines.filter(pl.col("quoting") == quoting)).height
    ]
    empty = _parse("", delimiter, width, None).clear().with_columns(line=pl.lit(0, pl.UInt32))
    stray = lines.filter(pl.col("quoting") == "stray").select(
        pl.col("line"), reason=pl.lit("a quote that opens or closes in the middle of a cell, or not on this line")
    )
    return pl.concat([empty, *parts]).sort("line"), stray


def _reject_ragged(cells: pl.DataFrame, stray: pl.DataFrame, width: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = [f"cell_{index}" for index in range(width)]
    cells = cells.with_columns(pl.col(names).str.strip_chars())
    blank = pl.all_horizontal(pl.col([*names, "end"]).is_in(["", END]))
    ragged = pl.col("end") != END
    damaged = pl.any_horizontal(pl.col(names).str.contains("\x00", literal=True))
    judged = cells.lazy().filter(~blank).with_columns(ragged=ragged, damaged=damaged)
    rejects = judged.filter(pl.col("ragged") | pl.col("damaged")).select(
        "line",
        reason=pl.when("damaged")
        .then(pl.lit("a NUL byte"))
        .when(pl.any_horizontal(pl.col(names) == END))
        .then(pl.lit(f"fewer cells than the {width} of the header"))
        .otherwise(pl.lit(f"more cells than the {width} of the header")),
    )
    kept = judged.filter(~pl.col("ragged"), ~pl.col("damaged")).select("line", *names)
    return kept.collect(), pl.concat([stray.lazy(), rejects]).sort("line").collect()
