"""Clients of every kind at once for minutes, hostile ones among them: what goes wrong, and what grows."""

import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from bedrot_graph.web.keys import KeyFile
from benchmarks.asking import HOST
from benchmarks.data import ROOT
from benchmarks.load import Effort
from benchmarks.rows import Row, Rows, Target
from benchmarks.servers import Server, product
from tests.house.test_questions import VARIABLES
from tests.web.attacks import ATTACKS

MINUTES, QUICK_MINUTES = 5.0, 0.5
SCOPES = ("read", "read:artist=owl1987", "admin")
"""One client asks with each."""
OF_SCOPES = {"FORBIDDEN", "DATASET_UNAVAILABLE"}
SETTINGS = {
    "BODY_SECONDS": "1",
    "HEADERS_SECONDS": "1",
    "SOCKET_INIT_SECONDS": "1",
    "DOCUMENTS_MAX_MB": "8",
    "RESPONSES_MAX_MB": "8",
    "CACHE_MAX_MB": "32",
    # Those of everybody, not those of the other groups.
    "MAX_PAGE_SIZE": "1000",
    "MAX_LINES_PAGE_SIZE": "10000",
    "MAX_QUERY_TOKENS": "1000",
    "MAX_COST": "5000",
    "MAX_RESPONSE_MB": "16",
}
QUESTIONS = [
    {"query": path.read_text(encoding="utf-8"), "variables": VARIABLES.get(path.stem)}
    for path in sorted((ROOT / "tests" / "questions").glob("*.graphql"))
    if "subscriptions" not in path.stem
]


class Log:
    """What the clients have met."""

    def __init__(self) -> None:
        self.asked = 0
        self.wrong: list[str] = []
        self.is_over = threading.Event()

    def repeat(self, act: Callable[[], None]) -> None:
        """Act until it is over."""
        while not self.is_over.is_set():
            try:
                act()
            except Exception as problem:  # noqa: BLE001 - whatever it is, it should not have happened
                self.wrong.append(f"{type(problem).__name__}: {problem}"[:200])
            self.asked += 1


def measure(effort: Effort) -> Rows:
    """The sample lake, with the limits of everybody."""
    seconds = 60 * (QUICK_MINUTES if effort.is_quick else MINUTES)
    log, samples = Log(), list[tuple[float, int]]()
    with ExitStack() as stack:
        state = stack.enter_context(tempfile.TemporaryDirectory())
        tokens = [KeyFile(Path(state)).create(scope, (scope,))[1] for scope in SCOPES]
        server = stack.enter_context(product(None, {**SETTINGS, "STATE_DIR": state}))
        stack.enter_context(_clients(server, tokens, log))
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            time.sleep(seconds / 60)
            samples.append((_resident_mb(server), _open_files(server)))
    # The first third fills what is remembered; of the rest, its beginning is held against its end.
    size = len(samples) // 6
    before, after = samples[2 * size : 3 * size], samples[-size:]
    minutes = f"{seconds / 60:g} minutes of mixed load"
    wrong = len(log.wrong)
    yield Row(
        f"{minutes}: answers that are wrong, or told with a status from 500 on",
        "none",
        wrong,
        wrong,
        wrong,
        "",
        "; ".join(log.wrong[:3]) or f"{log.asked:,} acts of clients",
        "",
        Target(0, is_floor=False, unit=""),
    )
    for what, place, bound, unit in (("memory", 0, 1.15, "MB"), ("open files", 1, 1.25, "")):
        old, new = (statistics.median(each[place] for each in half) for half in (before, after))
        seen = [each[place] for each in samples]
        yield Row(
            f"{minutes}: {what} at the end",
            "after a third of the time",
            new / old,
            min(seen) / old,
            max(seen) / old,
            "x",
            f"{new:.0f} {unit}".strip(),
            f"{old:.0f} {unit}".strip(),
            Target(bound, is_floor=False),
        )


@contextmanager
def _clients(server: Server, tokens: list[str], log: Log) -> Iterator[None]:
    acts = [_asker(server, token) for token in tokens]
    acts += [_attacker(server, tokens[0]), _socket(server, tokens[0])]
    threads = [threading.Thread(target=log.repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        log.is_over.set()
        for thread in threads:
            thread.join()


def _asker(server: Server, token: str) -> Callable[[], None]:
    """Asks the questions of the contract, each time in another order, and holds each answer against the first."""
    client, numbers, told = _client(server, token), random.Random(token), dict[str, object]()

    def ask() -> None:
        question = numbers.choice(QUESTIONS)
        response = client.post("/graphql", json=question)
        if response.status_code not in {200, 403}:
            raise ValueError(f"status {response.status_code}: {response.text[:100]}")
        answer = response.json()
        # What the key may not see, or change, is told as such.
        if wrong := [each for each in answer.get("errors", ()) if each["extensions"]["code"] not in OF_SCOPES]:
            raise ValueError(str(wrong[0]["message"]))
        is_reload = "mutation" in str(question["query"])
        if not is_reload and told.setdefault(str(question["query"]), answer.get("data")) != answer.get("data"):
            raise ValueError("another answer than before")

    return ask


def _attacker(server: Server, token: str) -> Callable[[], None]:
    client, numbers = _client(server, token), random.Random(99)
    return lambda: numbers.choice(ATTACKS)(client, server.port, numbers)


def _socket(server: Server, token: str) -> Callable[[], None]:
    """Connects, says nothing, or nonsense, or asks; and leaves."""
    numbers = random.Random(7)

    def converse() -> None:
        address = f"ws://{HOST}:{server.port}/graphql"
        with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as client:
            match numbers.randrange(4):
                case 0:
                    return
                case 1:
                    client.send("nonsense")
                    try:
                        client.recv(timeout=10)
                    except ConnectionClosed as closed:
                        if closed.rcvd is None or closed.rcvd.code != 4400:
                            raise
                case _:
                    client.send(
                        json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
                    )
                    client.recv(timeout=30)
                    payload = {"query": QUESTIONS[0]["query"], "variables": QUESTIONS[0]["variables"]}
                    client.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
                    if json.loads(client.recv(timeout=60))["type"] != "next":
                        raise ValueError("a WebSocket is not answered")

    return converse


def _client(server: Server, token: str) -> httpx2.Client:
    headers = {"authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=f"http://{HOST}:{server.port}", timeout=120, headers=headers)


def _resident_mb(server: Server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def _open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))
