"""The only place where what a pipeline has built is collected: off the event loop, a few at a time, in turn."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from threading import Event
from typing import Generic, TypeVar

import polars as pl

from bedrot_graph.lake.cache import Cache, Weighed
from bedrot_graph.lake.turns import Turn, Turns
from bedrot_graph.traces import Span, span

_is_unwanted: ContextVar[Event | None] = ContextVar("is_unwanted", default=None)
"""Set where nobody waits any more for what this thread computes."""


class PanickedError(Exception):
    """Polars has met something that it does not know how to go on from."""


class StoppedError(Exception):
    """A pipeline goes no further, as nobody waits for its answer; nobody sees this."""


def collect(*frames: pl.LazyFrame) -> list[pl.DataFrame]:
    """The frames, computed together so that what they share is computed once. Blocks: call it in a worker.

    A pipeline that nobody waits for ends here. Polars could be interrupted on the way, but only with one frame, only in
    its in-memory engine, and it looks up too rarely: a query of 13 seconds went on for 6 to 11 after it was cancelled.
    """
    _stop_if_unwanted()
    with span("collect"):
        return pl.collect_all(frames)


def collect_few(*frames: pl.LazyFrame) -> list[pl.DataFrame]:
    """As `collect`, of frames with few rows: what Polars does to be quick with many takes longer than all the rest."""
    _stop_if_unwanted()
    with span("collect"):
        if len(frames) == 1:  # by this thread alone: to wake Polars' own takes longer still
            return [frames[0].collect(optimizations=_FEW, engine="in-memory")]
        return pl.collect_all(frames, optimizations=_FEW, engine="in-memory")


def _stop_if_unwanted() -> None:
    is_unwanted = _is_unwanted.get()
    if is_unwanted and is_unwanted.is_set():
        raise StoppedError


_FEW = pl.QueryOptFlags(comm_subplan_elim=False, comm_subexpr_elim=False)

T = TypeVar("T", bound=Weighed)


class Engine(Generic[T]):
    """Runs pipelines in worker threads and remembers their answers."""

    def __init__(self, cache: Cache[T], max_concurrent: int, max_waiting: int = 1000) -> None:
        self.cache = cache
        self.turns = Turns(max_concurrent, max_waiting)
        self._turn_of: dict[str, Turn] = {}
        """By key, those that have not come."""
        self._makers: dict[str, Span] = {}
        """By key, whose answer is being made."""
        self._workers = ThreadPoolExecutor(max_concurrent, "engine")

    async def answer(self, key: str, pipeline: Callable[[], T], asker: object = None, of: str = "") -> T:
        """The pipeline's answer, remembered under the key; the key names the data version it is true of.

        Askers are answered in turn. What all who asked have left is not computed any further. Raises TooBusy.
        `of`: what is asked, in a word for traces.
        """
        if key in self._turn_of:
            self.turns.join(self._turn_of[key], asker)
        with span("answer", cube=of) as told:
            if (maker := self._makers.setdefault(key, told)) is not told:
                told.link(maker)
            try:
                return await self.cache.get(key, lambda: self._run(key, pipeline, asker))
            finally:
                if self._makers.get(key) is told:
                    del self._makers[key]

    async def _run(self, key: str, pipeline: Callable[[], T], asker: object) -> T:
        turn = self._turn_of[key] = self.turns.take(asker)
        try:
            with span("wait for a turn"):
                await turn
        except asyncio.CancelledError:
            self.turns.end(turn)
            raise
        finally:
            del self._turn_of[key]
        with span("compute"):
            return await self._work(turn, pipeline)

    async def _work(self, turn: Turn, pipeline: Callable[[], T]) -> T:
        is_unwanted = Event()

        def ended(work: asyncio.Future[T]) -> None:
            work.exception()  # looked at, so that one nobody waits for is no complaint
            self.turns.end(turn)  # not before the thread has ended, whoever has left until then

        within = copy_context().run  # so that what is logged in the thread is known under the request's id
        work = asyncio.get_running_loop().run_in_executor(self._workers, within, _stoppable, pipeline, is_unwanted)
        work.add_done_callback(ended)
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            is_unwanted.set()
            raise
        return work.result()


def _stoppable(pipeline: Callable[[], T], is_unwanted: Event) -> T:
    before = _is_unwanted.set(is_unwanted)
    try:
        return pipeline()
    except pl.exceptions.PanicException as panic:  # no `Exception`, which all who wait for one would have to know
        raise PanickedError(str(panic)) from panic
    finally:
        _is_unwanted.reset(before)
