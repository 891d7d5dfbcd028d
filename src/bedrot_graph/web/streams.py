"""Answers as they come: as server-sent events, or as the parts of one body."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from enum import StrEnum
from functools import lru_cache
from typing import Any

from starlette.types import Receive, Send

from bedrot_graph.graph.execution import Answered, Execution
from bedrot_graph.graph.failures import unforeseen
from bedrot_graph.web.bodies import body_of, encoded
from bedrot_graph.web.listening import ClientGoneError, Listening
from bedrot_graph.web.media import GRAPHQL_JSON, JSON, qualities, welcome_of

QUIET_SECONDS = 12
"""After so long without an answer something is sent, so that nobody on the way takes the connection for dead."""


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
    wanted = asked.get("text/event-stream", 0.0), asked.get("multipart/mixed", 0.0)
    json = max(welcome_of(name, asked) for name in (JSON, GRAPHQL_JSON))
    if max(wanted) <= json:
        return None
    if wanted[0] >= wanted[1]:
        return Form.EVENTS
    return Form.PAYLOADS if "subscriptionspec" in accept.lower() else Form.PARTS


async def answers(execution: Execution) -> AsyncGenerator[Answered]:
    """All that comes of an operation: of a query or a mutation, one answer."""
    yield await execution.answered()


async def stream(coming: AsyncGenerator[Answered], form: Form, receive: Receive, send: Send) -> None:
    """Send the answers as they come; they are given up when the client leaves.

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
        async with Listening(receive), aclosing(_paced(coming)) as paced:
            await send(_body(write.opening))
            async for body in paced:
                await send(_body(write.quiet if body is None else write.answer(body)))
        await send(_body(write.ending, is_last=True))


async def _paced(coming: AsyncGenerator[Answered]) -> AsyncGenerator[dict[str, Any] | None]:
    """The bodies of the answers; None whenever there has been none for a while."""
    following: asyncio.Future[Answered | None] = asyncio.ensure_future(_next(coming))
    try:
        while True:
            await asyncio.wait([following], timeout=QUIET_SECONDS)
            if not following.done():
                yield None
                continue
            answered = following.result()
            if answered is None:
                return
            yield body_of(answered)
            following = asyncio.ensure_future(_next(coming))
    except Exception as error:  # noqa: BLE001 - the status is sent already: what is wrong with us is told as an answer
        text, found_under = unforeseen(error)
        yield {"errors": [{"message": text, "extensions": {"code": "INTERNAL", "reference": found_under}}]}
    finally:
        following.cancel()
        await asyncio.wait([following])
        await coming.aclose()


async def _next(coming: AsyncIterator[Answered]) -> Answered | None:
    return await anext(coming, None)


class _Events:
    opening = b":\n\n"
    quiet = b":\n\n"
    # A browser's EventSource passes over an event without data.
    ending = b"event: complete\ndata: \n\n"

    @staticmethod
    def answer(body: dict[str, Any]) -> bytes:
        return b"event: next\ndata: %s\n\n" % encoded(body)


class _Parts:
    opening = b"---"
    quiet = b'\r\ncontent-type: application/json\r\n\r\n{"hasNext":true}\r\n---'
    ending = b'\r\ncontent-type: application/json\r\n\r\n{"hasNext":false}\r\n-----\r\n'

    @staticmethod
    def answer(body: dict[str, Any]) -> bytes:
        body["hasNext"] = True
        return b"\r\ncontent-type: application/json\r\n\r\n%s\r\n---" % encoded(body)


class _Payloads:
    opening = b"--graphql"
    quiet = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    ending = b"--\r\n"

    @staticmethod
    def answer(body: dict[str, Any]) -> bytes:
        return b"\r\ncontent-type: application/json\r\n\r\n%s\r\n--graphql" % encoded({"payload": body})


_WRITERS: dict[Form, type[_Events | _Parts | _Payloads]] = {
    Form.EVENTS: _Events,
    Form.PARTS: _Parts,
    Form.PAYLOADS: _Payloads,
}


def _body(content: bytes, *, is_last: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": not is_last}
