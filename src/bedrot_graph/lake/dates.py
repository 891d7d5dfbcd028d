"""Dates and months as people write them; what is no date between 1990 and 2100 is null."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
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
# Each is tried on the text with a year behind it.
_DAY_FORMATS = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y")
# A month is read as its first day: each is tried on the text with "-01" behind it.
_MONTH_FORMATS = ("%Y/%m-%d", "%m/%Y-%d", "%b %Y-%d", "%B %Y-%d", "%b-%y-%d", "%Y%m-%d")
_SLASHED = r"^\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?:\D|$)"
_OVER_12 = r"(?:1[3-9]|2\d|3[01])"


@dataclass(frozen=True)
class SlashOrder:
    """Whether 03/04/2025 is in April or in March, as a file's own dates show."""

    is_day_first: bool = False
    is_certain: bool = False
    """Days above 12 show it."""
    is_mixed: bool = False
    """Some show the one, and some the other."""


def slash_order(columns: Iterable[pl.Series]) -> SlashOrder:
    """What the dates of a file show; where they disagree most of them decide, where nothing does it is month first."""
    texts = pl.concat([pl.Series(dtype=pl.String), *columns])
    if not texts.str.contains("/", literal=True).any():
        return SlashOrder()
    day_first = int(texts.str.contains(rf"^{_OVER_12}/\d{{1,2}}/").sum())
    month_first = int(texts.str.contains(rf"^\d{{1,2}}/{_OVER_12}/").sum())
    is_mixed = bool(day_first and month_first)
    return SlashOrder(day_first > month_first, is_certain=day_first != month_first, is_mixed=is_mixed)


def has_slashes(texts: pl.Series) -> bool:
    """Whether any of them needs the order to be known."""
    return bool(texts.str.contains(_SLASHED).any())


def dates(texts: pl.Series, *, is_day_first: bool, since: dt.date | None = None) -> pl.Series:
    """Texts (stripped, "" where empty) as dates; a time of day is left out.

    'May 28' is the first one from `since` on; without it, it is no date.
    """
    direct = _plausible(texts.str.to_date("%Y-%m-%d", strict=False))
    if not direct.null_count():
        return direct
    is_odd = direct.is_null() & (texts != "")
    if not is_odd.any():
        return direct
    odd = texts.filter(is_odd)
    found = _odd_dates(odd, is_day_first=is_day_first)
    if since:
        found = found.zip_with(found.is_not_null(), _days_of_a_year(odd, since))
    return direct.scatter(is_odd.arg_true(), found)


def months(texts: pl.Series, *, is_day_first: bool) -> pl.Series:
    """Texts (stripped, "" where empty), months or full dates, as the first day of the month."""
    direct = _plausible((texts + "-01").str.to_date("%Y-%m-%d", strict=False))
    is_odd = direct.is_null() & (texts != "")
    if not is_odd.any():
        return direct
    odd = texts.filter(is_odd)
    full_dates = _odd_dates(odd, is_day_first=is_day_first)
    found = full_dates.zip_with(full_dates.is_not_null(), _first_that_fits(odd + "-01", _MONTH_FORMATS))
    return direct.scatter(is_odd.arg_true(), found.dt.month_start())


def _odd_dates(texts: pl.Series, *, is_day_first: bool) -> pl.Series:
    days = texts.str.replace(r"[T ]\d{1,2}:\d{2}.*$", "")
    slashed = "%d/%m/" if is_day_first else "%m/%d/"
    with_slash = _first_that_fits(days, (f"{slashed}%Y", f"{slashed}%y"))
    return with_slash.zip_with(days.str.contains(_SLASHED), _first_that_fits(days, _DATE_FORMATS))


def _days_of_a_year(texts: pl.Series, since: dt.date) -> pl.Series:
    """'May 28' or '28 May' as the first such day from `since` on."""
    same_year = _first_that_fits(texts + f" {since.year}", _DAY_FORMATS)
    next_year = _first_that_fits(texts + f" {since.year + 1}", _DAY_FORMATS)
    return same_year.zip_with((same_year >= since).fill_null(value=False), next_year)


def _first_that_fits(texts: pl.Series, formats: tuple[str, ...]) -> pl.Series:
    found = pl.Series([], dtype=pl.Date).extend_constant(None, texts.len())
    for form in formats:
        found = found.zip_with(found.is_not_null(), _plausible(texts.str.to_date(form, strict=False)))
    return found


def _plausible(found: pl.Series) -> pl.Series:
    return found.set(~found.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR), None)
