"""How long servers take for a request, measured in turns so that what disturbs the one disturbs the other."""

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.asking import HOST, PATIENCE, Ask, Unanswered
from benchmarks.servers import Server

SCRIPT = Path(__file__).parent / "post.lua"
FEWEST = 20
"""Requests in a round of wrk, which drops what is under way at the end; where there would be fewer, threads ask."""


class NoGenerator(RuntimeError):
    """The load generator is missing."""

    def __init__(self) -> None:
        super().__init__("The benchmarks need 'wrk' (Debian, Ubuntu: apt install wrk; macOS: brew install wrk).")


@dataclass(frozen=True)
class Side:
    """A server, and what it is asked."""

    server: Server
    ask: Ask

    def answer(self) -> bytes:
        """What it says."""
        return self.ask.to(self.server.port)


@dataclass(frozen=True)
class Effort:
    """How long is measured."""

    rounds: int = 5
    seconds: int = 2
    is_quick: bool = False
    """Whether to leave out what takes long to prepare."""


Times = Sequence[float]
"""Seconds that a request takes, by round: the wall clock of a round through the requests answered in it."""


def side_by_side(sides: Mapping[str, Side], connections: int, effort: Effort) -> dict[str, Times]:
    """The times of each side, all sides once in every round."""
    expected = {name: _warm_seconds(side) for name, side in sides.items()}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(effort.rounds):
        for name, side in sides.items():
            times[name].append(_round(side, connections, effort.seconds, expected[name]))
    return dict(times)


def _warm_seconds(side: Side) -> float:
    """About how long a request takes once the server has seen it."""
    for _ in range(2):
        side.answer()
    begun = time.perf_counter()
    side.answer()
    return time.perf_counter() - begun


def _round(side: Side, connections: int, seconds: int, expected: float) -> float:
    if expected * max(FEWEST, 4 * connections) > seconds:
        return clients(side, connections, seconds)
    return wrk(side, connections, seconds)


def clients(side: Side, connections: int, seconds: float) -> float:
    """The wall clock through the number of requests, by threads that each finish what they have begun."""
    turns, begun = itertools.count(1), time.perf_counter()

    def ask(_: int) -> int:
        connection = HTTPConnection(HOST, side.server.port, timeout=PATIENCE)
        asked = 0
        try:
            while asked == 0 or time.perf_counter() - begun < seconds:
                side.ask.over(connection, next(turns))
                asked += 1
        finally:
            connection.close()
        return asked

    with ThreadPoolExecutor(connections) as threads:
        answered = sum(threads.map(ask, range(connections)))
    return (time.perf_counter() - begun) / answered


def wrk(side: Side, connections: int, seconds: int) -> float:
    """The wall clock through the number of requests. Raises Unanswered where one of them failed."""
    program = shutil.which("wrk")
    if program is None:
        raise NoGenerator
    with tempfile.NamedTemporaryFile() as body:
        body.write(side.ask.body)
        body.flush()
        options = [
            f"-c{connections}",
            "-t1",
            f"-d{seconds}s",
            f"--timeout={PATIENCE}s",
            f"--script={SCRIPT}",
        ]
        done = subprocess.run(
            [program, *options, f"http://{HOST}:{side.server.port}{side.ask.path}"],
            env={
                **os.environ,
                "BENCH_BODY": body.name,
                "BENCH_CONTENT_TYPE": side.ask.content_type,
                "BENCH_AUTHORIZATION": side.ask.authorization,
            },
            capture_output=True,
            text=True,
            check=True,
        )
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("figures "))
    requests, microseconds, failed = (int(figure) for figure in line.split()[1:])
    if failed or not requests:
        raise Unanswered(f"{failed} of {requests} requests to {side.ask.path} failed")
    return microseconds / 1e6 / requests
