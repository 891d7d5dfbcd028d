"""A delimited text file -> a sheet: finds the header, the delimiter and the quotes, and sets ragged rows apart."""

import codecs
import csv
import re
from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import polars as pl
from polars import selectors

from bedrot_graph.lake.sheet import REJECTS, Sheet, cell_names, header_key
from bedrot_graph.lake.text import as_utf8, wide_encoding
from bedrot_graph.lake.unreadable import UnreadableFileError

DELIMITERS = ",;\t|"
HEADER_SEARCH_LINES = 20
HEADER_SEARCH_BYTES = 2**16
FEWEST_KNOWN_HEADERS = 2
END = "\x01"
"""Put behind the last cell of every line: where it does not come out last, the row is ragged."""


@dataclass(frozen=True)
class _Header:
    names: tuple[str, ...]
    delimiter: str
    line: int
    """The line it stands on, from 1."""


def read_delimited(data: bytes, known_headers: AbstractSet[str]) -> Sheet:
    """Split a text file into cells.

    `known_headers` are header keys: the line and the delimiter that show most of them are the header's.
    Raises UnreadableFileError.
    """
    text = as_utf8(data)
    return _sheet(text, _find_header(text, known_headers))


def read_pieces(
    data: bytes, known_headers: AbstractSet[str], piece_bytes: int
) -> list[Callable[[AbstractSet[str]], Sheet]] | None:
    """The same piece by piece, so that a large file is never held as cells at once. None where it is not cut.

    Each piece is read when it is called with the names of the cells whose texts repeat, which are held as categories
    of their own; it counts its own lines. Raises UnreadableFileError; a piece raises PolarsError where its quotes do
    not add up.
    """
    ends = _cuts(data, piece_bytes)
    if not ends:
        return None
    header = _find_header(as_utf8(data[: ends[0]]), known_headers)
    below = replace(header, line=0)

    def sheet(start: int, end: int, repeating: AbstractSet[str]) -> Sheet:
        return _sheet(as_utf8(data[start:end]), below if start else header, repeating)

    return [partial(sheet, start, end) for start, end in pairwise([0, *ends])]


def _cuts(data: bytes, piece_bytes: int) -> list[int]:
    """Where the pieces of a large file end: behind lines without quotes, as all others may belong together."""
    if len(data) <= 2 * piece_bytes or wide_encoding(data) or b"\x00" in data:
        return []
    ends, start = [], 0
    while len(data) - start > piece_bytes:
        end = data.rfind(b"\n", start, start + piece_bytes) + 1
        begin = data.rfind(b"\n", start, end - 1) + 1
        if not start < begin < end or b'"' in data[begin:end] or data.startswith(codecs.BOM_UTF8, end):
            return []
        ends.append(end)
        start = end
    return [*ends, len(data)] if start < len(data) else ends


def _sheet(text: bytes, header: _Header, repeating: AbstractSet[str] | None = None) -> Sheet:
    """A whole file; or a piece of one, with the names of the cells whose texts repeat."""
    is_cut = not text.endswith(b"\n")
    if is_cut:
        text += b"\n"
    cells, rejects = _split(text, header, repeating)
    lines = text.count(b"\n")
    if text.endswith(b'"\n'):  # a last cell in quotes is known to be whole, if it is the row's last
        is_cut = is_cut and lines in rejects["line"]
    return Sheet(header.names, cells, rejects, is_unfinished=is_cut, lines=lines)


def _find_header(text: bytes, known_headers: AbstractSet[str]) -> _Header:
    best, most_known = None, FEWEST_KNOWN_HEADERS - 1
    for number, line in enumerate(text[:HEADER_SEARCH_BYTES].split(b"\n")[:HEADER_SEARCH_LINES], 1):
        for delimiter in DELIMITERS:
            cells = next(csv.reader([line.decode(errors="replace")], delimiter=delimiter), [])
            known = len({header_key(cell) for cell in cells} & known_headers)
            if known > most_known:
                best, most_known = _Header(tuple(cell.strip() for cell in cells), delimiter, number), known
    if best is None:
        raise UnreadableFileError.headless() if text.strip() else UnreadableFileError.empty()
    return best


def _split(text: bytes, header: _Header, repeating: AbstractSet[str] | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells and rejects of the lines below the header; every line ends in LF."""
    rejects = pl.DataFrame(schema=REJECTS)
    try:
        cells = _parse(text, header, quote='"', repeating=repeating or ()).with_row_index("line", header.line + 1)
    except pl.exceptions.PolarsError:  # quotes that do not add up
        if repeating is not None:  # the other pieces decide what they mean
            raise
        cells, rejects = _split_line_by_line(text, header)
    cells, ragged = _without_ragged(cells, len(header.names), has_nul=b"\x00" in text)
    return cells, pl.concat([rejects, ragged]).sort("line")


def _parse(text: bytes, header: _Header, quote: str | None, repeating: Collection[str] = ()) -> pl.DataFrame:
    """Columns: one per header, and `end`, which is END where the row has as many cells as the header."""
    behind_cells = f"{header.delimiter}{END}".encode()
    marked = text.replace(b"\n", behind_cells + b"\n")
    height = (len(marked) - len(text)) // len(behind_cells) - header.line
    cells = pl.read_csv(
        marked,
        has_header=False,
        skip_lines=header.line,
        separator=header.delimiter,
        quote_char=quote,
        schema={
            name: pl.Categorical(pl.Categories.random()) if name in repeating else pl.String()
            for name in [*cell_names(len(header.names)), "end"]
        },
        missing_columns="insert",  # these two are about the first row, which may be ragged as any other
        extra_columns="ignore",
        truncate_ragged_lines=True,
        empty_string_is_null=False,
    )
    if cells.height != height:
        raise pl.exceptions.ComputeError
    return cells


def _split_line_by_line(text: bytes, header: _Header) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The careful way: every line is judged on its own, and most have no quote at all."""
    sep = re.escape(header.delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{sep}]*)'
    lines = pl.read_lines(text, name="text").with_row_index("line", 1).slice(header.line)
    quoting = lines.filter(pl.col("text").str.contains(rf'(?:^|{sep})"'))
    is_whole = quoting["text"].str.contains(rf"^{cell}(?:{sep}{cell})*$")
    plain = _parse(text, header, quote=None).with_row_index("line", header.line + 1)
    if not is_whole.any():  # a raw export without quoting: its quotes are part of the titles
        return plain, pl.DataFrame(schema=REJECTS)
    whole, stray = quoting.filter(is_whole), quoting.filter(~is_whole)
    quoted_text = "\n".join([*whole["text"], ""]).encode()
    quoted = _parse(quoted_text, replace(header, line=0), quote='"').with_columns(whole["line"]).select(plain.columns)
    unquoted = plain.filter(~pl.col("line").is_in(quoting["line"].implode()))
    reason = pl.lit("a quote that opens or closes in the middle of a cell, or not on this line")
    return pl.concat([unquoted, quoted]).sort("line"), stray.select("line", reason=reason)


def _without_ragged(cells: pl.DataFrame, width: int, *, has_nul: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Only the whole rows; and the rejects, which blank lines are not."""
    names = cell_names(width)
    text = pl.col(names)
    is_ragged = pl.col("end") != END
    is_damaged = pl.any_horizontal(text.str.contains("\x00", literal=True)) if has_nul else pl.lit(value=False)
    # A blank row has a blank first cell: the other cells are looked at where that is so.
    is_empty = pl.col("cell_0").cast(pl.String).str.strip_chars() == ""
    odd = cells.filter(is_ragged | is_damaged | is_empty)
    odd = odd.with_columns(selectors.categorical().cast(pl.String).fill_null(""))  # an empty category is null
    odd = odd.filter(is_ragged | is_damaged | pl.all_horizontal(text.str.strip_chars() == ""))
    if not odd.height:
        return cells.drop("end"), pl.DataFrame(schema=REJECTS)
    is_blank = pl.all_horizontal(pl.col(*names, "end").str.strip_chars().is_in(["", END]))
    rejects = odd.filter(~is_blank).select(
        "line",
        reason=pl.when(is_damaged)
        .then(pl.lit("a NUL byte"))
        .when(pl.any_horizontal(text == END))
        .then(pl.lit(f"fewer cells than the {width} of the header"))
        .otherwise(pl.lit(f"more cells than the {width} of the header")),
    )
    return cells.filter(~pl.col("line").is_in(odd["line"].implode())).drop("end"), rejects
