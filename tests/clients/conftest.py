"""The server as its command starts it, and the scripts that ask it with clients others wrote."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from bedrot_graph.settings import Settings
from tests.clients.facts import told_by
from tests.clients.installs import node, node_packages
from tests.lakes import SAMPLE_LAKE

Told = Callable[[str], dict[str, str | None]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the sample lake, as it is where nothing is set."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


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


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder of the scripts, with the packages that they need."""
    return node_packages()


@pytest.fixture(scope="session")
def told(packages: Path, server: str) -> Told:
    """`told("urql")`: what speaks against each fact of the script, by its name; None where it holds. It runs once."""

    @cache
    def run(script: str) -> dict[str, str | None]:
        return told_by([node(), str(packages / f"{script}.mjs"), server])

    return run
