"""Cells of text -> values of a declared kind: numbers, dates and names as people write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from bedrot_graph.lake.dataset import Column, Kind

MONEY = pl.Decimal(38, 12)
LARGEST = 10**12
"""No cell of a label's data is larger; sums of what is smaller cannot overflow."""

# A spreadsheet's "1.2E+05" has lost digits, so it is no number; "8.1e-06", as pandas writes small ones, is.
_ROUNDED = r"(?i)\de\+?\d"
_DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%Y%m%d",
)
_MONTH_FORMATS = ("%Y-%m-%d", "%Y/%m-%d", "%m/%Y-%d", "%b %Y-%d", "%B %Y-%d", "%b-%y-%d")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


@dataclass(frozen=True)
class Values:
    """One column, converted: null where the cell was empty or could not be read."""

    values: pl.Series
    unreadable: pl.Series
    """True where the cell held something that is no value of its kind."""
    is_ambiguous: bool = field(default=False)
    """Dates that could be read in two ways throughout."""


def convert(column: Column, cells: pl.Series, *, has_decimal_comma: bool = False) -> Values:
    """The cells (stripped, "" where empty) as values of the column's kind."""
    is_ambiguous = False
    match column.kind:
        case Kind.DECIMAL:
            values = _decimals(cells, has_decimal_comma)
        case Kind.INTEGER:
            values = _integers(cells, has_decimal_comma)
        case Kind.DATE:
            values, is_ambiguous = _dates(cells)
        case Kind.MONTH:
            values, is_ambiguous = _months(cells)
        case Kind.CODE:
            values = _none_if_empty(cells.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", ""))
        case Kind.UPC:
            values = _upcs(cells)
        case Kind.TEXT | Kind.NAME | Kind.ARTIST:
            values = _none_if_empty(cells)
    if column.kind in {Kind.CODE, Kind.UPC}:
        return Values(values, pl.repeat(value=False, n=cells.len(), eager=True))
    unreadable = (cells != "") & values.is_null()
    return Values(values, unreadable, is_ambiguous)


def shows_decimal_comma(cells: pl.Series) -> bool:
    """Whether a column of amounts shows that its comma is a decimal point: '0,5', '1.234,56', '0,1234'.

    A '1,234' alone shows nothing, and a '1,234.5' anywhere shows the opposite.
    """
    text = cells.filter(cells.str.contains(",", literal=True))
    shows_comma = text.str.contains(r"\d,(?:\d{1,2}|\d{4,})\)?$|\.\d{3},|^[^1-9]*0,\d+\)?$")
    shows_point = text.str.contains(r",\d{3}\.|,\d{3},")
    return bool(shows_comma.any()) and not bool(shows_point.any())


def _none_if_empty(texts: pl.Series) -> pl.Series:
    return texts.set(texts == "", None)


def _decimals(cells: pl.Series, has_decimal_comma: bool) -> pl.Series:
    def from_odd(odd: pl.Series) -> pl.Series:
        return _plain_numbers(odd, has_decimal_comma).cast(MONEY, strict=False)

    is_plain = ~cells.str.contains(".", literal=True) if has_decimal_comma else None
    return _patched(cells, cells.cast(MONEY, strict=False), from_odd, is_plain)


def _integers(cells: pl.Series, has_decimal_comma: bool) -> pl.Series:
    def from_odd(odd: pl.Series) -> pl.Series:
        decimals = _plain_numbers(odd, has_decimal_comma).cast(MONEY, strict=False)
        whole = decimals.cast(pl.Int64, strict=False)
        # '1.000' (or '1,000' beside decimal commas) may be one or a thousand; an exponent has lost digits.
        is_unclear = odd.str.contains(r",\d{3}$|(?i)e" if has_decimal_comma else r"\.\d{3}$|(?i)e")
        return whole.set((whole.cast(MONEY) != decimals) | is_unclear, None)

    return _patched(cells, cells.cast(pl.Int64, strict=False), from_odd)


def _patched(
    cells: pl.Series,
    direct: pl.Series,
    from_odd: Callable[[pl.Series], pl.Series],
    is_plain: pl.Series | None = None,
) -> pl.Series:
    """The direct conversion, and the long way only for the cells it could not read, or that are not plain."""
    is_odd = direct.is_null() & (cells != "")
    if is_plain is not None:
        is_odd |= ~is_plain
    values = direct.set(cells.str.contains(_ROUNDED), None)
    if is_odd.any():
        values = values.scatter(is_odd.arg_true(), from_odd(cells.filter(is_odd)))
    return values.set(values.abs() > LARGEST, None)


def _plain_numbers(odd: pl.Series, has_decimal_comma: bool) -> pl.Series:
    """'$1,234.56', '(12.30)', '1.234,56' -> '1234.56', '-12.30', '1234.56'; what stays unclear becomes null."""
    text = (
        odd.str.replace_all("\u2212", "-")
        .str.replace_all(r"(?i)US\$|\$|\bUSD\b", "")
        .str.replace_all(r"(\d)[\s\u00a0\u202f'](\d{3})\b", "$1$2")
        .str.replace_all(r"[\s\u00a0\u202f]", "")
        .str.replace(r"^\((.*)\)$", "-$1")
    )
    thousands, point = (".", ",") if has_decimal_comma else (",", ".")
    groups = re.escape(thousands)
    is_grouped = text.str.contains(rf"^[+-]?\d{{1,3}}(?:{groups}\d{{3}})+(?:{re.escape(point)}\d*)?$")
    clear = text.set(text.str.contains(thousands, literal=True) & ~is_grouped, None)
    return clear.str.replace_all(thousands, "", literal=True).str.replace(point, ".", literal=True)


def _dates(cells: pl.Series) -> tuple[pl.Series, bool]:
    direct = cells.str.to_date("%Y-%m-%d", strict=False)
    is_odd = direct.is_null() & (cells != "")
    if not is_odd.any():
        return _plausible(direct), False
    odd, is_ambiguous = _odd_dates(cells.filter(is_odd))
    return _plausible(direct.scatter(is_odd.arg_true(), odd)), is_ambiguous


def _odd_dates(cells: pl.Series) -> tuple[pl.Series, bool]:
    text = cells.str.replace(r"[T ]\d{1,2}:\d{2}.*$", "")
    slashed = text.str.contains(r"^\d{1,2}/\d{1,2}/\d{2,4}$")
    day_first = bool(text.str.contains(r"^(?:1[3-9]|[23]\d)/").any())
    day_second = bool(text.str.contains(r"^\d{1,2}/(?:1[3-9]|[23]\d)/").any())
    slash = "%d/%m/" if day_first and not day_second else "%m/%d/"
    short_year = text.str.contains(r"/\d{2}$")
    dates = _first_that_fits(text, _DATE_FORMATS)
    with_slash = text.str.to_date(f"{slash}%Y", strict=False).zip_with(
        ~short_year, text.str.to_date(f"{slash}%y", strict=False)
    )
    return with_slash.zip_with(slashed, dates), bool(slashed.any()) and not (day_first or day_second)


def _months(cells: pl.Series) -> tuple[pl.Series, bool]:
    months = (cells + "-01").str.to_date("%Y-%m-%d", strict=False)
    is_odd = months.is_null() & (cells != "")
    if not is_odd.any():
        return _plausible(months), False
    odd = cells.filter(is_odd)
    dates, is_ambiguous = _odd_dates(odd)
    found = dates.zip_with(dates.is_not_null(), _first_that_fits(odd + "-01", _MONTH_FORMATS)).dt.month_start()
    return _plausible(months.scatter(is_odd.arg_true(), found)), is_ambiguous


def _first_that_fits(text: pl.Series, formats: tuple[str, ...]) -> pl.Series:
    return (
        text.to_frame("text")
        .select(pl.coalesce(_if_plausible(pl.col("text").str.to_date(form, strict=False)) for form in formats))
        .to_series()
    )


def _if_plausible(date: pl.Expr) -> pl.Expr:
    return pl.when(date.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)).then(date)


def _plausible(dates: pl.Series) -> pl.Series:
    return dates.set(~dates.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR), None)


def _upcs(cells: pl.Series) -> pl.Series:
    """Twelve digits again where a spreadsheet dropped the leading zeros; thirteen where an EAN has them."""
    digits = cells.str.replace_all(r"\D", "").str.strip_chars_start("0")
    whole = digits.str.zfill(12).set(cells.str.contains(r"[.,eE]"), None)
    return whole.set(digits == "", None)
