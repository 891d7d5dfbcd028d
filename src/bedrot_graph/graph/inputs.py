"""The grammar's arguments that no cube needs a type of its own for: periods, filters, grains, directions."""

import datetime as dt
from enum import Enum

import strawberry
from strawberry import UNSET

from bedrot_graph.cubes.request import Comparison, Filter, Span
from bedrot_graph.graph.fields import enum_type, field
from bedrot_graph.periods import Grain, Period

enum_type(
    Grain,
    "Grain",
    "How long one bucket of time is. Statements know nothing finer than MONTH.",
    {
        "DAY": "One calendar day.",
        "WEEK": "Seven days, from Monday through Sunday.",
        "MONTH": "One calendar month.",
        "QUARTER": "Three calendar months, from January, April, July or October on.",
        "YEAR": "One calendar year.",
    },
)
enum_type(
    Comparison,
    "Comparison",
    "What an answer is held against: the time just before, or the same time a year before.",
    {
        "PREVIOUS_PERIOD": "The time just before.",
        "PREVIOUS_YEAR": "The same time a year before.",
    },
)


@strawberry.enum(description="Which end comes first; nulls come last either way.")
class Direction(Enum):
    """The direction of an order."""

    ASC = strawberry.enum_value("ASC", description="The smallest, the earliest, or the first of the alphabet.")
    DESC = strawberry.enum_value("DESC", description="The largest, the latest, or the last of the alphabet.")


@strawberry.input(description="The dates from one day through another, both included.")
class DateRange:
    """Exact dates."""

    start: dt.date = field("The first day, included.", name="from")
    end: dt.date = field("The last day, included.", name="to")


@strawberry.input(
    name="Period",
    one_of=True,
    description="A stretch of time: exact dates, or the last days or months that have data. "
    "`lastDays` and `lastMonths` end at the newest day or month the asked data holds, not at today.",
)
class PeriodInput:
    """What `Span` is asked as."""

    dates: DateRange | None = strawberry.field(default=UNSET, description="From one day through another.")
    last_days: int | None = strawberry.field(default=UNSET, description="So many days up to the newest with data.")
    last_months: int | None = strawberry.field(
        default=UNSET, description="So many whole months up to the newest with data, that one included even if open."
    )

    def as_span(self) -> Span:
        """The span it stands for. Raises InvalidPeriod."""
        return Span(
            dates=Period(self.dates.start, self.dates.end) if self.dates else None,
            last_days=_given(self.last_days),
            last_months=_given(self.last_months),
        )


@strawberry.input(
    description="A condition on a text: one value, any of a list, or both at once. Case is ignored, and any spelling "
    "of an artist or platform is taken. Absent or null filters nothing; an empty list lets nothing through."
)
class TextFilter:
    """One filter's operators."""

    eq: str | None = strawberry.field(default=UNSET, description="The one value it must have.")
    in_: list[str] | None = strawberry.field(default=UNSET, name="in", description="The values it may have.")

    def as_filters(self, dimension: str) -> list[Filter]:
        """The filters it stands for; both operators must hold where both are given."""
        filters = [Filter(dimension, (self.eq,))] if isinstance(self.eq, str) else []
        return [*filters, Filter(dimension, tuple(self.in_))] if isinstance(self.in_, list) else filters


def _given(value: int | None) -> int | None:
    return value if isinstance(value, int) else None
