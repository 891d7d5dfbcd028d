"""Bodies made smaller."""

import gzip
from collections.abc import Callable

import brotli
import pytest
import zstandard
from starlette.testclient import TestClient

from bedrot_graph.web.compression import SMALLEST, preferred

LINES = {"query": "{ revenueLines(first: 200) { nodes { artist title platform country revenueUsd } } }"}
READERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "br"),
        ("gzip;q=0", ""),
        ("gzip;q=0.5, identity", ""),
        ("gzip;q=2", ""),
        ("deflate", ""),
        ("GZIP", "gzip"),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(accepted: str, coding: str) -> None:
    assert preferred(accepted) == coding


@pytest.mark.parametrize("coding", READERS)
def test_a_compressed_answer_is_the_same_answer(coding: str, sample: TestClient) -> None:
    plain = sample.post("/graphql", json=LINES, headers={"accept-encoding": "identity"})
    for _ in range(2):  # the second is remembered
        with sample.stream("POST", "/graphql", json=LINES, headers={"accept-encoding": coding}) as response:
            body = b"".join(response.iter_raw())
        assert response.headers["content-encoding"] == coding
        assert int(response.headers["content-length"]) == len(body) < len(plain.content) / 2
        assert READERS[coding](body) == plain.content


def test_what_is_small_is_sent_as_it_is(sample: TestClient) -> None:
    response = sample.post("/graphql", json={"query": "{ __typename }"}, headers={"accept-encoding": "gzip"})
    assert len(response.content) < SMALLEST
    assert "content-encoding" not in response.headers


def test_each_coding_has_its_own_tag(sample: TestClient) -> None:
    tags = {
        sample.get("/graphql", params=LINES, headers={"accept-encoding": coding}).headers["etag"]
        for coding in ("identity", *READERS)
    }
    assert len(tags) == 4
    response = sample.get("/graphql", params=LINES, headers={"accept-encoding": "br"})
    assert response.headers["vary"] == "accept, accept-encoding, authorization"
    again = sample.get(
        "/graphql", params=LINES, headers={"accept-encoding": "br", "if-none-match": response.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert "content-encoding" not in again.headers
