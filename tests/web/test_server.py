"""The application behind uvicorn, asked over real sockets."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import polars as pl
import pytest

from bedrot_graph.app import app_of
from bedrot_graph.assembly import assemble
from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE, TODAY
from tests.web.serving import asked, eventually, exchanged, serving, serving_sample

REVENUE = {"query": "{ revenue(by: [PLATFORM], first: 1) { nodes { platform revenueUsd } total { revenueUsd } } }"}
EXPECTED = {"nodes": [{"platform": "Amazon Prime (Streaming)", "revenueUsd": 0.52171504}]}


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Where a server over the sample lake listens; nothing is remembered, so that every answer is computed."""
    with serving_sample(cache_ttl=0) as served:
        yield served.address


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[httpx2.Client]:
    with httpx2.Client(
        base_url=f"http://{address[0]}:{address[1]}", timeout=30, headers={"graphql-require-preflight": "1"}
    ) as client:
        yield client


def total_of(response: httpx2.Response) -> float:
    total: float = response.json()["data"]["revenue"]["total"]["revenueUsd"]
    return total


@pytest.mark.parametrize("media_type", ["application/json", "application/graphql-response+json"])
def test_both_media_types_are_spoken(media_type: str, client: httpx2.Client) -> None:
    response = client.post("/graphql", json=REVENUE, headers={"accept": media_type})
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert response.json()["data"]["revenue"]["nodes"] == EXPECTED["nodes"]
    assert "server" not in response.headers


def test_a_question_in_the_address_has_the_same_answer(client: httpx2.Client) -> None:
    posted, got = client.post("/graphql", json=REVENUE), client.get("/graphql", params=REVENUE)
    assert posted.json() == got.json()


def test_who_has_the_answer_already_is_sent_no_body(client: httpx2.Client) -> None:
    first = client.get("/graphql", params=REVENUE)
    for _ in range(2):  # on one connection: nothing is left over from the one before
        again = client.get("/graphql", params=REVENUE, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert total_of(client.get("/graphql", params=REVENUE)) == 2628.65372866


def test_many_askers_at_once_get_the_same_answer(client: httpx2.Client) -> None:
    with ThreadPoolExecutor(16) as askers:
        responses = list(askers.map(lambda _: client.post("/graphql", json=REVENUE), range(64)))
    assert {total_of(response) for response in responses} == {2628.65372866}


@pytest.mark.parametrize("sent", [b"", b"{", b'{"query": "{ revenue { totalCount } }"}'])
def test_a_client_that_leaves_in_the_middle_does_no_harm(
    sent: bytes, address: tuple[str, int], client: httpx2.Client
) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 39\r\n\r\n"
    for _ in range(20):
        with socket.create_connection(address) as leaver:
            leaver.sendall(head + sent)
    assert total_of(client.post("/graphql", json=REVENUE)) == 2628.65372866


def asking(address: tuple[str, int], question: str) -> socket.socket:
    """A connection that has asked, and may leave."""
    body = json.dumps({"query": question}).encode()
    head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    connection = socket.create_connection(address)
    connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def test_a_client_that_leaves_gives_its_place_in_the_queue_free(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, collect_all = threading.Event(), pl.collect_all

    def waiting(frames: Any, **options: Any) -> Any:  # noqa: ANN401 - as Polars has it
        may_go_on.wait(10)
        return collect_all(frames, **options)

    settings = Settings(curated_data_path=SAMPLE_LAKE, max_concurrent_answers=1)
    parts = assemble(settings, today=lambda: TODAY)
    turns = parts.engine.turns
    with serving(app_of(parts, settings), settings) as served:
        address = served.address
        monkeypatch.setattr(pl, "collect_all", waiting)
        with asking(address, "{ revenue { totalCount } }"):
            assert eventually(lambda: turns.running == 1)
            leaving = asking(address, "{ streams { totalCount } }")
            assert eventually(lambda: turns.waiting == 1)
            leaving.close()
            assert eventually(lambda: turns.waiting == 0)
            may_go_on.set()
        assert eventually(lambda: turns.running == 0)


def test_who_is_not_answered_before_the_server_stops_is_told_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    may_go_on, collect_all = threading.Event(), pl.collect_all

    def waiting(frames: Any, **options: Any) -> Any:  # noqa: ANN401 - as Polars has it
        may_go_on.wait(20)
        return collect_all(frames, **options)

    with serving_sample(cache_ttl=0, shutdown_seconds=1) as served, ThreadPoolExecutor(1) as asker:
        monkeypatch.setattr(pl, "collect_all", waiting)
        answer = asker.submit(exchanged, served.address, asked("{ revenue { totalCount } }"))
        assert eventually(lambda: len(served.server.server_state.tasks) == 1)
        served.server.should_exit = True
        told = answer.result(20)
        may_go_on.set()
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b'"STOPPING"' in told
    assert not [record for record in caplog.records if record.exc_info]


def test_a_body_of_ten_megabytes_is_refused(client: httpx2.Client) -> None:
    response = client.post("/graphql", json={"query": " " * 10_000_000})
    assert response.status_code == 413
    assert total_of(client.post("/graphql", json=REVENUE)) == 2628.65372866


def test_it_says_that_it_is_ready(client: httpx2.Client) -> None:
    assert client.get("/health/ready").json()["status"] == "ready"
