"""A Parquet file -> a sheet of text, so that one set of rules reads every kind of file."""

import io

import polars as pl

from bedrot_graph.lake.sheet import REJECTS, Sheet, cell_names
from bedrot_graph.lake.unreadable import UnreadableFileError

MAGIC = b"PAR1"
"""How a Parquet file begins, whatever its name ends in."""


def read_parquet(data: bytes) -> Sheet:
    """Its columns as text. Raises UnreadableFileError."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
        texts = frame.with_columns(pl.selectors.float().fill_nan(None)).select(
            pl.all().cast(pl.String, strict=False).fill_null("")
        )
    # A damaged file can bring the decoder to panic, which is no Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise UnreadableFileError.broken_parquet() from error
    texts.columns = cell_names(texts.width)
    return Sheet(tuple(frame.columns), texts.with_row_index("line", 1), pl.DataFrame(schema=REJECTS))
