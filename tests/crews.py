"""A server of several workers, and which of them answers."""

import http.client
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.processes import free_port, serving

Answer = dict[str, Any]


class Asked:
    """A server of several workers."""

    def __init__(self, port: int, process: "subprocess.Popen[str]") -> None:
        self.port, self.process = port, process
        self.answered = 0
        """How many questions have been."""
        self._connections: dict[str, http.client.HTTPConnection] = {}
        """One to each worker."""

    def ask(self, question: str, variables: object = None) -> Answer:
        """The answer of any worker, over a connection of its own."""
        with self._connected() as connection:
            return self._posted(connection, question, variables)

    def meet(self, count: int = 2) -> list[str]:
        """So many workers: each has a name, as long as it lives. The others are forgotten."""
        self.leave()
        while len(self._connections) < count:
            some = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=60) for _ in range(4)]
            try:
                for each in some:
                    each.connect()
                for each in some:
                    self._connections.setdefault(_fetched(each, "/health/live")[0], each)
            finally:
                for each in some:
                    if each not in self._connections.values():
                        each.close()
        return list(self._connections)

    def of(self, worker: str, question: str, variables: object = None) -> Answer:
        """The answer of one worker that was met."""
        return self._posted(self._connections[worker], question, variables)

    def of_all(self, question: str) -> list[Answer]:
        """The answers of all workers that were met."""
        return [self.of(worker, question) for worker in self._connections]

    def leave(self) -> None:
        """Close what is open."""
        for each in self._connections.values():
            each.close()
        self._connections.clear()

    @contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            yield connection
        finally:
            connection.close()

    def _posted(self, connection: http.client.HTTPConnection, question: str, variables: object) -> Answer:
        sent = json.dumps({"query": question, "variables": variables})
        connection.request("POST", "/graphql", sent, {"content-type": "application/json"})
        body: Answer = json.loads(connection.getresponse().read())
        self.answered += 1
        return body

    def told(self, name: str) -> list[float]:
        """A metric, as each worker that was met tells it."""
        found = []
        for connection in self._connections.values():
            lines = _fetched(connection, "/metrics")[1].decode().splitlines()
            values = [line.rpartition(" ") for line in lines if not line.startswith("#")]
            found.append(sum(float(value) for each, _, value in values if each.startswith(name)))
        return found

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(each) for each in children.split() if b"spawn_main" in command_of(each)]


def _fetched(connection: http.client.HTTPConnection, path: str) -> tuple[str, bytes]:
    """The name of the worker, and what it says."""
    connection.request("GET", path)
    response = connection.getresponse()
    return response.headers["x-request-id"].partition("-")[0], response.read()


def command_of(process: str) -> bytes:
    """What it was started with; nothing where there is none."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def eventually(holds: Callable[[], object], seconds: float = 30) -> bool:
    """Whether it becomes true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            if holds():
                return True
        time.sleep(0.05)
    return False


@contextmanager
def crew(lake: Path, *arguments: object, **settings: str) -> Iterator[Asked]:
    """A server of two workers over the lake, both of which answer; it stops when told to."""
    port = free_port()
    environment = {"LOG_LEVEL": "WARNING", **settings}
    with serving(port, "--curated", lake, "--workers", 2, *arguments, **environment) as process:
        asked = Asked(port, process)
        assert eventually(asked.meet, seconds=120)
        yield asked
        asked.leave()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
