"""Periods and grains: calendar arithmetic, with no clock in it."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Grain(StrEnum):
    """How long one bucket of time is, from the finest to the coarsest."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def offset(self) -> str:
        """The length of one bucket, as Polars writes durations."""
        return {"day": "1d", "week": "1w", "month": "1mo", "quarter": "3mo", "year": "1y"}[self.value]

    def is_finer_than(self, other: "Grain") -> bool:
        """Whether one bucket of this grain is shorter than one of the other."""
        order = list(Grain)
        return order.index(self) < order.index(other)


@dataclass(frozen=True, order=True)
class Period:
    """The dates from `start` through `end`, both included."""

    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"

    def overlap(self, other: "Period") -> "Period | None":
        """The days that both hold, or None where they share none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start <= end else None

    def holds(self, other: "Period") -> bool:
        """Whether it holds every day that the other does."""
        return self.start <= other.start and other.end <= self.end

    def whole_months(self) -> "Period":
        """The smallest period of whole months around it."""
        return Period(first_of_month(self.start), last_of_month(self.end))

    def before(self) -> "Period":
        """The period of equal length just before; whole months stay whole months."""
        if self == self.whole_months():
            return Period(add_months(self.start, -months_between(self.start, self.end) - 1), yesterday(self.start))
        return Period(self.start - dt.timedelta(days=self.days), yesterday(self.start))

    def year_before(self) -> "Period":
        """The same dates one year earlier; whole months stay whole months."""
        whole = self == self.whole_months()
        end = add_months(self.end, -12)
        return Period(add_months(self.start, -12), last_of_month(end) if whole else end)


def yesterday(day: dt.date) -> dt.date:
    """The day before."""
    return day - dt.timedelta(days=1)


def first_of_month(day: dt.date) -> dt.date:
    """The first day of the month that the day lies in."""
    return day.replace(day=1)


def last_of_month(day: dt.date) -> dt.date:
    """The last day of the month that the day lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month, `months` later; the month's last day where it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(start: dt.date, end: dt.date) -> int:
    """How many calendar months lie between the months of the two days."""
    return (end.year - start.year) * 12 + end.month - start.month


def in_words(months: Iterable[dt.date]) -> str:
    """Months as people say them: '2025-01 to 2025-03 and 2025-05'. Each is given by its first day."""
    runs: list[list[dt.date]] = []
    for month in sorted(set(months)):
        if runs and add_months(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    said = [f"{run[0]:%Y-%m}" if len(run) == 1 else f"{run[0]:%Y-%m} to {run[-1]:%Y-%m}" for run in runs]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}" if said else ""
