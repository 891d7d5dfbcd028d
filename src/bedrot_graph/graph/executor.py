"""graphql-core's executor, but for lists that are frames: these are written column by column where that says the same.

What it overrides is no public API of graphql-core; `tests/graph/test_executor.py` holds both ways against each other.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import polars as pl
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)
from graphql.execution import Executor as GraphQLExecutor
from graphql.execution.collect_fields import collect_fields, collect_subfields
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField
from strawberry.utils.await_maybe import await_maybe

from bedrot_graph.graph.columnar import (
    Array,
    Constant,
    Items,
    Object,
    RowShape,
    Shape,
    Unfit,
    Writing,
    leaf,
    writing_of,
)
from bedrot_graph.graph.fields import COLUMN
from bedrot_graph.graph.outline import Finish, Outline, Part, constant
from bedrot_graph.graph.outline import leaf as finishing_leaf
from bedrot_graph.graph.pages import FEW_ROWS
from bedrot_graph.traces import span

_ROW = "Row"
"""The scalar that is a whole row."""

Place = tuple[str | int, ...]
"""A path in the response."""
Columns = Mapping[str, Any]
"""The types of columns, or of a struct's fields, by name; Polars types the two differently."""


class RootField(NamedTuple):
    """The one field that a subscription asks for."""

    key: str
    nodes: list[FieldNode]
    arguments: dict[str, Any]
    metadata: Mapping[Any, Any]


class Executor(GraphQLExecutor[Any]):
    """Executes one operation; without what parts of answers that come later would take."""

    operation_extensions = None
    build_resolve_info: Any = StrawberryGraphQLCoreExecutionContext.build_resolve_info
    """Resolvers get what Strawberry's take."""

    def within(self, context: Any) -> "Executor":  # noqa: ANN401 - a Context
        """The same operation, to be executed in the context of a request."""
        executor = object.__new__(type(self))  # as `copy` does, which looks for ways to do it first
        own = {"context_value": context, "collected_errors": CollectedErrors(), "_relevant_sub_fields": {}}
        vars(executor).update(vars(self), **own, pending_incremental_futures=set(), background_futures=set())
        executor.async_helpers = GraphQLResolveInfoHelpers(executor.gather_async_work, executor.track_async_work)
        return executor

    def root_field(self) -> RootField:
        """The one field of a subscription. Raises GraphQLError where it is left out, or its arguments do not fit."""
        root = self.schema.subscription_type
        assert root  # noqa: S101 - for the type checker: the schema has one
        collected = collect_fields(
            self.schema, self.fragments, self.variable_values, root, self.operation, self.hide_suggestions
        )
        for key, details in collected.grouped_field_set.items():
            field = self.schema.get_field(root, details[0].node.name.value)
            assert field  # noqa: S101 - for the type checker: the document is valid
            arguments = get_argument_values(
                field,
                details[0].node,
                self.variable_values,
                details[0].fragment_variable_values,
                self.hide_suggestions,
            )
            definition: StrawberryField = field.extensions["strawberry-definition"]
            return RootField(key, [each.node for each in details], arguments, definition.metadata)
        text = "Nothing is left of the subscription: '@skip' or '@include' takes its field out."
        raise GraphQLError(text, extensions={"code": "BAD_USER_INPUT"})

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,  # noqa: ANN401 - of the root there is none
        field_details_list: list[Any],
        path: Path,
        position_context: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - a value or an awaitable of one
        """Execute a field; of a root field that has been understood before, no arguments are read."""
        question = self.context_value.understood.questions.get(path.key) if path.prev is None else None
        field = question and self.schema.get_field(parent_type, field_details_list[0].node.name.value)
        if not question or not field:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(field, [each.node for each in field_details_list], parent_type, path)
        answer = question(self.context_value, path)
        return self.complete_awaitable_value(field.type, field_details_list, info, path, answer, position_context)

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: list[Any],
        path: Path,
        result: Any,  # noqa: ANN401 - whatever a resolver gives
        position_context: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - a dict or an awaitable of one
        """Complete an object; of one that stands where another has stood before, what is selected is known."""
        outline = self._outline(return_type, field_details_list, path)
        if outline:
            written = self.context_value.written_bytes
            try:
                return outline.completed(result, self)
            except Exception:  # noqa: BLE001 - whatever it is, graphql-core meets it again, and tells it
                self.context_value.written_bytes = written
        return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)

    def _outline(self, of: GraphQLObjectType, details: list[Any], path: Path) -> Outline | None:
        """How objects at the path are completed; None where graphql-core has to."""
        known = self.context_value.understood.outlines
        place = tuple(part for part in path.as_list() if isinstance(part, str))
        if place not in known:
            known[place] = None
            if self.context_value.is_columnar:
                with suppress(Unfit):
                    known[place] = self._outlined(of, details, place)
        outline: Outline | None = known[place]
        return outline

    def _outlined(self, of: GraphQLObjectType, details: list[Any], place: tuple[str, ...]) -> Outline:
        """What is selected of objects of the type. Raises Unfit."""
        parts = []
        for key, wanted in self._selected(of, details).items():
            if wanted[0].node.name.value == "__typename":
                parts.append(Part(key, (), constant(of.name), is_required=True))
            elif field := of.fields.get(wanted[0].node.name.value):
                is_required = isinstance(field.type, GraphQLNonNull)
                finish = self._finish(field.type, wanted, (*place, key))
                parts.append(Part(key, self._way_to(field, wanted), finish, is_required))
        return Outline(tuple(parts))

    def _finish(self, of: GraphQLOutputType, details: list[Any], place: tuple[str, ...]) -> Finish:
        """How values of the type are completed. Raises Unfit."""
        named = of.of_type if isinstance(of, GraphQLNonNull) else of
        if isinstance(named, GraphQLScalarType | GraphQLEnumType):
            return finishing_leaf(named.coerce_output_value)
        if isinstance(named, GraphQLObjectType) and not named.is_type_of:
            return self._outlined(named, details, place).completed
        if isinstance(named, GraphQLList):
            return lambda value, within: within.written(named, details, place, value)
        raise Unfit

    def written(self, of: GraphQLList[Any], details: list[Any], place: Place, value: object) -> Any:  # noqa: ANN401 - JSON
        """A list that is a frame of a few rows, as JSON. Raises Unfit."""
        if isinstance(value, Coroutine):
            value.close()  # graphql-core asks for it anew
        if not isinstance(value, pl.DataFrame) or value.height > FEW_ROWS:
            raise Unfit
        return self._writing(of, details, place, value).written(value, self.context_value.count)

    def complete_list_value(  # noqa: PLR0913, PLR0917 - graphql-core's signature
        self,
        return_type: GraphQLList[Any],
        field_details_list: list[Any],
        info: Any,  # noqa: ANN401 - graphql-core's, which Strawberry replaces
        path: Path,
        result: Any,  # noqa: ANN401 - whatever a resolver gives
        position_context: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - a value or an awaitable of one
        """Complete a list; of a frame, each row is an item."""
        if not isinstance(result, pl.DataFrame):
            return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

        def by_value() -> Any:  # noqa: ANN401
            items = _objects(return_type, result)
            return super(Executor, self).complete_list_value(
                return_type, field_details_list, info, path, items, position_context
            )

        with suppress(Unfit):
            writing = self._writing(return_type, field_details_list, tuple(path.as_list()), result)
            if result.height > FEW_ROWS:
                return self._elsewhere(writing, result, by_value)
            return writing.written(result, self.context_value.count)
        return by_value()

    async def _elsewhere(self, writing: Writing, frame: pl.DataFrame, by_value: Callable[[], Any]) -> Any:  # noqa: ANN401
        """A large frame is written in another thread, so that the event loop goes on."""
        with suppress(Unfit), span("write a list"):
            return await asyncio.to_thread(writing.written, frame, self.context_value.count)
        return await await_maybe(by_value())

    def _writing(self, return_type: GraphQLList[Any], details: list[Any], place: Place, frame: pl.DataFrame) -> Writing:
        """How the rows are written. Raises Unfit."""
        if not self.context_value.is_columnar:
            raise Unfit
        known, columns = self.context_value.understood.writings, (frame.columns, frame.dtypes)
        if place not in known or known[place][0] != columns:
            known[place] = columns, writing_of(self._row_shape(return_type, details, frame))
        writing: Writing = known[place][1]
        return writing

    def _row_shape(self, return_type: GraphQLList[Any], details: list[Any], frame: pl.DataFrame) -> RowShape:
        """What is selected of the rows. Raises Unfit."""
        item = _item_of(return_type)
        if isinstance(item, GraphQLObjectType):
            return self._object(item, details, frame.schema, is_required=True)
        return Array(tuple((name, leaf(_ROW, dtype, is_required=False)) for name, dtype in frame.schema.items()))

    def _object(self, of: GraphQLObjectType, details: list[Any], columns: Columns, *, is_required: bool) -> Object:
        fields: list[tuple[str, tuple[str, ...], Shape]] = []
        for key, wanted in self._selected(of, details).items():
            if wanted[0].node.name.value == "__typename":
                fields.append((key, (), Constant(f'"{of.name}"')))
            elif field := of.fields.get(wanted[0].node.name.value):
                fields.append((key, *self._field(field, wanted, columns)))
        return Object(tuple(fields), is_required)

    def _selected(self, of: GraphQLObjectType, details: list[Any]) -> Mapping[str, list[Any]]:
        """The fields that are selected of a type, by their keys."""
        collected = collect_subfields(
            self.schema, self.fragments, self.variable_values, self.operation, of, details, self.hide_suggestions
        )
        selected: Mapping[str, list[Any]] = collected.grouped_field_set
        return selected

    def _field(self, field: GraphQLField, details: list[Any], columns: Columns) -> tuple[tuple[str, ...], Shape]:
        """Where the values of a field stand, and their shape."""
        way = self._way_to(field, details)
        return way, self._shape(field.type, details, _dtype_at(columns, way))

    def _way_to(self, field: GraphQLField, details: list[Any]) -> tuple[str, ...]:
        definition: StrawberryField | None = field.extensions.get("strawberry-definition")
        if definition is None:  # it tells of the schema
            raise Unfit
        if place := definition.metadata.get(COLUMN):
            try:
                given = get_argument_values(
                    field, details[0].node, self.variable_values, details[0].fragment_variable_values
                )
            except GraphQLError as error:
                raise Unfit from error
            return place(**given)  # type: ignore[no-any-return] # metadata has no types
        if definition.base_resolver or definition.extensions:
            raise Unfit
        return (definition.python_name,)

    def _shape(self, of: GraphQLOutputType, details: list[Any], dtype: Any) -> Shape:  # noqa: ANN401 - see Columns
        is_required = isinstance(of, GraphQLNonNull)
        named = of.of_type if isinstance(of, GraphQLNonNull) else of
        if dtype == pl.Null and not is_required:
            return Constant("null")
        if isinstance(named, GraphQLScalarType):
            return leaf(named.name, dtype, is_required=is_required)
        if isinstance(named, GraphQLEnumType):
            return leaf("", dtype, is_required=is_required, names=_names(named))
        if isinstance(named, GraphQLObjectType) and isinstance(dtype, pl.Struct):
            return self._object(named, details, dtype.to_schema(), is_required=is_required)
        if isinstance(named, GraphQLList) and isinstance(dtype, pl.List):
            return Items(self._shape(named.of_type, details, dtype.inner), is_required)
        raise Unfit


def _dtype_at(columns: Columns, way: tuple[str, ...]) -> Any:  # noqa: ANN401 - as above
    """The type of what stands there; null where nothing does."""
    first, *further = way
    dtype = columns.get(first, pl.Null())
    for name in further:
        dtype = dtype.to_schema().get(name, pl.Null()) if isinstance(dtype, pl.Struct) else pl.Null()
    return dtype


def _item_of(list_type: GraphQLList[Any]) -> GraphQLOutputType:
    item: GraphQLOutputType = list_type.of_type
    return item.of_type if isinstance(item, GraphQLNonNull) else item


def _objects(list_type: GraphQLList[Any], frame: pl.DataFrame) -> list[Any]:
    """The rows as values that graphql-core completes one by one."""
    item = _item_of(list_type)
    is_whole = isinstance(item, GraphQLScalarType) and item.name == _ROW
    return [list(row) for row in frame.rows()] if is_whole else frame.to_dicts()


@cache
def _names(enum: GraphQLEnumType) -> tuple[str, ...]:
    """The names of an enum whose values are held by them. Raises Unfit."""
    if any(name != value.value for name, value in enum.values.items()):
        raise Unfit
    return tuple(enum.values)
