"""GraphQL over HTTP where its editions differ, and what pages of other sites may do."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.lakes import SAMPLE_LAKE

Serve = Callable[..., TestClient]

TYPENAME = {"query": "{ __typename }"}
MODERN = {"accept": "application/graphql-response+json"}
PARTIAL = {"query": '{ __typename dataset(name: "none") { name } }'}


@pytest.mark.parametrize(
    ("body", "settled", "draft"),
    [
        (TYPENAME, 200, 200),
        (PARTIAL, 200, 294),
        ({"query": "{"}, 400, 400),
        ({"query": "{ nothing }"}, 400, 422),
        ({"query": "query A { a: __typename } query B { b: __typename }"}, 400, 422),
        ({"query": "query ($a: Int!) { revenue(first: $a) { totalCount } }"}, 400, 422),
        ({"query": "{ __typename }", "variables": [7]}, 400, 422),
        ({"qeury": "{ __typename }"}, 400, 422),
        ([], 400, 422),
    ],
)
def test_statuses_are_the_settled_ones_or_those_of_the_draft(
    body: object, settled: int, draft: int, sample: TestClient, serve: Serve
) -> None:
    assert sample.post("/graphql", json=body, headers=MODERN).status_code == settled
    drafting = serve(SAMPLE_LAKE, http_status="draft")
    assert drafting.post("/graphql", json=body, headers=MODERN).status_code == draft


def test_the_older_media_type_keeps_its_200_in_the_draft(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, http_status="draft")
    for body in (PARTIAL, {"query": "{ nothing }"}):
        assert client.post("/graphql", json=body, headers={"accept": "application/json"}).status_code == 200


@pytest.fixture
def stranger(sample: TestClient) -> TestClient:
    """A client that sends no header of its own."""
    return TestClient(sample.app, base_url="http://localhost")


def test_a_question_in_the_address_needs_a_header_that_other_sites_cannot_send(stranger: TestClient) -> None:
    refused = stranger.get("/graphql", params=TYPENAME)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (400, "PREFLIGHT_REQUIRED")
    for header in (
        {"graphql-require-preflight": "1"},
        {"apollo-require-preflight": "true"},
        {"x-apollo-operation-name": "Any"},
        {"content-type": "application/json"},
    ):
        assert stranger.get("/graphql", params=TYPENAME, headers=header).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_of_another_site_could_post_is_refused(content_type: str, stranger: TestClient) -> None:
    body = b'{"query": "mutation { reload { version } }"}'
    response = stranger.post("/graphql", content=body, headers={"content-type": content_type})
    assert response.status_code == 415


def test_another_charset_than_utf_8_is_refused(stranger: TestClient) -> None:
    for charset, status in (('"utf-8"', 200), ("UTF-8", 200), ("utf-16", 415), ("latin-1", 415)):
        headers = {"content-type": f"application/json; charset={charset}"}
        response = stranger.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
        assert response.status_code == status


def test_pages_of_other_sites_may_ask_where_their_site_is_listed(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, allowed_origins="https://dashboard.example")
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    listed = client.options("/graphql", headers={"origin": "https://dashboard.example", **asking})
    assert (listed.status_code, listed.headers["access-control-allow-origin"]) == (200, "https://dashboard.example")
    traced = {**asking, "access-control-request-headers": "content-type, traceparent, tracestate"}
    assert client.options("/graphql", headers={"origin": "https://dashboard.example", **traced}).status_code == 200
    answer = client.post("/graphql", json=TYPENAME, headers={"origin": "https://dashboard.example"})
    assert answer.headers["access-control-allow-origin"] == "https://dashboard.example"
    for origin in ("https://evil.example", "null", "https://dashboard.example.evil.example"):
        other = client.options("/graphql", headers={"origin": origin, **asking})
        assert other.status_code == 400
        assert "access-control-allow-origin" not in other.headers


def test_no_page_of_another_site_may_ask_unless_one_is_listed(sample: TestClient) -> None:
    asking = {"origin": "https://dashboard.example", "access-control-request-method": "POST"}
    response = sample.options("/graphql", headers=asking)
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_what_is_nowhere_is_told_in_json(sample: TestClient) -> None:
    missing, wrong = sample.get("/graphq"), sample.post("/health/live")
    assert (missing.status_code, missing.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert (wrong.status_code, wrong.json()["errors"][0]["extensions"]["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_a_head_has_the_headers_of_a_get(sample: TestClient) -> None:
    got, head = (sample.request(method, "/graphql", params=TYPENAME) for method in ("GET", "HEAD"))
    assert (head.status_code, head.headers["content-type"]) == (200, got.headers["content-type"])


@pytest.mark.parametrize("path", ["/", "/graphql", "/schema.graphql"])
def test_in_production_pages_are_for_those_who_know_the_token(path: str, serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, mode="production", admin_token="s3cret")
    page = {"accept": "text/html"}
    refused = client.get(path, headers=page)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert client.get(path, headers=page, auth=("", "s3cret")).status_code == 200
    assert client.get(path, headers={**page, "authorization": "Bearer s3cret"}).status_code == 200


def test_health_is_told_to_everybody(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, mode="production", admin_token="s3cret")
    assert [client.get(path).status_code for path in ("/health/live", "/health/ready")] == [200, 200]
