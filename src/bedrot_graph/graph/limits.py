"""How large a document may be, whatever it asks: looked at before it is held against the schema.

Every fragment is walked once however often it is spread, so that no document takes longer than its length.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from bedrot_graph.errors import (
    LONGEST_NAME_SHOWN,
    DocumentRefused,
    DocumentTooLong,
    NumberTooLong,
    TooDeep,
    TooManyAliases,
    TooManyDirectives,
    TooManyFragments,
    TooManyRepeats,
)
from bedrot_graph.graph.nesting import signs

MOST = 10**9
"""Nothing is counted further."""

MOST_DIGITS = 400
"""Of a number: all that a float can be fits, and Python refuses to read thousands."""
MOST_REPEATS = 20
"""How often one key may be selected in one place: validation compares each with each."""

INTROSPECTION = frozenset({"__schema", "__type"})
"""The fields that tell of the schema."""


@dataclass(frozen=True)
class DocumentLimits:
    """How large a document may be."""

    tokens: int = 1000
    characters: int = 15_000
    nesting: int = 200
    depth: int = 10
    introspection_depth: int = 20
    aliases: int = 15
    fragments: int = 50
    directives: int = 50
    directives_in_place: int = 5
    cost: int = 5000
    page_size: int = 100
    """How many rows are meant where a question does not say."""
    rows: int = 10_000
    """More rows are on no page, whatever a question says."""


class Extent(NamedTuple):
    """How far a selection reaches, with the fragments that it spreads."""

    depth: int = 0
    """How many fields stand in one another, down to those that tell of the schema."""
    introspection_depth: int = 0
    """The same from these on, themselves included; 0 where there are none."""
    aliases: int = 0
    height: int = 0
    """How many fields stand in one another, whatever they tell of."""


def text_fault(text: str, limits: DocumentLimits) -> GraphQLError | None:
    """Why the parser should not see the text."""
    if len(text) > limits.characters:
        return refused(DocumentTooLong(len(text), limits.characters))
    depth, digits = signs(text)
    if depth > limits.nesting:
        return refused(TooDeep.of("Brackets", depth, limits.nesting))
    if digits > MOST_DIGITS:
        return refused(NumberTooLong(digits, MOST_DIGITS))
    return None


class Extents:
    """How far the operations of a document reach."""

    def __init__(self, document: DocumentNode) -> None:
        definitions = document.definitions
        self._fragments = fragments_of(document)
        self._known: dict[str, Extent] = {}
        self._operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        self._document = document

    def of(self, operation: OperationDefinitionNode) -> Extent:
        """How far it reaches. Its fragments may be missing or circular: validation refuses these."""
        return self._of_selections(operation.selection_set)

    def faults(self, limits: DocumentLimits) -> Iterator[GraphQLError]:
        """What of the document is beyond its limits."""
        fragments = sum(isinstance(each, FragmentDefinitionNode) for each in self._document.definitions)
        if fragments > limits.fragments:
            yield refused(TooManyFragments(fragments, limits.fragments))
        yield from _directive_faults(self._document, limits)
        yield from _repeats(self._document)
        for operation in self._operations:
            extent = self.of(operation)
            if extent.depth > limits.depth:
                yield refused(TooDeep.of("Fields", extent.depth, limits.depth), operation)
            if extent.introspection_depth > limits.introspection_depth:
                fault = TooDeep.of(
                    "Fields below '__schema' or '__type'", extent.introspection_depth, limits.introspection_depth
                )
                yield refused(fault, operation)
            if extent.aliases > limits.aliases:
                yield refused(TooManyAliases(extent.aliases, limits.aliases), operation)

    @property
    def introspects(self) -> bool:
        """Whether any operation asks for the schema."""
        return any(self.of(operation).introspection_depth for operation in self._operations)

    def _of_selections(self, selections: SelectionSetNode) -> Extent:
        reached = [self._of_selection(node) for node in selections.selections] or [Extent()]
        return Extent(
            depth=max(each.depth for each in reached),
            introspection_depth=max(each.introspection_depth for each in reached),
            aliases=min(sum(each.aliases for each in reached), MOST),
            height=max(each.height for each in reached),
        )

    def _of_selection(self, node: SelectionNode) -> Extent:
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            return self._of_selections(node.selection_set)
        assert isinstance(node, FieldNode)  # noqa: S101 - for the type checker: there is no fourth kind
        below = self._of_selections(node.selection_set) if node.selection_set else Extent()
        aliases = below.aliases + (node.alias is not None)
        height = 1 + below.height
        if node.name.value in INTROSPECTION:
            return Extent(1, height, aliases, height)
        return Extent(1 + below.depth, below.introspection_depth, aliases, height)

    def _of_fragment(self, name: str) -> Extent:
        if name not in self._known:
            self._known[name] = Extent()  # where it spreads itself, it adds nothing
            if fragment := self._fragments.get(name):
                self._known[name] = self._of_selections(fragment.selection_set)
        return self._known[name]


def _directive_faults(document: DocumentNode, limits: DocumentLimits) -> Iterator[GraphQLError]:
    """Directives count as they are written, as a fragment's are the same however often it is spread."""
    count = 0
    for node in _places(document):
        here = len(getattr(node, "directives", None) or ())
        count += here
        if here > limits.directives_in_place:
            yield refused(TooManyDirectives(_what(node), here, limits.directives_in_place), node)
    if count > limits.directives:
        yield refused(TooManyDirectives("The document", count, limits.directives))


def _what(node: Node) -> str:
    """What a node is, in a message."""
    name = getattr(node, "name", None) or getattr(getattr(node, "variable", None), "name", None)
    return f"'{name.value[:LONGEST_NAME_SHOWN]}'" if name else "One place"


def _repeats(document: DocumentNode) -> Iterator[GraphQLError]:
    for node in _places(document):
        selections = getattr(node, "selection_set", None)
        if selections and not isinstance(node, InlineFragmentNode):
            key, count = max(Counter(_keys(selections)).items(), key=itemgetter(1), default=("", 0))
            if count > MOST_REPEATS:
                yield refused(TooManyRepeats(key, count, MOST_REPEATS), node)


def _keys(selections: SelectionSetNode) -> Iterator[str]:
    """The keys in the response that are written in one place."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield (node.alias or node.name).value
        elif isinstance(node, InlineFragmentNode):
            yield from _keys(node.selection_set)


def _places(document: DocumentNode) -> Iterator[Node]:
    """Everything in a document that can have directives."""
    waiting: list[Node] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, OperationDefinitionNode):
            yield from node.variable_definitions or ()
        if selections := getattr(node, "selection_set", None):
            waiting.extend(selections.selections)


def refused(fault: DocumentRefused, node: Node | None = None, **told: object) -> GraphQLError:
    """The fault as clients are told of it."""
    return GraphQLError(str(fault), node, extensions={**fault.extensions, **told})


def fragments_of(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    """The fragments of a document, by name."""
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
