"""A real Redis, from the system's package; it may be killed, frozen and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import free_port

WHY_NOT = "There is no redis-server here. Debian, Ubuntu: apt install redis-server."


class RedisServer:
    """A Redis that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, where it was before; it answers then."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command = ["redis-server", *options, "--dir", str(self._folder), "--loglevel", "warning"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while self.say("PING") != b"+PONG\r\n":
            assert time.monotonic() < until, "Redis does not start."
            time.sleep(0.02)

    def kill(self) -> None:
        """End it in the middle of what it does."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Let it take connections, as the system does for it, and answer nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def say(self, *words: str) -> bytes:
        """What it answers to a command, in its own protocol; nothing where it is not there."""
        said = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(said.encode())
                return connection.recv(2**20)
        except OSError:
            return b""

    def keys(self, part: str) -> list[str]:
        """The keys with the part in them."""
        lines = self.say("KEYS", f"*{part}*").decode().split("\r\n")
        return [line for line in lines if line.startswith("bedrot-graph:")]


@contextmanager
def redis_in(folder: Path) -> Iterator[RedisServer]:
    """A Redis that is there; the test is skipped where there is none, but with CI=true it fails."""
    if not shutil.which("redis-server"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(WHY_NOT)
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
