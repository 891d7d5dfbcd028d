"""graphql-transport-ws, spoken with the running server by a client that is allowed to break it."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bedrot_graph.web import patience
from tests.web.serving import Serving, eventually, serving_sample

PROTOCOL = "graphql-transport-ws"
TYPENAME = {"query": "{ __typename }"}
COUNT = {"query": "{ revenue { totalCount } }"}
RELOAD = {"query": "mutation { reload { version } }"}
LINES = {"query": "query($first: Int) { revenueLines(first: $first) { nodes { platform artist country } } }"}
LARGE = {**LINES, "variables": {"first": 10_000}}


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    with serving_sample(max_socket_operations=5, max_sockets=3, socket_init_seconds=1) as served:
        yield served


@contextmanager
def opened(served: Serving, *subprotocols: str, path: str = "/graphql", **headers: str) -> Iterator[ClientConnection]:
    """A socket on which nothing has been said."""
    host, port = served.address
    with connect(
        f"ws://{host}:{port}{path}",
        subprotocols=[Subprotocol(each) for each in subprotocols or (PROTOCOL,)],
        additional_headers=headers,
        compression=None,
        max_size=None,
        proxy=None,
    ) as socket:
        yield socket


@contextmanager
def begun(served: Serving, payload: object = None, **options: str) -> Iterator[ClientConnection]:
    """A socket on which questions may be asked."""
    with opened(served, **options) as socket:
        begin(socket, payload)
        yield socket


def say(socket: ClientConnection, **message: object) -> None:
    socket.send(json.dumps(message))


def heard(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=20))
    return message


def closed(socket: ClientConnection) -> tuple[int, str]:
    """With which code and reason the server closes, whatever it says before."""
    with pytest.raises(ConnectionClosed) as found:
        hear_out(socket)
    assert found.value.rcvd
    return found.value.rcvd.code, found.value.rcvd.reason


def hear_out(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=20)


def begin(socket: ClientConnection, payload: object = None) -> None:
    say(socket, type="connection_init", **({} if payload is None else {"payload": payload}))
    assert heard(socket) == {"type": "connection_ack"}


def still_answers(served: Serving) -> bool:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=TYPENAME)
        return [heard(socket), heard(socket)] == [
            {"type": "next", "id": "1", "payload": {"data": {"__typename": "Query"}}},
            {"type": "complete", "id": "1"},
        ]


# --- what is asked is answered ---


def test_a_query_is_answered_and_completed(served: Serving) -> None:
    assert still_answers(served)
    with opened(served) as socket:
        assert socket.subprotocol == PROTOCOL
        assert "sec-websocket-extensions" not in (socket.response.headers if socket.response else {})
        assert "server" not in (socket.response.headers if socket.response else {})


def test_an_answer_tells_its_lineage(served: Serving) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload={**COUNT, "extensions": {"lineage": "summary"}})
        payload = heard(socket)["payload"]
    assert payload["data"]["revenue"]["totalCount"]
    assert payload["extensions"]["lineage"]


def test_one_operation_of_several_is_chosen_by_name_with_its_variables(served: Serving) -> None:
    document = "query A { __typename } query B($name: String!) { dataset(name: $name) { name } }"
    payload = {"query": document, "operationName": "B", "variables": {"name": "royalty_splits"}}
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=payload)
        assert heard(socket)["payload"]["data"] == {"dataset": {"name": "royalty_splits"}}


def test_null_is_as_good_as_left_out(served: Serving) -> None:
    with opened(served) as socket:
        say(socket, type="connection_init", payload=None)
        assert heard(socket) == {"type": "connection_ack"}
        say(socket, type="ping", payload=None)
        assert heard(socket) == {"type": "pong"}
        nothing = {"operationName": None, "variables": None, "extensions": None}
        say(socket, type="subscribe", id="1", payload={**TYPENAME, **nothing})
        assert heard(socket)["type"] == "next"


def test_a_large_answer_is_whole(served: Serving) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=LARGE)
        answer = socket.recv(timeout=20)
        assert len(answer) > 2**17
        assert json.loads(answer)["payload"]["data"]["revenueLines"]["nodes"]


def test_operations_run_beside_each_other_and_ids_may_be_used_again(served: Serving) -> None:
    with begun(served) as socket:
        for _ in range(20):
            for name in "abc":
                say(socket, type="subscribe", id=name, payload=TYPENAME)
            said = [heard(socket) for _ in range(6)]
            assert sorted((each["id"], each["type"]) for each in said) == [
                (name, kind) for name in "abc" for kind in ("complete", "next")
            ]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": ""}, "BAD_REQUEST"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({**LINES, "variables": {"first": "many"}}, "BAD_USER_INPUT"),
        ({"query": "subscription { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_executed_is_an_error_and_nothing_else(
    payload: dict[str, object], code: str, served: Serving
) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=payload)
        error = heard(socket)
        assert (error["type"], error["id"]) == ("error", "1")
        assert error["payload"][0]["extensions"]["code"] == code
        say(socket, type="subscribe", id="1", payload=TYPENAME)  # the id is free, and no 'complete' comes first
        assert heard(socket)["type"] == "next"


def test_an_error_of_a_field_is_part_of_an_answer(served: Serving) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload={**LINES, "variables": {"first": -1}})
        answer, end = heard(socket), heard(socket)
    assert (answer["type"], end) == ("next", {"type": "complete", "id": "1"})
    assert answer["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" in answer["payload"]


def test_a_mutation_has_the_rights_of_who_began_the_connection() -> None:
    with serving_sample(admin_token="s3cret") as guarded:

        def reloaded(payload: object, **headers: str) -> dict[str, Any]:
            with begun(guarded, payload, **headers) as socket:
                say(socket, type="subscribe", id="1", payload=RELOAD)
                answer: dict[str, Any] = heard(socket)["payload"]
                return answer

        for payload in (None, {}, {"authorization": "Bearer wrong"}, {"authorization": None}):
            assert reloaded(payload)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        for payload in ({"authorization": "Bearer s3cret"}, {"Authorization": "Bearer s3cret"}):
            assert reloaded(payload)["data"]["reload"]["version"]
        assert reloaded(None, authorization="Bearer s3cret")["data"]["reload"]["version"]


def test_who_acknowledges_over_a_socket_is_known(tmp_path: Path) -> None:
    query = 'mutation { acknowledgeAlert(id: "2d91fdd52489a09ca46e") { acknowledgedBy } }'
    sent = {"authorization": "Bearer s3cret"}
    with serving_sample(admin_token="s3cret", state_dir=tmp_path) as guarded, begun(guarded, sent) as socket:
        say(socket, type="subscribe", id="1", payload={"query": query})
        assert heard(socket)["payload"]["data"] == {"acknowledgeAlert": {"acknowledgedBy": "admin token"}}


# --- pings ---


def test_a_ping_is_answered_with_what_it_carries_at_any_time(served: Serving) -> None:
    with opened(served) as socket:
        say(socket, type="ping", payload={"at": [1, None, "é"]})
        assert heard(socket) == {"type": "pong", "payload": {"at": [1, None, "é"]}}
        begin(socket)
        say(socket, type="ping")
        assert heard(socket) == {"type": "pong"}


def test_a_pong_is_not_answered(served: Serving) -> None:
    with begun(served) as socket:
        say(socket, type="pong", payload={"a": 1})
        say(socket, type="pong")
        say(socket, type="ping")
        assert heard(socket) == {"type": "pong"}


# --- what breaks the protocol ---

HELLO = '{"type":"connection_init"}'


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "null",
        "1",
        "[]",
        f"[{HELLO}]",
        "{}",
        '{"type":null}',
        '{"type":1}',
        '{"type":"start"}',
        '{"type":"connection_ack"}',
        '{"type":"next","id":"1","payload":{}}',
        '{"type":"error","id":"1","payload":[]}',
        '{"type":"connection_init","payload":1}',
        '{"type":"connection_init","payload":[]}',
        '{"type":"connection_init","payload":{"authorization":1}}',
        '{"type":"ping","payload":"x"}',
        '{"type":"pong","payload":[]}',
        '{"type":"complete"}',
        '{"type":"complete","id":1}',
        '{"type":"complete","id":""}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"1","payload":null}',
        '{"type":"subscribe","id":"1","payload":[]}',
        '{"type":"subscribe","id":"1","payload":{}}',
        '{"type":"subscribe","id":"1","payload":{"query":null}}',
        '{"type":"subscribe","id":"1","payload":{"query":1}}',
        '{"type":"subscribe","payload":{"query":"{ __typename }"}}',
        '{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}',
        '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":[]}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":"{}"}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","operationName":1}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","extensions":""}}',
        '{"type":"ping","payload":{"n":NaN}}',
        f"{HELLO}{HELLO}",
        "[" * 10_000,
        '{"type":' * 5_000,
        b"\x00",
        HELLO.encode(),
    ],
    ids=lambda message: f"{message[-55:]!r} of {len(message)}",
)
def test_an_invalid_message_closes_with_4400(message: str | bytes, served: Serving) -> None:
    for begin in (opened, begun):
        with begin(served) as socket:
            socket.send(message)
            code, reason = closed(socket)
        assert (code, reason[:17]) == (4400, "Invalid message: ")
    assert still_answers(served)


def test_who_asks_before_the_connection_is_acknowledged_is_unauthorized(served: Serving) -> None:
    with opened(served) as socket:
        say(socket, type="subscribe", id="1", payload=TYPENAME)
        assert closed(socket) == (4401, "Unauthorized")
    assert still_answers(served)


def test_who_does_not_begin_in_time_is_sent_away(served: Serving) -> None:
    with opened(served) as socket:
        say(socket, type="ping")  # keeps nobody waiting longer
        assert closed(socket) == (4408, "Connection initialisation timeout")
    with begun(served) as socket:
        with pytest.raises(TimeoutError):
            socket.recv(timeout=1.5)
        say(socket, type="ping")
        assert heard(socket) == {"type": "pong"}


def test_who_begins_twice_is_sent_away(served: Serving) -> None:
    with opened(served) as socket:
        socket.send(HELLO)
        socket.send(HELLO)
        assert closed(socket) == (4429, "Too many initialisation requests")
    assert still_answers(served)


@pytest.mark.parametrize("subprotocols", [("graphql-ws",), ("other",), ("graphql-transport-ws2",)])
def test_another_subprotocol_is_not_acceptable(subprotocols: tuple[str, ...], served: Serving) -> None:
    with opened(served, *subprotocols) as socket:
        assert socket.subprotocol is None
        assert closed(socket)[0] == 4406
    assert still_answers(served)


def test_no_subprotocol_is_not_acceptable(served: Serving) -> None:
    host, port = served.address
    with connect(f"ws://{host}:{port}/graphql", proxy=None) as socket:
        assert closed(socket) == (4406, "Subprotocol not acceptable: this server speaks graphql-transport-ws")


def test_of_several_subprotocols_the_right_one_is_taken(served: Serving) -> None:
    with opened(served, "graphql-ws", PROTOCOL) as socket:
        assert socket.subprotocol == PROTOCOL
        begin(socket)


# --- operations that are not over ---


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Polars computes nothing until this is set."""
    may_go_on, collect_all = threading.Event(), pl.collect_all

    def waiting(frames: Any, **options: Any) -> Any:  # noqa: ANN401 - as Polars has it
        may_go_on.wait(10)
        return collect_all(frames, **options)

    monkeypatch.setattr(pl, "collect_all", waiting)
    yield may_go_on
    may_go_on.set()


@pytest.fixture
def slow() -> Iterator[Serving]:
    """A server that remembers nothing, and computes one answer at a time."""
    with serving_sample(cache_ttl=0, max_concurrent_answers=1, max_socket_operations=3, shutdown_seconds=2) as served:
        yield served


def turns(served: Serving) -> tuple[int, int]:
    """How many answers are being computed, and how many wait."""
    _, port = served.address
    with socket.create_connection(served.address) as connection:
        connection.sendall(f"GET /metrics HTTP/1.0\r\nhost: localhost:{port}\r\n\r\n".encode())
        page = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    values = dict(line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#"))
    found = {name.rsplit("_", 1)[-1]: float(value) for name, value in values.items() if "_answers_" in name}
    return int(found["running"]), int(found["waiting"])


def test_an_id_that_is_in_use_closes_with_4409(slow: Serving, hold: threading.Event) -> None:
    for name in ("1", "x" * 300, "é" * 90):
        with begun(slow) as socket:
            say(socket, type="subscribe", id=name, payload=COUNT)
            say(socket, type="subscribe", id=name, payload=TYPENAME)
            code, reason = closed(socket)
        assert code == 4409
        assert reason.startswith(f"Subscriber for {name[:10]}")
        assert reason.endswith(" already exists")


def test_more_operations_than_may_run_at_once_close_with_4429(slow: Serving, hold: threading.Event) -> None:
    with begun(slow) as socket:
        for name in "abc":
            say(socket, type="subscribe", id=name, payload=COUNT)
        say(socket, type="ping")
        assert heard(socket) == {"type": "pong"}  # as many as may
        say(socket, type="subscribe", id="d", payload=COUNT)
        assert closed(socket) == (4429, "Too many operations: 3 may run at once")


def test_what_the_client_completes_is_given_up_and_not_sent(slow: Serving, hold: threading.Event) -> None:
    with begun(slow) as socket:
        say(socket, type="subscribe", id="1", payload=COUNT)
        assert eventually(lambda: turns(slow) == (1, 0))
        say(socket, type="subscribe", id="2", payload={"query": "{ streams { totalCount } }"})
        assert eventually(lambda: turns(slow) == (1, 1))
        say(socket, type="complete", id="2")
        assert eventually(lambda: turns(slow) == (1, 0))
        say(socket, type="complete", id="1")
        say(socket, type="complete", id="1")
        say(socket, type="complete", id="never")
        hold.set()
        assert eventually(lambda: turns(slow) == (0, 0))
        say(socket, type="subscribe", id="1", payload=TYPENAME)
        assert heard(socket)["payload"] == {"data": {"__typename": "Query"}}


def test_who_leaves_is_computed_nothing_for(slow: Serving, hold: threading.Event) -> None:
    with begun(slow) as staying:
        say(staying, type="subscribe", id="1", payload=COUNT)
        assert eventually(lambda: turns(slow) == (1, 0))
        for leave in (ClientConnection.close, lambda leaving: leaving.socket.shutdown(socket.SHUT_RDWR)):
            with begun(slow) as leaving:
                say(leaving, type="subscribe", id="1", payload={"query": "{ streams { totalCount } }"})
                assert eventually(lambda: turns(slow) == (1, 1))
                leave(leaving)
            assert eventually(lambda: turns(slow) == (1, 0))
        hold.set()
        assert heard(staying)["type"] == "next"


def test_when_the_server_stops_answers_are_sent_first(slow: Serving, hold: threading.Event) -> None:
    with begun(slow) as socket, begun(slow) as idle:
        say(socket, type="subscribe", id="1", payload=COUNT)
        assert eventually(lambda: turns(slow) == (1, 0))
        slow.server.should_exit = True
        assert closed(idle) == (1001, "The server is going away")
        say(socket, type="subscribe", id="2", payload=TYPENAME)
        hold.set()
        assert heard(socket)["payload"]["data"]
        assert heard(socket) == {"type": "complete", "id": "1"}
        assert closed(socket) == (1001, "The server is going away")


def test_when_the_server_can_wait_no_longer_sockets_close_all_the_same(
    slow: Serving, hold: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    with begun(slow) as socket:
        say(socket, type="subscribe", id="1", payload=COUNT)
        assert eventually(lambda: turns(slow) == (1, 0))
        slow.server.should_exit = True
        with pytest.raises(ConnectionClosed) as found:
            socket.recv(timeout=10)  # no answer comes before
    assert found.value.rcvd
    assert found.value.rcvd.code == 1001
    assert not [record for record in caplog.records if record.exc_info]


# --- limits ---


def padded(size: int) -> str:
    message = '{"type":"ping","payload":{"a":"%s"}}'
    return message % ("x" * (size - len(message) + 2))


def test_a_message_above_the_limit_closes_and_one_below_does_not(served: Serving) -> None:
    with opened(served) as socket:
        socket.send(padded(64 * 1024))
        assert heard(socket)["type"] == "pong"
        socket.send(padded(64 * 1024 + 1))
        assert closed(socket) == (4400, "Invalid message: it is larger than 65536 bytes")
    with opened(served) as socket:
        socket.send([padded(65_000), "x" * 65_000])  # in parts
        assert closed(socket)[0] == 4400
    with opened(served) as socket:  # in bytes, not in letters
        socket.send('{"type":"ping","payload":{"a":"%s"}}' % ("é" * 40_000))
        assert closed(socket)[0] == 4400
    assert still_answers(served)


def test_a_message_far_above_the_limit_is_not_even_read(served: Serving) -> None:
    with opened(served) as socket:
        with suppress(ConnectionClosed):
            for _ in range(10):
                socket.send(padded(10_000_000))
        assert closed(socket)[0] == 1009
    assert still_answers(served)


def test_a_message_that_is_no_utf8_closes_with_1007_and_leaves_the_log_alone(
    served: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(served) as socket:
        socket.send(b'{"type":"ping\xff"}', text=True)
        assert closed(socket)[0] == 1007
    assert still_answers(served)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_one_address_has_so_many_sockets_and_no_more(served: Serving, caplog: pytest.LogCaptureFixture) -> None:
    with ExitStack() as sockets:
        for _ in range(3):
            sockets.enter_context(begun(served))
        with pytest.raises(InvalidStatus) as refused, opened(served):
            pass
        response = refused.value.response
        assert (response.status_code, response.headers["content-type"]) == (429, "application/json")
        assert json.loads(response.body)["errors"][0]["extensions"]["code"] == "TOO_MANY_SOCKETS"
    assert eventually(lambda: len(served.app.sockets) == 0)
    assert still_answers(served)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("origin", "is_welcome"),
    [
        ("http://{host}", True),
        ("https://{host}", True),
        ("https://dashboard.example", True),
        ("HTTPS://Dashboard.Example", True),
        ("http://dashboard.example", False),
        ("https://dashboard.example:8443", False),
        ("https://evil.example", False),
        ("https://dashboard.example.evil.example", False),
        ("http://127.0.0.1", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("{host}", False),
        ("ftp://{host}", False),
    ],
)
def test_pages_of_other_sites_connect_where_they_are_listed_only(
    origin: str, *, is_welcome: bool, listed: Serving
) -> None:
    origin = origin.format(host=":".join(map(str, listed.address)))
    if is_welcome:
        with opened(listed, origin=origin) as socket:
            begin(socket)
        return
    with pytest.raises(InvalidStatus) as refused, opened(listed, origin=origin):
        pass
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["errors"][0]["extensions"]["code"] == "ORIGIN_NOT_ALLOWED"


@pytest.fixture(scope="module")
def listed() -> Iterator[Serving]:
    with serving_sample(allowed_origins="https://dashboard.example") as served:
        yield served


def test_pages_of_all_sites_connect_where_all_are_listed() -> None:
    with (
        serving_sample(allowed_origins="*") as open_to_all,
        opened(open_to_all, origin="https://any.example") as socket,
    ):
        begin(socket)


def test_who_means_another_server_is_refused(served: Serving) -> None:
    with socket.create_connection(served.address, timeout=10) as client:
        client.sendall(handshake("evil.example"))
        assert client.recv(65536).startswith(b"HTTP/1.1 403 ")
    assert still_answers(served)


def test_there_is_no_socket_elsewhere(served: Serving) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(served, path="/other"):
        pass
    assert refused.value.response.status_code == 403


def unread(served: Serving) -> int:
    """How many bytes wait for clients to read them."""
    return sum(each.transport.get_write_buffer_size() for each in served.server.server_state.connections)


@pytest.mark.parametrize("flood", ["answers", "pongs", "pings"])
def test_a_client_that_does_not_read_fills_no_memory_and_is_dropped(
    flood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "UNREAD_SECONDS", 1)
    floods = {
        "answers": b"".join(
            frame(json.dumps({"type": "subscribe", "id": str(n), "payload": LARGE}).encode()) for n in range(100)
        ),
        "pongs": frame(b'{"type":"ping","payload":{"a":"%s"}}' % (b"x" * 60_000)) * 500,
        "pings": frame(b"x" * 120, opcode=9) * 300_000,
    }
    with serving_sample() as served, deaf(served) as client:
        most, is_refused = 0, threading.Event()

        def send() -> None:
            with suppress(OSError):
                client.sendall(floods[flood])
            is_refused.set()

        threading.Thread(target=send).start()
        while not served.is_idle:
            most = max(most, unread(served))
            time.sleep(0.01)
        assert 0 < most < 4 * 2**20
        assert is_refused.wait(10)
        assert still_answers(served)


def deaf(served: Serving) -> socket.socket:
    """A connection that has become a WebSocket, has begun, and is not read from by anybody."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(served.address)
    client.sendall(handshake("localhost"))
    assert client.recv(1000).startswith(b"HTTP/1.1 101 ")
    client.sendall(frame(HELLO.encode()))
    return client


def handshake(host: str) -> bytes:
    headers = (f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    protocol = (f"Sec-WebSocket-Protocol: {PROTOCOL}", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    return "\r\n".join(["GET /graphql HTTP/1.1", *headers, *protocol, "", ""]).encode()


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """A frame as clients send it, under the mask 0."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + len(payload).to_bytes(2)
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


# --- after all of it ---


def test_addresses_and_messages_are_not_logged(served: Serving, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with begun(served, path="/graphql?token=s3cret", authorization="Bearer s3cret") as socket:
        say(socket, type="subscribe", id="1", payload={**TYPENAME, "variables": {"secret": "s3cret"}})
        assert heard(socket)["type"] == "next"
    with pytest.raises(InvalidStatus), opened(served, path="/graphql?token=s3cret", origin="https://evil.example"):
        pass
    told = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.client")]
    assert told
    assert not [text for text in told if "s3cret" in text]


def test_nothing_is_left_of_those_who_have_gone(served: Serving) -> None:
    assert eventually(lambda: served.is_idle)
    assert still_answers(served)
