"""The snapshot that questions are answered from: renewed when its time is up, or when told to."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from bedrot_graph.lake.marks import Marks
from bedrot_graph.lake.news import News
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.writing import Writing
from bedrot_graph.lake.zone import Zone
from bedrot_graph.traces import whole

LOOKED_UP = ("covers", "holes", "newest_event")
"""What the event loop asks of a table, which looks through its rows once and remembers it."""


LOOK = 1
"""This bit of a number that is told says: look at all files as they are, as somebody has been told to."""


async def _nothing() -> None:
    pass


class Current(Protocol):
    """The snapshot that somebody's questions are answered from."""

    def held(self) -> Snapshot | None:
        """The current snapshot; None where one has to be waited for."""

    async def get(self) -> Snapshot:
        """The current snapshot."""

    async def newer(self, than: Snapshot | None) -> Snapshot:
        """The current snapshot, as soon as it is another than this one."""

    async def renew(self) -> Snapshot:
        """One that is begun now; files that are being written are left as they were read before."""

    async def reload(self) -> tuple[Snapshot | None, Snapshot]:
        """The snapshot before and one that is begun now, of all files as they are."""


class CurrentSnapshot:
    """One snapshot at a time, shared by all requests; a changed file is seen after `ttl_seconds` at the latest.

    Files that are being written are left as they were read before, unless somebody says to look at them now.
    What other processes have seen of the same files is looked at on every request: where it differs, the snapshot is
    too old, whatever its age.
    Whoever waits for a snapshot may leave: it is taken all the same, as others need it.
    """

    def __init__(  # noqa: PLR0913 - what it depends on has names
        self,
        zone: Zone,
        ttl_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        changed: Callable[[], Awaitable[None]] = _nothing,
        news: News | None = None,
        marks: Callable[[], Marks] = dict,
        writing: Writing | None = None,
    ) -> None:
        """`marks()`: what people have said about findings; it may block.

        `writing`: knows which files are being written; without it all are read as they are.
        """
        self._zone = zone
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._changed = changed
        """Told when the data has another version than before."""
        self._news = news or News()
        self._heard = self._news.latest
        self._heard_at = 0.0
        """When there was news of another state: what was begun earlier is too old."""
        self._writing = writing
        self._looks_next = False
        """Whether the next snapshot is to be one of all files as they are: where others were told to look, too."""
        self._looked_at = -math.inf
        """When the last such snapshot was begun."""
        self._marks = marks
        self._marked_with: Marks = {}
        self._unmarked: Snapshot | None = None
        """The current snapshot as the zone has it."""
        self._taken_at = 0.0
        self._snapshot: Snapshot | None = None
        self._arrival: asyncio.Event | None = None
        """Set when another snapshot is there, for those who wait for one."""
        self._taking: asyncio.Task[Snapshot] | None = None

    def held(self) -> Snapshot | None:
        """The current snapshot; None where one has to be waited for."""
        if self._news.latest != self._heard:
            self._hear()
        if self._taken_at < self._heard_at:
            return None
        return self._snapshot if self._clock() - self._taken_at < self._ttl_seconds else None

    async def get(self) -> Snapshot:
        """The current snapshot, taken anew if it is too old."""
        asked_at = self._clock()
        while not (snapshot := self.held() or self._begun_since(asked_at)):
            await self._next()
        return snapshot

    @property
    def is_outdated(self) -> bool:
        """Whether, whatever its age, there has to be another: others have seen another state, or it is another day."""
        if self._news.latest != self._heard:
            self._hear()
        return self._snapshot is not None and (
            self._taken_at < self._heard_at or self._snapshot.today != self._zone.today()
        )

    async def latest(self) -> Snapshot:
        """The snapshot that was taken last, whatever its age; a first one only where there is none."""
        return self._snapshot or await self.get()

    async def newer(self, than: Snapshot | None) -> Snapshot:
        """The current snapshot, as soon as it is another than this one; whoever waits takes none by that."""
        while self._snapshot is None or self._snapshot is than:
            self._arrival = self._arrival or asyncio.Event()
            await self._arrival.wait()
        return self._snapshot

    async def hear_marks(self) -> None:
        """Take another one where people have said something meanwhile, or what they have said holds no more."""
        if self._snapshot and await asyncio.to_thread(self._marks) != self._marked_with:
            await self.renew()

    async def renew(self) -> Snapshot:
        """One that is begun now; files that are being written are left as they were read before."""
        asked_at = self._clock()
        while not (snapshot := self._begun_since(asked_at)):
            await self._next()
        return snapshot

    async def reload(self) -> tuple[Snapshot | None, Snapshot]:
        """The snapshot before and one that is begun now, of all files as they are. Others are told to look, too."""
        asked_at = self._clock()
        while True:
            before, now = self._snapshot, await self._next(looks=True)
            if self._begun_since(asked_at) and self._looked_at >= asked_at:
                self._tell(now, looks=True)
                return before, now

    def _begun_since(self, asked_at: float) -> Snapshot | None:
        return self._snapshot if self._taken_at >= asked_at else None

    async def _next(self, *, looks: bool = False) -> Snapshot:
        """The one that is being taken, perhaps begun too early for who asks; else one that is begun now."""
        if self._taking is None or self._taking.done():
            self._taking = asyncio.ensure_future(self._take(looks=looks))
        return await asyncio.shield(self._taking)

    async def _take(self, *, looks: bool) -> Snapshot:
        """`looks`: at all files as they are."""
        looks, self._looks_next = looks or self._looks_next or self._writing is None, False
        started_at = self._clock()
        before = self._snapshot
        try:
            with whole("read the lake"):
                now = await asyncio.to_thread(self._looked_through, looks=looks)
        except BaseException:
            self._looks_next = self._looks_next or looks  # whoever takes the next one has been told to, too
            raise
        self._snapshot, self._taken_at = now, started_at
        self._looked_at = started_at if looks else self._looked_at
        if now is not before and self._arrival:
            self._arrival.set()
            self._arrival = None
        if before is None or before.state != now.state:
            self._tell(now)
        if before and before.version != now.version:
            await self._changed()
        return now

    def _hear(self) -> None:
        self._heard = self._news.latest
        if self._snapshot and self._heard | LOOK != number_of(self._snapshot) | LOOK:
            self._heard_at, self._taken_at = self._clock(), -math.inf
            self._looks_next = self._looks_next or bool(self._heard & LOOK)

    def _tell(self, snapshot: Snapshot, *, looks: bool = False) -> None:
        """Let the others know; but first hear what they have seen meanwhile, which this would hide."""
        if self._news.latest != self._heard:
            self._hear()
        self._heard = number_of(snapshot) | (LOOK if looks else 0)
        self._news.tell(self._heard)

    def _looked_through(self, *, looks: bool) -> Snapshot:
        may_read = None if looks or self._writing is None else self._writing.is_over
        snapshot = self._marked(self._zone.take(may_read=may_read))
        for table in snapshot.tables.values():
            for name in LOOKED_UP:
                getattr(table, name)
        _ = snapshot.state
        return snapshot

    def _marked(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what people have said by now; the one before where nothing is new."""
        marks = self._marks()
        if snapshot is not self._unmarked or marks != self._marked_with or self._snapshot is None:
            self._unmarked, self._marked_with = snapshot, marks
            return replace(snapshot, marks=marks) if marks else snapshot
        return self._snapshot


def number_of(snapshot: Snapshot) -> int:
    """The snapshot's state, as news has it."""
    return int(snapshot.state, 16) & ~LOOK
