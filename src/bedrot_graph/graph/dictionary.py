"""The dictionary of numbers: every measure of the schema, found by walking it, as there is no other registry."""

from collections.abc import Iterator

import strawberry
from strawberry.types.base import StrawberryObjectDefinition

from bedrot_graph.errors import UnknownName
from bedrot_graph.graph.fields import Measured, field, measure_of
from bedrot_graph.graph.names import camel
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.measures import Additivity, Measure, Unit


@strawberry.type(name="Limitation", description="One thing that a number cannot tell.")
class LimitationType:
    """A limitation as clients see it."""

    code: str = field("A stable code that programs may rely on.")
    text: str = field("What it means, for people.")

    @staticmethod
    def of(limitation: Limitation) -> "LimitationType":
        """The limitation, for clients."""
        return LimitationType(code=limitation.code, text=limitation.text)


@strawberry.type(description="The name of a dataset that a number is made from.")
class DatasetName:
    """A dataset as a measure names it."""

    name: str = field("The dataset's name; ask `dataset(name:)` for more.")


@strawberry.type(name="Measure", description="What one number of the schema means.")
class MeasureEntry:
    """An entry of the dictionary."""

    coordinate: str = field("Where it stands in the schema: type and field.")
    meaning: str = field("What it says.")
    method: str = field("How it is computed.")
    unit: Unit = field("What it counts.")
    additivity: Additivity = field("Whether its parts may be added up.")
    datasets: list[DatasetName] = field("What it is made from.", assumed_size=2)
    limitations: list[LimitationType] = field("What it cannot tell, whatever is asked.", assumed_size=2)

    @staticmethod
    def of(measured: Measured) -> "MeasureEntry":
        """The entry of a measured field."""
        measure: Measure = measured.measure
        return MeasureEntry(
            coordinate=measured.coordinate,
            meaning=measure.meaning,
            method=measure.method,
            unit=measure.unit,
            additivity=measure.additivity,
            datasets=[DatasetName(name=source.name) for source in measure.sources],
            limitations=[LimitationType.of(limitation) for limitation in measure.limitations],
        )


def measured_fields(schema: strawberry.Schema) -> Iterator[Measured]:
    """Every field of the schema that is a measure, by type and field name."""
    for name in sorted(schema.schema_converter.type_map):
        definition = schema.schema_converter.type_map[name].definition
        if not isinstance(definition, StrawberryObjectDefinition) or definition.is_input:
            continue
        for each in definition.fields:
            if measure := measure_of(each):
                yield Measured(name, camel(each.python_name), measure)


def entries(schema: strawberry.Schema, coordinates: list[str] | None) -> list[MeasureEntry]:
    """The entries of the coordinates, in their order; all of them where None is given. Raises UnknownName."""
    known = {measured.coordinate: measured for measured in measured_fields(schema)}
    for coordinate in coordinates or ():
        if coordinate not in known:
            raise UnknownName("measure", coordinate, known)
    return [MeasureEntry.of(known[coordinate]) for coordinate in (known if coordinates is None else coordinates)]
