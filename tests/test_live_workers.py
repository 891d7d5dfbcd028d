"""A change reaches those who listen, whichever worker or server they listen to, and nobody has to ask."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.crews import Asked, crew, eventually
from tests.lakes import day, write_lake
from tests.processes import free_port, serving
from tests.redises import redis_in

DAYS = [day(f"2025-08-{number:02}", "distrokid", 100, 50) for number in range(1, 32)]
QUERY = "subscription { kpiUpdates { id value } }"
SOON = 20
"""Seconds; it is one or two where nothing else runs."""


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=DAYS)


def counted(lake: Path, spotify: int) -> int:
    """The last day has another count; gives what the month has then."""
    write_lake(lake, streams=[*DAYS[:-1], day("2025-08-31", "distrokid", spotify, 50)])
    return 31 * 150 - 100 + spotify


@contextmanager
def listening(port: int) -> Iterator[ClientConnection]:
    """A socket that has been told the present state."""
    protocols = [Subprotocol("graphql-transport-ws")]
    with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols, proxy=None) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(timeout=20)) == {"type": "connection_ack"}
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}))
        assert len(told(socket)) == 13
        yield socket


def told(socket: ClientConnection) -> dict[str, Any]:
    message = json.loads(socket.recv(timeout=SOON))
    return {kpi["id"]: kpi["value"] for kpi in message["payload"]["data"]["kpiUpdates"]}


@pytest.mark.skipif(sys.platform != "linux", reason="The tests find the workers in Linux's /proc.")
def test_a_change_reaches_the_subscribers_of_every_worker(lake: Path) -> None:
    with crew(lake) as asked, ExitStack() as stack:
        sockets = [stack.enter_context(listening(asked.port)) for _ in range(12)]  # all at one: once in two thousand
        for spotify in (101, 107):
            streams = counted(lake, spotify)
            assert [told(each) for each in sockets] == [{"streams": streams}] * 12
        assert eventually(lambda: asked.told("bedrot_graph_subscriptions_open") == [12, 12])  # each tells of all


def test_a_change_that_one_server_sees_reaches_the_subscribers_of_another_through_redis(
    lake: Path, tmp_path: Path
) -> None:
    ports = free_port(), free_port()
    with redis_in(tmp_path) as redis, ExitStack() as stack:
        for port, watch in zip(ports, ("auto", "off"), strict=True):  # the other sees nothing by itself
            settings = {"REDIS_URL": redis.url, "WATCH": watch, "LOG_LEVEL": "WARNING"}
            process = stack.enter_context(serving(port, "--curated", lake, **settings))
            asked = Asked(port, process)
            assert eventually(lambda: asked.ask("{ __typename }"), seconds=60)  # noqa: B023 - it is asked now
        one, other = (stack.enter_context(listening(port)) for port in ports)
        time.sleep(1)
        streams = counted(lake, 101)
        assert [told(one), told(other)] == [{"streams": streams}] * 2
