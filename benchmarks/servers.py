"""Servers as processes of their own: started on a free port, asked until they answer, stopped in any case."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import IO

from benchmarks import data
from benchmarks.asking import HOST, Ask, Unanswered
from benchmarks.questions import TOTAL

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""What processes find. What Python has compiled is kept, as it is for everybody; else a start would compile it all."""

LIMITS = {
    "MAX_PAGE_SIZE": "1000000",
    "MAX_LINES_PAGE_SIZE": "1000000",
    "MAX_QUERY_TOKENS": "100000",
    "MAX_SECONDS": "600",
    "MAX_COST": "1000000",
    "MAX_RESPONSE_MB": "1024",
}
RECOMPUTED = {"CACHE_MAX_MB": "0", "RESPONSES_MAX_MB": "0"}
"""What is remembered: nothing but parsed documents, frames too, response bytes too."""
FRAMES = {"CACHE_MAX_MB": "1024", "RESPONSES_MAX_MB": "0"}
RESPONSES = {"CACHE_MAX_MB": "1024", "RESPONSES_MAX_MB": "512"}
RESIDENT = {"RESIDENT_MB": "8192"}
SCANNED = {"RESIDENT_MB": "0"}

STARTING, STOPPING, COPYING, SETTLING = 300, 15, 20, 5
"""Seconds at most: until the first answer, until it is gone, until a copy is begun; a copy that rests is done."""
IS_ALIVE = Ask(path="/health/live", method="GET")


class NotStarted(RuntimeError):
    """A server does not answer."""

    in_short = "It does not start here."


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    pid: int
    first_answer: bytes
    seconds_to_first_answer: float
    _output: IO[bytes]

    @property
    def output(self) -> str:
        """What it has printed."""
        file = self._output.fileno()  # the process writes where this one would seek to
        return os.pread(file, os.fstat(file).st_size, 0).decode()

    @property
    def peak_mb(self) -> float:
        """The most memory that it has held so far."""
        return peak_mb(Path(f"/proc/{self.pid}/status").read_text(encoding="ascii"))


def peak_mb(status: str) -> float:
    """The peak that Linux tells in a process's `status`."""
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


@contextmanager
def product(lines: int | None, settings: Mapping[str, str], first: Ask = IS_ALIVE) -> Iterator[Server]:
    """The server under test over so many generated lines, or over the sample lake; up when `first` is answered.

    Its copies of files are there already, unless the settings name another folder for them.
    """
    port = free_port()
    command = [sys.executable, "-m", "bedrot_graph", "serve", "--port", str(port)]
    if lines:
        command += ["--curated", str(data.lake(lines))]
        settings = settings if "COPIES_DIR" in settings else {"COPIES_DIR": str(copies_of(lines)), **settings}
    with tempfile.TemporaryDirectory() as folder:
        folders = {"LOG_DIR": folder, "COPIES_DIR": f"{folder}/copies", "STATE_DIR": f"{folder}/state"}
        environment = {**LIMITS, "LOG_LEVEL": "ERROR", **folders, **settings}
        # Started elsewhere, so that the settings of a developer's own lake are not found.
        with _running(command, port, environment, first, folder) as server:
            yield server


@contextmanager
def asgi(app: str, environment: Mapping[str, str], first: Ask, python: str = sys.executable) -> Iterator[Server]:
    """An ASGI application of a peer, behind the same HTTP server with the same options."""
    port = free_port()
    options = ["--host", HOST, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    with _running([python, "-m", "uvicorn", app, "--port", str(port), *options], port, environment, first) as server:
        yield server


@contextmanager
def program(command: list[str], port: int, environment: Mapping[str, str], first: Ask) -> Iterator[Server]:
    """Any other server, told to listen on the port."""
    with _running(command, port, environment, first) as server:
        yield server


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port


@cache
def copies_of(lines: int) -> Path:
    """Where the server finds its copy of so many generated lines: built here, once in a run, where it builds one."""
    folder = data.KEPT / f"copies-{lines}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with product(lines, {"COPIES_DIR": str(folder)}, TOTAL):
        begun = time.monotonic()
        while time.monotonic() - begun < (STARTING if _written_in(folder) else COPYING):
            before = _written_in(folder)
            time.sleep(SETTLING)
            if before and before == _written_in(folder):
                break
    return folder


def _written_in(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_size) for path in folder.rglob("*") if path.is_file())


@contextmanager
def _running(
    command: list[str], port: int, environment: Mapping[str, str], first: Ask, folder: str | Path = data.ROOT
) -> Iterator[Server]:
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env={**ENVIRONMENT, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            while not (answer := _answer(first, port)):
                if process.poll() is not None or time.perf_counter() - begun > STARTING:
                    output.seek(0)
                    raise NotStarted(f"{' '.join(command)}\n{output.read().decode()[-2000:]}")
                time.sleep(0.003)
            yield Server(port, process.pid, answer, time.perf_counter() - begun, output)
        finally:
            _stop(process)


def _answer(first: Ask, port: int) -> bytes:
    """The answer; nothing while there is none, or while it tells of errors."""
    try:
        answer = first.to(port)
    except (OSError, HTTPException, Unanswered):
        return b""
    return b"" if b'"errors"' in answer else answer


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
