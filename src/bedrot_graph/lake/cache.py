"""The shared async TTL cache: bounded, and one computation per key however many ask."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from aiocache.backends.memory import SimpleMemoryCache


class Weighed(Protocol):
    """Something that knows how much memory it holds."""

    @property
    def size_bytes(self) -> int:
        """Its size, estimated."""


T = TypeVar("T", bound=Weighed)


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
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._running: dict[str, asyncio.Task[T]] = {}
        self.hits = 0
        self.misses = 0

    async def get(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        """The value of the key; computed once where it is not known, while the others wait for it."""
        value: T | None = await self._store.get(key)
        if value is not None:
            self.hits += 1
            if key in self._sizes:
                self._sizes.move_to_end(key)
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
        if self._ttl_seconds and size <= self._max_bytes:
            await self._store.set(key, value, ttl=self._ttl_seconds)
            self._sizes[key] = size
            self._sizes.move_to_end(key)
            await self._evict()
        return value

    async def _evict(self) -> None:
        while len(self._sizes) > self._max_entries or sum(self._sizes.values()) > self._max_bytes:
            key, _ = self._sizes.popitem(last=False)
            await self._store.delete(key)

    def _forget(self, key: str, done: asyncio.Task[T]) -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, so that a failure nobody waited for is no warning
