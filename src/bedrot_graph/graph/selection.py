"""What a document selects below a field: with fragments, @skip and @include resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from graphql.language import BooleanValueNode
from strawberry.types.info import Info

_Path = tuple[str, ...]
_Resolving = Any
"""graphql-core's resolve info; Strawberry hands it on with plain variable values, which its type does not say."""


@dataclass(frozen=True)
class Selected:
    """One field that is selected somewhere below another."""

    type_name: str
    field_name: str
    argument_of: str | None
    """The enum value of its `of` argument."""
    path: tuple[str, ...] = ()
    """The fields that it is selected below, from the one that is being resolved on."""

    @property
    def coordinate(self) -> str:
        """The schema coordinate."""
        return f"{self.type_name}.{self.field_name}"


def selected_below(info: Info[Any, Any]) -> frozenset[Selected]:
    """Every field selected at any depth below the field that is being resolved."""
    raw: _Resolving = info._raw_info  # noqa: SLF001 - Strawberry's own view of it leaves out what @skip needs
    parent = get_named_type(raw.return_type)
    assert isinstance(parent, GraphQLObjectType)  # noqa: S101 - only objects have selections here
    found: set[Selected] = set()
    visited: set[tuple[str, str, _Path]] = set()
    for node in raw.field_nodes:
        if node.selection_set:
            found.update(_walk(node.selection_set, parent, raw, visited, ()))
    return frozenset(found)


def _walk(
    selections: SelectionSetNode,
    parent: GraphQLObjectType,
    info: _Resolving,
    visited: set[tuple[str, str, _Path]],
    path: _Path,
) -> Iterator[Selected]:
    for node in selections.selections:
        if not _is_included(node.directives, info):
            continue
        if isinstance(node, FieldNode):
            definition = parent.fields.get(node.name.value)
            yield Selected(parent.name, node.name.value, _argument_of(node, info), path)
            child = get_named_type(definition.type) if definition else None
            if node.selection_set and isinstance(child, GraphQLObjectType):
                yield from _walk(node.selection_set, child, info, visited, (*path, node.name.value))
        elif isinstance(node, FragmentSpreadNode):
            # A fragment selects the same every time: visited once per place, nested ones cannot multiply.
            place = (node.name.value, parent.name, path)
            if place not in visited:
                visited.add(place)
                yield from _walk(info.fragments[node.name.value].selection_set, parent, info, visited, path)
        else:
            yield from _walk(node.selection_set, parent, info, visited, path)  # type: ignore[attr-defined] # inline fragment


def _is_included(directives: tuple[DirectiveNode, ...] | None, info: _Resolving) -> bool:
    for directive in directives or ():
        if directive.name.value not in {"skip", "include"}:
            continue
        value = next(argument.value for argument in directive.arguments or () if argument.name.value == "if")
        if isinstance(value, VariableNode):
            is_true = bool(info.variable_values.get(value.name.value))
        else:
            is_true = isinstance(value, BooleanValueNode) and value.value
        if is_true == (directive.name.value == "skip"):
            return False
    return True


def _argument_of(node: FieldNode, info: _Resolving) -> str | None:
    for argument in node.arguments or ():
        if argument.name.value != "of":
            continue
        if isinstance(argument.value, EnumValueNode):
            return argument.value.value.lower()
        if isinstance(argument.value, VariableNode):
            return str(getattr(info.variable_values.get(argument.value.name.value), "value", ""))
    return None
