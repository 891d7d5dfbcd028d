"""What an operation costs is known before it is executed, and told to who asks."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_introspection_query,
    get_named_type,
    parse,
    print_ast,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bedrot_graph.graph.cost import Price, Tariff
from bedrot_graph.graph.directives import Cost, ListSize
from bedrot_graph.graph.documents import MOST_PRICES, Documents
from bedrot_graph.graph.limits import DocumentLimits
from bedrot_graph.schema import schema
from tests.house.test_questions import QUESTIONS, VARIABLES

SCHEMA: Any = schema()._schema
PAGE = "query($first: Int) { revenueLines(first: $first) { nodes { title } } }"
BY_PAGE = {
    "{ revenueLines { nodes { title } } }": 102,  # 100, 1 for the connection, a page of 100 lines
    "{ revenueLines(first: null) { nodes { title } } }": 102,
    "{ revenueLines(first: 0) { nodes { title } } }": 101,
    "{ revenueLines(first: 1000) { nodes { title } } }": 111,
    "{ revenueLines(first: 1000) { edges { node { title } } } }": 121,
    "{ revenueLines(first: 1000) { nodes { title } edges { cursor } } }": 121,
    "{ revenueLines(first: 1000) { totalCount } }": 101,
    "{ revenueLines(first: 2000000000) { nodes { title } } }": 201,  # refused elsewhere; no page has more than 10,000
    "{ revenueLines(first: -5) { nodes { title } } }": 101,
    "{ revenue(first: 1000) { nodes { previous { platform } } } }": 121,
    "{ revenue { pageInfo { endCursor } total { revenueUsd } } }": 103,  # 1.01 more, rounded up
    "{ datasets { columns { name } } }": 192,  # 12 of 15 columns each
    "{ datasets { rejects { line } } }": 36,  # 12, and 20 rejects of each, ten to a point
    "{ datasets { rejects(first: 30) { line } } }": 48,
    "{ __typename }": 0,
    "mutation { reload { version } }": 1001,
}


def price_of(document: str, variables: dict[str, Any] | None = None, **limits: int) -> Price:
    documents = Documents(schema(), 2**20, DocumentLimits(**limits))
    known = documents.get(document)
    return documents.price(known, known.operations[0], variables)


@pytest.mark.parametrize("document", BY_PAGE)
def test_lists_cost_by_their_length_and_fields_by_what_they_compute(document: str) -> None:
    assert price_of(document).points == BY_PAGE[document]


@pytest.mark.parametrize(
    ("variables", "points"),
    [({"first": 1000}, 111), ({"first": 1000.0}, 111), ({}, 102), (None, 102), ({"first": None}, 102)],
)
def test_the_length_of_a_list_may_be_a_variable(variables: dict[str, Any] | None, points: int) -> None:
    assert price_of(PAGE, variables).points == points


@pytest.mark.parametrize(
    "value", ["x", True, [1], {}, 10**400, -(10**400), 1e308, math.inf, math.nan], ids=lambda v: str(v)[:9]
)
def test_a_variable_that_does_not_fit_does_not_break_the_count(value: object) -> None:
    assert price_of(PAGE, {"first": value}).points <= 201


def test_the_default_of_a_variable_counts_where_it_is_not_given() -> None:
    document = PAGE.replace("$first: Int", "$first: Int = 5000")
    assert price_of(document).points == 151
    assert price_of(document, {"first": 1}).points == 102
    assert price_of(document, {"first": None}).points == 102


def test_the_usual_page_is_the_one_that_settings_say() -> None:
    assert price_of("{ revenueLines { nodes { title } } }", page_size=1000).points == 111


def test_fragments_cost_as_often_as_they_are_spread() -> None:
    fragment = "fragment lines on RevenueLineConnection { nodes { title } }"
    long, short = "a: revenueLines(first: 1000) { ...lines }", "b: revenueLines(first: 100) { ...lines }"
    assert price_of(f"{{ {long} {short} }} {fragment}") == Price(213, {"a": 111, "b": 102})


def test_an_operation_is_answered_at_the_limit_and_refused_one_point_beyond(serve: Callable[..., TestClient]) -> None:
    question = {"query": "{ a: revenue { totalCount } b: pulse { date } }"}
    lake = Path("sample_lake")
    assert price_of(question["query"]) == Price(352, {"a": 101, "b": 251})
    assert "data" in serve(lake, max_cost=352).post("/graphql", json=question).json()
    refused = serve(lake, max_cost=351).post(
        "/graphql", json=question, headers={"accept": "application/graphql-response+json"}
    )
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert error["extensions"] == {
        "code": "COST_TOO_HIGH",
        "cost": {"points": 352, "limit": 351, "fields": {"a": 101, "b": 251}},
    }
    assert "costs 352 points, above the limit of 351; of these 'b' costs 251" in error["message"]
    assert "data" not in refused.json()


def test_who_asks_is_told_what_it_cost(sample: TestClient) -> None:
    asked = {"query": "{ pulse { date } }", "extensions": {"cost": True, "lineage": "none"}}
    told = {"cost": {"points": 251, "limit": 5000, "fields": {"pulse": 251}}}
    assert sample.post("/graphql", json=asked).json()["extensions"] == told
    assert "cost" not in sample.post("/graphql", json={"query": "{ pulse { date } }"}).json()["extensions"]


def test_the_price_of_a_document_is_found_once_for_each_length() -> None:
    documents = Documents(schema(), 2**20)
    known = documents.get(PAGE.replace(")", ", $where: RevenueFilter)", 1).replace("$first)", "$first, where: $where)"))
    [operation] = known.operations
    prices = [
        documents.price(known, operation, {"first": 5, "where": {"artist": {"eq": artist}}}) for artist in ("a", "b")
    ]
    assert prices[0] is prices[1]
    for first in range(2 * MOST_PRICES):
        documents.price(known, operation, {"first": first})
    assert len(known.prices) <= MOST_PRICES


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_every_contract_question_costs_less_than_a_quarter_of_what_one_may(path: Path, sample: TestClient) -> None:
    asked = {"query": path.read_text(encoding="utf-8"), "variables": VARIABLES.get(path.stem, {})}
    answer = sample.post("/graphql", json={**asked, "extensions": {"cost": True}}).json()
    assert "errors" not in answer
    assert 0 < answer["extensions"]["cost"]["points"] <= 5000 / 4


STANDARD = {
    "gql's": get_introspection_query(),
    "graphiql's": get_introspection_query(
        descriptions=True, schema_description=True, input_value_deprecation=True, directive_is_repeatable=True
    ),
}


@pytest.mark.parametrize("name", STANDARD)
def test_a_client_may_learn_the_schema_but_not_ten_times_at_once(name: str, sample: TestClient) -> None:
    assert "errors" not in sample.post("/graphql", json={"query": STANDARD[name]}).json()
    operation, *fragments = parse(STANDARD[name]).definitions
    asked = operation.selection_set.selections[0].selection_set  # type: ignore[attr-defined]
    fields = " ".join(f"a{number}: __schema {{ ...all }}" for number in range(10))
    ten = f"{{ {fields} }} fragment all on __Schema {print_ast(asked)} {' '.join(map(print_ast, fragments))}"
    answer = sample.post("/graphql", json={"query": ten}).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["COST_TOO_HIGH"]


# The schema says everything that a client needs to compute a price.


def directive(of: Any, kind: type) -> Any:  # noqa: ANN401
    found = getattr(of.extensions.get("strawberry-definition"), "directives", None) or ()
    return next((each for each in found if isinstance(each, kind)), None)


OBJECTS = [each for each in SCHEMA.type_map.values() if isinstance(each, GraphQLObjectType) and each.name[:2] != "__"]
SIZED = {
    (get_named_type(field.type).name, name)
    for of in OBJECTS
    for field in of.fields.values()
    for name in getattr(directive(field, ListSize), "sized_fields", None) or ()
}


def is_list(of: GraphQLOutputType) -> bool:
    return isinstance(of.of_type if isinstance(of, GraphQLNonNull) else of, GraphQLList)


@pytest.mark.parametrize("of", OBJECTS, ids=lambda of: of.name)
def test_every_list_of_objects_says_how_long_it_is(of: GraphQLObjectType) -> None:
    for name, field in of.fields.items():
        if is_list(field.type) and (isinstance(get_named_type(field.type), GraphQLObjectType) or name == "nodes"):
            assert directive(field, ListSize) or (of.name, name) in SIZED, f"{of.name}.{name} has no @listSize"


def test_every_field_that_computes_has_a_cost() -> None:
    free = {name for name, field in SCHEMA.query_type.fields.items() if not directive(field, Cost)}
    assert free == {"datasets", "dataset", "measures"}  # they compute nothing; what they show is counted


ASSUMED = (
    "{ datasets { columns { name } files { name } limitations { code } } measures { coordinate datasets { name } } }"
)


def test_lists_are_no_longer_than_is_assumed_but_for_a_few(sample: TestClient) -> None:
    data = sample.post("/graphql", json={"query": ASSUMED}).json()["data"]
    fields = SCHEMA.type_map["Dataset"].fields
    assert len(data["datasets"]) == directive(SCHEMA.query_type.fields["datasets"], ListSize).assumed_size
    assert len(data["measures"]) <= directive(SCHEMA.query_type.fields["measures"], ListSize).assumed_size
    for name in ("columns", "files", "limitations"):
        mean = sum(len(each[name]) for each in data["datasets"]) / len(data["datasets"])
        assert mean <= directive(fields[name], ListSize).assumed_size


# Against a count that writes every item out.


def naive_price(document: str) -> float:
    operation: Any = parse(document).definitions[0]
    return math.fsum(naive(SCHEMA.query_type, node, None) for node in operation.selection_set.selections)


def naive(parent: Any, node: Any, given_size: int | None) -> float:  # noqa: ANN401
    field = parent.fields[node.name.value]
    of, length = get_named_type(field.type), directive(field, ListSize)
    first = next((int(each.value.value) for each in node.arguments or () if each.name.value == "first"), None)
    said = first if first is not None and length and length.slicing_arguments else None
    size = said if said is not None else length.assumed_size if length else 1
    sized = (length.sized_fields or ()) if length else ()
    times = given_size if given_size is not None else 1 if sized else size
    own = float(directive(field, Cost).weight) if directive(field, Cost) else 0
    weight = directive(of, Cost)
    item = float(weight.weight) if weight else float(isinstance(of, GraphQLObjectType))
    below = math.fsum(
        naive(of, each, size if each.name.value in sized else None)
        for each in (node.selection_set.selections if node.selection_set else ())
    )
    return own + times * (item + below)


@st.composite
def questions(draw: Callable[..., Any]) -> str:
    def selection(of: GraphQLObjectType, depth: int) -> str:
        names = [
            name
            for name, field in of.fields.items()
            if depth > 0 or not isinstance(get_named_type(field.type), GraphQLObjectType)
        ]
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)) if names else []
        return "{ " + " ".join(text(of, name, depth) for name in chosen) + " }"

    def text(of: GraphQLObjectType, name: str, depth: int) -> str:
        field = of.fields[name]
        given = {"first": str(draw(st.integers(0, 10_000)))} if "first" in field.args and draw(st.booleans()) else {}
        given |= {"of": "REVENUE_USD"} if "of" in field.args else {"name": '"x"'} if "name" in field.args else {}
        arguments = f"({', '.join(f'{key}: {value}' for key, value in given.items())})" if given else ""
        child = get_named_type(field.type)
        below = selection(child, depth - 1) if isinstance(child, GraphQLObjectType) else ""
        return f"{name}{arguments} {below}"

    return selection(SCHEMA.query_type, 4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_a_price_is_what_counting_every_item_gives(document: str) -> None:
    ast = parse(document)
    price, used = Tariff(SCHEMA, DocumentLimits()).price(ast, ast.definitions[0], {})  # type: ignore[arg-type]
    assert used == ()
    assert price.points == pytest.approx(naive_price(document), abs=1), print_ast(ast)
