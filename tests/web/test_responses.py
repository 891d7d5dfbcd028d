"""Whole responses are remembered, and never longer than the snapshot that they were answered from."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from bedrot_graph.app import App
from bedrot_graph.web.responses import Asked, Reply, Responses
from bedrot_graph.web.rights import ALL
from tests.lakes import STATEMENTS_FILE, snapshot_of, statement, write_lake

Serve = Callable[..., TestClient]

TOTAL = {"query": "{ revenue { total { revenueUsd } } }"}
BROKEN = {"query": "{ payments { nodes { expectedUsd } } }"}


def responses_of(client: TestClient) -> Responses:
    assert isinstance(client.app, App)
    return client.app.endpoint._responses


def lake_of(folder: Path, *earnings: str) -> Path:
    return write_lake(folder, statements=[statement("2025-01", "Spotify", 1, each) for each in earnings])


def usd(response: Any) -> float:  # noqa: ANN401 - of either client
    total: float = response.json()["data"]["revenue"]["total"]["revenueUsd"]
    return total


def test_the_same_request_is_answered_with_the_same_bytes(tmp_path: Path, serve: Serve) -> None:
    client = serve(lake_of(tmp_path, "1.5"))
    first, second = client.post("/graphql", json=TOTAL), client.post("/graphql", json=TOTAL)
    assert first.content == second.content
    for response in (first, second):
        del response.headers["x-request-id"]  # each request has its own
    assert first.headers == second.headers
    assert (responses_of(client).hits, len(responses_of(client))) == (1, 1)


def test_a_change_is_never_answered_from_memory_once_a_snapshot_shows_it(tmp_path: Path, serve: Serve) -> None:
    client = serve(lake_of(tmp_path, "1.5"))
    assert usd(client.post("/graphql", json=TOTAL)) == 1.5
    lake_of(tmp_path, "1.5", "2")
    assert usd(client.post("/graphql", json=TOTAL)) == 1.5  # no snapshot has been taken yet
    client.post("/graphql", json={"query": "mutation { reload { version } }"})
    assert usd(client.post("/graphql", json=TOTAL)) == 3.5
    assert len(responses_of(client)) == 1


def test_a_file_that_only_looks_newer_is_told_so_in_the_lineage(tmp_path: Path, serve: Serve) -> None:
    client = serve(lake_of(tmp_path, "1.5"))
    before = client.post("/graphql", json=TOTAL).json()
    os.utime(tmp_path / STATEMENTS_FILE, (1_700_000_000, 1_700_000_000))
    client.post("/graphql", json={"query": "mutation { reload { version } }"})
    after = client.post("/graphql", json=TOTAL).json()
    assert after["data"] == before["data"]
    (file,) = after["extensions"]["lineage"]["datasets"]["distrokid_statements"]["files"]
    assert file["modifiedAt"] == "2023-11-14T22:13:20+00:00"


def test_without_a_time_to_live_nothing_is_remembered(tmp_path: Path, serve: Serve) -> None:
    client = serve(lake_of(tmp_path, "1.5"), cache_ttl=0)
    client.post("/graphql", json=TOTAL)
    lake_of(tmp_path, "1.5", "2")
    assert usd(client.post("/graphql", json=TOTAL)) == 3.5
    assert len(responses_of(client)) == 0


def test_every_part_of_a_request_that_an_answer_depends_on_tells_it_apart(tmp_path: Path, serve: Serve) -> None:
    client = serve(lake_of(tmp_path, "1.5"))
    asked: list[dict[str, Any]] = [
        {"json": TOTAL},
        {"json": TOTAL, "headers": {"accept": "application/graphql-response+json"}},
        {"json": {**TOTAL, "extensions": {"lineage": "none"}}},
        {"json": {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "A"}},
        {"json": {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}},
        {"json": {"query": "query($n: String!) { dataset(name: $n) { grain } }", "variables": {"n": "royalty_splits"}}},
        {"json": {"query": "query($n: String!) { dataset(name: $n) { grain } }", "variables": {"n": "linktree"}}},
    ]
    answers = [client.post("/graphql", **each) for each in asked]
    assert len({(each.content, each.headers["content-type"]) for each in answers}) == len(asked)
    assert (responses_of(client).hits, len(responses_of(client))) == (0, len(asked))


def test_an_answer_with_an_error_is_not_remembered(tmp_path: Path, serve: Serve) -> None:
    client = serve(lake_of(tmp_path, "1.5"))
    for question in (BROKEN, {"query": "{"}, {"query": "mutation { reload { version } }"}):
        client.post("/graphql", json=question)
        client.post("/graphql", json=question)
    assert (responses_of(client).hits, len(responses_of(client))) == (0, 0)


def test_who_has_the_answer_already_is_told_so(sample: TestClient) -> None:
    first = sample.get("/graphql", params=TOTAL)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for said in (etag, f'"other", W/{etag}', "*"):
        again = sample.get("/graphql", params=TOTAL, headers={"if-none-match": said})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert sample.get("/graphql", params=TOTAL, headers={"if-none-match": '"other"'}).status_code == 200


def test_what_is_posted_or_wrong_is_to_be_kept_by_nobody(sample: TestClient) -> None:
    for response in (
        sample.post("/graphql", json=TOTAL),
        sample.get("/graphql", params={"query": "{"}),
        sample.get("/graphql", params={"query": '{ dataset(name: "none") { name } }'}),
        sample.post("/graphql", content=b"", headers={"content-type": "text/plain"}),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers


def asked(name: str) -> Asked:
    return Asked("POST", b"", name.encode(), "application/json", "", "", "", ALL)


def reply(size: int) -> Reply:
    return Reply(200, (), b"x" * size)


def test_the_reply_that_was_not_asked_for_longest_goes_first(tmp_path: Path) -> None:
    snapshot = snapshot_of(lake_of(tmp_path, "1"))
    a, b, c = map(asked, "abc")
    size = a.size_bytes + reply(1000).size_bytes
    responses = Responses(2 * size)
    for each in (a, b):
        responses.keep(each, reply(1000), snapshot)
    assert responses.find(a, snapshot)
    responses.keep(c, reply(1000), snapshot)
    assert [bool(responses.find(each, snapshot)) for each in (a, b, c)] == [True, False, True]
    assert responses.size_bytes == 2 * size


def test_a_long_request_takes_room_too(tmp_path: Path) -> None:
    snapshot = snapshot_of(lake_of(tmp_path, "1"))
    responses = Responses(100_000)
    responses.keep(asked("x" * 100_000), reply(1), snapshot)
    assert (len(responses), responses.size_bytes) == (0, 0)


def test_a_reply_larger_than_all_room_is_not_kept(tmp_path: Path) -> None:
    snapshot = snapshot_of(lake_of(tmp_path, "1"))
    responses = Responses(1000)
    responses.keep(asked("a"), reply(1000), snapshot)
    assert responses.find(asked("a"), snapshot) is None
    assert responses.size_bytes == 0


def test_replies_of_one_snapshot_are_none_of_another(tmp_path: Path) -> None:
    first = snapshot_of(lake_of(tmp_path, "1"))
    second = snapshot_of(lake_of(tmp_path, "2"))
    responses = Responses(10_000)
    responses.keep(asked("a"), reply(1), first)
    assert responses.find(asked("a"), second) is None
    responses.keep(asked("b"), reply(2), second)
    assert responses.find(asked("a"), first) is None
    assert len(responses) == 1


async def test_one_answers_for_all_who_ask_the_same_at_once() -> None:
    responses, times, may_go_on = Responses(0), 0, asyncio.Event()

    async def answer() -> Reply:
        nonlocal times
        times += 1
        await may_go_on.wait()
        return reply(1)

    askers = [asyncio.create_task(responses.shared("same", answer)) for _ in range(5)]
    other = asyncio.create_task(responses.shared("other", answer))
    await asyncio.sleep(0)
    askers[0].cancel()  # the one that was answering
    await asyncio.sleep(0.01)
    may_go_on.set()
    replies = await asyncio.gather(*askers, other, return_exceptions=True)
    assert isinstance(replies[0], asyncio.CancelledError)
    assert replies[1:] == [reply(1)] * 5
    assert times == 3  # the one that left, the one that went on, and the other question


async def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    responses, times = Responses(0), 0

    async def answer() -> Reply:
        nonlocal times
        times += 1
        await asyncio.sleep(0.01)
        if times == 1:
            raise ZeroDivisionError
        return reply(1)

    failed = await asyncio.gather(*(responses.shared("a", answer) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [ZeroDivisionError] * 3
    assert await responses.shared("a", answer) == reply(1)
