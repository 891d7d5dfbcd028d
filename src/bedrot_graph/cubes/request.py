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
class Shown:
    """What is looked at of nodes: of the groups, or of the total. What is not looked at is not computed."""

    fields: tuple[str, ...] = ()
    """Of those that tell what a node is about, `date` included, also on the nodes they are compared with; sorted."""
    measures: tuple[str, ...] = ()
    """Sorted, as all that follow."""
    previous: tuple[str, ...] | None = None
    """The measures of the nodes that they are compared with; None where nobody looks at these nodes."""
    growth_of: tuple[str, ...] = ()
    """The measures whose relative change is looked at."""
    complete: bool = False
    """Whether to say of each node if it is complete."""

    @property
    def has_values(self) -> bool:
        """Whether anything of the nodes is looked at, other than how many there are."""
        return self != Shown()

    def and_of(self, other: "Shown | None") -> "Shown":
        """What either looks at."""
        if other is None:
            return self
        before = None if self.previous is None and other.previous is None else _both(self.previous, other.previous)
        return Shown(
            fields=_both(self.fields, other.fields),
            measures=_both(self.measures, other.measures),
            previous=before,
            growth_of=_both(self.growth_of, other.growth_of),
            complete=self.complete or other.complete,
        )


def _both(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(sorted({*(some or ()), *(others or ())}))


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
    groups: Shown | None = None
    """What is looked at of the groups; None where not even their number is."""
    total: Shown | None = None
    """What is looked at of the total; None where nothing is."""

    @property
    def is_timed(self) -> bool:
        """Whether it asks about time, which rows without a date say nothing of."""
        return self.period is not None or self.grain is not None

    @property
    def computed(self) -> frozenset[str]:
        """Every measure that the answer needs, shown or not."""
        shown = self._shown
        named = {name for each in shown for name in each.measures}
        if self.compare:
            named |= {name for each in shown for name in (*(each.previous or ()), *each.growth_of)}
        return frozenset(named | {order.field for order in self.order_by})

    @property
    def selected(self) -> frozenset[str]:
        """Every measure that is looked at, as a number or as its change."""
        named = ((*each.measures, *(each.previous or ()), *each.growth_of) for each in self._shown)
        return frozenset(name for names in named for name in names)

    @property
    def growth_of(self) -> frozenset[str]:
        """The measures whose relative change the answer tells, of whichever nodes."""
        return frozenset(name for each in self._shown for name in each.growth_of) if self.compare else frozenset()

    @property
    def _shown(self) -> list[Shown]:
        return [each for each in (self.groups, self.total) if each]
