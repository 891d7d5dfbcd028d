"""`make bench`: how long until the first answer, how long for one question, how many rows are read a second.

Machines are noisy: medians of several runs, and ratios within one run are what to quote.
"""

import asyncio
import datetime as dt
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bedrot_graph.app import Parts, assemble
from bedrot_graph.endpoint import encoded
from bedrot_graph.graph.execution import Operation
from bedrot_graph.lake.catalogue import STATEMENTS
from bedrot_graph.lake.reader import read
from bedrot_graph.lake.sample import sample_lake
from bedrot_graph.schema import execute
from bedrot_graph.settings import Settings
from benchmarks.statements import write_statements

QUESTIONS = Path(__file__).parent.parent / "tests" / "questions"
STARTS = 5
_COMPOSED = ("04-payments-expected-and-actual", "08-streams-by-artist-estimated", "13-kpis-and-goals", "14-alerts")
"""Questions whose answers are made from several datasets."""
REPEATS = 30
LINES = int(os.environ.get("BENCH_LINES", "1000000"))


def main() -> None:
    """Measure, and print a table."""
    rows = [*first_answers(), *questions(), *reading()]
    write = sys.stdout.write
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    write(f"\n{machine}, Python {platform.python_version()}, Polars {pl.__version__}\n\n")
    write("| what | median | against |\n|---|---|---|\n")
    for what, figure, against in rows:
        write(f"| {what} | {figure} | {against} |\n")


def first_answers() -> list[tuple[str, str, str]]:
    """From process start to the first right answer over HTTP, beside a process that only imports the libraries."""
    imports = median(STARTS, lambda: subprocess.run([sys.executable, "-c", _IMPORTS], check=True))
    served = median(STARTS, _serve_once)
    ratio = f"{served / imports:.2f}x a process that only imports the same libraries ({imports * 1000:.0f} ms)"
    return [("process start to the first answer, sample lake", f"{served * 1000:.0f} ms", ratio)]


_IMPORTS = "import polars, strawberry, starlette.applications, uvicorn, pydantic_settings, typer, aiocache, orjson"
_FIRST = b'{"query": "{ revenue { total { revenueUsd } } }"}'


def _serve_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bedrot_graph", "serve", "--port", str(port)]
    with tempfile.TemporaryDirectory() as logs:
        environment = {**os.environ, "LOG_DIR": logs, "LOG_LEVEL": "ERROR"}
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/graphql", _FIRST, {"content-type": "application/json"}
            )
            while b"2628.65372866" not in _answer(request):
                time.sleep(0.005)
        finally:
            server.terminate()
            server.wait()


def _answer(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request) as response:
            content: bytes = response.read()
            return content
    except (urllib.error.URLError, ConnectionError):
        return b""


def questions() -> list[tuple[str, str, str]]:
    """Questions in process, to the bytes of the response: computed anew each time, and remembered."""
    rows = []
    for name in ("01-revenue-by-platform", "06-daily-streams", "10-campaign-performance", "12-tiktok", *_COMPOSED):
        document = (QUESTIONS / f"{name}.graphql").read_text(encoding="utf-8")
        for how, ttl in (("computed", 0), ("remembered", 300)):
            parts = assemble(Settings(curated_data_path=sample_lake(), cache_ttl=ttl))
            seconds = asyncio.run(_latency(parts, document))
            rows.append((f"question {name[:2]}, {how}", f"{seconds * 1000:.1f} ms", "in process, with its lineage"))
    return rows


async def _latency(parts: Parts, document: str) -> float:
    async def ask() -> None:
        result = await execute(Operation(document), parts.context())
        encoded({"data": result.data, "extensions": result.extensions})

    await ask()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def reading() -> list[tuple[str, str, str]]:
    """Rows read a second by the honest reader, beside Polars' own typed reading of the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_statements(Path(folder) / "statements.csv", LINES)
        data = path.read_bytes()
        honest = median(3, lambda: read(data, STATEMENTS, today=dt.date(2026, 1, 1)))
        bare = median(3, lambda: pl.read_csv(data, schema_overrides=_TYPES))
    rate = f"{LINES / honest / 1e6:.2f} million rows/s"
    return [(f"{LINES:,} statement lines read from CSV", rate, f"{honest / bare:.1f}x the time of bare `pl.read_csv`")]


_TYPES: dict[str, pl.DataType] = {
    "Earnings (USD)": pl.Decimal(38, 12),
    "Quantity": pl.Int64(),
    "Reporting Date": pl.Date(),
}


def median(times: int, work: Callable[[], object]) -> float:
    """The median seconds of so many runs."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
