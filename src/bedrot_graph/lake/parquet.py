"""A Parquet file -> a sheet of text, so that one set of rules reads every kind of file."""

import io
from collections.abc import Set as AbstractSet

import polars as pl

from bedrot_graph.lake.sheet import REJECTS, Sheet, cell_names, header_key
from bedrot_graph.lake.unreadable import UnreadableFileError

MAGIC = b"PAR1"
"""How a Parquet file begins, whatever its name ends in."""


def read_parquet(data: bytes, known_headers: AbstractSet[str]) -> Sheet:
    """The columns of known headers as text; of all others only what tells rows apart. Raises UnreadableFileError."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    # A damaged file can bring the decoder to panic, which is no Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise UnreadableFileError.broken_parquet() from error
    try:
        texts = [
            _text(column) if header_key(column.name) in known_headers else column.hash().cast(pl.String)
            for column in frame.iter_columns()
        ]
    except pl.exceptions.PolarsError as error:
        raise UnreadableFileError.of_odd_types() from error
    cells = pl.DataFrame(dict(zip(cell_names(frame.width), texts, strict=True)))
    return Sheet(tuple(frame.columns), cells.with_row_index("line", 1), pl.DataFrame(schema=REJECTS))


def _text(column: pl.Series) -> pl.Series:
    if column.dtype.is_float():
        column = column.fill_nan(None)
    return column.cast(pl.String).fill_null("")
