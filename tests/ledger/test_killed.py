"""A process that is killed in the middle takes nothing with it that it has said was kept, and leaves nothing half."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from bedrot_graph.ledger.alerts import find
from bedrot_graph.ledger.events import after
from bedrot_graph.ledger.file import LedgerFile
from tests.ledger.dying import FINDINGS, turn

KILLS = 12


def killed_after(folder: Path, first: int, seconds: float) -> tuple[int, int]:
    """The last evaluation and the last word that a process says it has kept."""
    command = [sys.executable, "-m", "tests.ledger.dying", str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline()]  # it has begun
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines()
    told = {kind: int(number) for kind, number in (line.split() for line in lines if line.count(" ") == 1)}
    return told.get("recorded", first - 1), told.get("said", first - 1)


def test_whenever_it_is_killed_all_that_was_said_to_be_kept_is_there_once(ledger: LedgerFile) -> None:
    number = 0
    for _ in range(KILLS):
        recorded, said = killed_after(ledger.path.parent, number, random.uniform(0.01, 0.3))
        with closing(sqlite3.connect(ledger.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with ledger.reading() as connection:
            events = after(connection, 0, 10**6)
            first = find(connection, "0")
        assert_whole(events)
        assert max(each.at for each in events) >= recorded - 1
        assert first
        if first.acknowledged_by:  # of the last turn that was kept, said or not
            assert int(first.acknowledged_by.removeprefix("turn ")) >= said - 1
        number = recorded + 1
        turn(ledger, number)
        number += 1
        ledger.close()


def assert_whole(events: list) -> None:  # type: ignore[type-arg] # events
    """Each alert is raised and resolved in turn, never twice; each evaluation is there as a whole or not at all."""
    numbers = [each.number for each in events]
    assert numbers == list(range(1, len(numbers) + 1))
    last: dict[str, str] = {}
    for each in events:
        assert (last.get(each.alert), each.event) in {(None, "RAISED"), ("RESOLVED", "RAISED"), ("RAISED", "RESOLVED")}
        last[each.alert] = each.event
    for at in {each.at for each in events}:
        raised = {each.alert for each in events if each.at == at and each.event == "RAISED"}
        gone = [each for each in range(1, FINDINGS) if each % 7 == int(at) % 7]
        resolved = {each.alert for each in events if each.at == at and each.event == "RESOLVED"}
        assert resolved <= {str(each) for each in gone}
        if at and resolved:
            assert resolved == {str(each) for each in gone}
            assert raised == {str(each) for each in range(1, FINDINGS) if each % 7 == (int(at) - 1) % 7} or not raised
