"""Documents that are asked by their hash."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from bedrot_graph.app import create_app
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.settings import Settings
from bedrot_graph.web.persisted import MOST_SENT, Persisted, UnknownHashError
from tests.lakes import SAMPLE_LAKE

Serve = Callable[..., TestClient]

DOCUMENT = "{ __typename }"
ANSWER = {"data": {"__typename": "Query"}}
MODERN = {"accept": "application/graphql-response+json"}


def hash_of(document: str) -> str:
    return sha256(document.encode()).hexdigest()


def automatic(document: str, hashed: str | None = None) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashed or hash_of(document)}}}


def code(response: Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "type.graphql").write_text("query Type {\n  __typename # which\n}\n", encoding="utf-8")
    (tmp_path / "below/streams.graphql").write_text("query Streams { streams { totalCount } }", encoding="utf-8")
    return tmp_path


def test_a_document_that_was_sent_with_its_hash_is_known_by_it(serve: Serve) -> None:
    client, document = serve(SAMPLE_LAKE), "query Once { __typename }"
    unknown = client.post("/graphql", json=automatic(document))
    assert (unknown.status_code, unknown.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
    assert code(unknown) == "PERSISTED_QUERY_NOT_FOUND"
    assert client.post("/graphql", json={"query": document} | automatic(document)).json() == ANSWER
    assert client.post("/graphql", json=automatic(document)).json() == ANSWER
    assert client.post("/graphql", json={"documentId": f"sha256:{hash_of(document)}"}).json() == ANSWER
    extensions = json.dumps(automatic(document)["extensions"])
    assert client.get("/graphql", params={"extensions": extensions}).json() == ANSWER


def test_an_unknown_hash_is_400_in_the_modern_media_type(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE)
    for body in (automatic(DOCUMENT), {"documentId": f"sha256:{hash_of(DOCUMENT)}"}):
        response = client.post("/graphql", json=body, headers=MODERN)
        assert (response.status_code, code(response)) == (400, "PERSISTED_QUERY_NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        automatic(DOCUMENT, "0" * 64) | {"query": DOCUMENT},
        {"query": DOCUMENT, "extensions": {"persistedQuery": 1}},
        {"query": DOCUMENT, "extensions": {"persistedQuery": {}}},
        {"query": DOCUMENT, "extensions": {"persistedQuery": {"version": 2, "sha256Hash": hash_of(DOCUMENT)}}},
        {"query": DOCUMENT, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "abc"}}},
        {"documentId": "abc"},
        {"documentId": "md5:abc"},
        {"documentId": 1},
        {"documentId": f"sha256:{hash_of(DOCUMENT)}", "query": DOCUMENT},
    ],
)
def test_a_hash_that_is_none_or_another_ones_is_refused(body: dict[str, Any], sample: TestClient) -> None:
    response = sample.post("/graphql", json=body, headers=MODERN)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


def test_documents_of_the_folder_are_known_from_the_start(trusted: Path, serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, trusted_documents=trusted)
    for file in trusted.rglob("*.graphql"):
        response = client.post("/graphql", json={"documentId": f"sha256:{hash_of(file.read_text())}"})
        assert "errors" not in response.json()
    assert client.post("/graphql", json={"query": DOCUMENT}).json() == ANSWER


def test_nothing_but_trusted_documents_is_answered_where_that_is_set(trusted: Path, serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, trusted_documents=trusted, only_trusted=True)
    text = (trusted / "type.graphql").read_text()
    for body in (
        {"documentId": f"sha256:{hash_of(text)}"},
        automatic(text),
        {"query": text},
        {"query": "query Type{__typename}"},
        {"query": "query Type{__typename}"} | automatic(text),
    ):
        assert client.post("/graphql", json=body).json() == ANSWER
    for body in (
        {"query": DOCUMENT},
        {"query": "{" * 9},
        {"query": DOCUMENT} | automatic(DOCUMENT),
        automatic(DOCUMENT),
    ):
        refused = client.post("/graphql", json=body)
        assert (refused.status_code, code(refused)) == (403, "UNTRUSTED_DOCUMENT")
    unknown = client.post("/graphql", json={"documentId": f"sha256:{hash_of(DOCUMENT)}"}, headers=MODERN)
    assert (unknown.status_code, code(unknown)) == (400, "PERSISTED_QUERY_NOT_FOUND")


def test_a_trusted_document_that_cannot_be_answered_keeps_the_server_from_starting(trusted: Path) -> None:
    (trusted / "wrong.graphql").write_text("{ nothing }", encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"'wrong\.graphql' in TRUSTED_DOCUMENTS cannot be answered: .*nothing"):
        create_app(Settings(curated_data_path=SAMPLE_LAKE, trusted_documents=trusted))


def test_only_trusted_without_a_folder_keeps_the_server_from_starting() -> None:
    with pytest.raises(SettingsInvalid, match="TRUSTED_DOCUMENTS names no folder"):
        create_app(Settings(curated_data_path=SAMPLE_LAKE, only_trusted=True))


def test_a_trusted_file_that_is_no_text_keeps_the_server_from_starting(trusted: Path) -> None:
    (trusted / "wrong.graphql").write_bytes(b"\xff")
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        create_app(Settings(curated_data_path=SAMPLE_LAKE, trusted_documents=trusted))


def test_the_document_that_was_asked_longest_ago_is_forgotten_first_and_long_ones_are_not_kept() -> None:
    persisted = Persisted(max_characters=100)
    for number in range(MOST_SENT + 1):
        text = f"{{ a{number}: __typename }}"
        assert persisted.document({"query": text} | automatic(text)) == text
    long = "#" * 101
    assert persisted.document({"query": long} | automatic(long)) == long
    for forgotten in ("{ a0: __typename }", long):
        with pytest.raises(UnknownHashError):
            persisted.document(automatic(forgotten))
    assert persisted.document(automatic("{ a1: __typename }")) == "{ a1: __typename }"
