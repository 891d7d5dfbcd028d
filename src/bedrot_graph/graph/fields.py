"""Fields that carry their meaning: a measure is declared once, and its field tells it everywhere."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import EnumType
from typing import Any

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from bedrot_graph.cubes.cube import Cube
from bedrot_graph.graph.directives import ROW, Cost, ListSize, items
from bedrot_graph.measures import Additivity, Measure, Unit
from bedrot_graph.periods import Period

MEASURE = "measure"
"""The key of a field's metadata under which its measure stands."""

COLUMN = "column"
"""The key of a field's metadata under which stands, for a field with arguments: the way to the column that it shows."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="lineage",
    description="Where a number comes from and what it cannot tell.",
)
class Lineage:
    """The directive that shows a measure in `schema.graphql`."""

    method: str
    unit: str
    additivity: str
    datasets: list[str]
    limitations: list[str]


def field(description: str, name: str | None = None, assumed_size: int | None = None) -> Any:  # noqa: ANN401
    """A field with a description; `strawberry.field`, typed for what it stands for in a class body.

    Of a list of objects `assumed_size` says how many there usually are.
    """
    directives = () if assumed_size is None else (items(assumed_size),)
    return strawberry.field(description=description, name=name, directives=directives)


def documented(resolver: Callable[..., Any]) -> Any:  # noqa: ANN401
    """A field whose resolver's docstring is its description."""
    return strawberry.field(description=clean_doc(resolver), resolver=resolver)


def costing(*directives: Cost | ListSize) -> Callable[[Callable[..., Any]], Any]:
    """The same, and with these directives."""
    return lambda resolver: strawberry.field(description=clean_doc(resolver), resolver=resolver, directives=directives)


def enum_type(of: EnumType, name: str, description: str, meanings: Mapping[Any, str]) -> None:
    """Give an enum of a service its GraphQL type, each value with its meaning."""
    strawberry.enum(of, name=name, description=description)
    definition: StrawberryEnumDefinition = of.__strawberry_definition__  # type: ignore[attr-defined] # it has one now
    for value in definition.values:
        value.description = meanings[value.name]


enum_type(
    Unit,
    "Unit",
    "What a number counts. RATIO is a fraction: 0.25 is 25 %.",
    {
        "USD": "US dollars.",
        "USD_PER_STREAM": "US dollars for one stream.",
        "USD_PER_CLICK": "US dollars for one click.",
        "USD_PER_THOUSAND": "US dollars for a thousand showings of an ad.",
        "USD_PER_CONVERSION": "US dollars for one conversion.",
        "STREAMS": "Streams.",
        "COUNT": "So many of something, of what the field says.",
        "DAYS": "Days.",
        "MONTHS": "Months.",
        "RATIO": "A fraction: 0.25 is 25 %.",
        "PEOPLE": "Different people: those of two days, or of two artists, cannot be added up.",
    },
)
enum_type(
    Additivity,
    "Additivity",
    "Whether parts may be added up: over any dimension, not over time, or not at all.",
    {
        "ADDITIVE": "Parts may be added up over any dimension.",
        "SEMI_ADDITIVE": "Parts may be added up, but not over time.",
        "NON_ADDITIVE": "Parts may not be added up.",
    },
)


def clean_doc(documented_thing: object) -> str:
    """A docstring as a description: one line per paragraph."""
    paragraphs = (documented_thing.__doc__ or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def measure_field(measure: Measure) -> Any:  # noqa: ANN401
    """The field of a measure: description, `@lineage` and metadata all from its declaration."""
    return strawberry.field(
        description=measure.description,
        metadata={MEASURE: measure},
        directives=[
            Lineage(
                method=measure.method,
                unit=measure.unit,
                additivity=measure.additivity,
                datasets=[source.name for source in measure.sources],
                limitations=[limitation.code for limitation in measure.limitations],
            )
        ],
    )


def dimension_field(cube: Cube, name: str) -> Any:  # noqa: ANN401
    """The field of a dimension, or of something that a dimension fixes."""
    dimension = next((each for each in cube.dimensions if each.name == name), None)
    groups = [each.name.upper() for each in cube.dimensions if name == each.name or name in each.fixes]
    meaning = dimension.meaning if dimension else f"The {name.replace('_', ' ')} that belongs to the group."
    return field(f"{meaning} Null unless grouped by {' or '.join(groups)}.")


def date_field() -> Any:  # noqa: ANN401
    """The field of the bucket's date."""
    return field("The first day of the bucket (weeks begin on Monday). Null unless a `grain` is given.")


def complete_field() -> Any:  # noqa: ANN401
    """The field that says whether a node is complete."""
    return field(
        "Whether every source that is still delivering has reported every day of the node's time. A bucket that the "
        "period or the data cuts is not complete. Null on a previous node."
    )


def previous_field() -> Any:  # noqa: ANN401
    """The field of the node that a node is compared with."""
    return field(
        "The same group in the time that `compare` names: with a grain the bucket before, or the same bucket a "
        "year before; else the span of equal length before the period. Null without `compare`, where the data "
        "holds nothing of that time, and on a previous node."
    )


@strawberry.type(description="The dates from one day through another, both included.", directives=[ROW])
class DatePeriod:
    """A period as it is told."""

    start: dt.date = field("The first day, included.", name="from")
    end: dt.date = field("The last day, included.", name="to")

    @staticmethod
    def of(period: Period | None) -> "DatePeriod | None":
        """The period, for clients."""
        return DatePeriod(start=period.start, end=period.end) if period else None


@dataclass(frozen=True)
class Measured:
    """A field of the schema that is a measure."""

    type_name: str
    field_name: str
    measure: Measure

    @property
    def coordinate(self) -> str:
        """The schema coordinate: 'Revenue.revenueUsd'."""
        return f"{self.type_name}.{self.field_name}"


def measure_of(strawberry_field: StrawberryField) -> Measure | None:
    """The measure that a field was declared with."""
    measure = strawberry_field.metadata.get(MEASURE)
    return measure if isinstance(measure, Measure) else None
