"""Cells of text -> values of a declared kind, with a reason where there is none."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bedrot_graph.lake.amounts import (
    MONEY,
    decimal_marks,
    decimals,
    has_commas,
    integers,
    is_sane,
    plain_decimals,
)
from bedrot_graph.lake.dataset import Column, Kind
from bedrot_graph.lake.dates import SlashOrder, dates, has_slashes, months, slash_order

SAMPLE = 10_000
"""So many cells of a column are looked at to see whether they repeat."""
FEW = 2_000
"""So few cells are converted sooner than it is found out whether they repeat."""
LONGEST_SHOWN_CELL = 40
_NOT_A = {
    Kind.DECIMAL: "is not an amount",
    Kind.INTEGER: "is not a whole number",
    Kind.DATE: "is not a date",
    Kind.MONTH: "is not a month",
    Kind.COUNTS: "is not a JSON object of whole numbers",
}
_COUNT = r"""\s*(?:"(?:[^"\\]|\\.)*"|'[^'\\]*')\s*:\s*["']?\d{1,12}(?:\.0+)?["']?\s*"""
_COUNTS = rf"^\{{(?:\s*|{_COUNT}(?:,{_COUNT})*)\}}$"


@dataclass(frozen=True)
class Cells:
    """The cells of one column of a file.

    Where they repeat, as names and dates do, each text is held and converted once: reading takes three quarters
    of the time, and rows that say the same share its memory.
    """

    written: pl.Series
    """Each text once, or that of every row where hardly any comes twice."""
    codes: pl.Series | None
    """Which of the texts each row has; None where they are its own."""

    @classmethod
    def of(cls, rows: pl.Series) -> "Cells":
        """The cells as the file has them, "" where they are empty."""
        if isinstance(rows.dtype, pl.Categorical):
            return cls._coded(rows)
        if rows.len() < FEW:
            return cls(rows, None)
        sample = rows.gather_every(rows.len() // SAMPLE + 1)
        if sample.n_unique() * 2 >= sample.len():
            return cls(rows, None)
        return cls._coded(rows.cast(pl.Categorical(pl.Categories.random())))

    @classmethod
    def _coded(cls, rows: pl.Series) -> "Cells":
        """Of categories that are these cells' own, and all in use. Null is empty."""
        codes = rows.to_physical()
        last = codes.max()
        count = last + 1 if isinstance(last, int) else 0
        texts = pl.int_range(count, dtype=pl.UInt32, eager=True).cat.to(rows.dtype).cast(pl.String)
        if not codes.null_count():
            return cls(texts, codes)
        return cls(texts.append(pl.Series([""])), codes.fill_null(count))

    @cached_property
    def texts(self) -> pl.Series:
        """What is to be converted: the texts without blanks around them."""
        return self.written.str.strip_chars()

    @cached_property
    def amounts(self) -> pl.Series | None:
        """What they are as amounts, where all are written in digits and a point: this is soon found out."""
        return plain_decimals(self.written) if self.codes is None else None

    def spread(self, values: pl.Series) -> pl.Series:
        """A value per row, from a value per text."""
        return values if self.codes is None else values.gather(self.codes)


@dataclass(frozen=True)
class Conventions:
    """How a file writes numbers and dates, as all its cells together show."""

    has_decimal_comma: bool
    slashes: SlashOrder
    since: dt.date | None
    """The first day that it may speak of, where its dates have no year."""
    is_mixed: bool = False
    """Some cells show one way, and some another: most of all of them decide."""


def conventions(cells: Mapping[Column, Cells], since: dt.date | None = None) -> Conventions:
    """The conventions that the cells of these columns show."""
    amounts = [each for column, each in cells.items() if column.kind is Kind.DECIMAL]
    # Those that are plain have no comma; they are heard where others have.
    has_any = has_commas(each.texts for each in amounts if each.amounts is None)
    commas, points = decimal_marks(each.texts for each in amounts) if has_any else (0, 0)
    slashes = slash_order(each.texts for column, each in cells.items() if column.kind in {Kind.DATE, Kind.MONTH})
    is_mixed = bool(commas and points) or slashes.is_mixed
    return Conventions(commas > points, slashes, since, is_mixed)


@dataclass(frozen=True)
class Converted:
    """One column, a value or null per row."""

    values: pl.Series
    problems: pl.Series | None
    """What is wrong in each row, null where nothing is; None where nothing is wrong in any."""
    is_ambiguous: bool
    """It holds dates that could be read in two ways."""


def convert(column: Column, cells: Cells, written: Conventions, *, encodes: bool = False) -> Converted:
    """The cells as values of the column's kind; texts as categories where it `encodes`."""
    amounts = cells.amounts if column.kind is Kind.DECIMAL and not written.has_decimal_comma else None
    values = _values(column, cells.texts, written) if amounts is None else amounts
    problems = _problems(column, cells, values)
    if encodes and values.dtype == pl.String:
        values = values.cast(pl.Categorical)
    is_date = column.kind in {Kind.DATE, Kind.MONTH}
    return Converted(
        values=cells.spread(values).alias(column.name),
        problems=None if problems is None else cells.spread(problems),
        is_ambiguous=is_date and not written.slashes.is_certain and has_slashes(cells.texts),
    )


class NotPlainError(Exception):
    """Cells that were read as numbers have to be looked at as text, so that it is told what is wrong with them."""


def as_counts(column: Column, numbers: pl.Series) -> pl.Series:
    """Whole numbers as values of the column. Raises NotPlainError where not all of them are."""
    if (column.filled and numbers.null_count()) or _is_beyond(column, numbers) or not is_sane(numbers):
        raise NotPlainError
    return numbers.alias(column.name)


def without_blanks(rows: pl.Series, blank: str | None) -> pl.Series:
    """The cells, those in which something stands instead of nothing emptied."""
    return rows.set(rows.str.contains(rf"^\s*(?:{blank})\s*$"), "") if blank else rows


def dtype_of(kind: Kind) -> pl.DataType:
    """The Polars type that a column of the kind is held in."""
    match kind:
        case Kind.DECIMAL:
            return MONEY
        case Kind.INTEGER:
            return pl.Int64()
        case Kind.DATE | Kind.MONTH:
            return pl.Date()
        case _:
            return pl.String()


def _values(column: Column, texts: pl.Series, written: Conventions) -> pl.Series:
    if column.unit == "PERCENT":  # '80%', as spreadsheets save a column of shares
        texts = texts.str.replace(r"\s*%$", "")
    match column.kind:
        case Kind.DECIMAL:
            values = decimals(texts, has_decimal_comma=written.has_decimal_comma)
        case Kind.INTEGER:
            values = integers(texts, has_decimal_comma=written.has_decimal_comma)
        case Kind.DATE:
            values = dates(texts, is_day_first=written.slashes.is_day_first, since=written.since)
        case Kind.MONTH:
            values = months(texts, is_day_first=written.slashes.is_day_first)
        case Kind.CODE:
            values = _none_if_empty(texts.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", ""))
        case Kind.UPC:
            values = _upcs(texts)
        case Kind.ID:
            values = _none_if_empty(texts).set(texts.str.contains(_ROUNDED_ID), None)
        case Kind.COUNTS:
            values = _none_if_empty(texts).set(~texts.str.contains(_COUNTS), None)
        case _:
            values = _none_if_empty(texts)
    return values


def _none_if_empty(texts: pl.Series) -> pl.Series:
    return texts.set(texts == "", None)


def _is_beyond(column: Column, values: pl.Series) -> bool:
    """Whether any value is below or above what the column may hold."""
    is_below = column.minimum is not None and bool((values < column.minimum).any())
    return is_below or (column.maximum is not None and bool((values > column.maximum).any()))


_ROUNDED_ID = r"^\d+(?:[.,]\d*)?[eE]\+?\d+$|^\d+[.,]\d*$"
"""'1.2E+17', as a spreadsheet writes an id of 18 digits, or '120211180000000144.0': the last digits are lost."""


def _upcs(texts: pl.Series) -> pl.Series:
    """Twelve digits again where a spreadsheet dropped the leading zeros; thirteen where an EAN has them."""
    whole = texts.str.replace(r"\.0+$", "")  # as pandas writes a column of numbers with a gap in it
    digits = whole.str.replace_all(r"\D", "").str.strip_chars_start("0")
    return digits.str.zfill(12).set(whole.str.contains(r"[.,eE]") | (digits == ""), None)


def _problems(column: Column, cells: Cells, values: pl.Series) -> pl.Series | None:
    """What is wrong with each text; None where nothing is with any."""
    if not values.null_count() and not _is_beyond(column, values):  # so it is with most columns, and this is quick
        return None
    value, is_unreadable = pl.col("value"), pl.col("value").is_null() & (pl.col("text") != "")
    shown = pl.concat_str(pl.lit(f"{column.name} '"), pl.col("text").str.slice(0, LONGEST_SHOWN_CELL), pl.lit("' "))
    wrong: list[tuple[pl.Expr, pl.Expr]] = []
    if column.kind in _NOT_A:
        wrong.append((is_unreadable, shown + _NOT_A[column.kind]))
    if column.filled and column.kind is Kind.ID:
        wrong.append((is_unreadable, shown + "is a rounded number, and no id any more"))
    if column.filled:
        wrong.append((pl.col("text") == "", pl.lit(f"{column.name} is empty")))
    if column.minimum is not None:
        wrong.append((value < column.minimum, shown + f"is below {column.minimum}"))
    if column.maximum is not None:
        wrong.append((value > column.maximum, shown + f"is above {column.maximum}"))
    looked_at = pl.DataFrame({"text": cells.texts, "value": values})
    if not wrong or not looked_at.select(pl.any_horizontal(is_wrong for is_wrong, _ in wrong).any()).item():
        return None
    return looked_at.select(pl.coalesce(pl.when(is_wrong).then(reason) for is_wrong, reason in wrong)).to_series()
