"""The rows of a table, wherever they are: a frame in memory, or a copy on disk that is scanned."""

import datetime as dt
from dataclasses import dataclass, field

import polars as pl
from polars import selectors

from bedrot_graph.lake.engine import collect

MANY = 200_000
"""From so many rows on a dataset is large: what is made of its lines is not held beside them, and a typed copy of
them is kept on disk. Fewer are read in less time than a process takes to start."""


@dataclass(frozen=True)
class Facts:
    """What is known of rows without looking at them."""

    height: int
    null_counts: dict[str, int]
    spans: dict[str, tuple[dt.date, dt.date]]
    """The first and the last of each column of dates that has any."""
    texts: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    """Every text of columns that have a few, where somebody has looked."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one table."""

    encoded: pl.LazyFrame
    """As they are held: texts may be categorical, which is quick to compare and to group by. Others cannot do
    anything with them before they are texts."""
    schema: pl.Schema
    facts: Facts
    are_few: bool
    """Whether what is made of every row may be remembered beside them."""
    is_encoded: bool = False

    @classmethod
    def held(cls, frame: pl.DataFrame) -> "Rows":
        """The rows of a frame as it is."""
        is_encoded = any(dtype == pl.Categorical for dtype in frame.dtypes)
        are_few = frame.height < MANY
        return cls(frame.lazy(), frame.schema, facts_of(frame), are_few=are_few, is_encoded=is_encoded)

    @property
    def height(self) -> int:
        """How many there are."""
        return self.facts.height

    def distinct(self, name: str) -> pl.LazyFrame:
        """Each text of a column once, as it is held."""
        known = self.facts.texts.get(name)
        if known is None:
            return self.encoded.select(name).unique()
        return pl.LazyFrame({name: known}, {name: pl.String}).cast({name: self.schema[name]})

    def lazy(self) -> pl.LazyFrame:
        """The rows, text as text."""
        return texts(self.encoded) if self.is_encoded else self.encoded

    def __getitem__(self, name: str) -> pl.Series:
        """One column, text as text."""
        return collect(self.lazy().select(name))[0].to_series()


def texts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with all text as text, however it is held."""
    return rows.with_columns(selectors.categorical().cast(pl.String))


def with_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """The same of a frame. Column by column: of few rows, planning it takes longer than to do it."""
    return pl.DataFrame(
        [each.cast(pl.String) if each.dtype == pl.Categorical else each for each in rows.iter_columns()]
    )


MOST_TEXTS = 500
"""Stores and countries are fewer, titles are more."""


def texts_of(frame: pl.DataFrame) -> dict[str, tuple[str | None, ...]]:
    """Every text of each column that has a few: what grouping by it would give."""
    found = {each.name: each.unique().cast(pl.String) for each in frame.select(selectors.categorical()).iter_columns()}
    return {name: tuple(values) for name, values in found.items() if values.len() <= MOST_TEXTS}


def facts_of(frame: pl.DataFrame) -> Facts:
    """What is known of the rows of a frame."""
    dates = frame.select(selectors.date())
    ends = {each.name: (each.min(), each.max()) for each in dates.iter_columns()}
    spans = {
        name: (first, last)
        for name, (first, last) in ends.items()
        if isinstance(first, dt.date) and isinstance(last, dt.date)
    }
    return Facts(frame.height, frame.null_count().row(0, named=True), spans)
