"""Whom the pages are shown to, and what a browser is given where."""

from collections.abc import Callable

from starlette.testclient import TestClient

from tests.lakes import SAMPLE_LAKE

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_is_shown_the_explorer_where_others_ask(sample: TestClient) -> None:
    page = sample.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert "static/explorer/assets/index-" in page.text
    assert sample.get("/graphql", params={"query": "{ __typename }"}, headers=BROWSER).json()["data"]


def test_in_production_whoever_knows_no_token_is_told_nothing_of_the_lake(serve: Callable[..., TestClient]) -> None:
    client = serve(SAMPLE_LAKE, mode="production", admin_token="s3cret")
    for path in ("/", "/graphql"):
        refused = client.get(path, headers=BROWSER)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        assert client.get(path, headers=BROWSER, auth=("", "s3cret")).status_code == 200
    assert client.get("/static/home.css").status_code == 200
