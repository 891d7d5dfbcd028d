"""A delimited text file -> a sheet: finds the header, the delimiter and the quotes, and sets ragged rows apart."""

import csv
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl
from polars import selectors

from bedrot_graph.lake.sheet import REJECTS, Sheet, cell_names, header_key
from bedrot_graph.lake.text import as_utf8
from bedrot_graph.lake.unreadable import UnreadableFileError

DELIMITERS = ",;\t|"
HEADER_SEARCH_LINES = 20
HEADER_SEARCH_BYTES = 2**16
FEWEST_KNOWN_HEADERS = 2
SAMPLE_BYTES = 2**22
"""So much of a file shows how it is best read."""
END = "\x01"
"""Put behind the last cell of every line: where it does not come out last, the row is ragged."""

Types = Mapping[str, pl.DataType]
"""By cell, where it is not read as text: categories where texts repeat, whole numbers."""


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


@dataclass(frozen=True)
class Layout:
    """How a large text file is laid out, as its first lines show: what its pieces are read by."""

    header: _Header
    sample: Sheet

    @cached_property
    def _is_closed(self) -> bool:
        """Whether the last cell of a row is never blank; then a row that ends in one is odd."""
        return not _has_blanks(self.sample.cells.to_series(-1))

    def sheet(self, piece: bytes, types: Types, *, is_first: bool) -> Sheet:
        """A piece, its lines counted from its own beginning; some of its cells of these types.

        Raises PolarsError where its quotes do not add up.
        """
        header = self.header if is_first else replace(self.header, line=0)
        text = as_utf8(piece) if b"\r" in piece or b'"' in piece else piece
        if b'"' in text and not _is_well_quoted(text, header):
            types = {}
        cells = _whole_rows(text, header, types) if self._is_closed and text.endswith(b"\n") else None
        if cells is not None:
            return Sheet(header.names, cells, pl.DataFrame(schema=REJECTS), lines=header.line + cells.height)
        categories = {name: dtype for name, dtype in types.items() if dtype == pl.Categorical}
        return _sheet(as_utf8(piece), header, categories)


def layout_of(piece: bytes, known_headers: AbstractSet[str]) -> Layout:
    """The layout of a file that begins so.

    Raises UnreadableFileError, or PolarsError where quotes do not add up.
    """
    end = piece.rfind(b"\n", 0, SAMPLE_BYTES) + 1
    text = as_utf8(piece[:end] if end else piece)
    header = _find_header(text, known_headers)
    return Layout(header, _sheet(text, header, {}))


def _sheet(text: bytes, header: _Header, types: Types | None = None) -> Sheet:
    """A whole file; or a piece of one, with the types of its cells: categories, or text."""
    is_cut = not text.endswith(b"\n")
    if is_cut:
        text += b"\n"
    cells, stray = _split(text, header, types)
    lines = header.line + cells.height + stray.height
    cells, odd = _without_odd(cells, len(header.names), has_nul=b"\x00" in text)
    rejects = pl.concat([stray, odd]).sort("line")
    if text.endswith(b'"\n'):  # a last cell in quotes is known to be whole, if it is the row's last
        is_cut = is_cut and lines in rejects["line"]
    return Sheet(header.names, cells, rejects, is_unfinished=is_cut, lines=lines)


def _find_header(text: bytes, known_headers: AbstractSet[str]) -> _Header:
    best, most_known = None, FEWEST_KNOWN_HEADERS - 1
    for number, line in enumerate(text[:HEADER_SEARCH_BYTES].split(b"\n")[:HEADER_SEARCH_LINES], 1):
        for delimiter in DELIMITERS:
            if delimiter.encode() not in line:
                continue
            cells = next(csv.reader([line.decode(errors="replace")], delimiter=delimiter), [])
            known = len({header_key(cell) for cell in cells} & known_headers)
            if known > most_known:
                best, most_known = _Header(tuple(cell.strip() for cell in cells), delimiter, number), known
    if best is None:
        raise UnreadableFileError.headless() if text.strip() else UnreadableFileError.empty()
    return best


def _split(text: bytes, header: _Header, types: Types | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells of the lines below the header, each of which ends in LF; and the lines that have none."""
    try:
        cells = _parse(text, header, '"', types or {})
    except pl.exceptions.PolarsError:  # quotes that do not add up
        if types is not None:  # the other pieces decide what they mean
            raise
        return _split_line_by_line(text, header)
    return cells.with_row_index("line", header.line + 1), pl.DataFrame(schema=REJECTS)


def _whole_rows(text: bytes, header: _Header, types: Types) -> pl.DataFrame | None:
    """The cells, if each line has all of them and the last is never blank, so that no row is.

    So it is with most tables, and nothing has to be put behind each line to see it.
    """
    names = cell_names(len(header.names))
    try:
        cells = _read_csv(text, header, names, types)
    except pl.exceptions.PolarsError:  # a row has more cells, or one that is not of its type; or it is not UTF-8
        return None
    # Without quotes each line is a row to Polars, a blank one too.
    has_all_lines = b'"' not in text or text.count(b"\n") == header.line + cells.height
    is_whole = has_all_lines and not _has_blanks(cells.to_series(-1))
    return cells.with_row_index("line", header.line + 1) if is_whole else None


def _has_blanks(cells: pl.Series) -> bool:
    """Whether any cell is empty, or of blanks."""
    if cells.dtype == pl.Int64:
        return bool(cells.null_count())
    texts = cells.unique() if cells.dtype == pl.Categorical else cells
    return bool((texts.cast(pl.String).fill_null("").str.strip_chars() == "").any())


def _parse(text: bytes, header: _Header, quote: str | None, types: Types) -> pl.DataFrame:
    """Columns: one per header, and `end`, which is END where the row has as many cells as the header."""
    behind_cells = f"{header.delimiter}{END}".encode()
    marked = text.replace(b"\n", behind_cells + b"\n")
    height = (len(marked) - len(text)) // len(behind_cells) - header.line
    names = [*cell_names(len(header.names)), "end"]
    cells = _read_csv(
        marked,
        header,
        names,
        types,
        quote_char=quote,
        missing_columns="insert",  # these two are about the first row, which may be ragged as any other
        extra_columns="ignore",
        truncate_ragged_lines=True,
    )
    if cells.height != height:
        raise pl.exceptions.ComputeError
    return cells


def _read_csv(text: bytes, header: _Header, names: list[str], types: Types, **options: Any) -> pl.DataFrame:  # noqa: ANN401 - they are Polars'
    return pl.read_csv(
        text,
        has_header=False,
        skip_lines=header.line,
        separator=header.delimiter,
        schema={name: _fresh(types.get(name, pl.String())) for name in names},
        empty_string_is_null=False,
        **options,
    )


def _fresh(dtype: pl.DataType) -> pl.DataType:
    """The type; if categorical, of categories that no other column has."""
    return pl.Categorical(pl.Categories.random()) if dtype == pl.Categorical else dtype


def _is_well_quoted(text: bytes, header: _Header) -> bool:
    """Whether quotes stand around cells, and nowhere else: as a category, Polars cuts off what stands behind them."""
    lines = pl.read_lines(text, name="text").to_series()
    quoting = lines.filter(lines.str.contains('"', literal=True))
    return bool(quoting.str.contains(_whole_line(header)).all())


def _whole_line(header: _Header) -> str:
    """The pattern of a line whose quotes stand around cells."""
    sep = re.escape(header.delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{sep}]*)'
    return rf"^{cell}(?:{sep}{cell})*$"


def _split_line_by_line(text: bytes, header: _Header) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The careful way: every line is judged on its own, and most have no quote at all."""
    sep = re.escape(header.delimiter)
    lines = pl.read_lines(text, name="text").with_row_index("line", 1).slice(header.line)
    quoting = lines.filter(pl.col("text").str.contains(rf'(?:^|{sep})"'))
    is_whole = quoting["text"].str.contains(_whole_line(header))
    plain = _parse(text, header, None, {}).with_row_index("line", header.line + 1)
    if not is_whole.any():  # a raw export without quoting: its quotes are part of the titles
        return plain, pl.DataFrame(schema=REJECTS)
    whole, stray = quoting.filter(is_whole), quoting.filter(~is_whole)
    quoted_text = "\n".join([*whole["text"], ""]).encode()
    quoted = _parse(quoted_text, replace(header, line=0), '"', {}).with_columns(whole["line"]).select(plain.columns)
    unquoted = plain.filter(~pl.col("line").is_in(quoting["line"].implode()))
    reason = pl.lit("a quote that opens or closes in the middle of a cell, or not on this line")
    return pl.concat([unquoted, quoted]).sort("line"), stray.select("line", reason=reason)


def _without_odd(cells: pl.DataFrame, width: int, *, has_nul: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Only the whole rows; and the rejects, which blank lines are not."""
    names = cell_names(width)
    text = pl.col(names)
    is_ragged = pl.col("end") != END
    is_damaged = pl.any_horizontal(text.str.contains("\x00", literal=True)) if has_nul else pl.lit(value=False)
    # A blank row has a blank first cell: the other cells are looked at where that is so.
    is_empty = pl.col("cell_0").cast(pl.String).fill_null("").str.strip_chars() == ""
    odd = cells.filter(is_ragged | is_damaged | is_empty)
    if not odd.height:
        return cells.drop("end"), pl.DataFrame(schema=REJECTS)
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
    kept = cells.filter(~pl.col("line").is_in(odd["line"].implode())).drop("end")
    # As text, so that no category is of a row that has gone.
    return kept.with_columns(selectors.categorical().cast(pl.String).fill_null("")), rejects
