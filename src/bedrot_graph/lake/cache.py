"""The shared async TTL cache: bounded, and one computation per key however many ask."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aiocache.backends.memory import SimpleMemoryCache


class Weighed(Protocol):
    """Something that knows how much memory it holds."""

    @property
    def size_bytes(self) -> int:
        """Its size, estimated."""


T = TypeVar("T", bound=Weighed)


@dataclass(frozen=True)
class _Held:
    """What is known of a remembered value without asking for it."""

    size_bytes: int
    until: float


class Cache(Generic[T]):
    """Values remembered for `ttl_seconds`; the least recently used go first when it is full.

    aiocache keeps the values and their time; it bounds nothing and lets every asker compute, so the
    bounds and the sharing are ours. Failures are not remembered.
    """

    def __init__(self, *, ttl_seconds: float, max_entries: int, max_bytes: int) -> None:
        self._store = SimpleMemoryCache(timeout=0)
        self._ttl_seconds = ttl_seconds
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, _Held] = OrderedDict()
        """The least recently used first."""
        self._running: dict[str, asyncio.Task[T]] = {}
        self.hits = 0
        self.misses = 0

    @property
    def size_bytes(self) -> int:
        """The size of all values that are held."""
        return sum(held.size_bytes for held in self._held.values())

    def __len__(self) -> int:
        """How many values are held."""
        return len(self._held)

    async def get(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        """The value of the key; computed once where it is not known, while the others wait for it."""
        value: T | None = await self._store.get(key)
        if value is not None:
            self.hits += 1
            if key in self._held:
                self._held.move_to_end(key)
            return value
        self.misses += 1
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._compute(key, compute))
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)  # one asker that leaves does not cancel the others

    async def _compute(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        value = await compute()
        size = value.size_bytes
        if self._ttl_seconds and self._max_entries and size <= self._max_bytes:
            await self._make_room(key, size)
            await self._store.set(key, value, ttl=self._ttl_seconds)
            self._held[key] = _Held(size, asyncio.get_running_loop().time() + self._ttl_seconds)
        return value

    async def _make_room(self, key: str, size: int) -> None:
        now = asyncio.get_running_loop().time()
        for gone in [each for each, held in self._held.items() if each == key or held.until <= now]:
            del self._held[gone]
        room = self._max_bytes - size - self.size_bytes
        while len(self._held) >= self._max_entries or room < 0:
            oldest, held = self._held.popitem(last=False)
            room += held.size_bytes
            await self._store.delete(oldest)

    def _forget(self, key: str, done: asyncio.Task[T]) -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, so that a failure nobody waited for is no warning
