"""Servers that are stopped or killed: no alert is lost, and what is repeated is known by its id."""

import datetime as dt
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crews import crew, eventually
from tests.lakes import day, write_lake
from tests.processes import free_port, serving
from tests.receivers import SECRET, Receiver, hang, ok, receiving, status

YESTERDAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
SECONDS = 60.0


class Label:
    """A lake in which days are missing, and the server that tells of each gap."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.lake, self.state = folder / "lake", folder / "state"
        self.lake.mkdir()
        self.receiver = receiver
        self.channels = folder / "channels.toml"
        hook = f'[hook]\nwebhook = "{receiver.url}"\nsecret = "{SECRET}"\nevery_minutes = 0\nseverity = "INFO"\n'
        self.channels.write_text(hook, encoding="utf-8")
        self.channels.chmod(0o600)
        self.gaps = 0
        self.lacks(0)

    def lacks(self, gaps: int) -> None:
        """So many days are missing from now on, no two of them one after the other."""
        self.gaps = gaps
        missing = {YESTERDAY - dt.timedelta(days=3 * each + 2) for each in range(gaps)}
        days = [YESTERDAY - dt.timedelta(days=each) for each in range(90)]
        rows = [day(each.isoformat(), "distrokid", 100, 10) for each in days[::-1] if each not in missing]
        aside = self.lake.with_name("aside")
        aside.mkdir(exist_ok=True)
        for path in write_lake(aside, streams=rows).iterdir():
            path.replace(self.lake / path.name)  # at once, as a program that is careful does

    @property
    def settings(self) -> dict[str, str]:
        """What the server is told."""
        return {
            "CHANNELS": str(self.channels),
            "STATE_DIR": str(self.state),
            "CACHE_TTL": "1",
            "LOG_LEVEL": "WARNING",
        }

    @contextmanager
    def server(self) -> Iterator["subprocess.Popen[str]"]:
        """A server, which is killed at the end."""
        with serving(free_port(), "--curated", self.lake, **self.settings) as process:
            yield process

    @property
    def ledger(self) -> Path:
        """The file that everything is kept in, as soon as it is there."""
        assert eventually(lambda: list(self.state.rglob("alerts.db")), SECONDS)
        return next(self.state.rglob("alerts.db"))

    @property
    def holder(self) -> int:
        """The process that looks after the ledger."""
        inode = str(self.ledger.with_name("alerts.lock").stat().st_ino)
        locks = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
        (holder,) = [int(each[4]) for each in locks if each[5].endswith(f":{inode}")]
        return holder

    def deliveries(self) -> list[tuple[str, str, int]]:
        """Their ids, states and attempts, the oldest first."""
        with sqlite3.connect(self.ledger, timeout=10) as ledger:
            found: list[tuple[str, str, int]] = ledger.execute(
                "SELECT id, state, attempts FROM deliveries ORDER BY rowid"
            ).fetchall()
        ledger.close()
        return found

    def has_told(self, count: int) -> bool:
        """Whether so many gaps were told of, and all of it was noted."""
        told = {alert for each in list(self.receiver.received) for alert, _ in each.alerts}
        return len(told) == count and {state for _, state, _ in self.deliveries()} == {"DELIVERED"}

    def was_told_once(self) -> bool:
        """Whether no two messages tell of the same event, but those of one id, which are the same."""
        bodies = {each.id: each for each in self.receiver.received}
        assert all(each.body == bodies[each.id].body for each in self.receiver.received)
        events = [event for each in bodies.values() for event in each.alerts]
        return len(events) == len(set(events))


@pytest.fixture
def label(tmp_path: Path) -> Iterator[Label]:
    with receiving() as receiver:
        yield Label(tmp_path, receiver)


def test_a_change_of_a_file_reaches_the_receiver(label: Label) -> None:
    with label.server() as server:
        label.lacks(1)
        (first,) = label.receiver.wait(1, SECONDS)
        label.lacks(3)
        second = label.receiver.wait(2, SECONDS)[1]
        assert eventually(lambda: label.has_told(3))
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    assert (first.type, second.type) == ("alert.raised", "alerts.digest")
    assert first.payload["data"]["alert"]["kind"] == "MISSING_DAYS"
    assert label.was_told_once()


def test_it_stops_within_seconds_though_receivers_hang_and_no_log_shows_where_they_are(
    label: Label, tmp_path: Path
) -> None:
    chat = label.receiver.url.replace("http://", "json://user:correct-horse-42@")
    with label.channels.open("a", encoding="utf-8") as channels:
        channels.write(f'[chat]\napprise = "{chat}"\n')
    label.lacks(2)
    label.receiver.will(status(500), status(401), hang)
    logs = tmp_path / "logs"
    settings = label.settings | {"LOG_LEVEL": "DEBUG", "LOG_DIR": str(logs)}
    with serving(free_port(), "--curated", label.lake, **settings) as server:
        label.receiver.wait(4, SECONDS)
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        assert time.monotonic() - begun < 5
    text = "".join(each.read_text(encoding="utf-8") for each in logs.iterdir())
    assert text.count("alerts not delivered yet") == 2
    for secret in ("T0KENT0KEN", "correct-horse-42", SECRET):
        assert secret not in text


def test_killed_while_it_sends_it_sends_the_same_again(label: Label) -> None:
    label.lacks(2)
    label.receiver.will(hang, ok)
    with label.server():
        label.receiver.wait(1, SECONDS)
    with label.server():
        first, second = label.receiver.wait(2, SECONDS)
        assert eventually(lambda: label.has_told(2))
    assert (first.id, first.body) == (second.id, second.body)
    assert label.deliveries() == [(first.id, "DELIVERED", 2)]


def test_killed_after_the_answer_and_before_it_is_noted_it_sends_the_same_again(label: Label) -> None:
    label.lacks(2)
    locked: list[sqlite3.Connection] = []

    def answer_while_nothing_can_be_written(handler: object) -> None:
        ledger = sqlite3.connect(label.ledger, timeout=10, isolation_level=None, check_same_thread=False)
        ledger.execute("BEGIN IMMEDIATE")
        locked.append(ledger)
        ok(handler)  # type: ignore[arg-type] # it is the handler that it was given

    label.receiver.will(answer_while_nothing_can_be_written, ok)
    with label.server():
        label.receiver.wait(1, SECONDS)
        assert eventually(lambda: locked)
        time.sleep(1)  # it has the answer by then, and waits
    locked[0].rollback()
    locked[0].close()
    (first,) = label.receiver.received
    assert label.deliveries() == [(first.id, "PENDING", 1)]
    with label.server():
        second = label.receiver.wait(2, SECONDS)[1]
        assert eventually(lambda: label.has_told(2))
    assert (first.id, first.body) == (second.id, second.body)


FORMING = """
import os, signal, sys
from pathlib import Path
from tests.delivery.posts import ALL, plain
from bedrot_graph.delivery.channels import read_channels
from bedrot_graph.delivery.message import written
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.outbox import Outbox, Terms

when, folder, (channel,) = sys.argv[1], Path(sys.argv[2]), read_channels(Path(sys.argv[3]))

def write(told):
    if when == "during":
        os.kill(os.getpid(), signal.SIGKILL)
    return written(channel, told, 1_000_000)

Outbox(LedgerFile(folder)).form(Terms("hook", ALL), 1_000_000, write)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "formed"), [("during", 0), ("after", 1)])
def test_killed_between_forming_and_sending_it_is_sent_once(label: Label, when: str, formed: int) -> None:
    label.lacks(2)
    channels = label.channels.read_text(encoding="utf-8")
    label.channels.write_text(channels.replace("[hook]", "[other]"), encoding="utf-8")
    label.receiver.will(status(500))
    with label.server():
        label.receiver.wait(1, SECONDS)  # so that the ledger knows of the alerts
    label.channels.write_text(channels, encoding="utf-8")
    label.receiver.received.clear()
    label.receiver.will(ok)
    command = [sys.executable, "-c", FORMING, when, str(label.ledger.parent), str(label.channels)]
    killed = subprocess.run(command, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    assert killed.returncode == -signal.SIGKILL
    assert len(label.deliveries()) == 1 + formed
    with label.server():
        (received,) = label.receiver.wait(1, SECONDS)
        assert eventually(lambda: label.deliveries()[-1] == (received.id, "DELIVERED", 1))
    assert [each[1] for each in label.deliveries()] == ["FAILED", "DELIVERED"]
    assert len(received.alerts) == 2
    assert len(label.receiver.received) == 1


def test_killed_at_any_time_no_alert_is_lost_and_none_is_told_twice(label: Label) -> None:
    def at_times(handler: object) -> None:
        time.sleep(random.uniform(0, 0.05))
        random.choice([ok, ok, ok, status(503)])(handler)  # type: ignore[arg-type]

    label.receiver.will(at_times)
    for number in range(3):
        label.lacks(2 * number + 2)
        with label.server():
            before = len(label.receiver.received)
            eventually(lambda before=before: len(label.receiver.received) > before, 7)  # type: ignore[misc]
            time.sleep(random.uniform(0, 0.3))
    label.receiver.will(ok)
    with label.server():
        assert eventually(lambda: label.has_told(6), 2 * SECONDS)
    assert label.was_told_once()


def test_of_two_workers_one_tells_and_when_it_is_killed_the_other_does(label: Label) -> None:
    label.lacks(1)
    with crew(label.lake, **label.settings) as asked:
        label.receiver.wait(1, SECONDS)
        label.lacks(3)
        asked.ask("mutation { reload { version } }")
        assert eventually(lambda: label.has_told(3))
        holder = label.holder
        assert holder in asked.workers
        os.kill(holder, signal.SIGKILL)
        label.lacks(5)
        assert eventually(lambda: label.has_told(5), SECONDS)
        assert label.holder != holder
    assert label.was_told_once()
    assert len({each.id for each in label.receiver.received}) == len(label.receiver.received)
