"""What hostile clients leave behind in a server of its own: no memory, no connection, and it still answers."""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.lakes import SAMPLE_LAKE
from tests.processes import free_port, serving
from tests.web.attacks import ATTACKS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

GROWTH_MB = 40
"""What a busy allocator may keep more of, after the same attack has been made once."""
REMEMBERED = {"DOCUMENTS_MAX_MB": "2", "RESPONSES_MAX_MB": "2", "CACHE_MAX_MB": "2"}
QUESTION = {"query": "{ revenue(by: [PLATFORM], first: 1) { nodes { revenueUsd } } }"}


def resident_mb(process: int) -> float:
    """The memory that the process has now."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def open_files(process: int) -> int:
    """Files and connections."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def test_after_attacks_it_answers_as_before_and_its_memory_and_connections_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    port = free_port()
    settings = {"LOG_LEVEL": "ERROR", "BODY_SECONDS": "1", "HEADERS_SECONDS": "1", **REMEMBERED}
    with (
        serving(port, "--curated", SAMPLE_LAKE, **settings) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        expected = usual_answer(client)
        files = open_files(server.pid)
        numbers = random.Random(1)
        for attack in ATTACKS:
            attack(client, port, numbers)
            assert usual_answer(client) == expected
        before = resident_mb(server.pid)
        for attack in ATTACKS * 2:
            attack(client, port, numbers)
            assert usual_answer(client) == expected
        assert resident_mb(server.pid) - before < GROWTH_MB
        assert eventually(lambda: open_files(server.pid) <= files + 2)


def usual_answer(client: httpx2.Client) -> object:
    """What a usual question is answered with, as soon as the server is there."""
    for _ in range(300):
        try:
            return client.post("/graphql", json=QUESTION).json()["data"]
        except httpx2.ConnectError:
            time.sleep(0.1)
    pytest.fail("The server does not answer.")


def eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(300):
        if holds():
            return True
        time.sleep(0.1)
    return False
