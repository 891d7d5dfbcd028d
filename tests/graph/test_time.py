"""What a request may take, and what is left of it when its client goes away."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.execution import Operation
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.loading import MayRead
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Progress, Zone
from bedrot_graph.schema import execute
from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE, TODAY

THREE_FIELDS = "{ revenue { totalCount } streams { totalCount } kpis { id } }"
SECONDS = 0.02


def parts(**settings: object) -> Parts:
    return assemble(Settings.model_validate({"curated_data_path": SAMPLE_LAKE, **settings}), lambda: TODAY)


def context_of(served: Parts, seconds: float | None) -> Context:
    context = served.context()
    context.limits = replace(context.limits, max_seconds=seconds)
    return context


async def answer(served: Parts, document: str, seconds: float | None = None) -> tuple[Any, list[tuple[Any, str]]]:
    """The data, and the path and code of each error."""
    result = await execute(Operation(document), context_of(served, seconds))
    return result.data, [(each.path, (each.extensions or {})["code"]) for each in result.errors or ()]


@asynccontextmanager
async def all_places_taken(served: Parts) -> AsyncIterator[None]:
    """Somebody else has every place."""
    taken = [served.engine.turns.take("somebody else") for _ in range(Settings().max_concurrent_answers)]
    yield
    for turn in taken:
        served.engine.turns.end(turn)


async def waiting(served: Parts, count: int) -> None:
    async with asyncio.timeout(5):
        while served.engine.turns.waiting != count:  # noqa: ASYNC110 - nobody else would tell
            await asyncio.sleep(0.001)


class SlowZone(Zone):
    """A zone that takes its time."""

    may_go_on = threading.Event()

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        self.may_go_on.wait(5)
        return super().take(progress, may_read)


async def test_a_field_that_is_not_answered_in_time_is_null_with_a_code_and_the_others_are_answered() -> None:
    served = parts()
    await answer(served, "{ streams { totalCount } }")  # it is remembered, and waits for no place
    async with all_places_taken(served):
        data, errors = await answer(served, "{ revenue { totalCount } streams { totalCount } }", SECONDS)
    assert data == {"revenue": None, "streams": {"totalCount": 1}}
    assert errors == [(["revenue"], "TIMEOUT")]


async def test_what_has_run_out_of_time_waits_no_longer() -> None:
    served = parts()
    async with all_places_taken(served):
        _, errors = await answer(served, THREE_FIELDS, SECONDS)
        assert [code for _, code in errors] == ["TIMEOUT"] * 3
        await asyncio.sleep(0)
        assert served.engine.turns.waiting == 0
    assert (await answer(served, THREE_FIELDS))[1] == []


async def test_the_time_is_that_of_the_whole_request() -> None:
    served = parts()
    context = context_of(served, SECONDS)
    async with all_places_taken(served):
        first = await execute(Operation("{ revenue { totalCount } }"), context)
        context.limits = replace(context.limits, max_seconds=60)
        second = await execute(Operation("{ streams { totalCount } }"), context)
    assert [len(each.errors or ()) for each in (first, second)] == [1, 1]


async def test_the_message_says_what_helps() -> None:
    served = parts()
    async with all_places_taken(served):
        result = await execute(Operation("{ revenue { totalCount } }"), context_of(served, SECONDS))
    assert result.errors
    assert result.errors[0].message == (
        "This was not answered within 0.02 seconds, the time that one request may take. Ask for a shorter period, "
        "fewer dimensions or fewer fields; or again later, if the server is busy."
    )


async def test_a_snapshot_that_is_not_there_in_time_is_taken_all_the_same() -> None:
    zone = SlowZone(SAMPLE_LAKE, today=lambda: TODAY)
    served = replace(parts(), zone=zone, current=CurrentSnapshot(zone, 300))
    document = '{ datasets { name } measures(coordinates: "Stream.totalStreams") { unit } }'
    data, errors = await answer(served, document, SECONDS)
    assert data == {"datasets": None, "measures": [{"unit": "STREAMS"}]}
    assert errors == [(["datasets"], "TIMEOUT")]
    zone.may_go_on.set()
    data, errors = await answer(served, '{ dataset(name: "royalty_splits") { available } }')
    assert (data, errors) == ({"dataset": {"available": True}}, [])


async def test_a_client_that_goes_away_gives_its_places_in_the_queue_free() -> None:
    served = parts()
    async with all_places_taken(served):
        leaving = asyncio.ensure_future(execute(Operation(THREE_FIELDS), served.context()))
        staying = asyncio.ensure_future(execute(Operation("{ revenue { totalCount } }"), served.context()))
        await waiting(served, 3)
        leaving.cancel()
        await asyncio.wait([leaving])
        await waiting(served, 1)
    result = await staying
    assert (result.data, result.errors) == ({"revenue": {"totalCount": 1}}, [])
    assert leaving.cancelled()


async def test_what_cannot_wait_as_too_many_do_is_null_with_a_code() -> None:
    served = parts(max_waiting_answers=1)
    async with all_places_taken(served):
        asking = asyncio.ensure_future(answer(served, "{ revenue { totalCount } streams { totalCount } }"))
        await waiting(served, 1)
    assert await asking == ({"revenue": {"totalCount": 1}, "streams": None}, [(["streams"], "TOO_BUSY")])
