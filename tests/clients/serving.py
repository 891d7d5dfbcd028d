"""The server as its command starts it, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a server over the sample lake, in a process of its own that writes into the folder."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    environment |= {"LOG_DIR": str(folder / "logs"), "LOG_LEVEL": "WARNING", **settings}
    command = [sys.executable, "-m", "bedrot_graph", "serve", "--port", str(port), "--curated", str(SAMPLE_LAKE)]
    with (folder / "output").open("w+b") as output:
        started = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health/ready", started, folder / "output")
            yield f"http://127.0.0.1:{port}/graphql"
        finally:
            started.terminate()
            started.wait(60)


def _wait_for(address: str, started: subprocess.Popen[bytes], output: Path) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except urllib.error.URLError:
            if started.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"The server does not answer: {output.read_text(encoding='utf-8')}")
