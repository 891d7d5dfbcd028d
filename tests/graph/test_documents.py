"""Documents are parsed and validated once, and only so many are held."""

import pytest
from graphql import GraphQLError

from bedrot_graph.graph.documents import (
    BYTES_PER_CHARACTER,
    BYTES_UNDERSTOOD,
    LONGEST_VARIABLES,
    MOST_UNDERSTOOD,
    Document,
    Documents,
)
from bedrot_graph.graph.limits import DocumentLimits
from bedrot_graph.schema import schema

TOTAL = "{ revenue { total { revenueUsd } } }"
TWO = "query A { __typename } query B { __typename } mutation C { reload { version } }"


def held(*, characters: int = 10_000, tokens: int = 1000) -> Documents:
    return Documents(schema(), characters * BYTES_PER_CHARACTER, DocumentLimits(tokens=tokens))


def test_a_document_that_is_asked_again_is_the_same_object() -> None:
    documents = held()
    assert documents.get(TOTAL) is documents.get(TOTAL)
    assert (documents.hits, documents.misses, len(documents)) == (1, 1, 1)


def test_what_is_wrong_with_a_document_is_remembered_too() -> None:
    documents = held()
    for text, what in (("{", "Syntax Error"), ("{ nothing }", "Cannot query field"), ("{ a }" * 400, "Syntax Error")):
        first, second = documents.get(text), documents.get(text)
        assert what in str(first.errors[0])
        assert second is first


def test_the_document_that_was_not_asked_for_longest_goes_first() -> None:
    a, b, c = (f"{{ {name}: __typename }}" for name in "abc")
    documents = held(characters=2 * len(a))
    first = documents.get(a)
    documents.get(b)
    assert documents.get(a) is first
    documents.get(c)
    assert documents.get(a) is first
    assert len(documents) == 2
    assert documents.size_bytes == 2 * len(a) * BYTES_PER_CHARACTER


def test_a_document_larger_than_all_room_is_read_every_time() -> None:
    documents = held(characters=3)
    assert documents.get(TOTAL).errors == ()
    assert (len(documents), documents.size_bytes) == (0, 0)


def test_a_document_that_is_too_long_pushes_none_out() -> None:
    documents = held(characters=20_000)
    first = documents.get(TOTAL)
    assert documents.get(" " * 15_001).errors
    assert documents.get(TOTAL) is first
    assert len(documents) == 1


def test_an_operation_is_not_taken_by_guess() -> None:
    document: Document = held().get(TWO)
    with pytest.raises(GraphQLError, match=r"several operations\. Name one in 'operationName': 'A', 'B', 'C'"):
        document.operation(None)
    with pytest.raises(GraphQLError, match=r"no operation 'D'\. Name one that it has"):
        document.operation("D")


def test_what_an_operation_asks_is_remembered_by_its_variables() -> None:
    documents = held()
    documents.get(TWO)
    first = documents.understood(TWO, "A", {"x": 1, "y": 2})
    assert documents.understood(TWO, "A", {"y": 2, "x": 1}) is first
    others = [documents.understood(TWO, name, each) for name, each in (("B", {"x": 1, "y": 2}), ("A", None))]
    assert all(other is not first for other in others)


def test_only_so_many_operations_and_no_long_variables_are_remembered() -> None:
    documents = held()
    documents.get(TWO)
    first = documents.understood(TWO, "A", {"x": 0})
    for number in range(1, MOST_UNDERSTOOD + 1):
        documents.understood(TWO, "A", {"x": number})
    assert documents.understood(TWO, "A", {"x": 0}) is not first
    long = {"x": "y" * LONGEST_VARIABLES}
    assert documents.understood(TWO, "A", long) is not documents.understood(TWO, "A", long)


def test_what_operations_ask_counts_as_memory_and_goes_with_their_document() -> None:
    documents = Documents(schema(), 10 * BYTES_UNDERSTOOD + len(TWO) * BYTES_PER_CHARACTER)
    documents.get(TWO)
    for number in range(10):
        documents.understood(TWO, "A", {"x": number})
    assert len(documents) == 1
    documents.understood(TWO, "A", {"x": 10})
    assert (len(documents), documents.size_bytes) == (0, 0)


def test_of_a_document_that_is_not_held_nothing_is_remembered() -> None:
    documents = held(characters=3)
    documents.get(TOTAL)
    assert documents.understood(TOTAL, None, None) is not documents.understood(TOTAL, None, None)
