"""What hostile clients do, over HTTP and with bare connections."""

import json
import random
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx2

Attack = Callable[[httpx2.Client, int, random.Random], None]


def refused(response: httpx2.Response) -> bool:
    """Whether it was refused with a code, as a request and not as a fault of ours."""
    return response.status_code < 500 and "code" in response.json()["errors"][0]["extensions"]


def large_bodies(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    for _ in range(3):
        assert client.post("/graphql", json={"query": " " * 10_000_000}).status_code == 413


def ever_other_documents(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    for _ in range(150):
        names = " ".join(f"a{numbers.random()}".replace(".", "_") + ": __typename" for _ in range(14))
        assert client.post("/graphql", json={"query": f"{{ {names} }}"}).status_code == 200


def ever_other_hashes(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    for _ in range(50):
        hashed = f"{numbers.getrandbits(256):064x}"
        assert refused(client.post("/graphql", json={"documentId": f"sha256:{hashed}"}))


def fragment_bombs(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    fragments = "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(26))
    bomb = f"{{ ...f0 }} {fragments} fragment f26 on Query {{ a: __typename }}"
    assert refused(client.post("/graphql", json={"query": bomb}))


def many_large_lists(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    wanted = "nodes { saleMonth platform artist title isrc upc country kind quantity revenueUsd }"
    lists = " ".join(f"a{n}: revenueLines(first: 10000) {{ {wanted} }}" for n in range(15))
    assert refused(client.post("/graphql", json={"query": f"{{ {lists} }}"}))


def deep_variables(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    body = b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 400_000 + b"]" * 400_000 + b"}}"
    assert refused(client.post("/graphql", content=body, headers={"content-type": "application/json"}))


def those_who_trickle(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"
    with ExitStack() as stack:
        for sent in (b"", b"P", head, head + b"{"):
            for _ in range(25):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                connection.sendall(sent)
        time.sleep(1.2)


def those_who_leave(client: httpx2.Client, port: int, numbers: random.Random) -> None:
    for _ in range(50):
        body = json.dumps({"query": f'{{ revenue(where: {{artist: {{eq: "{numbers.random()}"}}}}) {{ totalCount }} }}'})
        head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())


ATTACKS: list[Attack] = [
    large_bodies,
    ever_other_documents,
    ever_other_hashes,
    fragment_bombs,
    many_large_lists,
    deep_variables,
    those_who_trickle,
    those_who_leave,
]
