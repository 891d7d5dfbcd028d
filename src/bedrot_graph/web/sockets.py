"""GraphQL over WebSockets: the protocol graphql-transport-ws, by its letter."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from starlette.types import Message, Receive, Scope, Send

from bedrot_graph.graph.execution import Execution
from bedrot_graph.graph.failures import unforeseen
from bedrot_graph.graph.subscriptions import Subscription
from bedrot_graph.traces import whole
from bedrot_graph.web.audit import note_refusal
from bedrot_graph.web.bodies import encoded, written
from bedrot_graph.web.media import JSON
from bedrot_graph.web.rates import network
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.streams import subscription_to

logger = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"

INVALID, UNAUTHORIZED, FORBIDDEN, NOT_ACCEPTABLE = 4400, 4401, 4403, 4406
INIT_TIMEOUT, ALREADY_EXISTS, TOO_MANY = 4408, 4409, 4429
AWAY = 1001
"""A code of WebSockets, where those above are the protocol's."""

GOING_AWAY = {"type": "bedrot.shutdown"}
"""What is received here when the server is about to stop; ASGI has no word for it."""

ANSWERS_AT_ONCE = 8
"""So many answers of one socket are made or wait to be sent at once: a client that does not read holds no more."""
_NOT_ADMITTED = "Forbidden: the key is missing, not known, revoked or expired, or has no scope to ask"
LONGEST_ID = 1000
LONGEST_REASON = 100
"""A close frame has room for 123 bytes."""


class Caller(NamedTuple):
    """Who asks."""

    address: str
    authorization: str
    """As the header of this name has it; empty where none was sent."""


Prepare = Callable[[Mapping[str, Any], Caller], Execution]
"""`prepare(payload, caller)`: what the payload of a 'subscribe' asks for. Raises RefusedError."""


Admit = Callable[[str], object]
"""`admit(authorization)`: lets in who sends this. Raises RefusedError."""


@dataclass(frozen=True)
class Limits:
    """How much may be asked over WebSockets."""

    init_seconds: float = 10
    max_message_bytes: int = 64 * 1024
    max_operations: int = 100
    """Of one socket, at once."""
    max_sockets: int = 20
    """Of one address."""


class Sockets:
    """The ASGI application for WebSockets at `/graphql`."""

    def __init__(self, prepare: Prepare, admit: Admit, limits: Limits, allowed_origins: tuple[str, ...] = ()) -> None:
        """`allowed_origins`: other sites whose pages may connect; a page of this one always may."""
        self._prepare = prepare
        self._admit_caller = admit
        self._limits = limits
        self._origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)
        self._open: Counter[str] = Counter()
        self._sockets: set[_Socket] = set()

    def look(self) -> None:
        """Close the sockets of those who may not ask any more."""
        for socket in self._sockets:
            socket.look()

    def __len__(self) -> int:
        """How many are open."""
        return self._open.total()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak with one client, until it leaves or is sent away."""
        address = (scope.get("client") or ("",))[0]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        await receive()  # the wish to connect
        place = network(address)
        try:
            self._admit(place, headers)
        except RefusedError as refusal:
            note_refusal(refusal, address)
            logger.info("socket refused", extra={"code": refusal.code})
            await _refuse(refusal, send)
            return
        self._open[place] += 1
        try:
            caller = Caller(address, headers.get(b"authorization", ""))
            is_understood = PROTOCOL in scope["subprotocols"]
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL if is_understood else None})
            socket = _Socket(self._prepare, self._admit_caller, self._limits, receive, send, caller)
            if is_understood:
                self._sockets.add(socket)
                try:
                    await socket.converse()
                finally:
                    self._sockets.discard(socket)
            else:
                await socket.close(NOT_ACCEPTABLE, f"Subprotocol not acceptable: this server speaks {PROTOCOL}")
        except OSError:  # what uvicorn raises where the client has gone
            pass
        finally:
            self._open[place] -= 1
            if not self._open[place]:
                del self._open[place]

    def _admit(self, place: str, headers: Mapping[bytes, str]) -> None:
        """Raises RefusedError where the client may not connect."""
        origin = headers.get(b"origin")
        if origin is not None and not self._is_welcome(origin.lower(), headers.get(b"host", "").lower()):
            text = (
                f"Pages of {origin[:LONGEST_REASON]!r} may not connect. If they should, add the origin to "
                "ALLOWED_ORIGINS."
            )
            raise RefusedError(403, "ORIGIN_NOT_ALLOWED", text)
        if self._open[place] >= self._limits.max_sockets:
            text = (
                f"{self._limits.max_sockets} WebSockets are open from this address, and no more may be. Close one, or "
                "ask all questions over the same."
            )
            raise RefusedError(429, "TOO_MANY_SOCKETS", text)

    def _is_welcome(self, origin: str, host: str) -> bool:
        scheme, _, name = origin.partition("://")
        default = {"http": ":80", "https": ":443"}.get(scheme)
        is_own = bool(default) and name.removesuffix(default or "") == host.removesuffix(default or "")
        return is_own or origin in self._origins or "*" in self._origins


class _ClosedError(Exception):
    """The client has broken the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class _Socket:
    """A conversation with one client."""

    def __init__(  # noqa: PLR0913, PLR0917 - the two sides of a conversation
        self, prepare: Prepare, admit: Admit, limits: Limits, receive: Receive, send: Send, caller: Caller
    ) -> None:
        self._prepare = prepare
        self._admit = admit
        self._limits = limits
        self._receive = receive
        self._send = send
        self._caller = caller
        self._is_initialised = False
        self._is_closed = False
        self._is_leaving = False
        self._running: dict[str, asyncio.Task[None]] = {}
        """By the ids that are taken."""
        self._asked: dict[str, Mapping[str, Any]] = {}
        """What nobody has looked into yet, by the same ids."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._endless: set[asyncio.Task[None]] = set()
        """Those of the tasks that follow subscriptions."""
        self._places = asyncio.Semaphore(ANSWERS_AT_ONCE)
        self._sending = asyncio.Lock()
        """One after the other: those that wait for a client to read would else all send at once when it does."""

    async def converse(self) -> None:
        """Hear the client out. Raises OSError where it has gone."""
        try:
            async with asyncio.timeout(self._limits.init_seconds) as patience:
                while (message := await self._receive())["type"] != "websocket.disconnect":
                    await self._hear(message)
                    if self._is_initialised:
                        patience.reschedule(None)
                if not self._is_closed:
                    logger.info("socket left", extra={"code": message.get("code")})
        except _ClosedError as error:
            await self.close(error.code, str(error))
        except TimeoutError:
            await self.close(INIT_TIMEOUT, "Connection initialisation timeout")
        except asyncio.CancelledError:  # the server cannot wait any longer
            await self.close(AWAY, "The server is going away")
        finally:
            self._is_closed = True
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def look(self) -> None:
        """Send the client away where it may not ask any more."""
        if not self._is_initialised or self._is_closed:
            return
        try:
            self._admit(self._caller.authorization)
        except RefusedError:
            for task in self._tasks:
                task.cancel()
            self._start(self._send_away())  # it may take its time to read that

    async def _send_away(self) -> None:
        with suppress(OSError):  # it has gone by itself
            await self.close(FORBIDDEN, _NOT_ADMITTED)

    async def close(self, code: int, reason: str) -> None:
        """Send the client away."""
        if not self._is_closed:
            self._is_closed = True
            logger.info("socket closed", extra={"code": code, "reason": reason})
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _hear(self, message: Message) -> None:
        if message == GOING_AWAY:
            self._is_leaving = True
            for following in self._endless:
                following.cancel()  # the client is told by the closing, and subscribes where it connects next
            self._start(self._leave([*self._tasks]))
            return
        said = self._read(message)
        match said["type"]:
            case "connection_init":
                await self._initialise(said)
            case "ping":
                payload = _payload(said)
                await self._say({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                _payload(said)
            case "subscribe":
                self._subscribe(said)
            case "complete":
                name = _id(said)
                self._asked.pop(name, None)
                if task := self._running.pop(name, None):
                    task.cancel()
            case _:
                raise _ClosedError(INVALID, "Invalid message: its type is none of the protocol's")

    def _read(self, message: Message) -> dict[str, Any]:
        """The message as JSON. Raises _ClosedError."""
        text = message.get("text")
        if text is None:
            raise _ClosedError(INVALID, "Invalid message: it is binary. Send text")
        most = self._limits.max_message_bytes
        if len(text) > most or len(text.encode()) > most:
            raise _ClosedError(INVALID, f"Invalid message: it is larger than {most} bytes")
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _ClosedError(INVALID, "Invalid message: it is not JSON") from None
        if not isinstance(said, dict) or not isinstance(said.get("type"), str):
            raise _ClosedError(INVALID, "Invalid message: it is no object with a 'type'")
        return said

    async def _initialise(self, said: Mapping[str, Any]) -> None:
        payload = _payload(said) or {}
        authorization = payload.get("authorization", payload.get("Authorization"))
        if not isinstance(authorization, str | None):
            raise _ClosedError(INVALID, "Invalid message: 'authorization' is no text")
        if self._is_initialised:
            raise _ClosedError(TOO_MANY, "Too many initialisation requests")
        if authorization:
            self._caller = self._caller._replace(authorization=authorization)
        try:
            self._admit(self._caller.authorization)
        except RefusedError:
            raise _ClosedError(FORBIDDEN, _NOT_ADMITTED) from None
        self._is_initialised = True
        await self._say({"type": "connection_ack"})

    def _subscribe(self, said: Mapping[str, Any]) -> None:
        name, payload = _id(said), _asked(said)
        if not self._is_initialised:
            raise _ClosedError(UNAUTHORIZED, "Unauthorized")
        if name in self._running:
            raise _ClosedError(ALREADY_EXISTS, f"Subscriber for {_short(name)} already exists")
        if len(self._running) >= self._limits.max_operations:
            raise _ClosedError(TOO_MANY, f"Too many operations: {self._limits.max_operations} may run at once")
        if not self._is_leaving:  # else the client asks again where it connects next
            self._asked[name] = payload
            self._running[name] = self._start(self._operate(name))

    def _start(self, work: Any) -> asyncio.Task[None]:  # noqa: ANN401 - a coroutine
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _operate(self, name: str) -> None:
        """Answer one operation; only the client ends it by a 'complete', it is not told that it has."""
        try:
            failures = await self._answer(name)
            self._running.pop(name, None)
            if failures:
                await self._say({"id": name, "type": "error", "payload": failures})
            else:
                await self._say({"id": name, "type": "complete"})
        except OSError:
            return  # the client has gone, and the conversation ends

    async def _answer(self, name: str) -> list[Any]:
        """Send all that comes of the operation; gives the errors for which nothing has come of it."""
        try:
            async with self._places:
                with whole("GraphQL Operation"):
                    execution = self._prepare(self._asked.pop(name), self._caller)
                    if not execution.can_begin:
                        return [error.formatted for error in execution.errors]
                    if not execution.is_endless:
                        await self._tell(name, written(execution.context.limits, await execution.answered()))
                        return []
                subscription = subscription_to(execution)
                del execution  # which holds more than is to be held for as long as that runs
            await self._follow(name, subscription)
        except RefusedError as refusal:
            note_refusal(refusal, self._caller.address)
            return _errors(refusal)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - what is wrong with us is told in the log
            text, _ = unforeseen(error)
            return _errors(RefusedError(500, "INTERNAL", text))
        return []

    async def _follow(self, name: str, subscription: Subscription) -> None:
        """Tell what is new, until the client has heard enough; of what can be told, no more is held than of answers."""
        task = asyncio.current_task()
        assert task  # noqa: S101 - for the type checker: a coroutine runs in a task
        self._endless.add(task)
        task.add_done_callback(self._endless.discard)
        async with subscription:
            while True:
                await subscription.news()
                async with self._places:
                    if message := await subscription.message():
                        await self._tell(name, message)

    async def _tell(self, name: str, answer: bytes) -> None:
        """Send an answer."""
        await self._say({"id": name, "type": "next", "payload": orjson.Fragment(answer)})

    async def _say(self, said: dict[str, Any]) -> None:
        """Send a message, when the client has read what was sent before. Raises OSError where it has gone."""
        text = encoded(said).decode()
        async with self._sending:
            if not self._is_closed:
                await self._send({"type": "websocket.send", "text": text})

    async def _leave(self, running: list[asyncio.Task[None]]) -> None:
        """Close, when what is being answered has been."""
        if running:
            await asyncio.wait(running)
        await self.close(AWAY, "The server is going away")


def _payload(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a message carries, if anything. Raises _ClosedError."""
    payload = said.get("payload")
    if not isinstance(payload, dict | None):
        raise _ClosedError(INVALID, "Invalid message: 'payload' is no object")
    return payload


def _id(said: Mapping[str, Any]) -> str:
    """The id of the operation that the message is about. Raises _ClosedError."""
    name = said.get("id")
    if not isinstance(name, str) or not name:
        raise _ClosedError(INVALID, "Invalid message: 'id' is no text, or an empty one")
    if len(name) > LONGEST_ID:
        raise _ClosedError(INVALID, f"Invalid message: 'id' is longer than {LONGEST_ID} characters")
    return name


def _asked(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a 'subscribe' asks for. Raises _ClosedError."""
    payload = _payload(said)
    if payload is None:
        raise _ClosedError(INVALID, "Invalid message: 'payload' is missing")
    for key, kind in (("operationName", str), ("variables", dict), ("extensions", dict)):
        if not isinstance(payload.get(key), kind | None):
            raise _ClosedError(INVALID, f"Invalid message: '{key}' is of the wrong type")
    is_by_hash = "documentId" in payload or "persistedQuery" in (payload.get("extensions") or {})
    if not isinstance(payload.get("query"), str) and not (is_by_hash and payload.get("query") is None):
        raise _ClosedError(INVALID, "Invalid message: 'query' is no text")
    return payload


def _short(name: str) -> str:
    return name if len(name.encode()) <= LONGEST_REASON - 40 else f"{name.encode()[:20].decode(errors='ignore')}…"


def _errors(refusal: RefusedError) -> list[Any]:
    errors = refusal.body["errors"]
    return errors if isinstance(errors, list) else []


async def _refuse(refusal: RefusedError, send: Send) -> None:
    """Answer with a status instead of a WebSocket."""
    headers = [(b"content-type", JSON.encode()), (b"cache-control", b"no-store")]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": encoded(refusal.body)})
