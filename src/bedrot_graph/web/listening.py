"""Whether anybody is still there to be answered."""

import asyncio
from types import TracebackType

from starlette.types import Receive

PATIENCE_SECONDS = 0.05
"""Most answers are sent sooner than it is worth listening for somebody who leaves."""


class ClientGoneError(Exception):
    """The client has closed the connection before it was answered."""


class Listening:
    """Cancels what is awaited inside of it when the client goes away. Raises ClientGoneError then."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_gone = False
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        """Begin to listen, after a moment."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker: a coroutine runs in a task
        self._task = task
        self._cancelling = task.cancelling()
        self._timer = loop.call_later(PATIENCE_SECONDS, self._begin)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._timer.cancel()
        if self._listener:
            self._listener.cancel()
        if self._is_gone and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise ClientGoneError from error

    def _begin(self) -> None:
        self._listener = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self._task.cancel()
