"""The snapshot that questions are answered from: renewed when its time is up, or when told to."""

import asyncio
import time
from collections.abc import Callable

import anyio.to_thread

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone


class CurrentSnapshot:
    """One snapshot at a time, shared by all requests; a changed file is seen after `ttl_seconds` at the latest."""

    def __init__(self, zone: Zone, ttl_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._zone = zone
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._lock = asyncio.Lock()
        self._taken_at = 0.0
        self._snapshot: Snapshot | None = None

    async def get(self) -> Snapshot:
        """The current snapshot, taken anew if it is too old."""
        asked_at = self._clock()
        if self._snapshot is not None and self._holds(asked_at):
            return self._snapshot
        async with self._lock:
            # Another asker may have taken it meanwhile.
            if self._snapshot is None or not (self._holds(self._clock()) or self._taken_at >= asked_at):
                await self._take()
            return self._require()

    def held(self) -> Snapshot | None:
        """The current snapshot, if it is not too old to be answered from."""
        return self._snapshot if self._snapshot is not None and self._holds(self._clock()) else None

    async def latest(self) -> Snapshot:
        """The snapshot that was taken last, whatever its age; a first one only where there is none."""
        return self._snapshot or await self.get()

    async def reload(self) -> tuple[Snapshot | None, Snapshot]:
        """The snapshot before and the one taken now."""
        async with self._lock:
            before = self._snapshot
            await self._take()
            return before, self._require()

    def _holds(self, now: float) -> bool:
        return now - self._taken_at < self._ttl_seconds

    async def _take(self) -> None:
        started_at = self._clock()
        self._snapshot = await anyio.to_thread.run_sync(self._zone.take)
        self._taken_at = started_at

    def _require(self) -> Snapshot:
        if self._snapshot is None:
            raise AssertionError
        return self._snapshot
