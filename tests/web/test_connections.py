"""Connections of strangers who send too much, too slowly, or no HTTP at all."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bedrot_graph.web import patience
from tests.web.serving import Serving, asked, eventually, exchanged, request, serving_sample

TYPENAME = asked("{ __typename }")
ANSWER = b'{"data":{"__typename":"Query"}}'
LAST = asked("{ __typename }", "connection: close")
GET = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n"
POST = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
BODY = b'{"query":"{ __typename }"}'


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    with serving_sample(headers_seconds=1, body_seconds=1, max_url_kb=1, max_headers_kb=4) as served:
        yield served


def refused(answer: bytes) -> tuple[int, str]:
    """The status and the code of the last answer, which is JSON and says that the connection ends."""
    head, _, body = answer.rpartition(b"\r\n\r\n")
    lines = head[head.rindex(b"HTTP/1.1 ") :].decode().split("\r\n")
    headers: dict[str, str] = dict(line.split(": ", 1) for line in lines[1:])
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert headers["content-length"] == str(len(body))
    assert "server" not in headers
    error: dict[str, Any] = json.loads(body)["errors"][0]
    assert error["message"].endswith(".")
    return int(lines[0].split(" ")[1]), error["extensions"]["code"]


def heard(connection: socket.socket) -> bool:
    """Whether the answer comes."""
    received = b""
    while not received.endswith(ANSWER) and (piece := connection.recv(65536)):
        received += piece
    return received.endswith(ANSWER)


def still_answers(served: Serving) -> bool:
    return exchanged(served.address, LAST).endswith(ANSWER)


# --- too much ---


def test_an_address_above_the_limit_is_refused_and_one_below_is_not(served: Serving) -> None:
    def got(size: int) -> bytes:
        path = b"/health/live?" + b"x" * (size - 13)
        return exchanged(served.address, b"GET %s HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n" % path)

    assert got(1024).startswith(b"HTTP/1.1 200 ")
    assert refused(got(1025)) == (414, "URL_TOO_LONG")
    assert refused(got(10_000_000)) == (414, "URL_TOO_LONG")
    assert still_answers(served)


def test_headers_above_the_limit_are_refused_and_those_below_are_not(served: Serving) -> None:
    def got(size: int) -> bytes:
        rest = b"host: localhost\r\nconnection: close\r\na: "
        head = b"GET /health/live HTTP/1.1\r\n" + rest
        counted = len(b"/health/live" + rest) + 2
        return exchanged(served.address, head + b"x" * (size - counted) + b"\r\n\r\n")

    assert got(4096).startswith(b"HTTP/1.1 200 ")
    assert refused(got(4097)) == (431, "HEADERS_TOO_LARGE")
    assert still_answers(served)


@pytest.mark.parametrize(
    "sent",
    [
        [GET, *[b"a%d: b\r\n" % number for number in range(100_000)], b"\r\n"],
        [GET + b"a: ", *[b"x" * 1000] * 10_000],
        [GET + b"x" * 1_000_000],
        [TYPENAME + GET + b"a: " + b"x" * 1_000_000],
    ],
    ids=["many", "a long one", "a long name", "behind a request"],
)
def test_headers_without_end_are_refused_early(sent: list[bytes], served: Serving) -> None:
    answer = exchanged(served.address, b"".join(sent))
    assert refused(answer) == (431, "HEADERS_TOO_LARGE")
    assert still_answers(served)


@pytest.mark.parametrize("framing", [b"\r\na: " + b"x" * 200_000, b"1;" + b"x" * 200_000], ids=["trailer", "extension"])
def test_what_is_around_a_body_has_an_end_too(framing: bytes, served: Serving) -> None:
    answer = exchanged(served.address, POST + b"transfer-encoding: chunked\r\n\r\n0" + framing)
    assert refused(answer)[0] in {400, 431}
    assert still_answers(served)


def test_trailers_are_no_headers(served: Serving) -> None:
    body = b"1a\r\n%s\r\n0\r\nhost: evil\r\ncontent-encoding: gzip\r\n\r\n" % BODY
    head = POST + b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    assert exchanged(served.address, head + body).endswith(ANSWER)


def test_a_client_gets_to_read_why_while_it_is_still_sending(served: Serving) -> None:
    answer = exchanged(served.address, POST + b"content-length: 20000000\r\n\r\n" + b" " * 20_000_000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"BODY_TOO_LARGE"' in answer
    assert still_answers(served)


# --- too slowly ---


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET, GET + b"a: ", b"\r\n"])
def test_a_head_that_does_not_come_in_time_is_refused(sent: bytes, served: Serving) -> None:
    begun = time.monotonic()
    assert refused(exchanged(served.address, sent)) == (408, "REQUEST_TIMEOUT")
    assert 0.9 < time.monotonic() - begun < 5


@pytest.mark.parametrize(("head", "drip"), [(GET, b"a"), (b"", b"\r\n")], ids=["a header", "empty lines"])
@pytest.mark.parametrize("first", [b"", TYPENAME], ids=["at once", "behind a request"])
def test_a_head_that_trickles_is_refused(first: bytes, head: bytes, drip: bytes, served: Serving) -> None:
    begun = time.monotonic()
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(first)
        time.sleep(0.3)
        connection.sendall(head)
        received = b""
        connection.setblocking(False)  # noqa: FBT003 - the library's signature
        while time.monotonic() - begun < 8 and b"REQUEST_TIMEOUT" not in received:
            try:
                connection.send(drip)
                received += connection.recv(65536)
            except BlockingIOError:
                time.sleep(0.1)
    assert refused(received) == (408, "REQUEST_TIMEOUT")
    assert still_answers(served)


def test_no_part_of_a_body_is_waited_for_without_end(served: Serving) -> None:
    with ExitStack() as opened:
        waiting = []
        for size in range(80):
            connection = opened.enter_context(socket.create_connection(served.address, timeout=10))
            connection.sendall(POST + b"content-length: 1000\r\n\r\n" + b" " * size)
            waiting.append(connection)
        assert all(connection.recv(65536).startswith(b"HTTP/1.1 408 ") for connection in waiting)


@pytest.mark.parametrize(
    "head", [b"content-length: 1000\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n3e8\r\n"], ids=["counted", "chunked"]
)
def test_a_body_that_trickles_is_refused(head: bytes, served: Serving, caplog: pytest.LogCaptureFixture) -> None:
    begun = time.monotonic()
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(POST + head)
        received = b""
        connection.setblocking(False)  # noqa: FBT003 - the library's signature
        while time.monotonic() - begun < 8 and b"REQUEST_TIMEOUT" not in received:
            try:
                connection.send(b" ")
                received += connection.recv(65536)
            except BlockingIOError:
                time.sleep(0.1)
    assert refused(received) == (408, "REQUEST_TIMEOUT")
    assert 0.9 < time.monotonic() - begun < 5
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert still_answers(served)


def test_many_who_trickle_keep_nobody_from_being_answered(served: Serving) -> None:
    idlers = [socket.create_connection(served.address) for _ in range(200)]
    for idler in idlers:
        idler.sendall(GET)
    assert still_answers(served)
    assert eventually(lambda: served.is_idle)
    for idler in idlers:
        idler.close()


def test_a_request_that_comes_in_pieces_in_time_is_answered(served: Serving) -> None:
    pieces = [bytes([byte]) for byte in LAST]
    assert exchanged(served.address, *pieces).endswith(ANSWER)


def test_a_connection_may_wait_between_requests_without_being_refused(served: Serving) -> None:
    with socket.create_connection(served.address, timeout=10) as connection:
        for _ in range(3):
            connection.sendall(TYPENAME)
            assert heard(connection)
            time.sleep(1.2)  # longer than a head may take


def test_a_client_that_does_not_read_its_answer_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "UNREAD_SECONDS", 1)
    question = asked("{ revenueLines(first: 10000) { nodes { platform artist country } } }")
    with serving_sample() as served, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(served.address)
        threading.Thread(target=deaf.sendall, args=(question * 50,)).start()
        assert eventually(lambda: not served.is_idle)
        assert eventually(lambda: served.is_idle)
        assert still_answers(served)


# --- no HTTP ---


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.9\r\nhost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\nhost: localhost\n\n",
        b"GET /\x00 HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\na\x00b: c\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nhost: y\r\n\r\n",
        b"GET / HTTP/1.0\r\nhost: localhost\r\nhost: y\r\n\r\n",
        POST + b"content-length: 26\r\ncontent-length: 26\r\n\r\n" + BODY,
        POST + b"content-length: 26, 26\r\n\r\n" + BODY,
        POST + b"content-length: -1\r\n\r\n" + BODY,
        POST + b"content-length: +26\r\n\r\n" + BODY,
        POST + b"content-length: 99999999999999999999999\r\n\r\n" + BODY,
        POST + b"content-length: 26\r\ntransfer-encoding: chunked\r\n\r\n1a\r\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\ncontent-length: 26\r\n\r\n1a\r\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n1a\r\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"transfer-encoding: identity\r\n\r\n" + BODY,
        POST + b"transfer-encoding: xchunked\r\n\r\n1a\r\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\n1a\r\n" + BODY + b"xx\r\n0\r\n\r\n",
    ],
    ids=lambda sent: f"{sent.replace(POST, b'').replace(BODY, b'')[-60:]!r}",
)
def test_what_is_no_http_or_could_be_read_in_two_ways_is_refused(
    sent: bytes, served: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    assert refused(exchanged(served.address, sent)) == (400, "BAD_REQUEST")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert still_answers(served)


def test_what_was_asked_before_is_answered_before_the_rest_is_refused(served: Serving) -> None:
    answer = exchanged(served.address, TYPENAME + b"hello\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(ANSWER)
    assert still_answers(served)


# --- HTTP as it may also be ---


def test_a_chunked_body_is_read(served: Serving) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, BODY[at : at + 1]) for at in range(len(BODY)))
    head = POST + b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    assert exchanged(served.address, head + chunks + b"0\r\n\r\n").endswith(ANSWER)


def test_a_large_body_in_small_chunks_is_read(served: Serving) -> None:
    body = BODY[:-1] + b" " * 50_000 + b"}"
    chunks = b"".join(b"1\r\n%s\r\n" % body[at : at + 1] for at in range(len(body)))
    head = POST + b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    assert exchanged(served.address, head + chunks + b"0\r\n\r\n").endswith(ANSWER)


def test_who_asks_whether_to_send_the_body_is_told_to_go_on(served: Serving) -> None:
    with socket.create_connection(served.address, timeout=10) as connection:
        connection.sendall(POST + b"content-length: 26\r\nexpect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert heard(connection)


def test_requests_that_do_not_wait_for_each_other_are_answered_in_order(served: Serving) -> None:
    questions = [asked(f"{{ a{number}: __typename }}") for number in range(50)]
    answer = exchanged(served.address, b"".join(questions) + LAST)
    assert answer.count(b"HTTP/1.1 200 ") == 51
    places = [answer.index(b'"a%d"' % number) for number in range(50)]
    assert places == sorted(places)


def test_http_1_0_is_answered_and_closed(served: Serving) -> None:
    assert b"alive" in exchanged(served.address, b"GET /health/live HTTP/1.0\r\nhost: localhost\r\n\r\n")
    answer = exchanged(served.address, LAST.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
    assert b"connection: close\r\n" in answer
    assert answer.endswith(ANSWER)


def test_an_upgrade_to_something_else_is_not_made(served: Serving) -> None:
    sent = GET + b"connection: upgrade, close\r\nupgrade: h2c\r\n\r\n"
    assert exchanged(served.address, sent).startswith(b"HTTP/1.1 200 ")


def test_a_body_behind_the_wish_for_http_2_is_read(served: Serving) -> None:
    headers = (
        "connection: Upgrade, HTTP2-Settings",
        "upgrade: h2c",
        "http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA",
    )
    answer = exchanged(served.address, request(BODY, *headers) + LAST)
    assert answer.count(ANSWER) == 2


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_another_protocol_cannot_be_wished_for_behind_what_is_not_answered(protocol: str, served: Serving) -> None:
    wish = GET + f"connection: upgrade\r\nupgrade: {protocol}\r\n\r\n".encode()
    for sent in (TYPENAME + wish, TYPENAME + wish * 3000):
        answer = exchanged(served.address, sent)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.endswith(ANSWER)
    assert still_answers(served)


def test_nothing_is_left_of_those_who_have_gone(served: Serving) -> None:
    assert eventually(lambda: served.is_idle)
    assert still_answers(served)
