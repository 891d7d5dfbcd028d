"""What a thousand subscribers cost who have nothing to hear, and how soon all of them hear of a change."""

import asyncio
import json
import shutil
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bedrot_graph.lake.sample import sample_lake
from benchmarks.asking import HOST
from benchmarks.load import Effort
from benchmarks.rows import Row, Rows, Target
from benchmarks.servers import Server, product

SUBSCRIBERS = 1000
QUICK_SUBSCRIBERS = 200
AT_ONCE = 50
"""So many connect at the same time."""
SETTLING = 2.0
DOCUMENT = "subscription { kpiUpdates { id value growth status asOf } }"
CHANGED = "tidy_daily_streams.csv"
DAY = "2025-08-12,"
"""Behind it stands how often songs were streamed on that day, of a month that is closed: a digit more each time."""
SETTINGS = {"MAX_SOCKETS": "5000"}


def measure(effort: Effort) -> Rows:
    """Over WebSockets, each with a connection of its own, over a copy of the sample lake of which a file changes."""
    number = QUICK_SUBSCRIBERS if effort.is_quick else SUBSCRIBERS
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(shutil.copytree(sample_lake(), Path(folder) / "lake"))
        with product(None, {**SETTINGS, "CURATED_DATA_PATH": str(lake)}) as server:
            before, after, seconds = asyncio.run(_listened(server, lake, number, effort.rounds))
    cost = after - before
    yield Row(
        f"memory of {number:,} subscribers who hear nothing",
        "the server before",
        cost,
        cost,
        cost,
        "MB",
        f"{after:.0f} MB",
        f"{before:.0f} MB",
        Target(100, is_floor=False, unit=" MB"),
    )
    yield Row(
        f"from the change of a file until {number:,} subscribers have been told",
        "the clock",
        statistics.median(seconds),
        min(seconds),
        max(seconds),
        "s",
        "",
        "",
        Target(2, is_floor=False, unit=" s"),
    )


async def _listened(server: Server, lake: Path, number: int, rounds: int) -> tuple[float, float, list[float]]:
    """The server's memory in megabytes without the subscribers, and with them; and the seconds of each round."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(connect(_address(server), subprotocols=_PROTOCOLS, proxy=None))
        await _subscribe(first)  # what is taken once is taken before
        before = _resident_mb(server)
        sockets = [first]
        while len(sockets) < number:
            some = [
                await stack.enter_async_context(
                    connect(_address(server), subprotocols=_PROTOCOLS, proxy=None, compression=None)
                )
                for _ in range(min(AT_ONCE, number - len(sockets)))
            ]
            await asyncio.gather(*(_subscribe(each) for each in some))
            sockets += some
        await asyncio.sleep(SETTLING)
        after = _resident_mb(server)
        seconds = [await _changed(lake, sockets) for _ in range(rounds)]
    return before, after, seconds


_PROTOCOLS = [Subprotocol("graphql-transport-ws")]


async def _subscribe(socket: ClientConnection) -> None:
    await socket.send(json.dumps({"type": "connection_init"}))
    await socket.recv()
    payload = {"query": DOCUMENT, "extensions": {"lineage": "none"}}
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
    assert len(_told(await socket.recv())) > 1, "the present state is told first"


async def _changed(lake: Path, sockets: list[ClientConnection]) -> float:
    """How long it takes from the change of a file, of which nobody says a word, until each has been told of it."""
    file = lake / CHANGED
    text = file.read_text(encoding="utf-8")
    begun = time.perf_counter()
    file.write_text(text.replace(DAY, f"{DAY}{1}"), encoding="utf-8")
    told = await asyncio.gather(*(socket.recv() for socket in sockets))
    seconds = time.perf_counter() - begun
    assert all(_told(each) for each in told)
    return seconds


def _told(message: str | bytes) -> list[object]:
    said = json.loads(message)
    assert said["type"] == "next", said
    kpis: list[object] = said["payload"]["data"]["kpiUpdates"]
    return kpis


def _address(server: Server) -> str:
    return f"ws://{HOST}:{server.port}/graphql"


def _resident_mb(server: Server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
