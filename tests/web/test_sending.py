"""A reply that is sent in one piece is the same as one that is sent message by message."""

import re
from collections.abc import Iterator

import pytest

from tests.web.serving import Serving, exchanged, serving_sample

TOTAL = b'{"query":"{ revenue { total { revenueUsd } } }"}'
LINES = b'{"query":"{ revenueLines(first: 1000) { nodes { title platform revenueUsd } } }"}'
"""Its answer is larger than what is copied."""
GET = "GET /graphql?query=%7B__typename%7D"
PREFLIGHTED = "graphql-require-preflight: 1"


@pytest.fixture(scope="module")
def whole() -> Iterator[Serving]:
    with serving_sample() as served:
        yield served


@pytest.fixture(scope="module")
def in_parts() -> Iterator[Serving]:
    """What answers other sites stands between the endpoint and the connection."""
    with serving_sample(allowed_origins="https://dashboard.example") as served:
        yield served


def asked(line: str, *headers: str, body: bytes = b"", version: str = "1.1") -> bytes:
    content = ("content-type: application/json", f"content-length: {len(body)}") if body else ()
    head = (f"{line} HTTP/{version}", "host: localhost", "x-request-id: me", *headers, *content)
    return "\r\n".join((*head, "", "")).encode() + body


def mended(answer: bytes) -> bytes:
    """Without the date, and without what stands for other sites only."""
    answer = re.sub(rb"date: [^\r]*\r\n", b"date: now\r\n", answer)
    return answer.replace(b"vary: Origin\r\n", b"").replace(b", Origin\r\n", b"\r\n")


CLOSE = "connection: close"


@pytest.mark.parametrize(
    "requests",
    [
        [asked("POST /graphql", CLOSE, body=TOTAL)],
        [asked("POST /graphql", body=TOTAL), asked("POST /graphql", CLOSE, body=TOTAL)],
        [
            asked("POST /graphql", body=LINES),
            asked("POST /graphql", body=TOTAL),
            asked("POST /graphql", CLOSE, body=LINES),
        ],
        [asked("POST /graphql", "accept-encoding: gzip", body=LINES), asked("POST /graphql", CLOSE, body=TOTAL)],
        [asked(GET, PREFLIGHTED), asked(GET, PREFLIGHTED, 'if-none-match: "x", *'), asked(GET, CLOSE, PREFLIGHTED)],
        [asked(GET.replace("GET", "HEAD"), PREFLIGHTED), asked("OPTIONS /graphql"), asked(GET, CLOSE)],
        [asked("POST /graphql", body=b"{"), asked("POST /graphql", "authorization: Bearer x", CLOSE, body=b"[]")],
        [asked("POST /graphql", body=TOTAL, version="1.0")],
    ],
    ids=["one", "two", "large", "compressed", "kept", "without a body", "refused", "1.0"],
)
def test_it_is_the_same_either_way(requests: list[bytes], whole: Serving, in_parts: Serving) -> None:
    wanted = mended(exchanged(in_parts.address, b"".join(requests)))
    found = mended(exchanged(whole.address, b"".join(requests)))
    assert found == wanted
    assert found.count(b"\r\nx-request-id: me\r\nx-content-type-options: nosniff\r\n") == len(requests)
    assert found.count(b"date: now\r\n") == len(requests)


def test_behind_a_body_that_is_too_large_nothing_is_answered_either_way(whole: Serving, in_parts: Serving) -> None:
    requests = asked("POST /graphql", body=b"x" * 1_100_000) + asked(GET, PREFLIGHTED)
    for served in (whole, in_parts):
        found = exchanged(served.address, requests)
        assert found.startswith(b"HTTP/1.1 413 ")
        assert found.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in found


def test_a_status_is_in_the_log_either_way(whole: Serving, in_parts: Serving, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "bedrot_graph.web.entrance"):
        for served in (whole, in_parts):
            exchanged(served.address, asked("POST /graphql", CLOSE, body=TOTAL))
    told = [vars(record)["status"] for record in caplog.records if record.message == "request answered"]
    assert told == [200, 200]
