"""What is computed for a client is given up when the client goes away."""

import asyncio

import pytest
from starlette.types import Message

from bedrot_graph.web.listening import ClientGoneError, Listening


class Client:
    """A connection: `says` what comes from it, when it is set free."""

    def __init__(self, *says: str) -> None:
        self._says = list(says)
        self.leaves = asyncio.Event()

    async def receive(self) -> Message:
        await self.leaves.wait()
        return {"type": self._says.pop(0)}


async def test_what_is_awaited_is_cancelled_when_the_client_goes_away() -> None:
    client, work = Client("http.request", "http.disconnect"), asyncio.ensure_future(asyncio.Event().wait())
    asyncio.get_running_loop().call_later(0.1, client.leaves.set)
    with pytest.raises(ClientGoneError):
        async with Listening(client.receive):
            await work
    assert work.cancelled()
    await asyncio.sleep(0)  # nothing of it is left that would hit what comes after


async def test_who_stays_is_answered() -> None:
    client = Client("http.disconnect")
    async with Listening(client.receive):
        await asyncio.sleep(0.1)
    client.leaves.set()
    await asyncio.sleep(0.01)


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    client = Client()

    async def answer() -> None:
        async with Listening(client.receive):
            await asyncio.Event().wait()

    task = asyncio.create_task(answer())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_stays_the_error_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with Listening(Client().receive):
            raise ZeroDivisionError
