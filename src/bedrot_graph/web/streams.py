"""Answers as they come: as server-sent events, or as the parts of one body."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from bedrot_graph.graph.execution import Execution
from bedrot_graph.graph.failures import unforeseen
from bedrot_graph.graph.subscriptions import Subscription
from bedrot_graph.schema import prepare
from bedrot_graph.web.bodies import encoded, written
from bedrot_graph.web.listening import ClientGoneError, Listening
from bedrot_graph.web.media import GRAPHQL_JSON, JSON, qualities, welcome_of
from bedrot_graph.web.rates import network
from bedrot_graph.web.refusals import RefusedError

QUIET_SECONDS = 12
"""After so long without an answer something is sent, so that nobody on the way takes the connection for dead."""

ON_SHUTDOWN = "bedrot.on_shutdown"
"""Where in the scope of a request stands what is called when the server is about to stop; ASGI has no word for it."""


class Form(StrEnum):
    """How answers are told apart in one body, by the media type that says it."""

    EVENTS = "text/event-stream; charset=utf-8"
    """Server-sent events, as graphql-sse has them where each operation has a connection of its own."""
    PARTS = 'multipart/mixed; boundary="-"'
    """Parts as incremental delivery has them: each an answer, with `hasNext`."""
    PAYLOADS = 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
    """Parts as Apollo has them for subscriptions: each with an answer as its `payload`."""


@lru_cache(maxsize=256)
def streamed(accept: str) -> Form | None:
    """The form that a client likes better than JSON; None where JSON will do, as for all that only mention another."""
    asked = qualities(accept)
    json = max(welcome_of(name, asked) for name in (JSON, GRAPHQL_JSON))
    return mentioned(accept) if max(_wanted(accept)) > json else None


@lru_cache(maxsize=256)
def mentioned(accept: str) -> Form | None:
    """The form that a client takes, however well it likes JSON: what has no one answer cannot be told in that."""
    events, parts = _wanted(accept)
    if max(events, parts) <= 0:
        return None
    if events >= parts:
        return Form.EVENTS
    return Form.PAYLOADS if "subscriptionspec" in accept.lower() else Form.PARTS


def _wanted(accept: str) -> tuple[float, float]:
    asked = qualities(accept)
    return asked.get("text/event-stream", 0.0), asked.get("multipart/mixed", 0.0)


async def answers(execution: Execution) -> AsyncGenerator[bytes]:
    """All that comes of an operation, as it is sent: of a query or a mutation, one answer."""
    if not execution.is_endless:
        yield written(execution.context.limits, await execution.answered())
        return
    async with subscription_to(execution) as subscription:
        while True:
            await subscription.news()
            if message := await subscription.message():
                yield message


def subscription_to(execution: Execution) -> Subscription:
    """What tells a client of what is new. Raises RefusedError where so much may not be held for so long."""
    try:
        return Subscription(execution, prepare, partial(written, execution.context.limits))
    except GraphQLError as error:
        raise RefusedError(400, "BAD_USER_INPUT", error.message) from error


class Running:
    """A stream without an end of its own."""

    def __init__(self, authorization: str) -> None:
        self.authorization = authorization
        self.ended: asyncio.Future[RefusedError | None] = asyncio.get_running_loop().create_future()
        """Set when it is to end: because its client may not ask any more; None where the server stops."""

    def end(self, refusal: RefusedError | None = None) -> None:
        """Let it end."""
        if not self.ended.done():
            self.ended.set_result(refusal)


class Streams:
    """The streams that have no end of their own: so many from one address, and while their clients may ask."""

    def __init__(self, admit: Callable[[str], object], max_streams: int) -> None:
        """`admit(authorization)`: lets in who sends this, or raises RefusedError. `max_streams`: of one address."""
        self._admit = admit
        self._most = max_streams
        self._open: Counter[str] = Counter()
        self._running: set[Running] = set()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._running)

    @contextmanager
    def opened(self, scope: Scope, authorization: str) -> Iterator[Running]:
        """While a stream is open. Raises RefusedError where there are too many."""
        place = network(str((scope.get("client") or ("",))[0]))
        if self._open[place] >= self._most:
            text = (
                f"{self._most} subscriptions are streamed to this address, and no more may be. End one, or ask for all "
                "of them over the same WebSocket."
            )
            raise RefusedError(429, "TOO_MANY_STREAMS", text)
        running = Running(authorization)
        self._open[place] += 1
        self._running.add(running)
        scope[ON_SHUTDOWN] = running.end
        try:
            yield running
        finally:
            self._running.discard(running)
            self._open[place] -= 1
            if not self._open[place]:
                del self._open[place]

    def look(self) -> None:
        """End the streams of those who may not ask any more."""
        for running in self._running:
            try:
                self._admit(running.authorization)
            except RefusedError as refusal:
                running.end(refusal)


async def stream(
    coming: AsyncGenerator[bytes], form: Form, receive: Receive, send: Send, running: Running | None = None
) -> None:
    """Send the answers as they come; they are given up when the client leaves.

    What runs until it is ended (`running`) has no ending where the server stops, so that its client asks elsewhere.

    What cannot be executed is told the same way, as its answer says why: a client that reads a stream does not look at
    statuses.
    """
    headers = [
        (b"content-type", form.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # nginx would wait for more
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    write = _WRITERS[form]
    with suppress(ClientGoneError):
        async with Listening(receive), aclosing(_paced(coming, running)) as paced:
            await send(_body(write.opening))
            async for body in paced:
                await send(_body(write.quiet if body is None else write.answer(body)))
        is_cut = running and running.ended.done() and running.ended.result() is None
        await send(_body(b"" if is_cut else write.ending, is_last=True))


async def _paced(coming: AsyncGenerator[bytes], running: Running | None) -> AsyncGenerator[bytes | None]:
    """The answers; None whenever there has been none for a while."""
    following: asyncio.Future[bytes | None] = asyncio.ensure_future(_next(coming))
    ended: list[asyncio.Future[Any]] = [running.ended] if running else []
    try:
        while True:
            await asyncio.wait([following, *ended], timeout=QUIET_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if running and running.ended.done():
                if refusal := running.ended.result():
                    yield encoded(refusal.body)
                return
            if not following.done():
                yield None
                continue
            answer = following.result()
            if answer is None:
                return
            yield answer
            following = asyncio.ensure_future(_next(coming))
    except RefusedError as refusal:
        yield encoded(refusal.body)
    except Exception as error:  # noqa: BLE001 - the status is sent already: what is wrong with us is told as an answer
        text, found_under = unforeseen(error)
        yield encoded({"errors": [{"message": text, "extensions": {"code": "INTERNAL", "reference": found_under}}]})
    finally:
        following.cancel()
        await asyncio.wait([following])
        if not following.cancelled():
            following.exception()  # looked at, so that one nobody waits for is no complaint
        await coming.aclose()


async def _next(coming: AsyncIterator[bytes]) -> bytes | None:
    return await anext(coming, None)


class _Events:
    opening = b":\n\n"
    quiet = b":\n\n"
    # A browser's EventSource passes over an event without data.
    ending = b"event: complete\ndata: \n\n"

    @staticmethod
    def answer(body: bytes) -> bytes:
        return b"event: next\ndata: %s\n\n" % body


class _Parts:
    opening = b"---"
    quiet = b'\r\ncontent-type: application/json\r\n\r\n{"hasNext":true}\r\n---'
    ending = b'\r\ncontent-type: application/json\r\n\r\n{"hasNext":false}\r\n-----\r\n'

    @staticmethod
    def answer(body: bytes) -> bytes:
        return b'\r\ncontent-type: application/json\r\n\r\n%s,"hasNext":true}\r\n---' % body.removesuffix(b"}")


class _Payloads:
    opening = b"--graphql"
    quiet = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    ending = b"--\r\n"

    @staticmethod
    def answer(body: bytes) -> bytes:
        return b'\r\ncontent-type: application/json\r\n\r\n{"payload":%s}\r\n--graphql' % body


_WRITERS: dict[Form, type[_Events | _Parts | _Payloads]] = {
    Form.EVENTS: _Events,
    Form.PARTS: _Parts,
    Form.PAYLOADS: _Payloads,
}


def _body(content: bytes, *, is_last: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": not is_last}
