"""Amounts and counts as people write them -> exact numbers; what stays unclear is null."""

from collections.abc import Callable, Iterable

import polars as pl

MONEY = pl.Decimal(38, 12)
LARGEST = 10**12
"""No cell of a label's data is larger; sums of what is smaller cannot overflow."""

_SHOWS_DECIMAL_COMMA = r"\d,(?:\d{1,2}|\d{4,})\D*$|\.\d{3}[.,]|^\D*0,\d"
_SHOWS_DECIMAL_POINT = r"\d\.(?:\d{1,2}|\d{4,})\D*$|,\d{3}[.,]|^\D*0\.\d"
# A spreadsheet's "1.2E+05" has lost digits, so it is no number; "8.1e-06", as pandas writes small ones, is.
_ROUNDED = r"\d[eE]\+?\d"


def decimal_marks(columns: Iterable[pl.Series]) -> tuple[int, int]:
    """How many amounts show that a comma is their decimal point ('0,5', '1.234,56', '0,1234'), and how many a point.

    A '1,234' alone shows nothing. Where no amount has a comma, nothing is to be found out. Where some show the one and
    some the other, most of them decide, so that one odd cell cannot change how all others are read.
    """
    amounts = pl.concat([pl.Series(dtype=pl.String), *columns])
    if not has_commas([amounts]):
        return 0, 0
    return _count(amounts, _SHOWS_DECIMAL_COMMA), _count(amounts, _SHOWS_DECIMAL_POINT)


def has_commas(columns: Iterable[pl.Series]) -> bool:
    """Whether any amount has a comma."""
    return any(each.str.contains(",", literal=True).any() for each in columns)


def plain_decimals(texts: pl.Series) -> pl.Series | None:
    """Texts, perhaps with blanks around them, as MONEY; None unless each of them is digits and a point."""
    values = texts.cast(MONEY, strict=False)
    is_plain = not values.null_count() and is_sane(values) and not texts.str.contains("[eE]").any()
    return values if is_plain else None


def decimals(texts: pl.Series, *, has_decimal_comma: bool) -> pl.Series:
    """Texts (stripped, "" where empty) as MONEY."""
    direct = texts.cast(MONEY, strict=False)
    if has_decimal_comma:  # '1.234' is a thousand then
        direct = direct.set(texts.str.contains(".", literal=True), None)

    def from_odd(odd: pl.Series) -> pl.Series:
        return _plain(odd, has_decimal_comma=has_decimal_comma).cast(MONEY, strict=False)

    return _sane(_completed(direct, texts, from_odd).set(texts.str.contains(_ROUNDED), None))


def integers(texts: pl.Series, *, has_decimal_comma: bool) -> pl.Series:
    """Texts (stripped, "" where empty) as whole numbers."""

    def from_odd(odd: pl.Series) -> pl.Series:
        exact = _plain(odd, has_decimal_comma=has_decimal_comma).cast(MONEY, strict=False)
        whole = exact.cast(pl.Int64, strict=False)
        # '1.000' (or '1,000' beside decimal commas) may be one or a thousand; an exponent has lost digits.
        is_unclear = odd.str.contains(r",\d{3}$|[eE]" if has_decimal_comma else r"\.\d{3}$|[eE]")
        return whole.set((whole.cast(MONEY) != exact) | is_unclear, None)

    return _sane(_completed(texts.cast(pl.Int64, strict=False), texts, from_odd))


def is_sane(values: pl.Series) -> bool:
    """Whether no number is larger than any of a label's can be."""
    return bool(values.is_between(-LARGEST, LARGEST).all())


def _count(texts: pl.Series, pattern: str) -> int:
    return int(texts.str.contains(pattern).sum())


def _completed(direct: pl.Series, texts: pl.Series, from_odd: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The direct conversion, and the long way for the cells that it could not read."""
    if not direct.null_count():
        return direct
    is_odd = direct.is_null() & (texts != "")
    return direct.scatter(is_odd.arg_true(), from_odd(texts.filter(is_odd))) if is_odd.any() else direct


def _sane(values: pl.Series) -> pl.Series:
    is_sane = values.is_between(-LARGEST, LARGEST)
    return values if is_sane.all() else values.set(~is_sane, None)


def _plain(odd: pl.Series, *, has_decimal_comma: bool) -> pl.Series:
    """'$1,234.56', '(12.30)', '1 234' -> '1234.56', '-12.30', '1234'; anything else becomes null."""
    parts = odd.str.extract_groups(_pattern(has_decimal_comma=has_decimal_comma)).struct.unnest()
    opened, closed = pl.col("open").is_not_null(), pl.col("close").is_not_null()
    sign = pl.coalesce("sign_before", "sign_after")
    signs = pl.sum_horizontal(pl.col("open", "sign_before", "sign_after").is_not_null())
    minus = pl.when(opened | sign.is_in(["-", "\u2212"])).then(pl.lit("-")).otherwise(pl.lit(""))
    groups = r"[\s'’.]" if has_decimal_comma else r"[\s'’,]"
    number = pl.col("number").str.replace_all(groups, "").str.replace(",", ".", literal=True)
    return parts.select(pl.when(opened == closed, signs <= 1).then(minus + number)).to_series()


def _pattern(*, has_decimal_comma: bool) -> str:
    thousands, point = (r"\.", ",") if has_decimal_comma else (",", r"\.")
    grouped = "|".join(rf"\d{{1,3}}(?:{separator}\d{{3}})+" for separator in (thousands, r"\s", "['’]"))
    number = rf"(?<number>(?:(?:{grouped}|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE]-\d+)?)"
    currency = r"(?i:US\$|USD|\$)?"
    in_front = rf"{currency}\s*(?<open>\()?\s*(?<sign_before>[-+\u2212])?\s*{currency}\s*(?<sign_after>[-+\u2212])?\s*"
    return rf"^{in_front}{number}\s*{currency}\s*(?<close>\))?$"
