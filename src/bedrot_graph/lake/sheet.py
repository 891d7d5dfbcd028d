"""A file as rows of text cells, each with the line it stands on: what every kind of file is read into first."""

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

REJECTS = pl.Schema({"line": pl.UInt32, "reason": pl.String})


@dataclass(frozen=True)
class Sheet:
    """The cells of one file.

    `cells`: `line` (from 1, as editors count; in Parquet the row), and one text column per header, `cell_0` on,
    as the file has it. `rejects`: line and reason of what is no row.
    """

    headers: tuple[str, ...]
    cells: pl.DataFrame
    rejects: pl.DataFrame
    is_unfinished: bool = False
    """The last line has no line end: the file may still be being written, or was cut off."""
    lines: int = 0
    """How many lines of text it stands on."""


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """A header without case, blanks and punctuation: 'Earnings (USD)' and 'earnings_usd' are one."""
    return re.sub(r"[\W_]+", "", text).casefold()


def cell_names(width: int) -> list[str]:
    """The names of so many columns of cells."""
    return [f"cell_{place}" for place in range(width)]
