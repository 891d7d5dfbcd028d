"""Documents, parsed and validated once however often they are asked."""

import json
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl
import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse, specified_rules
from graphql.pyutils import Path as ResponsePath
from strawberry.schema.schema import validate_document

from bedrot_graph.graph.columnar import Writing
from bedrot_graph.lake.snapshot import Snapshot

BYTES_PER_CHARACTER = 300
"""What a parsed document takes in memory, for each character of its text: measured, and rounded up."""

MOST_UNDERSTOOD = 1000
"""Of so many operations with their variables it is remembered what they ask; each takes some ten kilobytes."""
LONGEST_VARIABLES = 2000
"""Longer ones, in characters of JSON, are understood anew each time."""


Question = Callable[[Any, ResponsePath], Awaitable[Any]]
"""What a root field asks, in plain values: answers it in a context, whatever the data has become meanwhile."""


@dataclass(frozen=True)
class Told:
    """A lineage as it was told: of which snapshot, of what the fields were made from, and its JSON."""

    snapshot: "weakref.ref[Snapshot]"
    """No more than a reference: a document must not keep old data alive."""
    used: tuple[object, ...]
    text: orjson.Fragment


@dataclass
class Understood:
    """What has been found out of an operation with its variables."""

    executor: Any = None
    """What executes it, of no request yet; or a list of errors, where the variables do not fit."""
    questions: dict[str, Question] = field(default_factory=dict)
    """What root fields ask, by their keys."""
    writings: dict[tuple[str | int, ...], tuple[pl.Schema, Writing]] = field(default_factory=dict)
    """How lists are written, by their paths: from columns of which types, and how."""
    lineages: dict[str, Told] = field(default_factory=dict)
    """What was told last of where its numbers come from, by level."""


@dataclass(frozen=True)
class Document:
    """A document, and what is wrong with it."""

    ast: DocumentNode | None
    """None where it cannot be parsed."""
    errors: tuple[GraphQLError, ...] = ()

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
            choices = ", ".join(f"'{each.name.value}'" for each in found if each.name)
            text = f"The document has several operations. Name one in 'operationName': {choices}."
        else:
            named = f" '{name}'. Name one that it has in 'operationName'" if name else ""
            text = f"The document has no operation{named}."
        raise GraphQLError(text, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})


class Documents:
    """The documents that were asked last, by their text; the least recently used go first when there are too many."""

    def __init__(self, schema: strawberry.Schema, max_bytes: int, max_tokens: int) -> None:
        self._schema = schema
        self._max_bytes = max_bytes
        self._max_tokens = max_tokens
        self._held: OrderedDict[str, Document] = OrderedDict()
        self._understood: OrderedDict[tuple[str, str | None, str], Understood] = OrderedDict()
        self.size_bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        """How many are held."""
        return len(self._held)

    def understood(self, text: str, operation: str | None, variables: Mapping[str, Any] | None) -> Understood:
        """What is known of an operation of the document with these variables, and can be added to."""
        said = json.dumps(variables, sort_keys=True) if variables else ""
        if len(said) > LONGEST_VARIABLES or text not in self._held:
            return Understood()
        asked = (text, operation, said)
        found = self._understood.setdefault(asked, Understood())
        self._understood.move_to_end(asked)
        if len(self._understood) > MOST_UNDERSTOOD:
            self._understood.popitem(last=False)
        return found

    def get(self, text: str) -> Document:
        """The document; parsed and validated where it is new."""
        if found := self._held.get(text):
            self.hits += 1
            self._held.move_to_end(text)
            return found
        self.misses += 1
        document = self._read(text)
        size = _size(text)
        if size <= self._max_bytes:
            self._held[text] = document
            self.size_bytes += size
            while self.size_bytes > self._max_bytes:
                gone, _ = self._held.popitem(last=False)
                self.size_bytes -= _size(gone)
        return document

    def _read(self, text: str) -> Document:
        try:
            ast = parse(text, max_tokens=self._max_tokens)
        except GraphQLError as error:
            return Document(None, (error,))
        return Document(ast, tuple(validate_document(self._schema._schema, ast, tuple(specified_rules))))  # noqa: SLF001


def _size(text: str) -> int:
    return len(text) * BYTES_PER_CHARACTER
