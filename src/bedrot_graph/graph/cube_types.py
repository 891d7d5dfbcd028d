"""The GraphQL types that a cube's declaration implies: its enums, its filter, its order."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry import UNSET

from bedrot_graph.cubes.cube import Cube, Option
from bedrot_graph.cubes.request import Filter, Order
from bedrot_graph.graph.arguments import described
from bedrot_graph.graph.fields import COLUMN, field
from bedrot_graph.graph.inputs import Direction, TextFilter
from bedrot_graph.measures import Unit

EnumType = Any
"""A type that is made while the program runs; a type checker cannot name it."""


@dataclass(frozen=True)
class CubeTypes:
    """The types of one cube, named after its node."""

    cube: Cube
    node_name: str
    dimension: EnumType
    measure: EnumType
    order: EnumType
    filter: EnumType


@cache
def types_of(cube: Cube, node_name: str) -> CubeTypes:
    """The types for a cube whose nodes are called `node_name`."""
    dimensions = {each.name: each.meaning for each in cube.dimensions}
    measures = {each.name: each.meaning for each in cube.measures}
    fields = {"date": "The first day of the bucket.", **dimensions, **measures}
    return CubeTypes(
        cube=cube,
        node_name=node_name,
        dimension=_enum(f"{node_name}Dimension", f"What {cube.name} can be grouped by.", dimensions),
        measure=_enum(f"{node_name}Measure", f"The numbers of {cube.name}.", measures),
        order=order_type(node_name, fields),
        filter=_filter(cube, node_name),
    )


def order_type(node_name: str, fields: dict[str, str]) -> EnumType:
    """An order input over named fields (name -> meaning)."""
    field_enum = _enum(f"{node_name}OrderField", f"What {node_name} nodes can be sorted by.", fields)
    namespace = {
        "__annotations__": {"field": field_enum, "direction": Direction},
        "field": field("What to sort by."),
        "direction": strawberry.field(default=Direction.ASC, description="Which end comes first."),
    }
    description = "One key of an order; ties are always broken, so that pages never overlap."
    return strawberry.input(type(f"{node_name}Order", (), namespace), description=description)


@cache
def option_type(option: Option, node_name: str) -> EnumType:
    """The type of a cube's own argument: a text, or an enum of what can be chosen."""
    if not option.choices:
        return str
    return _enum(f"{node_name}{option.name.title().replace('_', '')}", option.meaning, dict(option.choices))


def growth_field(cube: Cube, node_name: str) -> Any:  # noqa: ANN401
    """The field `growth(of:)` of a cube's nodes."""

    def growth(root: strawberry.Parent[Any], of: Any) -> float | None:  # noqa: ANN401
        changes = root.get("growth")
        return changes.get(of.value) if changes else None  # it has no measure that cannot be computed

    growth.__annotations__["of"] = described(types_of(cube, node_name).measure, "The measure whose change it is.")
    return strawberry.field(
        resolver=growth,
        metadata={COLUMN: _growth_column},
        description="The relative change of a measure against `previous`: 0.25 is +25 %. Null without `compare`, "
        "where the base is zero or unknown, and where either side is not complete; a limitation in the lineage says "
        "which.\n\n"
        f"Unit: {Unit.RATIO}.",
    )


def _growth_column(of: Enum | str) -> tuple[str, str]:
    return "growth", of.value if isinstance(of, Enum) else of


def as_filters(where: object, names: tuple[str, ...]) -> tuple[Filter, ...]:
    """The filters of a filter input; absent and null ones filter nothing."""
    found: list[Filter] = []
    for name in names:
        condition = getattr(where, name, None)
        if isinstance(condition, TextFilter):
            found += condition.as_filters(name)
    return tuple(found)


def as_orders(order_by: list[Any] | None) -> tuple[Order, ...]:
    """The order of order inputs."""
    return tuple(Order(each.field.value, each.direction is Direction.DESC) for each in order_by or ())


def filterable(cube: Cube) -> tuple[str, ...]:
    """The dimensions that a filter can name."""
    return tuple(each.name for each in cube.dimensions if each.matches)


def _filter(cube: Cube, node_name: str) -> EnumType:
    names = filterable(cube)
    namespace: dict[str, Any] = {"__annotations__": dict.fromkeys(names, TextFilter | None)}
    for name in names:
        meaning = cube.dimension(name).meaning
        namespace[name] = strawberry.field(default=UNSET, description=meaning)
    description = f"Which rows of {cube.name} to look at; fields are combined with *and*."
    return strawberry.input(type(f"{node_name}Filter", (), namespace), description=description)


def _enum(name: str, description: str, values: dict[str, str]) -> EnumType:
    members = {each.upper(): strawberry.enum_value(each, description=meaning) for each, meaning in values.items()}
    make: Any = Enum  # the functional form, which type checkers take with literals only
    return strawberry.enum(make(name, members), description=description)
