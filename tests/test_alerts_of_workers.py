"""Alerts of a server of several workers: one looks after them, all are told, and none is raised twice."""

import datetime as dt
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bedrot_graph.assembly import ledger_folder
from bedrot_graph.ledger.events import Event, after
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.holding import FILE
from tests.crews import Asked, crew, eventually
from tests.domains.alerts.told import level, without
from tests.lakes import write_lake
from tests.processes import free_port, serving
from tests.web.serving import Serving, serving_lake

ALERTS = "{ alerts { nodes { id kind acknowledgedBy snoozedUntil } } }"
ACKNOWLEDGE = "mutation($id: ID!) { acknowledgeAlert(id: $id) { id acknowledgedAt acknowledgedBy } }"
RELOAD = "mutation { reload { version } }"
GAPS = without(level(90), 20, 40)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=GAPS)


@pytest.fixture
def ledger(tmp_path: Path, lake: Path) -> Iterator[LedgerFile]:
    file = LedgerFile(ledger_folder(tmp_path / "state", lake))
    yield file
    file.close()


def events(ledger: LedgerFile) -> list[Event]:
    if not ledger.is_there:
        return []
    with ledger.reading() as connection:
        return after(connection, 0, 1000)


def told(ledger: LedgerFile) -> list[str]:
    return [each.event.value for each in events(ledger)]


def holder(ledger: LedgerFile) -> int:
    """The process that holds the lock."""
    inode = (ledger.path.parent / FILE).stat().st_ino
    for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
        _, kind, _, _, process, place, *_ = line.split()
        if kind == "FLOCK" and place.endswith(f":{inode}"):
            return int(process)
    return 0


def nodes(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer["data"]["alerts"]["nodes"]
    return found


def test_what_is_said_at_one_worker_is_told_by_all(lake: Path, tmp_path: Path) -> None:
    with crew(lake, STATE_DIR=str(tmp_path / "state")) as asked:
        one, other = asked.meet()
        name = nodes(asked.of(one, ALERTS))[0]["id"]
        assert [each["acknowledgedBy"] for each in nodes(asked.of(other, ALERTS))] == [None, None, None]
        said = asked.of(one, ACKNOWLEDGE, {"id": name})["data"]["acknowledgeAlert"]
        assert said["acknowledgedBy"] == "127.0.0.1"
        for worker in (one, other):
            assert nodes(asked.of(worker, ALERTS))[0]["acknowledgedBy"] == "127.0.0.1"
        assert asked.of(other, ACKNOWLEDGE, {"id": name})["data"]["acknowledgeAlert"] == said


def test_one_raises_them_and_when_it_is_killed_the_other_goes_on(
    lake: Path, tmp_path: Path, ledger: LedgerFile
) -> None:
    with crew(lake, STATE_DIR=str(tmp_path / "state")) as asked:
        assert eventually(lambda: told(ledger) == ["RAISED"] * 3)
        first = holder(ledger)
        assert first in asked.workers
        os.kill(first, signal.SIGKILL)
        begun = time.monotonic()
        assert eventually(lambda: holder(ledger) not in {0, first})
        assert time.monotonic() - begun < 10
        write_lake(lake, streams=without(level(90), 40))
        _reload(asked)
        assert eventually(lambda: told(ledger) == ["RAISED"] * 3 + ["RESOLVED"])


def test_two_servers_of_one_lake_raise_each_alert_once(lake: Path, tmp_path: Path, ledger: LedgerFile) -> None:
    settings = {"STATE_DIR": str(tmp_path / "state"), "LOG_LEVEL": "WARNING"}
    ports = free_port(), free_port()
    with (
        serving(ports[0], "--curated", lake, **settings) as one,
        serving(ports[1], "--curated", lake, **settings) as two,
    ):
        clients = [Asked(port, process) for port, process in zip(ports, (one, two), strict=True)]
        for client in clients:
            assert eventually(lambda client=client: client.ask("{ __typename }"))  # type: ignore[misc] # bound
        assert eventually(lambda: told(ledger) == ["RAISED"] * 3)
        for gaps in ([40], [], [20], [20, 40]):
            write_lake(lake, streams=without(level(90), *gaps))
            for client in clients:
                client.ask(RELOAD)
            time.sleep(0.3)
            if gaps == []:
                held = one if holder(ledger) == one.pid else two
                held.send_signal(signal.SIGKILL)
                clients = [each for each in clients if each.process is not held]
                assert eventually(lambda held=held: holder(ledger) not in {0, held.pid})  # type: ignore[misc] # bound
        assert eventually(lambda: told(ledger).count("RAISED") == 5)
        last: dict[str, str] = {}
        for each in events(ledger):
            assert (last.get(each.alert, "RESOLVED") == "RESOLVED") == (each.event == "RAISED")
            last[each.alert] = each.event


def test_what_is_said_at_one_server_is_heard_at_another_of_the_same_ledger_and_so_is_its_end(
    lake: Path, tmp_path: Path
) -> None:
    def asked(served: Serving, query: str) -> dict[str, Any]:
        data: dict[str, Any] = httpx2.post(f"{served.url}/graphql", json={"query": query}).json()["data"]
        return data

    state = {"state_dir": tmp_path / "state"}
    with serving_lake(lake, **state) as one, serving_lake(lake, **state) as other:
        name = asked(other, ALERTS)["alerts"]["nodes"][0]["id"]
        asked(one, f'mutation {{ acknowledgeAlert(id: "{name}") {{ id }} }}')
        assert eventually(lambda: asked(other, ALERTS)["alerts"]["nodes"][0]["acknowledgedBy"] == "127.0.0.1")
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
        asked(one, f'mutation {{ snoozeAlert(id: "{name}", until: "{until.isoformat()}") {{ id }} }}')
        assert eventually(lambda: asked(other, ALERTS)["alerts"]["nodes"][0]["snoozedUntil"])
        assert eventually(lambda: not asked(other, ALERTS)["alerts"]["nodes"][0]["snoozedUntil"])


def _reload(asked: Asked) -> None:
    assert eventually(lambda: asked.ask(RELOAD).get("data"))
