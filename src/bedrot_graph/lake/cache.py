"""The shared async TTL cache: bounded, and one computation per key however many ask."""

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from bedrot_graph.lake.shared import Together

# aiocache loads Redis's client where that is installed, which loads OpenTelemetry's SDK where that is: a tenth of a
# second of every start, for a backend that is not used here.
_is_hidden = sys.modules.setdefault("redis", None) is None  # type: ignore[arg-type] # this is how a module is hidden
from aiocache.backends.memory import SimpleMemoryCache  # noqa: E402

if _is_hidden:
    del sys.modules["redis"]


class Weighed(Protocol):
    """Something that knows how much memory it holds."""

    @property
    def size_bytes(self) -> int:
        """Its size, estimated."""


T = TypeVar("T", bound=Weighed)


@dataclass
class _Computation(Generic[T]):
    """What is being computed, and how many wait for it."""

    task: asyncio.Task[T]
    askers: int = 0


class _Store(SimpleMemoryCache):  # type: ignore[misc] # aiocache has no types
    def held(self, key: str) -> Any:  # noqa: ANN401 - nor have values
        """As `get`, which asks the environment and each plugin before it looks."""
        return self._cache.get(key)


class Cache(Generic[T]):
    """Values remembered for `ttl_seconds`; the least recently used go first when it is full.

    aiocache keeps the values and their time; it bounds nothing and lets every asker compute, so the
    bounds and the sharing are ours. Failures are not remembered. Without room or time nothing is
    remembered, and computations are still shared.
    """

    def __init__(
        self, *, ttl_seconds: float, max_entries: int, max_bytes: int, together: Together[T] | None = None
    ) -> None:
        """`together`: where other processes have values of the same keys."""
        self._store = _Store(timeout=0)
        self._ttl_seconds = ttl_seconds
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._together = together if ttl_seconds and max_entries and max_bytes else None
        self._sizes: OrderedDict[str, int] = OrderedDict()
        """Of what is held; the least recently used first."""
        self._until: dict[str, float] = {}
        """The end of its time."""
        self._running: dict[str, _Computation[T]] = {}
        self.size_bytes = 0
        """The size of all values that are held."""
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        """How many values are held."""
        return len(self._sizes)

    async def known(self, key: str) -> T | None:
        """The value of the key, where it is remembered."""
        value: T | None = self._store.held(key)
        if value is not None:
            self.hits += 1
            if key in self._sizes:
                self._sizes.move_to_end(key)
        return value

    async def get(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        """The value of the key; computed once where it is not known, while the others wait for it.

        An asker that leaves takes nothing away from the others; when the last one has left, it is not computed.
        """
        known = await self.known(key)
        return await self._shared(key, compute) if known is None else known

    async def clear(self) -> None:
        """Forget all values; what is being computed goes on."""
        for key in list(self._sizes):
            await self._drop(key)

    async def _shared(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        self.misses += 1
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = _Computation(asyncio.ensure_future(self._compute(key, compute)))
            running.task.add_done_callback(lambda _: self._forget(key, running))
        running.askers += 1
        try:
            await asyncio.wait([running.task])
        finally:
            running.askers -= 1
            if not running.askers and not running.task.done():
                self._forget(key, running)  # who asks from now on begins anew
                running.task.cancel()
        return running.task.result()

    async def _compute(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        seconds = self._ttl_seconds
        if self._together:
            value, seconds = await self._together.computed(key, compute)
        else:
            value = await compute()
        size = value.size_bytes
        if self._ttl_seconds and self._max_entries and self._max_bytes and size <= self._max_bytes:
            await self._make_room(key, size)
            await self._store.set(key, value, ttl=seconds)
            self._until[key] = asyncio.get_running_loop().time() + seconds
            self._sizes[key] = size
            self.size_bytes += size
        return value

    async def _make_room(self, key: str, size: int) -> None:
        await self._drop(key)
        now = asyncio.get_running_loop().time()
        for gone in [each for each, until in self._until.items() if until <= now]:
            await self._drop(gone)
        while len(self) >= self._max_entries or self.size_bytes + size > self._max_bytes:
            await self._drop(next(iter(self._sizes)))

    async def _drop(self, key: str) -> None:
        if key in self._sizes:
            self.size_bytes -= self._sizes.pop(key)
            del self._until[key]
            await self._store.delete(key)

    def _forget(self, key: str, running: _Computation[T]) -> None:
        if self._running.get(key) is running:
            del self._running[key]
        if running.task.done() and not running.task.cancelled():
            running.task.exception()  # looked at, so that a failure nobody waited for is no warning
