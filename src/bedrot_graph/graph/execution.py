"""One operation, executed: its document is read, its fields are answered, and the answer says where it comes from."""

import weakref
from collections.abc import Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import strawberry
from graphql import ExecutionResult, FieldNode, GraphQLError, OperationType
from strawberry.execution import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from bedrot_graph.errors import ResponseTooLarge
from bedrot_graph.graph.context import Context, Limits
from bedrot_graph.graph.documents import MOST_ERRORS, Told
from bedrot_graph.graph.executor import Executor
from bedrot_graph.graph.failures import code_of, coded, in_order
from bedrot_graph.graph.lineage import LEVELS, lineage
from bedrot_graph.traces import NOTHING, WITHIN, fail, whole


class NotAllowedError(Exception):
    """The operation is of a kind that may not be executed this way."""

    def __init__(self, kind: OperationType) -> None:
        super().__init__(kind.value)
        self.kind = kind


@dataclass(frozen=True)
class Operation:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None

    @property
    def lineage(self) -> object:
        """How much is to be told of where the numbers come from."""
        return (self.extensions or {}).get("lineage", LEVELS[-1])

    @property
    def tells_cost(self) -> bool:
        """Whether it is to be told what the operation costs."""
        return (self.extensions or {}).get("cost") is True


class Answered(NamedTuple):
    """What came of an operation."""

    data: dict[str, Any] | None
    """May hold `orjson.Fragment`s, as `extensions` may: what is written as JSON already. None where the context is not
    columnar."""
    errors: list[GraphQLError]
    extensions: Mapping[str, Any] = MappingProxyType({})
    has_begun: bool = True
    """Whether it was executed; else its errors say why not."""
    is_lasting: bool = False
    """Whether the same operation has the same answer for as long as the data is the same."""


class Execution(NamedTuple):
    """An operation that can be answered, or that says why not."""

    operation: Operation
    context: Context
    executor: Executor | None
    errors: list[GraphQLError]

    @property
    def name(self) -> str:
        """The operation's name; empty where it has none, or is not executed."""
        named = self.executor and self.executor.operation.name
        return named.value if named else ""

    @property
    def kind(self) -> str:
        """Its type: query, mutation or subscription; empty where it is not executed."""
        return self.executor.operation.operation.value if self.executor else ""

    @property
    def can_begin(self) -> bool:
        """Whether it can be executed; else its errors say why not."""
        return self.executor is not None

    @property
    def cost(self) -> int:
        """What it costs, in points; nothing where it is not executed."""
        return self.context.understood.price.points if self.executor else 0

    @property
    def is_query(self) -> bool:
        """Whether it changes nothing, so that one may answer for many who ask the same."""
        return self.executor is not None and self.executor.operation.operation is OperationType.QUERY

    @property
    def changes(self) -> bool:
        """Whether it changes the server's state."""
        return self.executor is not None and self.executor.operation.operation is OperationType.MUTATION

    @property
    def is_endless(self) -> bool:
        """Whether it is a subscription, which is answered until the client leaves."""
        return self.executor is not None and self.executor.operation.operation is OperationType.SUBSCRIPTION

    @property
    def root_fields(self) -> list[str]:
        """The names of the fields that the operation asks for by themselves."""
        selections = self.executor.operation.selection_set.selections if self.executor else ()
        return [each.name.value for each in selections if isinstance(each, FieldNode)]

    def answered(self) -> Coroutine[Any, Any, Answered]:
        """Execute it."""
        return self._answered() if WITHIN.get() is NOTHING or self.executor is None else self._traced()

    async def _traced(self) -> Answered:
        with whole(self.kind, operation=self.name, type=self.kind) as told:
            answered = await self._answered()
            told.fail(*map(code_of, answered.errors))
        fail(*map(code_of, answered.errors))
        return answered

    async def _answered(self) -> Answered:
        if self.executor is None:
            return Answered(None, self.errors, has_begun=False)
        result = await await_maybe(self.executor.execute_operation())
        assert isinstance(result, ExecutionResult)  # noqa: S101 - for the type checker: nothing comes in parts
        if self.context.is_too_large:
            return self.too_large
        errors = in_order([*(result.errors or ()), *self.context.errors], result.data)
        return Answered(
            data=result.data,
            errors=[coded(error, is_valid=True) for error in errors],
            extensions=_extensions(self.operation, self.context),
            is_lasting=self.is_query and not errors and self.context.is_lasting,
        )

    @property
    def too_large(self) -> Answered:
        """What is said instead of an answer that is larger than a response may be."""
        return too_large(self.context.limits)

    def is_beyond(self, body: bytes) -> bool:
        """Whether the answer, as it is sent, is larger than a response may be."""
        return is_beyond(body, self.context.limits)


def too_large(limits: Limits) -> Answered:
    """What is said instead of an answer that is larger than a response may be."""
    fault = ResponseTooLarge(limits.max_response_bytes or 0)
    return Answered(None, [GraphQLError(str(fault), extensions=fault.extensions)])


def is_beyond(body: bytes, limits: Limits) -> bool:
    """Whether the answer, as it is sent, is larger than a response may be."""
    return limits.max_response_bytes is not None and len(body) > limits.max_response_bytes


def prepare(
    schema: strawberry.Schema,
    operation: Operation,
    context: Context,
    allowed: AbstractSet[OperationType] = frozenset(OperationType),
) -> Execution:
    """Read an operation. Raises NotAllowedError where its kind is not allowed."""
    try:
        built = _built(schema, operation, context, allowed)
    except GraphQLError as error:
        built = [error]
    if isinstance(built, Executor):
        return Execution(operation, context, built, [])
    fail(*map(code_of, built))
    return Execution(operation, context, None, built)


def _built(
    schema: strawberry.Schema, operation: Operation, context: Context, allowed: AbstractSet[OperationType]
) -> Executor | list[GraphQLError]:
    """What executes the operation, or why it cannot be executed. Raises GraphQLError where that is one thing."""
    document = context.documents.get(operation.query, may_introspect=context.may_introspect)
    if document.ast is None:
        return [coded(error, is_valid=False) for error in document.errors]
    wanted = document.operation(operation.name)
    if wanted.operation not in allowed:
        raise NotAllowedError(wanted.operation)
    if document.errors:
        return [coded(error, is_valid=False) for error in document.errors]
    if operation.lineage not in LEVELS:
        raise _unknown_level(operation.lineage)
    understood = context.understood = context.documents.understood(
        operation.query, operation.name, operation.variables, may_introspect=context.may_introspect
    )
    if understood.executor is None:
        understood.price = context.documents.price(document, wanted, operation.variables)
        understood.executor = Executor.build(
            schema._schema,  # noqa: SLF001 - graphql-core's own, which Strawberry wraps
            document.ast,
            raw_variable_values=operation.variables,
            operation_name=operation.name,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # it is one, and says bool
            max_coercion_errors=MOST_ERRORS,
            hide_suggestions=not context.may_introspect,
        )
    if isinstance(understood.executor, list):  # the variables do not fit
        return [coded(error, is_valid=True) for error in understood.executor[:MOST_ERRORS]]
    executor: Executor = understood.executor.within(context)
    if wanted.operation is OperationType.SUBSCRIPTION:
        executor.root_field()
    return executor


def _extensions(operation: Operation, context: Context) -> dict[str, Any]:
    """What is told beside the answer."""
    told = _lineage(operation, context)
    if operation.tells_cost:
        told["cost"] = context.understood.price.told(context.documents.limits.cost)
    return told


def _lineage(operation: Operation, context: Context) -> dict[str, Any]:
    """The answer's lineage; as it was told the last time, where nothing that it tells of has changed since."""
    snapshot = context.answered_from()
    if operation.lineage == "none" or not snapshot or not any(used.datasets for used in context.used.values()):
        return {}
    told, level = context.understood.lineages, str(operation.lineage)
    if not context.is_columnar:
        return {"lineage": lineage(context, snapshot, is_full=level != "summary")}
    used = tuple(context.used.values())
    if (last := told.get(level)) and last.used == used and last.snapshot() is snapshot:
        return {"lineage": last.text}
    text = orjson.Fragment(orjson.dumps(lineage(context, snapshot, is_full=level != "summary")))
    told[level] = Told(weakref.ref(snapshot), used, text)
    return {"lineage": text}


def _unknown_level(level: object) -> GraphQLError:
    text = f"The request extension 'lineage' is {str(level)[:40]!r}. Say one of: {', '.join(LEVELS)}."
    return GraphQLError(text, extensions={"code": "BAD_USER_INPUT"})
