"""Answers as they come, to clients that like that better than JSON."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import AsyncGenerator, Iterator
from email import message_from_bytes
from typing import Any

import httpx2
import polars as pl
import pytest
from graphql import GraphQLError
from starlette.types import Message

from bedrot_graph.graph.execution import Answered
from bedrot_graph.web import streams
from bedrot_graph.web.bodies import body_of, encoded
from bedrot_graph.web.streams import Form, stream, streamed
from tests.web.serving import Serving, asked, eventually, exchanged, serving_sample

SSE = "text/event-stream"
APOLLO = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (SSE, Form.EVENTS),
        ("TEXT/Event-Stream", Form.EVENTS),
        (f"{SSE}, */*;q=0.1", Form.EVENTS),
        (f"{SSE}, application/json;q=0.9", Form.EVENTS),
        (f"{SSE}, multipart/mixed", Form.EVENTS),
        (f"{SSE};q=0.5, multipart/mixed", Form.PARTS),
        ("multipart/mixed", Form.PARTS),
        (APOLLO, Form.PAYLOADS),
        (f"{APOLLO}, application/json;q=0.5", Form.PAYLOADS),
        ("", None),
        ("*/*", None),
        ("text/html", None),
        ("application/json", None),
        (f"{SSE}, */*", None),
        (f"{SSE}, application/json", None),
        (f"{SSE};q=0.9, application/json", None),
        (f"{SSE};q=0", None),
        (f"{SSE};q=much", None),
        # as urql and Apollo ask for plain answers
        (f"application/graphql-response+json, application/json, {SSE}, multipart/mixed", None),
        (
            f"application/graphql-response+json, application/graphql+json, application/json, {SSE}, multipart/mixed",
            None,
        ),
        ("multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9", None),
        (f"{APOLLO},application/graphql-response+json,application/json;q=0.9", None),
    ],
)
def test_only_who_likes_a_stream_better_than_json_gets_one(accept: str, form: Form | None) -> None:
    assert streamed(accept) == form


class Client:
    """A client that reads what is sent, until it leaves."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.leaves = asyncio.Event()

    async def receive(self) -> Message:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])


async def told(*answers: Answered | Exception, pause: float = 0) -> AsyncGenerator[bytes]:
    for answer in answers:
        await asyncio.sleep(pause)
        if isinstance(answer, Exception):
            raise answer
        yield encoded(body_of(answer))


def parts(client: Client) -> list[Any]:
    """The parts of a multipart body, as a mail program reads them."""
    read = message_from_bytes(b"content-type: %s\r\n\r\n" % client.headers["content-type"].encode() + client.body)
    assert read.is_multipart()
    assert not read.defects
    return [json.loads(str(part.get_payload())) for part in read.walk() if not part.is_multipart()]


ONE, TWO = Answered({"n": 1}, [], {"lineage": {}}), Answered({"n": 2}, [GraphQLError("no")])
NOT_BEGUN = Answered(None, [GraphQLError("Syntax Error")], has_begun=False)


async def test_answers_are_events_and_the_end_is_one() -> None:
    client = Client()
    await stream(told(ONE, TWO), Form.EVENTS, client.receive, client.send)
    assert client.headers == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    assert client.body == (
        b":\n\n"
        b'event: next\ndata: {"data":{"n":1},"extensions":{"lineage":{}}}\n\n'
        b'event: next\ndata: {"errors":[{"message":"no"}],"data":{"n":2}}\n\n'
        b"event: complete\ndata: \n\n"
    )
    assert [message.get("more_body") for message in client.messages] == [None, True, True, True, False]


async def test_what_cannot_be_executed_is_an_event_too() -> None:
    client = Client()
    await stream(told(NOT_BEGUN), Form.EVENTS, client.receive, client.send)
    assert client.messages[0]["status"] == 200
    assert b'event: next\ndata: {"errors":[{"message":"Syntax Error"}]}\n\nevent: complete' in client.body


async def test_answers_are_parts_with_payloads_as_apollo_has_them() -> None:
    client = Client()
    await stream(told(ONE, TWO), Form.PAYLOADS, client.receive, client.send)
    assert parts(client) == [
        {"payload": {"data": {"n": 1}, "extensions": {"lineage": {}}}},
        {"payload": {"errors": [{"message": "no"}], "data": {"n": 2}}},
    ]
    assert client.body.startswith(b"--graphql\r\ncontent-type: application/json\r\n\r\n{")
    assert client.body.endswith(b"\r\n--graphql--\r\n")


async def test_answers_are_parts_of_which_the_last_says_so() -> None:
    client = Client()
    await stream(told(ONE), Form.PARTS, client.receive, client.send)
    assert parts(client) == [{"data": {"n": 1}, "extensions": {"lineage": {}}, "hasNext": True}, {"hasNext": False}]
    assert client.body.startswith(b"---\r\n")
    assert client.body.endswith(b"\r\n-----\r\n")


@pytest.mark.parametrize(
    ("form", "quiet"), [(Form.EVENTS, b":\n\n"), (Form.PAYLOADS, b"{}"), (Form.PARTS, b'{"hasNext":true}')]
)
async def test_who_waits_is_sent_something_now_and_then(
    form: Form, quiet: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "QUIET_SECONDS", 0.05)
    client = Client()
    await stream(told(ONE, pause=0.22), form, client.receive, client.send)
    assert client.body.partition(b'"data"')[0].count(quiet) >= 3


@pytest.mark.parametrize("form", list(Form))
async def test_who_leaves_is_told_nothing_more_and_the_work_is_given_up(form: Form) -> None:
    is_given_up = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes]:
        try:
            yield encoded(body_of(ONE))
            await asyncio.Event().wait()
        finally:
            is_given_up.set()

    client = Client()
    asyncio.get_running_loop().call_later(0.2, client.leaves.set)
    async with asyncio.timeout(5):
        await stream(endless(), form, client.receive, client.send)
    assert is_given_up.is_set()
    assert client.messages[-1]["more_body"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_fault_of_ours_is_told_masked_and_ends_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    await stream(told(ONE, RuntimeError("secret")), Form.EVENTS, client.receive, client.send)
    (record,) = caplog.records
    assert (record.levelno, bool(record.exc_info)) == (logging.ERROR, True)
    assert str(getattr(record, "reference", None)) in client.body.decode()
    assert b"secret" not in client.body
    assert client.body.endswith(b"event: complete\ndata: \n\n")


# --- over a real connection ---


@pytest.fixture
def served() -> Iterator[Serving]:
    with serving_sample(cache_ttl=0) as served:
        yield served


def test_an_answer_is_streamed_over_a_real_connection(served: Serving) -> None:
    with httpx2.Client(base_url=served.url, timeout=30) as client:
        for query, told in (("{ __typename }", {"data": {"__typename": "Query"}}), ("{", None)):
            response = client.post("/graphql", json={"query": query}, headers={"accept": SSE})
            assert response.headers["transfer-encoding"] == "chunked"
            _, event, end, rest = response.text.split("\n\n")
            kind, data = event.split("\n")
            assert (kind, end, rest) == ("event: next", "event: complete\ndata: ", "")
            answer = json.loads(data.removeprefix("data: "))
            assert answer == told or answer["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
        apollo = client.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": APOLLO})
        assert '{"payload":{"data":{"__typename":"Query"}}}' in apollo.text


def test_what_is_no_request_is_refused_in_json_also_where_a_stream_is_wanted(served: Serving) -> None:
    with httpx2.Client(base_url=served.url, timeout=30) as client:
        response = client.post("/graphql", json=[], headers={"accept": SSE})
        assert (response.status_code, response.headers["content-type"]) == (400, "application/json")
        response = client.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": SSE})
        assert response.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"


def test_a_client_that_knows_no_chunks_is_answered_in_one_piece_or_told_that_it_cannot_be(served: Serving) -> None:
    body = b'{"query": "{ __typename }"}'
    head = f"POST /graphql HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    for accept, told in (
        (f"{SSE}, application/json;q=0.5", b'{"data":{"__typename":"Query"}}'),
        (SSE, b"NOT_ACCEPTABLE"),
    ):
        received = exchanged(served.address, f"{head}accept: {accept}\r\nhost: localhost\r\n\r\n".encode() + body)
        assert told in received


def test_who_leaves_a_stream_is_computed_nothing_for(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, collect_all = threading.Event(), pl.collect_all

    def waiting(frames: Any, **options: Any) -> Any:  # noqa: ANN401 - as Polars has it
        may_go_on.wait(10)
        return collect_all(frames, **options)

    monkeypatch.setattr(pl, "collect_all", waiting)
    with socket.create_connection(served.address, timeout=10) as leaving:
        leaving.sendall(asked("{ revenue { totalCount } }", f"accept: {SSE}"))
        assert leaving.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert served.server.server_state.tasks
    assert eventually(lambda: served.is_idle)
    may_go_on.set()
