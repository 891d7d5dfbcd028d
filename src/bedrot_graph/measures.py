"""What a number means: declared once, beside its calculation, and given out everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.limitations import Limitation


class Unit(StrEnum):
    """What a number counts."""

    USD = "USD"
    USD_PER_STREAM = "USD_PER_STREAM"
    USD_PER_CLICK = "USD_PER_CLICK"
    USD_PER_THOUSAND = "USD_PER_THOUSAND"
    USD_PER_CONVERSION = "USD_PER_CONVERSION"
    STREAMS = "STREAMS"
    COUNT = "COUNT"
    DAYS = "DAYS"
    MONTHS = "MONTHS"
    RATIO = "RATIO"
    PEOPLE = "PEOPLE"

    @property
    def is_money(self) -> bool:
        """Whether it is exact to twelve places."""
        return self.value.startswith("USD")


class Additivity(StrEnum):
    """Whether the parts of a number may be added up to the whole."""

    ADDITIVE = "ADDITIVE"  # over any dimension
    SEMI_ADDITIVE = "SEMI_ADDITIVE"  # not over time
    NON_ADDITIVE = "NON_ADDITIVE"


@dataclass(frozen=True)
class Sum:
    """The sum of a column; rows without a value do not count."""

    column: str
    beside: str = ""
    """Whose rows are summed: the cube's own, or those of this name that stand beside them."""


@dataclass(frozen=True)
class Count:
    """How many rows there are."""


@dataclass(frozen=True)
class DistinctCount:
    """How many different values a column has."""

    column: str


@dataclass(frozen=True)
class Only:
    """What the group's one row has in a column; null where there are several rows, as people cannot be added up."""

    column: str
    of_a_day: bool = False
    """Null as well where a group speaks of more than one day: the one day that is known is not the whole."""


@dataclass(frozen=True)
class Last:
    """The newest value that each `per` has in a column, added up over them: a count that goes on, such as followers."""

    column: str
    per: str


Aggregate = Sum | Count | DistinctCount | Only | Last


@dataclass(frozen=True)
class Quotient:
    """One term `per` so many of a sum, of a count or of a constant; null where the denominator is not positive."""

    numerator: "Term"
    denominator: Sum | Count | DistinctCount | int
    per: int = 1


@dataclass(frozen=True)
class Difference:
    """One term less another; null where either is."""

    minuend: "Term"
    subtrahend: "Term"


Term = Sum | Quotient | Difference


@dataclass(frozen=True)
class ShareOfTotal:
    """A group's sum over the whole answer's; null where the whole is not positive."""

    part: Sum


@dataclass(frozen=True)
class Composition:
    """Computed by a pipeline of its own, as the method says; no cube reduces it."""


Formula = Aggregate | Quotient | Difference | ShareOfTotal | Composition


@dataclass(frozen=True)
class Measure:
    """A number: what it means, how it is computed and from what."""

    name: str
    meaning: str
    method: str
    unit: Unit
    additivity: Additivity
    sources: tuple[Dataset, ...]
    formula: Formula
    caveats: tuple[Limitation, ...] = ()

    @property
    def limitations(self) -> tuple[Limitation, ...]:
        """What the number cannot tell: its own caveats and the standing limitations of its sources."""
        inherited = [limitation for source in self.sources for limitation in source.limitations]
        return tuple(dict.fromkeys([*self.caveats, *inherited]))

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What has to be reduced from rows to compute it."""
        return tuple(dict.fromkeys(_aggregates(self.formula)))

    @cached_property
    def is_beside(self) -> bool:
        """Whether it is made from rows that stand beside a cube's own."""
        return any(isinstance(each, Sum) and each.beside for each in self.aggregates)

    @property
    def description(self) -> str:
        """The text for people who meet the number in the explorer."""
        sources = ", ".join(source.name for source in self.sources)
        parts = [self.meaning, f"Method: {self.method}", f"Unit: {self.unit}. {_ADDITIVITY[self.additivity]}"]
        parts += [f"Source: {sources}."] if sources else []
        parts += [f"{limitation.code}: {limitation.text}" for limitation in self.limitations]
        return "\n\n".join(parts)


def _aggregates(formula: Formula) -> Iterator[Aggregate]:
    match formula:
        case Sum() | Count() | DistinctCount() | Only() | Last() as aggregate:
            yield aggregate
        case Quotient(numerator, denominator):
            yield from _aggregates(numerator)
            if not isinstance(denominator, int):
                yield denominator
        case Difference(minuend, subtrahend):
            yield from _aggregates(minuend)
            yield from _aggregates(subtrahend)
        case ShareOfTotal(part):
            yield part
        case Composition():
            pass


_ADDITIVITY = {
    Additivity.ADDITIVE: "Parts add up to the whole.",
    Additivity.SEMI_ADDITIVE: "Parts add up to the whole, but not over time.",
    Additivity.NON_ADDITIVE: "Parts do not add up: it is computed anew at every level.",
}
