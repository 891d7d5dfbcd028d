"""The ledger as those use it who answer: off the event loop, and with the time it is."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from bedrot_graph.ledger import marks
from bedrot_graph.ledger.alerts import COLUMNS, Alert, Seen
from bedrot_graph.ledger.events import newest
from bedrot_graph.ledger.file import LedgerFile


class Kept(NamedTuple):
    """Some of what is kept."""

    alerts: list[Alert]
    """Those noticed last come first."""
    total_count: int
    """How many there are."""


class Ledger:
    """What is asked of the ledger and told to it. Raises LedgerUnusable where it cannot be used."""

    def __init__(self, file: LedgerFile, now: Callable[[], float] = time.time) -> None:
        self.file = file
        self.reader = LedgerFile(file.path.parent)
        """The same, for those who only read, and must not wait for what is being written."""
        self.now = now

    def close(self) -> None:
        """Let go of the file, until somebody asks again."""
        self.file.close()
        self.reader.close()

    async def acknowledge(self, seen: Seen, who: str) -> Alert | None:
        """Keep that somebody knows of the finding. None where it is known to have ended."""
        return await asyncio.to_thread(marks.acknowledge, self.file, seen, who, self.now())

    async def take_back(self, seen: Seen) -> Alert | None:
        """Keep that nobody knows of it after all. None where it is known to have ended."""
        return await asyncio.to_thread(marks.take_back, self.file, seen, self.now())

    async def snooze(self, seen: Seen, until: float | None, who: str) -> Alert | None:
        """Keep until when it is not to be told of, if at all. None where it is known to have ended."""
        return await asyncio.to_thread(marks.snooze, self.file, seen, until, who, self.now())

    async def newest_event(self) -> int:
        """The number of what has happened last."""
        return await asyncio.to_thread(self._newest_event)

    async def kept(self, offset: int, most: int) -> Kept:
        """What is kept, also what has ended."""
        return await asyncio.to_thread(self._kept, offset, most)

    def _newest_event(self) -> int:
        if not self.reader.is_there:
            return 0
        with self.reader.reading() as connection:
            return newest(connection)

    def _kept(self, offset: int, most: int) -> Kept:
        if not self.reader.is_there:
            return Kept([], 0)
        select = f"SELECT {COLUMNS} FROM alerts ORDER BY noticed_at DESC, id DESC LIMIT ? OFFSET ?"  # noqa: S608
        with self.reader.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM alerts").fetchone()
            return Kept([Alert(*row) for row in connection.execute(select, (most, offset))], count)
