"""What goes on beside the answers ends with the server, and not without a word before."""

import asyncio

import pytest

from bedrot_graph.beside import beside


async def test_work_that_ends_by_an_error_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise OSError

    async with beside(work()):
        await asyncio.sleep(0.01)
    (record,) = caplog.records
    assert (record.levelname, record.message) == ("ERROR", "work beside the answers has ended")
    assert record.exc_info


async def test_work_that_goes_on_is_ended_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")

    async with beside(work()):
        await asyncio.sleep(0.01)
        assert ended == []
    assert (ended, caplog.records) == (["ended"], [])
