"""Alerts as clients ask for them: filters, pages and errors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.domains.alerts.told import level, without
from tests.lakes import STREAMS_FILE, write_lake

Serve = Callable[..., TestClient]
Ask = Callable[..., dict[str, Any]]

#  CRITICAL 1: a drop      WARNING 4: the same days as an anomaly, two gaps, old data
ROWS = without(level(90, but=dict.fromkeys(range(83, 90), 100)), 20, 40)
COUNT = """query($where: AlertFilter, $asOf: Date) {
  alerts(where: $where, asOf: $asOf) { totalCount nodes { kind } }
}"""
PAGE = """query($first: Int, $after: String, $where: AlertFilter) {
  alerts(first: $first, after: $after, where: $where) {
    nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount
  }
}"""


@pytest.fixture
def client(tmp_path: Path, serve: Serve) -> TestClient:
    return serve(write_lake(tmp_path, streams=ROWS))


def post(client: TestClient, query: str, **variables: object) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/graphql", json={"query": query, "variables": variables}).json()
    return answer


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (None, 5),
        ({}, 5),
        ({"severity": None, "kind": {}, "acknowledged": {"eq": None}}, 5),
        ({"severity": {"eq": None, "in": None}}, 5),
        ({"severity": {"eq": "CRITICAL"}}, 1),
        ({"severity": {"in": ["WARNING", "CRITICAL"]}}, 5),
        ({"severity": {"in": []}}, 0),
        ({"severity": {"eq": "CRITICAL", "in": ["WARNING"]}}, 0),
        ({"kind": {"eq": "MISSING_DAYS"}}, 2),
        ({"kind": {"in": ["MISSING_DAYS", "STALE_DATA"]}}, 3),
        ({"kind": {"in": []}}, 0),
        ({"kind": {"eq": "MISSING_DAYS"}, "severity": {"eq": "CRITICAL"}}, 0),
        ({"acknowledged": {"eq": False}}, 5),
        ({"acknowledged": {"eq": True}}, 0),
    ],
)
def test_filters_are_combined_and_what_is_not_said_filters_nothing(
    where: dict[str, Any] | None, count: int, client: TestClient
) -> None:
    alerts = post(client, COUNT, where=where)["data"]["alerts"]
    assert alerts["totalCount"] == len(alerts["nodes"]) == count


def test_pages_are_cut_from_one_list(client: TestClient) -> None:
    whole = [node["id"] for node in post(client, PAGE)["data"]["alerts"]["nodes"]]
    first = post(client, PAGE, first=3)["data"]["alerts"]
    second = post(client, PAGE, first=3, after=first["pageInfo"]["endCursor"])["data"]["alerts"]
    assert [edge["node"]["id"] for page in (first, second) for edge in page["edges"]] == whole
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]
    assert [page["pageInfo"]["hasPreviousPage"] for page in (first, second)] == [False, True]
    assert [page["totalCount"] for page in (first, second)] == [5, 5]


def test_a_cursor_of_another_filter_does_not_fit(client: TestClient) -> None:
    cursor = post(client, PAGE, first=1)["data"]["alerts"]["pageInfo"]["endCursor"]
    answer = post(client, PAGE, after=cursor, where={"severity": {"eq": "WARNING"}})
    assert answer["data"] == {"alerts": None}
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"


def test_too_large_a_page_is_an_error(client: TestClient) -> None:
    assert post(client, PAGE, first=1001)["errors"][0]["extensions"]["code"] == "PAGE_TOO_LARGE"


def test_without_anything_to_read_it_is_null_with_an_error(tmp_path: Path, serve: Serve) -> None:
    answer = post(serve(tmp_path), COUNT)
    assert answer["data"] == {"alerts": None}
    assert answer["errors"][0]["extensions"]["code"] == "DATASET_UNAVAILABLE"


def test_a_broken_newer_file_is_told_although_no_number_changes(tmp_path: Path, serve: Serve) -> None:
    write_lake(tmp_path, streams=ROWS)
    (tmp_path / STREAMS_FILE).rename(tmp_path / "tidy_daily_streams_20250901.csv")
    client = serve(tmp_path, cache_ttl=0)
    assert post(client, COUNT)["data"]["alerts"]["totalCount"] == 5
    (tmp_path / "tidy_daily_streams_20250902.csv").write_text("", encoding="utf-8")
    post(client, "mutation { reload { version } }")
    alerts = post(client, COUNT, where={"kind": {"eq": "DATASET_UNREADABLE"}})["data"]["alerts"]
    assert alerts["totalCount"] == 1


def test_an_alert_is_told_whole(client: TestClient) -> None:
    query = """{ alerts(where: {kind: {eq: STREAM_DROP}}) { nodes {
      kind severity title measure unit value expected change period { from to } raisedAt acknowledgedAt
      dimensions { name value }
    } } }"""
    assert post(client, query)["data"]["alerts"]["nodes"] == [
        {
            "kind": "STREAM_DROP",
            "severity": "CRITICAL",
            "title": "Streams of distrokid have fallen by 90 %",
            "measure": "Stream.totalStreams",
            "unit": "STREAMS",
            "value": 700,
            "expected": 7000,
            "change": pytest.approx(-0.9),
            "period": {"from": "2025-03-30", "to": "2025-04-05"},
            "raisedAt": "2025-03-31",
            "acknowledgedAt": None,
            "dimensions": [{"name": "distributor", "value": "distrokid"}],
        }
    ]


def test_the_lineage_names_what_was_looked_at(client: TestClient) -> None:
    assert list(post(client, COUNT)["extensions"]["lineage"]["datasets"]) == ["daily_streams"]


def test_the_lineage_is_that_of_the_alerts_that_are_told(ask: Callable[..., dict[str, Any]]) -> None:
    def measures(kind: str) -> set[str]:
        answer = ask(f"{{ alerts(where: {{ kind: {{ eq: {kind} }} }}) {{ nodes {{ id }} }} }}")
        return set(answer["extensions"]["lineage"]["measures"])

    assert measures("ANOMALY") == {"Stream.totalStreams"}
    assert measures("PAYMENT_PARTIAL") == {"PaymentMonth.pendingUsd"}
    assert measures("STALE_DATA") == set()
