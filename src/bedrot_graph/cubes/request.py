"""What was asked of a cube, as plain values; equal requests have equal answers."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bedrot_graph.errors import InvalidPeriod, TooManyValues
from bedrot_graph.periods import Grain, Period, add_months, first_of_month, last_of_month


class Comparison(StrEnum):
    """What an answer is held against."""

    PREVIOUS_PERIOD = "previous_period"
    PREVIOUS_YEAR = "previous_year"


@dataclass(frozen=True)
class Filter:
    """Rows whose dimension is any of the values; none of them, where there are no values."""

    dimension: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.values) > MOST_VALUES:
            raise TooManyValues(len(self.values), MOST_VALUES)


@dataclass(frozen=True)
class Span:
    """A period as it was asked: exact dates, or the last days or months that have data. One of the three."""

    dates: Period | None = None
    last_days: int | None = None
    last_months: int | None = None

    def __post_init__(self) -> None:
        if self.dates and self.dates.start > self.dates.end:
            raise InvalidPeriod.backwards(self.dates)
        if self.dates and (self.dates.start.year < FIRST_YEAR or self.dates.end.year > LAST_YEAR):
            raise InvalidPeriod.out_of_time(self.dates, FIRST_YEAR, LAST_YEAR)
        for name, count in (("lastDays", self.last_days), ("lastMonths", self.last_months)):
            if count is not None and not 1 <= count <= LONGEST_SPAN:
                raise InvalidPeriod.out_of_range(name, count, LONGEST_SPAN)

    def ending_at(self, newest: dt.date) -> Period:
        """The period that is meant, where `newest` is the last date that has data."""
        if self.dates:
            return self.dates
        if self.last_days is not None:
            return Period(newest - dt.timedelta(days=self.last_days - 1), newest)
        months = self.last_months or 1
        return Period(add_months(first_of_month(newest), 1 - months), last_of_month(newest))


MOST_VALUES = 1000
"""Of one filter."""
LONGEST_SPAN = 5000
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Far enough from the ends of the calendar that what lies before a period is a date too."""


@dataclass(frozen=True)
class Order:
    """By what the groups are sorted; nulls always come last."""

    field: str
    is_descending: bool = False


@dataclass(frozen=True)
class Request:
    """A question to a cube. The page is not part of it: all pages are cut from one answer."""

    where: tuple[Filter, ...] = ()
    period: Span | None = None
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    compare: Comparison | None = None
    order_by: tuple[Order, ...] = ()
    as_of: dt.date | None = None
    options: tuple[tuple[str, str], ...] = ()
    """The cube's own arguments by name, sorted."""
    measures: tuple[str, ...] = ()
    """The measures to compute, sorted; what is not asked for is not computed."""
    wants_complete: bool = False
    """Whether to say of each node if it is complete."""
    growth_of: tuple[str, ...] = ()
    """The measures, sorted, whose relative change is asked for."""

    @property
    def is_timed(self) -> bool:
        """Whether it asks about time, which rows without a date say nothing of."""
        return self.period is not None or self.grain is not None

    @property
    def computed(self) -> frozenset[str]:
        """Every measure that the answer needs, shown or not."""
        ordered = {order.field for order in self.order_by}
        return frozenset(self.measures) | frozenset(self.growth_of) | ordered
