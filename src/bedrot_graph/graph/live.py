"""What subscriptions tell: state, not events.

Of each snapshot it is known what there is to tell of it, by key and mark. What a client is told next is what differs
from what it was told last, so that nothing is queued for anybody: who reads slowly is told the newest state when it
reads again, and how many it has missed.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from operator import ne
from types import MappingProxyType
from typing import Any, NamedTuple

import strawberry

from bedrot_graph.graph.directives import Cost, ListSize
from bedrot_graph.graph.fields import clean_doc
from bedrot_graph.graph.sharing import Sharing
from bedrot_graph.lake.current import Current
from bedrot_graph.lake.snapshot import Snapshot

LIVE = "live"
"""The key of a field's metadata under which stands what it tells of."""
RETRY_SECONDS = 5.0
"""A snapshot of which nothing could be found out is looked at again after so long."""
MESSAGE_BYTES = 2 * 2**20
"""Of the messages of one state so much is kept for those who ask for the same a little later."""

Marks = Mapping[str, Hashable]
"""What there is to tell of a snapshot, in this order: by key, a mark that is another where it is to be told again."""
Artists = tuple[str, ...] | None
"""Whose rows may be seen; None for all."""


@dataclass(frozen=True)
class Live:
    """What a field of `Subscription` tells of."""

    marks: Callable[..., Awaitable[Marks]]
    """`marks(context, **arguments)`: of the context's snapshot."""
    is_news: Callable[[Any, Any], bool] = ne
    """`is_news(told, now)`: whether something is told again whose mark has changed like this."""
    is_together: bool = False
    """Whether all that is new is told in one message; else each in one of its own."""
    may_hold: Callable[[Any, Snapshot], bool] | None = None
    """`may_hold(told, snapshot)`: whether what is not there any more may be true all the same, and is no news when it
    is there again."""


def live(
    marks: Callable[..., Awaitable[Marks]],
    *directives: Cost | ListSize,
    is_news: Callable[[Any, Any], bool] = ne,
    is_together: bool = False,
    may_hold: Callable[[Any, Snapshot], bool] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """A field of `Subscription`; its resolver answers one message, about the keys in `Context.told`."""
    metadata = {LIVE: Live(marks, is_news, is_together, may_hold)}
    return lambda resolver: strawberry.field(
        resolver=resolver, description=clean_doc(resolver), directives=directives, metadata=metadata
    )


class Moment(NamedTuple):
    """What there is to tell, since it has been another than before."""

    number: int
    snapshot: Snapshot | None
    """None where none could be had."""
    marks: Marks = MappingProxyType({})
    fault: Exception | None = None
    """Why nothing is known of the snapshot."""

    def is_like(self, other: "Moment") -> bool:
        """Whether there is the same to tell."""
        return self.marks == other.marks and _text(self.fault) == _text(other.fault)


class Feed:
    """What there is to tell, for all who ask the same of the same rows; it follows the lake while anybody listens."""

    def __init__(
        self, current: Current, view: Callable[[], Current], look: Callable[[Snapshot], Awaitable[Marks]]
    ) -> None:
        """`current`: of all rows; `view()`: as it is seen here; `look(snapshot)`: what there is to tell of it."""
        self._current = current
        self._view = view
        self._look = look
        self._latest: Moment | None = None
        self._looked = asyncio.Event()
        """Set, and replaced, whenever a snapshot has been looked at."""
        self._changed = asyncio.Event()
        """The same, where there is something else to tell than before."""
        self._messages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size_bytes = 0
        self._sharing: Sharing[bytes] = Sharing()
        self.listeners = 0
        # It belongs to no request, also not to that of who is the first to listen.
        self._following = asyncio.get_running_loop().create_task(self._follow(), context=Context())

    def end(self) -> None:
        """Follow no longer."""
        self._following.cancel()

    async def present(self) -> Moment:
        """What there is to tell now, where the lake is looked at anew if that is due."""
        while True:
            latest, looked = self._latest, self._looked
            try:
                whole = await self._current.get()
            except Exception:  # noqa: BLE001 - whoever follows tells it; until then holds what was seen last
                if latest:
                    return latest
            else:
                if latest and latest.snapshot and latest.snapshot.whole is whole:
                    return latest
            if latest and latest.fault:
                return latest
            await looked.wait()

    async def after(self, number: int) -> Moment:
        """What there is to tell, as soon as it is another than that."""
        while (latest := self._latest) is None or latest.number == number:
            await self._changed.wait()
        return latest

    @property
    def latest(self) -> Moment | None:
        """What there is to tell, as was seen last."""
        return self._latest

    async def message(self, asked: Hashable, moment: Moment, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """A message, made once for all who are to be told the same of the moment."""
        key = (moment.number, asked)
        if found := self._messages.get(key):
            return found

        async def made() -> bytes:
            message = await make()
            self._keep(key, moment, message)
            return message

        return await self._sharing.shared(key, made)

    def _keep(self, key: Hashable, moment: Moment, message: bytes) -> None:
        if self._latest is None or moment.number != self._latest.number:
            return
        self._messages[key] = message
        self._size_bytes += len(message)
        while self._size_bytes > MESSAGE_BYTES:
            _, gone = self._messages.popitem(last=False)
            self._size_bytes -= len(gone)

    async def _follow(self) -> None:
        snapshot: Snapshot | None = None
        while True:
            seconds = RETRY_SECONDS if self._latest and self._latest.fault else None
            try:
                if snapshot:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(seconds):
                            await self._current.newer(snapshot.whole)
                snapshot = await self._view().get()  # of older data no view is held: it is asked for anew
                self._tell(snapshot, await self._look(snapshot))
            except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as problem:  # noqa: BLE001 - also a panic: whatever it is, it is told, and tried again
                fault = problem if isinstance(problem, Exception) else RuntimeError(str(problem))
                if self._latest and self._latest.fault:
                    await asyncio.sleep(RETRY_SECONDS)
                self._tell(snapshot, {}, fault)

    def _tell(self, snapshot: Snapshot | None, marks: Marks, fault: Exception | None = None) -> None:
        latest = self._latest
        now = Moment(latest.number + 1 if latest else 0, snapshot, marks, fault)
        if latest and now.is_like(latest):
            self._latest = latest._replace(snapshot=snapshot)
        else:
            self._latest = now
            self._messages.clear()
            self._size_bytes = 0
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()


class Feeds:
    """All that is listened to."""

    def __init__(self, current: Current, view: Callable[[Artists], Current]) -> None:
        """`view(artists)`: the current snapshot as those see it who may see these artists' rows."""
        self._current = current
        self._view = view
        self._held: dict[Hashable, Feed] = {}

    def __len__(self) -> int:
        """How many listen."""
        return sum(feed.listeners for feed in self._held.values())

    def join(self, subject: Hashable, artists: Artists, look: Callable[[Snapshot], Awaitable[Marks]]) -> Feed:
        """Begin to listen to a subject, of the rows of these artists. `look(snapshot)`: what there is to tell."""
        feed = self._held.get((subject, artists))
        if feed is None:
            feed = self._held[subject, artists] = Feed(self._current, lambda: self._view(artists), look)
        feed.listeners += 1
        return feed

    def leave(self, subject: Hashable, artists: Artists) -> None:
        """Listen no longer; what nobody listens to is forgotten."""
        feed = self._held[subject, artists]
        feed.listeners -= 1
        if not feed.listeners:
            feed.end()
            del self._held[subject, artists]


def _text(fault: Exception | None) -> str | None:
    return None if fault is None else f"{type(fault).__name__}: {fault}"
