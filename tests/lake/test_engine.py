import asyncio
import threading
import time
from dataclasses import dataclass

import polars as pl
import pytest

from bedrot_graph.lake.cache import Cache
from bedrot_graph.lake.engine import Engine, collect


@dataclass(frozen=True)
class Answer:
    """Where it was computed."""

    thread: int
    size_bytes: int = 1


def engine(max_concurrent: int = 2) -> Engine[Answer]:
    return Engine(Cache(ttl_seconds=60, max_entries=100, max_bytes=1000), max_concurrent)


def answer() -> Answer:
    return Answer(threading.get_ident())


async def test_a_pipeline_runs_off_the_event_loop() -> None:
    assert (await engine().answer("a", answer)).thread != threading.get_ident()


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
