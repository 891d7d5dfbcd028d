"""All rules as one say of a document what each of them says beside the others."""

import re

import pytest
from graphql import DocumentNode, GraphQLSyntaxError, parse, validate
from hypothesis import given, reject
from hypothesis import strategies as st

from bedrot_graph.graph.rules import RULES, AllRules
from bedrot_graph.schema import schema
from tests.graph.generated import Writer

SCHEMA = schema()._schema
WRONG = (
    "{ nothing }",
    "{ revenue }",
    "{ revenue { total { revenueUsd { x } } } }",
    "{ revenue(no: 1) { totalCount } }",
    "{ revenue(first: 1, first: 2) { totalCount } }",
    '{ revenue(first: "one") { totalCount } }',
    "{ revenue(period: { lastDays: 1, lastMonths: 1 }) { totalCount } }",
    "{ revenue(period: { lastDays: 1, lastDays: 2, no: $x }) { totalCount } }",
    "query ($x: Int, $x: Int, $y: Nothing, $z: Revenue) { revenue(first: $w) { totalCount } }",
    "query ($x: String) { revenue(first: $x) { totalCount } }",
    "query A { __typename } query A { __typename } { __typename }",
    "{ ...a } fragment b on Query { ...b } fragment b on Nothing { x }",
    "{ ...a } fragment a on Query { __typename ...a }",
    "{ revenue { ... on Query { __typename } ...a } } fragment a on Int { x }",
    "{ revenue @no @skip { totalCount } }",
    "query @skip(if: true) { a: __typename @include(if: true) @include(if: false) }",
    "{ a: revenue { totalCount } a: streams { totalCount } }",
    "{ revenue(first: 1) { totalCount } revenue(first: 2) { totalCount } }",
    "subscription { kpis { name } alerts { name } }",
    "{ __typename } type A { b: Int }",
    "{ ... @defer(label: $x) { __typename } revenue { nodes @stream { date } } }",
)
NAMES = re.compile(r"[A-Za-z]\w*")


def said(document: DocumentNode, rules: tuple[type, ...]) -> list[tuple[object, ...]]:
    errors = validate(SCHEMA, document, rules, 50)
    return [(error.message, error.locations, error.path) for error in errors]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_as_by_each_rule(text: str) -> None:
    document = parse(text)
    assert said(document, (AllRules,)) == said(document, RULES) != []


@given(st.data())
def test_so_is_what_is_wrong_with_a_document_whose_names_are_mixed_up(data: st.DataObject) -> None:
    text = Writer(SCHEMA, data.draw).document(data.draw(st.sampled_from(["revenue", "streams", "alerts", "kpis"])))
    names = list(NAMES.finditer(text))
    place, other = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    mixed_up = text[: place.start()] + other.group() + text[place.end() :]
    try:
        document = parse(mixed_up)
    except GraphQLSyntaxError:
        reject()
    assert said(document, (AllRules,)) == said(document, RULES)
