"""What an operation costs, known before it is executed: the weights of its fields times how often they are asked.

Every fragment is walked once: what it costs is the same wherever it is spread, but for the lists in it that are as
long as a field above says, and these count apart.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_enum_type,
)
from graphql.language import NullValueNode, ValueNode

from bedrot_graph.graph.directives import Cost, ListSize
from bedrot_graph.graph.limits import DocumentLimits, fragments_of

INTROSPECTED = 0.1
"""What an object of the schema's own description costs."""
_MOST_POINTS = 10**12
_DIGITS = 10
"""Of a 32-bit integer."""


@dataclass(frozen=True)
class Price:
    """What an operation costs, in points."""

    points: int
    fields: Mapping[str, int]
    """Of it, each root field's part, by its key in the response."""

    def told(self, limit: int) -> dict[str, object]:
        """The price as clients are told of it."""
        return {"points": self.points, "limit": limit, "fields": dict(self.fields)}


class _Form(NamedTuple):
    """What a selection costs: so much, and so much more for each item of the lists that a field above sizes."""

    fixed: float = 0
    each: float = 0


class Tariff:
    """What fields cost, as the directives of a schema say."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits) -> None:
        self.schema = schema
        self.limits = limits

    def price(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> tuple[Price, tuple[str, ...]]:
        """The price of an operation of a valid document; and the variables whose values it depends on."""
        pricing = _Pricing(self, document, operation, variables)
        fields = pricing.by_root_field()
        points = min(math.fsum(fields.values()), _MOST_POINTS)
        return Price(_whole(points), {key: _whole(each) for key, each in fields.items()}), tuple(sorted(pricing.used))

    def size_of(self, parent: GraphQLNamedType, name: str) -> float:
        """How many items a list of the schema's own description has: as many as there are on average."""
        return self._introspected.get(f"{parent.name}.{name}", 1)

    @cached_property
    def _introspected(self) -> Mapping[str, float]:
        types = list(self.schema.type_map.values())
        objects = [each for each in types if isinstance(each, GraphQLObjectType)]
        fields = [each for of in objects for each in of.fields.values()]
        inputs = sum(len(each.fields) for each in types if isinstance(each, GraphQLInputObjectType))
        values = sum(len(each.values) for each in types if is_enum_type(each))
        directives = self.schema.directives
        return {
            "__Schema.types": len(types),
            "__Schema.directives": len(directives),
            "__Directive.args": sum(len(each.args) for each in directives) / len(directives),
            "__Type.fields": len(fields) / len(types),
            "__Type.inputFields": inputs / len(types),
            "__Type.enumValues": values / len(types),
            "__Field.args": sum(len(each.args) for each in fields) / len(fields),
        }


class _Pricing:
    """One operation with its variables."""

    def __init__(
        self,
        tariff: Tariff,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._tariff = tariff
        self._fragments = fragments_of(document)
        self._operation = operation
        self._variables = variables
        self._known: dict[tuple[str, tuple[str, ...]], _Form] = {}
        self.used: set[str] = set()
        """The variables that were looked at."""

    def by_root_field(self) -> dict[str, float]:
        """What each root field costs, by its key in the response."""
        root = self._tariff.schema.get_root_type(self._operation.operation)
        fields: dict[str, float] = {}
        for node in self._flat(self._operation.selection_set, set()) if root else ():
            key = node.alias.value if node.alias else node.name.value
            fields[key] = fields.get(key, 0) + self._field(root, node, ()).fixed
        return fields

    def _flat(self, selections: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        """The fields of a selection and of its fragments, each fragment's once: the same fields are asked once."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                yield from self._flat(self._fragments[node.name.value].selection_set, seen)

    def _of(self, parent: GraphQLNamedType, selections: SelectionSetNode | None, sized: tuple[str, ...]) -> _Form:
        fixed = each = 0.0
        for node in selections.selections if selections else ():
            found = self._of_selection(parent, node, sized)
            fixed, each = min(fixed + found.fixed, _MOST_POINTS), min(each + found.each, _MOST_POINTS)
        return _Form(fixed, each)

    def _of_selection(self, parent: GraphQLNamedType, node: SelectionNode, sized: tuple[str, ...]) -> _Form:
        if isinstance(node, FieldNode):
            return self._field(parent, node, sized)
        if isinstance(node, InlineFragmentNode):
            return self._of(parent, node.selection_set, sized)
        assert isinstance(node, FragmentSpreadNode)  # noqa: S101 - for the type checker: there is no fourth kind
        place = (node.name.value, sized)
        if place not in self._known:
            self._known[place] = self._of(parent, self._fragments[node.name.value].selection_set, sized)
        return self._known[place]

    def _field(self, parent: GraphQLNamedType | None, node: FieldNode, sized: tuple[str, ...]) -> _Form:
        name = node.name.value
        field = self._tariff.schema.get_field(parent, name) if isinstance(parent, GraphQLObjectType) else None
        if parent is None or field is None or name == "__typename":
            return _Form()
        of = get_named_type(field.type)
        directives = _directives(field)
        length = next((each for each in directives if isinstance(each, ListSize)), None)
        size = self._sliced(field, node, length) if length else self._tariff.size_of(parent, name)
        passed_on = tuple(length.sized_fields or ()) if length else ()
        below = self._of(of, node.selection_set, passed_on)
        item = _weight_of_type(of) + below.fixed + below.each * (size if passed_on else 0)
        own = _weight(directives, 0)
        if name in sized:
            return _Form(own, item)
        return _Form(own + item * (1 if passed_on else size))

    def _sliced(self, field: GraphQLField, node: FieldNode, length: ListSize) -> float:
        """How many items are asked for. What is out of range is refused by others, and not counted further."""
        if not length.slicing_arguments:
            return length.assumed_size
        name = length.slicing_arguments[0]
        said = next((each.value for each in node.arguments or () if each.name.value == name), None)
        value = self._value(said) if said else field.args[name].default_value
        if not isinstance(value, int | float) or (isinstance(value, float) and not math.isfinite(value)):
            value = self._tariff.limits.page_size
        return min(max(int(value), 0), self._tariff.limits.rows)

    def _value(self, said: ValueNode) -> object:
        """The value of an argument; None where it has none that is a number."""
        if isinstance(said, IntValueNode):
            is_long = len(said.value) > _DIGITS  # Python refuses to read thousands of digits
            return (-1 if said.value.startswith("-") else self._tariff.limits.rows) if is_long else int(said.value)
        if not isinstance(said, VariableNode):
            return None
        name = said.name.value
        self.used.add(name)
        if name in self._variables:
            value: object = self._variables[name]
            return value
        defaults = (
            each.default_value
            for each in self._operation.variable_definitions or ()
            if each.variable.name.value == name
        )
        default = next(defaults, None)
        return None if default is None or isinstance(default, NullValueNode | VariableNode) else self._value(default)


def _weight(directives: Iterable[object], otherwise: float) -> float:
    return next((float(each.weight) for each in directives if isinstance(each, Cost)), otherwise)


def _weight_of_type(of: GraphQLNamedType) -> float:
    if of.name.startswith("__"):
        return INTROSPECTED if isinstance(of, GraphQLObjectType) else 0
    return _weight(_directives(of), 1 if isinstance(of, GraphQLObjectType) else 0)


def _directives(of: GraphQLField | GraphQLNamedType) -> Iterable[object]:
    definition: Any = of.extensions.get("strawberry-definition")  # of each kind another type
    return getattr(definition, "directives", None) or ()


def _whole(points: float) -> int:
    return math.ceil(round(min(points, _MOST_POINTS), 6))
