"""The server as a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(port: int, *arguments: object, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A server that is being started; what it tells is kept for who asks, and must not be much."""
    command = [sys.executable, "-m", "bedrot_graph", "serve", "--port", str(port), *map(str, arguments)]
    environment = os.environ | {"LOG_DIR": str(Path("logs").absolute()), "PYTHONIOENCODING": "utf-8", **settings}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as server:
        try:
            yield server
        finally:
            server.kill()
