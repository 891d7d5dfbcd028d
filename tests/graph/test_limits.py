"""Documents are refused one beyond each limit, and answered at it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import DocumentNode, FieldNode, FragmentSpreadNode, SelectionSetNode, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrot_graph.graph.documents import MOST_ERRORS, Document, Documents
from bedrot_graph.graph.limits import INTROSPECTION, MOST_DIGITS, MOST_REPEATS, DocumentLimits, Extent, Extents
from bedrot_graph.schema import schema

NESTED = "{ revenue { nodes { previous { previous { platform } } } } }"


def codes(document: str, **limits: int) -> list[object]:
    """What is wrong with a document under these limits."""
    return codes_of(Documents(schema(), 2**20, DocumentLimits(**limits)).get(document))


def codes_of(found: Document) -> list[object]:
    return [(error.extensions or {}).get("code", error.message) for error in found.errors]


def spread(times: int, below: str) -> str:
    return f"query {{ {'...f0'} }}" + "".join(
        f" fragment f{number} on Query {{ {below if number == times else f'...f{number + 1}'} }}"
        for number in range(times + 1)
    )


AT: dict[str, tuple[str, int, str]] = {
    "characters": (NESTED, len(NESTED), "DOCUMENT_TOO_LONG"),
    "nesting": (NESTED, 5, "TOO_DEEP"),
    "depth": (NESTED, 5, "TOO_DEEP"),
    "introspection_depth": ("{ __schema { types { ofType { name } } } }", 4, "TOO_DEEP"),
    "aliases": ("{ a: __typename b: __typename c: revenue { d: totalCount } }", 4, "TOO_MANY_ALIASES"),
    "fragments": (spread(2, "__typename"), 3, "TOO_MANY_FRAGMENTS"),
    "directives": (
        "query($a: Boolean!) { __typename @skip(if: $a) revenue @include(if: $a) { totalCount @skip(if: $a) } }",
        3,
        "TOO_MANY_DIRECTIVES",
    ),
    "directives_in_place": ("{ __typename @skip(if: false) @include(if: true) }", 2, "TOO_MANY_DIRECTIVES"),
}
"""By limit: a document, how far it reaches, and what it is told beyond."""


@pytest.mark.parametrize("limit", AT)
def test_a_document_is_answered_at_a_limit_and_refused_one_beyond(limit: str) -> None:
    document, reached, code = AT[limit]
    assert codes(document, **{limit: reached}) == []
    assert codes(document, **{limit: reached - 1}) == [code]


def test_tokens_are_counted_by_the_parser() -> None:
    assert codes("{ __typename }", tokens=3) == []
    assert codes("{ __typename }", tokens=2) == ["Syntax Error: Document contains more than 2 tokens. Parsing aborted."]


def test_one_key_is_selected_in_one_place_only_so_often_also_through_inline_fragments() -> None:
    for one in ("__typename ", "... { __typename } ", "... { ... { a: __typename } } "):
        assert "TOO_MANY_REPEATS" not in codes(f"{{ {one * MOST_REPEATS} }}")
        assert "TOO_MANY_REPEATS" in codes(f"{{ {one * (MOST_REPEATS + 1)} }}")


def test_a_number_has_only_so_many_digits() -> None:
    for digits, told in ((MOST_DIGITS, "GRAPHQL_VALIDATION_FAILED"), (MOST_DIGITS + 1, "NUMBER_TOO_LONG")):
        found = Documents(schema(), 2**20).get(f"{{ revenue(first: -{'9' * digits}) {{ totalCount }} }}")
        extensions = found.errors[0].extensions or {"code": "GRAPHQL_VALIDATION_FAILED"}
        assert extensions["code"] == told


def test_what_a_fragment_reaches_counts_as_often_as_it_is_spread() -> None:
    twice = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(26))
    document = parse(f"query {{ ...f0 }} {twice} fragment f26 on Query {{ a: revenue {{ totalCount }} }}")
    assert extent_of(document) == Extent(depth=2, introspection_depth=0, aliases=2**26, height=2)


@pytest.mark.parametrize(
    "document",
    [
        "query { ...a } fragment a on Query { ...a }",
        "query { ...a } fragment a on Query { revenue { totalCount } ...b } fragment b on Query { ...a }",
        "query { revenue { nodes { ...a } } } fragment a on Revenue { previous { ...a } }",
        "query { __typename } fragment a on Query { ...b } fragment b on Query { ...a }",
    ],
)
def test_circular_fragments_are_an_error_of_validation(document: str) -> None:
    errors = Documents(schema(), 2**20).get(document).errors
    assert any("within itself" in error.message for error in errors)


def test_nesting_that_settings_let_through_and_the_parser_cannot_follow_is_refused() -> None:
    document = "{ a " * 30_000 + "}" * 30_000
    [said] = codes(document, nesting=10**6, characters=10**6, tokens=10**6)
    assert said == "Syntax Error: Document is nested too deeply. Parsing aborted."


def test_fragments_that_settings_let_through_and_python_cannot_follow_are_refused() -> None:
    document = spread(2000, "__typename")
    assert codes(document, characters=10**6, tokens=10**6, fragments=10**6) == ["TOO_DEEP"]


def test_each_operation_is_held_against_the_limits_by_itself() -> None:
    one, two = "query A { a: __typename b: __typename }", "query B { c: __typename }"
    assert codes(f"{one} {two}", aliases=2) == []
    assert codes(f"{one} {two}", aliases=1) == ["TOO_MANY_ALIASES"]
    assert codes(f"{one} {one.replace('A', 'C')}", aliases=1) == ["TOO_MANY_ALIASES"] * 2


def test_at_most_five_errors_are_told() -> None:
    assert MOST_ERRORS == 5
    for document in (
        "{ " + " ".join(f"nothing{n}" for n in range(9)) + " }",
        " ".join(f"query q{n} {{ a: __typename }}" for n in range(9)),
    ):
        assert len(codes(document, aliases=0)) == 5


@pytest.mark.parametrize("document", ["{ __schema { types { name } } }", '{ a: __type(name: "Query") { name } }'])
def test_who_may_not_know_the_schema_is_not_told_of_it(document: str) -> None:
    hidden = f"query {{ ...f }} fragment f on Query {document}"
    assert codes(document) == codes(hidden) == []
    for text in (document, hidden):
        refused = Documents(schema(), 2**20).get(text, may_introspect=False)
        assert codes_of(refused) == ["INTROSPECTION_DISABLED"]


def test_who_may_not_know_the_schema_gets_type_names_and_no_suggestions() -> None:
    documents = Documents(schema(), 2**20)
    assert documents.get("{ __typename revenue { __typename } }", may_introspect=False).errors == ()
    for _ in range(2):  # whoever asks first, and again
        told, hidden = (documents.get("{ revenu { totalCount } }", may_introspect=may) for may in (True, False))
        assert "Did you mean 'revenue'" in told.errors[0].message
        assert "Did you mean" not in hidden.errors[0].message


def extent_of(document: DocumentNode) -> Extent:
    [operation, *_] = document.definitions
    return Extents(document).of(operation)  # type: ignore[arg-type] # it is one


# What a reader would count, by writing every fragment out where it is spread.


def written_out(selections: SelectionSetNode, document: DocumentNode) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            [fragment] = [each for each in document.definitions[1:] if each.name.value == node.name.value]  # type: ignore[attr-defined]
            yield from written_out(fragment.selection_set, document)  # type: ignore[attr-defined]
        else:
            yield from written_out(node.selection_set, document)  # type: ignore[attr-defined]


def naive(selections: SelectionSetNode | None, document: DocumentNode) -> list[list[FieldNode]]:
    """The way to every field."""
    return [
        [field, *way]
        for field in (written_out(selections, document) if selections else ())
        for way in ([], *naive(field.selection_set, document))
    ]


def naive_extent(document: DocumentNode) -> Extent:
    ways = naive(document.definitions[0].selection_set, document)  # type: ignore[attr-defined]
    told = [next((at for at, each in enumerate(way) if each.name.value in INTROSPECTION), None) for way in ways]
    return Extent(
        depth=max(len(way) if at is None else at + 1 for way, at in zip(ways, told, strict=True)),
        introspection_depth=max(0 if at is None else len(way) - at for way, at in zip(ways, told, strict=True)),
        aliases=sum(way[-1].alias is not None for way in ways),
        height=max(len(way) for way in ways),
    )


FRAGMENTS = 4


@st.composite
def small_documents(draw: Callable[..., Any]) -> str:
    """Documents of a few fragments, each spreading later ones only."""

    def selection(least: int, depth: int) -> str:
        count = draw(st.integers(1, 3))
        return "{ " + " ".join(part(least, depth) for _ in range(count)) + " }"

    def part(least: int, depth: int) -> str:
        kind = draw(st.sampled_from(["leaf", "field", "inline", "spread"]))
        if kind == "spread" and least < FRAGMENTS:
            return f"...f{draw(st.integers(least, FRAGMENTS - 1))}"
        alias = draw(st.sampled_from(["", "a: "]))
        name = draw(st.sampled_from(["x", "y", "__schema", "__typename"]))
        if depth == 0 or kind in {"leaf", "spread"}:
            return f"{alias}{name}"
        return (
            f"... {selection(least, depth - 1)}" if kind == "inline" else f"{alias}{name} {selection(least, depth - 1)}"
        )

    fragments = (f"fragment f{number} on Query {selection(number + 1, 2)}" for number in range(FRAGMENTS))
    return f"query {selection(0, 2)} {' '.join(fragments)}"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_documents())
def test_what_is_counted_once_per_fragment_is_what_a_reader_counts(text: str) -> None:
    document = parse(text)
    assert extent_of(document) == naive_extent(document)
