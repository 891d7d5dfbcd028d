"""GraphQL over HTTP, as clients meet it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bedrot_graph.graph.context import Context
from bedrot_graph.web.endpoint import GraphQLEndpoint, Rules
from bedrot_graph.web.media import negotiated
from bedrot_graph.web.responses import Responses
from bedrot_graph.web.rights import Guard, Rights
from bedrot_graph.web.tally import Tally
from tests.lakes import SAMPLE_LAKE

Serve = Callable[..., TestClient]

TYPENAME = "{ __typename }"
LEGACY = "application/json"
MODERN = "application/graphql-response+json"


def test_a_question_can_be_posted(sample: TestClient) -> None:
    response = sample.post("/graphql", json={"query": TYPENAME})
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})
    assert response.headers["content-type"] == LEGACY


def test_a_question_can_be_in_the_address(sample: TestClient) -> None:
    question = "query Ask($name: String!) { dataset(name: $name) { grain } }"
    response = sample.get("/graphql", params={"query": question, "variables": '{"name": "royalty_splits"}'})
    assert response.json() == {
        "data": {"dataset": {"grain": "One recording of the catalogue, unreleased ones included."}}
    }


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", LEGACY),
        ("", None),
        (LEGACY, LEGACY),
        (MODERN, MODERN),
        (f"{MODERN}, {LEGACY};q=0.9", MODERN),
        (f"{MODERN};q=0.5, {LEGACY}", LEGACY),
        ("application/*", LEGACY),
        (f"text/event-stream, {LEGACY};q=0.1", LEGACY),
        ("text/html", None),
        (f"{LEGACY};q=0, */*", MODERN),
        (f"{LEGACY};q=much", None),
    ],
)
def test_the_media_type_is_negotiated(accept: str, answered: str | None) -> None:
    assert negotiated(accept) == answered


def test_what_is_not_understood_is_400_in_the_modern_media_type(sample: TestClient) -> None:
    for question, code in (("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")):
        response = sample.post("/graphql", json={"query": question}, headers={"accept": MODERN})
        assert (response.status_code, response.headers["content-type"]) == (400, MODERN)
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"]["code"] == code


def test_what_is_not_understood_is_200_in_the_older_media_type(sample: TestClient) -> None:
    response = sample.post("/graphql", json={"query": "{ nothing }"}, headers={"accept": LEGACY})
    assert response.status_code == 200
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"1", 400),
        (b'"x"', 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"query": 1}', 400),
        (b'{"query": ""}', 400),
        (b'{"query": "{ __typename }", "variables": []}', 400),
        (b'{"query": "{ __typename }", "variables": "x"}', 400),
        (b'{"query": "{ __typename }", "operationName": 1}', 400),
        (b'{"query": "{ __typename }", "operationName": false}', 400),
        (b'{"query": "{ __typename }", "extensions": 1}', 400),
        (b'{"query": "\xff"}', 400),
        (b'{"query": NaN}', 400),
        (b'{"query": "{ __typename }"} trailing', 400),
        (b"[" * 100_000, 400),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_json(body: bytes, status: int, sample: TestClient) -> None:
    response = sample.post("/graphql", content=body, headers={"content-type": LEGACY})
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_only_json_bodies_are_read(sample: TestClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        response = sample.post("/graphql", content=b"query={a}", headers={"content-type": content_type})
        assert response.status_code == 415
    response = sample.post(
        "/graphql", content=b'{"query":"{__typename}"}', headers={"content-type": "application/json; charset=utf-8"}
    )
    assert response.status_code == 200


def test_a_fault_of_ours_is_told_in_json_and_masked(caplog: pytest.LogCaptureFixture) -> None:
    def broken(rights: Rights) -> Context:
        raise RuntimeError("secret")

    rules = Rules(Guard(None, is_production=False))
    client = TestClient(GraphQLEndpoint(broken, lambda: None, Responses(0), rules, Tally()))
    response = client.post("/graphql", json={"query": TYPENAME})
    assert response.status_code == 500
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL"}
    assert "secret" not in response.text
    (record,) = caplog.records
    assert record.exc_info
    assert str(getattr(record, "reference", None)) in error["message"]


def test_a_compressed_body_is_refused(sample: TestClient) -> None:
    headers = {"content-type": LEGACY, "content-encoding": "gzip"}
    assert sample.post("/graphql", content=b"\x1f\x8b", headers=headers).status_code == 415


def test_a_lake_that_is_taken_away_is_a_coded_error(tmp_path: Path, serve: Serve) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    client = serve(lake, cache_ttl=0)
    lake.rmdir()
    response = client.post("/graphql", json={"query": "{ streams { totalCount } }"})
    assert response.json()["errors"][0]["extensions"]["code"] == "DATASET_UNAVAILABLE"


def test_a_body_above_the_limit_is_refused_and_one_below_is_not(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, max_body_kb=1)
    fits = client.post("/graphql", json={"query": TYPENAME + " " * 900})
    exceeds = client.post("/graphql", json={"query": TYPENAME + " " * 1100})
    assert (fits.status_code, exceeds.status_code) == (200, 413)
    assert exceeds.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


def test_a_document_above_the_token_limit_is_refused_and_one_below_is_not(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, max_query_tokens=10)
    fits = client.post("/graphql", json={"query": "{ a1: __typename }"}).json()
    exceeds = client.post("/graphql", json={"query": "{ a1: __typename a2: __typename a3: __typename }"}).json()
    assert "errors" not in fits
    assert exceeds["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_mutations_are_not_run_by_get(sample: TestClient) -> None:
    response = sample.get("/graphql", params={"query": "mutation { reload { version } }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(method: str, sample: TestClient) -> None:
    assert sample.request(method, "/graphql").status_code == 405


def test_one_operation_of_several_is_chosen_by_name(sample: TestClient) -> None:
    document = "query A { a: __typename } query B { b: __typename }"
    chosen = sample.post("/graphql", json={"query": document, "operationName": "B"}).json()
    assert chosen == {"data": {"b": "Query"}}
    for name in (None, "C"):
        response = sample.post("/graphql", json={"query": document, "operationName": name}, headers={"accept": MODERN})
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


def test_variables_of_the_wrong_type_are_refused_with_a_code(sample: TestClient) -> None:
    question = "query ($first: Int) { revenue(first: $first) { totalCount } }"
    response = sample.post(
        "/graphql", json={"query": question, "variables": {"first": "many"}}, headers={"accept": MODERN}
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_wrong_literal_is_refused_with_a_code(sample: TestClient) -> None:
    response = sample.post("/graphql", json={"query": "{ revenue(asOf: 2025) { totalCount } }"}).json()
    assert response["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_mutations_need_the_admin_token_where_one_is_set(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, admin_token="s3cret")
    reload = {"query": "mutation { reload { version } }"}
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "s3cret"}):
        refused = client.post("/graphql", json=reload, headers=headers).json()
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    allowed = client.post("/graphql", json=reload, headers={"authorization": "Bearer s3cret"}).json()
    assert allowed["data"]["reload"]["version"]
    assert client.post("/graphql", json={"query": "{ streams { totalCount } }"}).json()["data"]


def test_the_schema_can_be_read(sample: TestClient) -> None:
    committed = (Path(__file__).parent.parent.parent / "schema.graphql").read_text(encoding="utf-8")
    assert sample.get("/schema.graphql").text == committed
