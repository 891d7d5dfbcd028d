"""The schema is the contract: what is committed is what the code says, and everything in it is explained."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities import find_breaking_changes

from bedrot_graph.graph.dictionary import measured_fields
from bedrot_graph.schema import schema, sdl

COMMITTED = Path(__file__).parent.parent.parent / "schema.graphql"
NUMBERS = {"Int", "BigInt", "Float", "USD"}
PLACES = {"line"}
"""Numbers that count nothing: they say where something stands."""

BUILT = build_schema(sdl())
TYPES = [
    each for each in BUILT.type_map.values() if not is_introspection_type(each) and not is_specified_scalar_type(each)
]


def test_the_committed_schema_is_what_the_code_prints() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl(), "run `make docs`"


def test_the_printed_schema_builds_again_without_a_change() -> None:
    assert find_breaking_changes(build_schema(COMMITTED.read_text(encoding="utf-8")), BUILT) == []


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.name)
def test_every_type_and_everything_in_it_is_described(type_: object) -> None:
    assert getattr(type_, "description", None)
    if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType):
        for name, field in type_.fields.items():
            assert field.description, name
            for argument in getattr(field, "args", {}):
                assert field.args[argument].description, f"{name}({argument})"
    if isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            assert value.description, name


@pytest.mark.parametrize("type_", [each for each in TYPES if isinstance(each, GraphQLObjectType)], ids=lambda t: t.name)
def test_every_number_says_its_unit(type_: GraphQLObjectType) -> None:
    for name, field in type_.fields.items():
        if get_named_type(field.type).name in NUMBERS and name not in PLACES:
            assert "Unit: " in (field.description or ""), name


def test_every_number_of_a_cube_is_a_measure() -> None:
    measured = {each.coordinate for each in measured_fields(schema())}
    numbers = {
        f"{node}.{name}"
        for node in ("Revenue", "Stream", "Campaign", "TikTokMetric", "SpotifyAudience")
        for name, field in BUILT.type_map[node].fields.items()  # type: ignore[attr-defined] # both are objects
        if get_named_type(field.type).name in NUMBERS and name != "growth"
    }
    assert numbers <= measured


def test_a_measure_shows_its_lineage_in_the_schema_file() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    field = text[text.index("  revenueUsd: USD @lineage(") :].splitlines()[0]
    assert 'method: "Sum of the earnings of all statement lines, negative ones included."' in field
    assert 'unit: "USD", additivity: "ADDITIVE", datasets: ["distrokid_statements"]' in field
    assert 'limitations: ["PAYMENT_DELAY", "TOOLOST_NO_REVENUE"]' in field
