"""How long the event loop was blocked at most while questions to ten million lines were computed."""

import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection

from benchmarks import lineup
from benchmarks.asking import HOST, PATIENCE, Ask
from benchmarks.data import HUGE
from benchmarks.load import Effort, Side, clients
from benchmarks.questions import TOP_20, lines
from benchmarks.rows import Rows, Skipped, Target, absolute
from benchmarks.servers import IS_ALIVE, RECOMPUTED, SCANNED, Server, product

PAUSE = 0.003
"""Seconds between two looks."""
ASK = TOP_20.ours()
QUESTIONS = {"top 20 platforms": ASK, "100,000 lines": lines(100_000)}


def measure(effort: Effort) -> Rows:
    """The longest that a health check has waited, beside the same at bare Polars in a worker thread."""
    if effort.is_quick:
        yield Skipped("the event loop under 10 million lines", "It is left out of a quick run.")
        return
    bound = Target(20, is_floor=False, unit=" ms")
    with product(HUGE, {**RECOMPUTED, **SCANNED}) as ours, lineup.bare("scanned", HUGE, ASK) as theirs:
        for what, ask in QUESTIONS.items():
            own, other = [], []
            for _ in range(effort.rounds):
                own.append(_longest_wait(ours, ask, effort.seconds))
                other.append(_longest_wait(theirs, ASK, effort.seconds))
            name = f"longest wait of a health check, {what} of 10 million lines"
            yield absolute(name, "bare Polars, top 20 platforms", own, other, bound)


def _longest_wait(server: Server, ask: Ask, seconds: int) -> float:
    """In milliseconds."""
    waits: list[float] = []
    is_over = threading.Event()
    looking = threading.Thread(target=_look, args=(server.port, is_over.is_set, waits))
    looking.start()
    try:
        clients(Side(server, ask), 1, seconds)
    finally:
        is_over.set()
        looking.join()
    return max(waits) * 1000


def _look(port: int, is_over: Callable[[], bool], waits: list[float]) -> None:
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        while not is_over():
            begun = time.perf_counter()
            IS_ALIVE.over(connection)
            waits.append(time.perf_counter() - begun)
            time.sleep(PAUSE)
    finally:
        connection.close()
