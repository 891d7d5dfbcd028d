"""The file: who may read it, what is whole, and what is refused."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bedrot_graph.errors import LedgerUnusable
from bedrot_graph.ledger.alerts import record, still_open
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.tables import VERSIONS
from tests.ledger.findings import RULE, seen


def test_nobody_else_may_read_it(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in ledger.path.parent.iterdir()}
    assert modes == {"alerts.db": 0o600, "alerts.db-wal": 0o600, "alerts.db-shm": 0o600}


def test_what_was_kept_is_on_the_disk_before_anybody_is_told(ledger: LedgerFile) -> None:
    with ledger.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(VERSIONS),)


def test_what_fails_in_the_middle_keeps_nothing(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)

    def fail() -> None:
        with ledger.writing() as connection:
            connection.execute("DELETE FROM alerts")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with ledger.reading() as connection:
        assert [each.id for each in still_open(connection)] == ["a"]


def test_a_file_of_a_newer_version_is_refused_and_stays_as_it_is(ledger: LedgerFile) -> None:
    ledger.path.parent.mkdir()
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("CREATE TABLE later (what TEXT)")
        connection.execute("PRAGMA user_version = 999")
        connection.commit()
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerUnusable, match="was written by a newer version"):
        record(ledger, [seen("a")], {RULE}, now=1)
    assert ledger.path.read_bytes() == before
    assert [each.name for each in ledger.path.parent.iterdir()] == ["alerts.db"]


def test_what_is_no_ledger_is_refused_and_stays_as_it_is(ledger: LedgerFile) -> None:
    ledger.path.parent.mkdir()
    ledger.path.write_text("a letter, and no table at all. " * 100, encoding="utf-8")
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerUnusable, match="file is not a database"):
        record(ledger, [seen("a")], {RULE}, now=1)
    assert ledger.path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ledger = LedgerFile(tmp_path / "file" / "state")
    with pytest.raises(LedgerUnusable, match=r"No alerts can be kept in '.*state': Not a directory. Name another"):
        record(ledger, [seen("a")], {RULE}, now=1)
    (tmp_path / "file").unlink()
    assert record(ledger, [seen("a")], {RULE}, now=1).events == 1
    ledger.close()


def test_a_file_that_was_deleted_or_replaced_is_opened_anew(ledger: LedgerFile, tmp_path: Path) -> None:
    other = LedgerFile(tmp_path / "other")
    record(other, [seen("theirs")], {RULE}, now=1)
    other.close()
    record(ledger, [seen("ours")], {RULE}, now=1)
    for each in ledger.path.parent.iterdir():
        each.unlink()
    with ledger.reading() as connection:
        assert still_open(connection) == []
    other.path.replace(ledger.path)
    for name in ("alerts.db-wal", "alerts.db-shm"):
        (ledger.path.parent / name).unlink(missing_ok=True)
    with ledger.reading() as connection:
        assert [each.id for each in still_open(connection)] == ["theirs"]


OPENS = """
import sys
from pathlib import Path
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.alerts import record
from tests.ledger.findings import RULE, seen
sys.stdin.readline()
for number in range(20):
    record(LedgerFile(Path(sys.argv[1])), [seen(f"{sys.argv[2]} {number}", rule=f"{sys.argv[2]} {number}")], set(), 1)
"""


def test_many_processes_make_it_and_write_it_at_the_same_moment(ledger: LedgerFile) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENS, ledger.path.parent, str(number)],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
            text=True,
        )
        for number in range(6)
    ]
    for each in processes:
        assert each.stdin
        each.stdin.close()  # now
    assert [each.wait(60) for each in processes] == [0] * 6
    with ledger.reading() as connection:
        assert len(still_open(connection)) == 6 * 20
