"""The only place where what a pipeline has built is collected: off the event loop, a few at a time."""

from collections.abc import Callable
from typing import Generic, TypeVar

import anyio
import anyio.to_thread
import polars as pl

from bedrot_graph.lake.cache import Cache, Weighed


def collect(*frames: pl.LazyFrame) -> list[pl.DataFrame]:
    """The frames, computed together so that what they share is computed once. Blocks: call it in a worker."""
    return pl.collect_all(frames)


T = TypeVar("T", bound=Weighed)


class Engine(Generic[T]):
    """Runs pipelines in worker threads and remembers their answers."""

    def __init__(self, cache: Cache[T], max_concurrent: int) -> None:
        self.cache = cache
        self._max_concurrent = max_concurrent
        self._limiter: anyio.CapacityLimiter | None = None

    async def answer(self, key: str, pipeline: Callable[[], T]) -> T:
        """The pipeline's answer, remembered under the key; the key names the data version it is true of."""
        return await self.cache.get(key, lambda: self._run(pipeline))

    async def _run(self, pipeline: Callable[[], T]) -> T:
        if self._limiter is None:  # made here, as it belongs to the running event loop
            self._limiter = anyio.CapacityLimiter(self._max_concurrent)
        return await anyio.to_thread.run_sync(pipeline, limiter=self._limiter)
