"""API keys: random tokens of which only a hash is kept, in a file that the command line writes and the server reads."""

import hashlib
import hmac
import json
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from bedrot_graph.errors import KeyInvalid, SettingsInvalid

logger = logging.getLogger(__name__)

PREFIX = "bg_"
TOKEN_BYTES = 32
FILE = "keys.db"
SECONDS_BETWEEN_LOOKS = 1
LONGEST_NAME = 80
SECONDS_OF_A_DAY = 24 * 60 * 60
_ID_DIGITS = 12

_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL,
    revoked_at REAL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS name_of_one ON keys (name) WHERE revoked_at IS NULL;
"""
_ALL = "SELECT id, name, hash, scopes, created_at, expires_at, revoked_at FROM keys ORDER BY created_at, id"


class Key(NamedTuple):
    """What is kept of a key."""

    id: str
    """The first digits of its hash."""
    name: str
    hash: bytes
    """SHA-256 of the token: 256 random bits need no salt, and no slow hash."""
    scopes: tuple[str, ...]
    created_at: float
    """In seconds since 1970, as the next two."""
    expires_at: float | None
    revoked_at: float | None

    def is_valid(self, now: float) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class KeyFile:
    """The file of keys, as the command line writes it. Raises SettingsInvalid where the folder cannot be used."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._path = folder / FILE
        self._now = now

    def create(self, name: str, scopes: tuple[str, ...], days: int | None = None) -> tuple[Key, str]:
        """A new key that is valid for so many days, and its token, which is told this once. Raises KeyInvalid."""
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise KeyInvalid.with_name(name, LONGEST_NAME)
        now = self._now()
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = None if days is None else now + days * SECONDS_OF_A_DAY
        key = Key(_id(token), name, _hash(token), scopes, now, expires_at, None)
        values = (*key[:3], json.dumps(scopes), *key[4:])
        with self._opened() as keys:
            try:
                keys.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise KeyInvalid.taken(name) from None
        return key, token

    def revoke(self, name_or_id: str) -> Key:
        """The key that opens nothing any more. Raises KeyInvalid where there is none of that name."""
        with self._opened() as keys:
            found = [key for key in _read(keys) if name_or_id in {key.name, key.id} and key.revoked_at is None]
            if not found:
                raise KeyInvalid.unknown(name_or_id)
            key = found[0]._replace(revoked_at=self._now())
            keys.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", (key.revoked_at, key.id))
        return key

    def all(self) -> list[Key]:
        """Every key that there ever was, the oldest first."""
        if not self._path.exists():
            return []
        with self._opened() as keys:
            return _read(keys)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # SQLite would let everybody read what it makes
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL, 0o600))  # closing one that it uses would unlock it
            with closing(sqlite3.connect(self._path)) as keys, keys:
                keys.execute("PRAGMA journal_mode = WAL")
                keys.executescript(_TABLE)
                yield keys
        except (OSError, sqlite3.Error) as problem:
            raise _unusable(self._path, problem) from None


class Keys:
    """The keys as a running server knows them: it looks again every second, and never while somebody asks."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        """Raises SettingsInvalid where there is a file that cannot be read."""
        self._path = folder / FILE
        self._now = now
        self._connection: sqlite3.Connection | None = None
        self._seen: tuple[int, int] | None = None
        """Which file it is, and which version of it."""
        self._inode = 0
        self._by_id: Mapping[str, Key] = {}
        self._is_failing = False
        self._lock = Lock()
        self.exist = False
        """Whether there ever was one: a server that has had keys is never open again while it runs."""
        try:
            self._look()
        except (OSError, sqlite3.Error) as problem:
            raise _unusable(self._path, problem) from None
        finally:
            self._close()

    def find(self, token: str) -> Key | None:
        """The key of the token, where it is valid."""
        hashed = _hash(token)
        key = self._by_id.get(hashed.hex()[:_ID_DIGITS])
        if key is None or not hmac.compare_digest(key.hash, hashed) or not key.is_valid(self._now()):
            return None
        return key

    def look(self) -> None:
        """See what has changed. What cannot be read is in the log, and changes nothing. Blocks: call it in a thread."""
        with self._lock:
            try:
                self._look()
                self._is_failing = False
            except (OSError, sqlite3.Error) as problem:
                if not self._is_failing:  # once, not every second
                    logger.exception("keys cannot be read", extra={"file": str(self._path), "problem": str(problem)})
                self._is_failing = True
                self._close()

    def close(self) -> None:
        """Let go of the file, until somebody looks again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection, self._seen = None, None

    def _look(self) -> None:
        try:
            inode = self._path.stat().st_ino
        except FileNotFoundError:  # what was read stays: who deletes the file does not open the server
            self._close()
            return
        if self._connection is None or inode != self._inode:
            self._close()
            self._connection = sqlite3.connect(self._path, check_same_thread=False)  # one thread at a time
            self._inode = inode
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if (inode, version) != self._seen:
            has_table = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'keys'").fetchone()
            keys = _read(self._connection) if has_table else []  # else it is being made at this moment
            self._by_id = {key.id: key for key in keys}
            self.exist = self.exist or bool(keys)
            self._seen = inode, version


def _read(keys: sqlite3.Connection) -> list[Key]:
    return [
        Key(id_, name, hash_, tuple(json.loads(scopes)), created, expires, revoked)
        for id_, name, hash_, scopes, created, expires, revoked in keys.execute(_ALL)
    ]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _id(token: str) -> str:
    return _hash(token).hex()[:_ID_DIGITS]


def _unusable(path: Path, problem: Exception) -> SettingsInvalid:
    reason = getattr(problem, "strerror", None) or str(problem)
    return SettingsInvalid(
        f"STATE_DIR is '{path.parent}', and no keys can be kept there: {reason}. Name another folder."
    )
