"""The file of the ledger: SQLite, written by several processes, and whole again after any of them was killed."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from bedrot_graph.errors import LedgerUnusable
from bedrot_graph.ledger.tables import VERSIONS

FILE = "alerts.db"
BUSY_SECONDS = 10
"""How long one waits for what another process writes, which takes milliseconds."""


class LedgerFile:
    """One connection, used by one thread at a time. All of it blocks: call it in a thread.

    Raises LedgerUnusable where the folder or the file cannot be used; the next one who asks tries again.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._lock = Lock()

    @property
    def is_there(self) -> bool:
        """Whether anything was ever kept."""
        return os.path.exists(self.path)  # noqa: PTH110 - pathlib's raises where one may not look

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """While the file is read, as it is at one moment."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """While it is written, by nobody else; all of it is kept, on the disk, or nothing where anything is raised."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file, until somebody asks again."""
        with self._lock:
            self._close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                connection = self._opened()
                connection.execute(begin)
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
            except (OSError, sqlite3.Error) as problem:
                self._close()
                raise LedgerUnusable(self.path.parent, problem) from None

    def _opened(self) -> sqlite3.Connection:
        if self._connection and self._inode != _inode(self.path):  # deleted, or another one was put in its place
            self._close()
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # SQLite would let everybody read what it makes
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))  # closing one that it uses would unlock it
            self._connection = self._connected()
            self._inode = _inode(self.path)
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._check(connection)  # before anything is changed
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # what was told to have been kept survives a power failure
            if _version(connection) < len(VERSIONS):
                _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        if _version(connection) > len(VERSIONS):
            raise LedgerUnusable.newer(self.path.parent, FILE)

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statements in VERSIONS[_version(connection) :]:  # another process may have been first
        for each in statements:
            connection.execute(each)
    connection.execute(f"PRAGMA user_version = {len(VERSIONS)}")
    connection.execute("COMMIT")


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return -1
