import asyncio
import threading
import time
from dataclasses import dataclass
from functools import partial

import polars as pl
import pytest

from bedrot_graph.errors import TooBusy
from bedrot_graph.lake.cache import Cache
from bedrot_graph.lake.engine import Engine, PanickedError, collect


@dataclass(frozen=True)
class Answer:
    """Where it was computed."""

    thread: int
    size_bytes: int = 1


def engine(max_concurrent: int = 2, max_waiting: int = 1000) -> Engine[Answer]:
    return Engine(Cache(ttl_seconds=60, max_entries=100, max_bytes=1000), max_concurrent, max_waiting)


def answer() -> Answer:
    return Answer(threading.get_ident())


class Work:
    """A pipeline that goes on when it is told to, and says how far it came."""

    def __init__(self) -> None:
        self.has_begun, self.may_go_on, self.has_ended = threading.Event(), threading.Event(), threading.Event()
        self.collected: list[int] = []

    def __call__(self) -> Answer:
        self.has_begun.set()
        try:
            self.may_go_on.wait(5)
            self.collected.append(collect(pl.LazyFrame({"usd": [1]}))[0].item())
            return answer()
        finally:
            self.has_ended.set()

    async def begun(self) -> None:
        await asyncio.to_thread(self.has_begun.wait, 5)

    async def ended(self) -> None:
        await asyncio.to_thread(self.has_ended.wait, 5)


async def test_a_pipeline_runs_off_the_event_loop() -> None:
    assert (await engine().answer("a", answer)).thread != threading.get_ident()


async def test_a_panic_is_an_error_like_others() -> None:
    def panics() -> Answer:
        message = "called `Option::unwrap()` on a `None` value"
        raise pl.exceptions.PanicException(message)

    with pytest.raises(PanickedError, match="unwrap"):
        await engine().answer("a", panics)


async def test_an_answer_is_remembered_under_its_key() -> None:
    asked = engine()
    first = await asked.answer("a", answer)
    assert await asked.answer("a", answer) is first
    assert await asked.answer("b", answer) is not first


@pytest.mark.parametrize("most", [1, 3])
async def test_no_more_pipelines_run_at_once_than_allowed(most: int) -> None:
    running: list[int] = []
    seen: list[int] = []

    def pipeline() -> Answer:
        running.append(1)
        seen.append(len(running))
        time.sleep(0.01)
        running.pop()
        return answer()

    asked = engine(most)
    await asyncio.gather(*(asked.answer(str(number), pipeline) for number in range(9)))
    assert max(seen) == most


async def test_the_event_loop_goes_on_while_a_pipeline_runs() -> None:
    may_end = threading.Event()

    def pipeline() -> Answer:
        may_end.wait(5)
        return answer()

    waiting = asyncio.ensure_future(engine().answer("a", pipeline))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    may_end.set()
    await waiting


async def test_a_pipeline_that_fails_gives_its_place_free_and_is_run_again() -> None:
    def fail() -> Answer:
        raise MemoryError

    asked = engine(1)
    for _ in range(3):
        with pytest.raises(MemoryError):
            await asked.answer("a", fail)
    assert (await asked.answer("a", answer)).thread


def test_an_engine_answers_on_one_event_loop_after_the_other() -> None:
    asked = engine(1)

    async def ask(round_: int) -> None:
        await asyncio.gather(*(asked.answer(f"{round_} {number}", answer) for number in range(5)))

    for round_ in range(2):
        asyncio.run(ask(round_))


def test_frames_are_collected_together_in_the_order_they_were_given() -> None:
    frame = pl.LazyFrame({"usd": [1, 2]})
    total, first = collect(frame.select(pl.col("usd").sum()), frame.head(1))
    assert (total.item(), first.item()) == (3, 1)


async def test_what_nobody_waits_for_any_more_leaves_the_queue_and_is_never_begun() -> None:
    asked, first, second = engine(1), Work(), Work()
    running = asyncio.ensure_future(asked.answer("a", first))
    leaving = asyncio.ensure_future(asked.answer("b", second))
    await first.begun()
    assert (asked.turns.running, asked.turns.waiting) == (1, 1)
    leaving.cancel()
    await asyncio.wait([leaving])
    await asyncio.sleep(0)
    assert (asked.turns.running, asked.turns.waiting) == (1, 0)
    first.may_go_on.set()
    await running
    assert asked.turns.running == 0
    assert not second.has_begun.is_set()


async def test_a_running_pipeline_that_nobody_waits_for_stops_at_its_next_collect_and_keeps_its_place_until_then() -> (
    None
):
    asked, work = engine(1), Work()
    leaving = asyncio.ensure_future(asked.answer("a", work))
    await work.begun()
    leaving.cancel()
    await asyncio.wait([leaving])
    await asyncio.sleep(0.01)
    waiting = asyncio.ensure_future(asked.answer("b", answer))
    await asyncio.sleep(0.01)
    assert (asked.turns.running, asked.turns.waiting) == (1, 1)
    work.may_go_on.set()
    assert (await waiting).thread
    assert work.has_ended.is_set()
    assert work.collected == []


async def test_who_asks_again_for_what_was_stopped_has_it_computed_anew(caplog: pytest.LogCaptureFixture) -> None:
    asked, work = engine(1), Work()
    leaving = asyncio.ensure_future(asked.answer("a", work))
    await work.begun()
    leaving.cancel()
    await asyncio.wait([leaving])
    again = asyncio.ensure_future(asked.answer("a", work))
    await asyncio.sleep(0)
    work.may_go_on.set()
    assert (await again).thread
    assert work.collected == [1]
    assert caplog.records == []


async def test_one_asker_that_leaves_stops_nothing_that_another_waits_for() -> None:
    asked, work = engine(1), Work()
    leaving, staying = (asyncio.ensure_future(asked.answer("a", work, asker)) for asker in ("leaving", "staying"))
    await work.begun()
    leaving.cancel()
    await asyncio.wait([leaving])
    work.may_go_on.set()
    assert (await staying).thread
    assert work.collected == [1]


async def test_one_that_asks_for_much_does_not_hold_up_one_that_asks_for_little() -> None:
    asked, first, order = engine(1), Work(), list[str]()

    def pipeline(name: str) -> Answer:
        order.append(name)
        return answer()

    waiting = [asyncio.ensure_future(asked.answer("first", first, "much"))]
    await first.begun()
    much = (asked.answer(str(number), lambda: pipeline("much"), "much") for number in range(15))
    waiting.extend(asyncio.ensure_future(each) for each in much)
    waiting.append(asyncio.ensure_future(asked.answer("little", lambda: pipeline("little"), "little")))
    await asyncio.sleep(0)
    first.may_go_on.set()
    await asyncio.gather(*waiting)
    assert order.index("little") == 1


async def test_what_two_ask_for_comes_in_the_turn_of_the_one_that_is_called_first() -> None:
    asked, first, order = engine(1), Work(), list[str]()

    def pipeline(name: str) -> Answer:
        order.append(name)
        return answer()

    waiting = [asyncio.ensure_future(asked.answer("first", first, "much"))]
    await first.begun()
    much = (asked.answer(key, partial(pipeline, key), "much") for key in ("x", "y", "shared"))
    waiting.extend(asyncio.ensure_future(each) for each in much)
    await asyncio.sleep(0)
    waiting.append(asyncio.ensure_future(asked.answer("shared", lambda: pipeline("never"), "little")))
    await asyncio.sleep(0)
    first.may_go_on.set()
    await asyncio.gather(*waiting)
    assert order == ["x", "shared", "y"]


async def test_more_than_may_wait_are_refused_and_those_who_ask_for_the_same_are_not() -> None:
    asked, work = engine(1, max_waiting=1), Work()
    running = asyncio.ensure_future(asked.answer("a", work))
    waiting = [asyncio.ensure_future(asked.answer("b", answer)) for _ in range(5)]
    await work.begun()
    with pytest.raises(TooBusy):
        await asked.answer("c", answer)
    work.may_go_on.set()
    await asyncio.gather(running, *waiting)
    assert (await asked.answer("c", answer)).thread
