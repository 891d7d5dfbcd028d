"""A finding as it is kept is what the graph tells of it."""

import json
from decimal import Decimal

import pytest
from graphql import GraphQLObjectType, build_schema
from starlette.testclient import TestClient

from bedrot_graph.domains.alerts import service
from bedrot_graph.domains.alerts.keeping import seen
from bedrot_graph.schema import sdl
from tests.lakes import SAMPLE_LAKE, snapshot_of

OF_PEOPLE = {"acknowledgedAt", "acknowledgedBy", "snoozedUntil", "snoozedBy"}


@pytest.fixture
def fields() -> list[str]:
    alert = build_schema(sdl()).type_map["Alert"]
    assert isinstance(alert, GraphQLObjectType)
    nested = {"period": "period { from to }", "dimensions": "dimensions { name value }"}
    return [nested.get(name, name) for name in alert.fields if name not in OF_PEOPLE]


def test_all_that_the_graph_tells_of_a_finding_is_kept_in_its_words(sample: TestClient, fields: list[str]) -> None:
    query = f"{{ alerts {{ nodes {{ {' '.join(fields)} }} }} }}"
    text = sample.post("/graphql", json={"query": query}).text
    told = json.loads(text, parse_float=Decimal)["data"]["alerts"]["nodes"]
    findings = service.alerts(snapshot_of(SAMPLE_LAKE), None).value
    assert [json.loads(seen(each).body, parse_float=Decimal) for each in findings] == told
    assert len(told) > 10
    for finding, node in zip(findings, told, strict=True):
        kept = seen(finding)
        assert kept[:5] == tuple(node[name] for name in ("id", "kind", "severity", "title", "message"))
        assert kept.raised_at == node["raisedAt"]
