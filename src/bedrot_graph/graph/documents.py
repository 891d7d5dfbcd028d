"""Documents, parsed and validated once however often they are asked."""

import json
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import EllipsisType
from typing import Any

import orjson
import polars as pl
import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse, validate
from graphql.pyutils import Path as ResponsePath

from bedrot_graph.errors import LONGEST_NAME_SHOWN, MOST_NAMES_SHOWN, CostTooHigh, NoIntrospection, TooDeep
from bedrot_graph.graph.columnar import Writing
from bedrot_graph.graph.cost import Price, Tariff
from bedrot_graph.graph.limits import DocumentLimits, Extents, refused, text_fault
from bedrot_graph.graph.nesting import is_deeper
from bedrot_graph.graph.outline import Outline
from bedrot_graph.graph.rules import AllRules
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.traces import span

BYTES_PER_CHARACTER = 300
"""What a parsed document takes in memory, for each character of its text: measured, and rounded up."""

BYTES_UNDERSTOOD = 16_000
"""What it takes in memory to know what an operation asks with its variables: measured, and rounded up."""
MOST_UNDERSTOOD = 1000
"""Of a document, so many operations with their variables are known."""
LONGEST_VARIABLES = 2000
"""Longer ones, in characters of JSON, are understood anew each time."""
MOST_ERRORS = 5
"""So many of what is wrong with a document are told."""
MOST_PRICES = 100
"""Of a document's operations with other sizes of pages, so many prices are remembered."""

Question = Callable[[Any, ResponsePath], Awaitable[Any]]
"""What a root field asks, in plain values: answers it in a context, whatever the data has become meanwhile."""


@dataclass(frozen=True)
class Told:
    """A lineage as it was told: of which snapshot, of what the fields were made from, and its JSON."""

    snapshot: "weakref.ref[Snapshot]"
    """No more than a reference: a document must not keep old data alive."""
    used: tuple[object, ...]
    text: orjson.Fragment


Columns = tuple[list[str], list[pl.DataType]]
"""The names of a frame's columns, and their types."""


@dataclass
class Understood:
    """What has been found out of an operation with its variables."""

    executor: Any = None
    """What executes it, of no request yet; or a list of errors, where the variables do not fit."""
    price: Price = field(default_factory=lambda: Price(0, {}))
    questions: dict[str, Question] = field(default_factory=dict)
    """What root fields ask, by their keys."""
    outlines: dict[tuple[str, ...], Outline | None] = field(default_factory=dict)
    """How objects are completed, by their paths; None for those that graphql-core has to complete."""
    writings: dict[tuple[str | int, ...], tuple[Columns, Writing]] = field(default_factory=dict)
    """How lists are written, by their paths: from columns of which types, and how."""
    lineages: dict[str, Told] = field(default_factory=dict)
    """What was told last of where its numbers come from, by level."""


@dataclass(frozen=True)
class Document:
    """A document, and what is wrong with it."""

    ast: DocumentNode | None
    """None where it cannot be parsed."""
    errors: tuple[GraphQLError, ...] = ()
    prices: dict[tuple[object, ...], Price] = field(default_factory=dict)
    """What its operations cost, by their names and the values of the variables that it depends on."""
    priced_by: dict[str | None, tuple[str, ...]] = field(default_factory=dict)
    """By operation: the variables that its price depends on."""
    understood: OrderedDict[tuple[str | None, str], Understood] = field(default_factory=OrderedDict)
    """What its operations ask, by their names and variables; it goes with the document, whose syntax tree it holds."""

    @property
    def operations(self) -> tuple[OperationDefinitionNode, ...]:
        """What it asks for; one of them is executed."""
        definitions = self.ast.definitions if self.ast else ()
        return tuple(each for each in definitions if isinstance(each, OperationDefinitionNode))

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of that name, or the only one. Raises GraphQLError where nothing says which it is."""
        found = [each for each in self.operations if name is None or (each.name and each.name.value == name)]
        if len(found) == 1:
            return found[0]
        if found:
            names = [each.name.value[:LONGEST_NAME_SHOWN] for each in found[:MOST_NAMES_SHOWN] if each.name]
            choices = ", ".join(f"'{each}'" for each in names)
            text = f"The document has several operations. Name one in 'operationName': {choices or 'none has a name'}."
        else:
            named = f" '{name[:LONGEST_NAME_SHOWN]}'. Name one that it has in 'operationName'" if name else ""
            text = f"The document has no operation{named}."
        raise GraphQLError(text, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})


class Documents:
    """The documents that were asked last, by their text; the least recently used go first when there are too many.

    What callers get who may not know the schema is held apart: their errors do not tell of it.
    """

    def __init__(self, schema: strawberry.Schema, max_bytes: int, limits: DocumentLimits | None = None) -> None:
        self._schema = schema._schema  # noqa: SLF001 - graphql-core's own, which Strawberry wraps
        self._max_bytes = max_bytes
        self.limits = limits or DocumentLimits()
        self._tariff = Tariff(self._schema, self.limits)
        self._held: OrderedDict[tuple[str, bool], Document] = OrderedDict()
        self.size_bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        """How many are held."""
        return len(self._held)

    def understood(
        self, text: str, operation: str | None, variables: Mapping[str, Any] | None, *, may_introspect: bool = True
    ) -> Understood:
        """What is known of an operation of the document with these variables, and can be added to.

        Raises GraphQLError where these are nested too deeply.
        """
        said = self._said(variables) if variables else ""
        document = self._held.get((text, may_introspect))
        if document is None or len(said) > LONGEST_VARIABLES:
            self._look_at(variables)
            return Understood()
        known, asked = document.understood, (operation, said)
        if found := known.get(asked):
            known.move_to_end(asked)
            return found
        self._look_at(variables)
        found = known[asked] = Understood()
        self.size_bytes += BYTES_UNDERSTOOD
        if len(known) > MOST_UNDERSTOOD:
            known.popitem(last=False)
            self.size_bytes -= BYTES_UNDERSTOOD
        self._make_room()
        return found

    def _said(self, variables: Mapping[str, Any]) -> str:
        try:
            return json.dumps(variables, sort_keys=True)
        except RecursionError:
            raise refused(TooDeep.of_variables(self.limits.nesting)) from None

    def _look_at(self, variables: Mapping[str, Any] | None) -> None:
        """Raise GraphQLError where the variables are nested too deeply to be read."""
        if variables and is_deeper(variables, self.limits.nesting):
            raise refused(TooDeep.of_variables(self.limits.nesting))

    def get(self, text: str, *, may_introspect: bool = True) -> Document:
        """The document; parsed and validated where it is new."""
        asked = (text, may_introspect)
        if found := self._held.get(asked):
            self.hits += 1
            self._held.move_to_end(asked)
            return found
        self.misses += 1
        document = self._read(text, may_introspect=may_introspect)
        size = _size(text, document)
        if size <= self._max_bytes and len(text) <= self.limits.characters:  # one that is too long pushes none out
            self._held[asked] = document
            self.size_bytes += size
            self._make_room()
        return document

    def _make_room(self) -> None:
        while self.size_bytes > self._max_bytes:
            (text, _), gone = self._held.popitem(last=False)
            self.size_bytes -= _size(text, gone)

    def price(self, document: Document, wanted: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> Price:
        """What an operation of a valid document costs. Raises GraphQLError where that is too much."""
        assert document.ast is not None  # noqa: S101 - for the type checker: it is valid
        given = variables or {}
        name = wanted.name.value if wanted.name else None
        if (names := document.priced_by.get(name)) is None or (key := _key(name, names, given)) not in document.prices:
            price, names = self._tariff.price(document.ast, wanted, given)
            document.priced_by[name] = names
            if len(document.prices) >= MOST_PRICES:
                document.prices.clear()
            key = _key(name, names, given)
            document.prices[key] = price
        price = document.prices[key]
        if price.points > self.limits.cost:
            dearest = max(price.fields, key=lambda each: price.fields[each])
            fault = CostTooHigh(price.points, self.limits.cost, dearest, price.fields[dearest])
            raise refused(fault, wanted, cost=price.told(self.limits.cost))
        return price

    def _read(self, text: str, *, may_introspect: bool) -> Document:
        if fault := text_fault(text, self.limits):
            return Document(None, (fault,))
        try:
            with span("parse"):
                ast = parse(text, max_tokens=self.limits.tokens)
            with span("validate"):
                return Document(ast, tuple(self._faults(ast, may_introspect=may_introspect)))
        except GraphQLError as error:
            return Document(None, (error,))
        except RecursionError:  # where settings let through more than Python can follow
            return Document(None, (refused(TooDeep.of_fragments()),))

    def _faults(self, ast: DocumentNode, *, may_introspect: bool) -> list[GraphQLError]:
        """What is wrong with it: its limits first, as validation may take long beyond them."""
        extents = Extents(ast)
        if faults := list(islice(extents.faults(self.limits), MOST_ERRORS)):
            return faults
        if not may_introspect and extents.introspects:
            return [refused(NoIntrospection())]
        return validate(self._schema, ast, [AllRules], MOST_ERRORS, hide_suggestions=not may_introspect)[:MOST_ERRORS]


def _key(name: str | None, names: Iterable[str], variables: Mapping[str, Any]) -> tuple[object, ...]:
    values = (variables.get(each, Ellipsis) for each in names)
    return (name, *(value if isinstance(value, int | float | None | EllipsisType) else "" for value in values))


def _size(text: str, document: Document) -> int:
    return len(text) * BYTES_PER_CHARACTER + len(document.understood) * BYTES_UNDERSTOOD
