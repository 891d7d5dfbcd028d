"""GraphQL over HTTP: a request in, a JSON answer out, errors as JSON always."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from http import HTTPStatus
from typing import NamedTuple, TypeVar

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from bedrot_graph.graph.context import Context
from bedrot_graph.graph.execution import Answered, Execution, NotAllowedError
from bedrot_graph.graph.failures import code_of, unforeseen
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.schema import prepare
from bedrot_graph.web.audit import note_change, note_refusal
from bedrot_graph.web.bodies import body_of, encoded
from bedrot_graph.web.compression import SMALLEST, compressed, preferred
from bedrot_graph.web.listening import ClientGoneError, Listening
from bedrot_graph.web.media import GRAPHQL_JSON, JSON, negotiated
from bedrot_graph.web.operations import operation_of
from bedrot_graph.web.persisted import Persisted
from bedrot_graph.web.rates import Rates
from bedrot_graph.web.refusals import Headers, RefusedError
from bedrot_graph.web.responses import CLOSE, Asked, Reply, Responses
from bedrot_graph.web.rights import Guard, Rights
from bedrot_graph.web.sending import Sending
from bedrot_graph.web.streams import Form, Streams, answers, mentioned, stream, streamed
from bedrot_graph.web.tally import Tally

T = TypeVar("T")

PREFLIGHTED = frozenset({b"graphql-require-preflight", b"apollo-require-preflight", b"x-apollo-operation-name"})
"""A page of another site can send none of these without having asked before whether it may."""

_LARGE = 256 * 1024
"""What is done to more bytes than this is done in another thread."""


@dataclass(frozen=True)
class Rules:
    """What holds for every request."""

    guard: Guard
    persisted: Persisted = field(default_factory=Persisted)
    rates: Rates = field(default_factory=lambda: Rates(0))
    max_body_bytes: int = 2**20
    max_streams: int = 20
    """Of subscriptions to one address, at once."""
    is_draft: bool = False
    """Whether statuses are those of the draft of GraphQL over HTTP."""


_HOW_TO_SUBSCRIBE = (
    "A subscription is answered again and again, and not by one answer in JSON. Accept text/event-stream or "
    "multipart/mixed, or ask over a WebSocket (graphql-transport-ws)."
)
_NO_STORE = (b"cache-control", b"no-store")
_NOT_KEPT: Headers = (_NO_STORE,)
_KEPT: Headers = ((b"cache-control", b"private, no-cache"), (b"vary", b"accept, accept-encoding, authorization"))
_ALLOW: Headers = ((b"allow", b"GET, POST"),)
_OPTIONS = Reply(HTTPStatus.NO_CONTENT, ((b"allow", b"GET, HEAD, POST, OPTIONS"),), b"")
_CLOSE: Headers = (CLOSE,)
"""What is left of the body is not waited for."""
_OF_A_BODY = frozenset({b"content-encoding", b"content-length", b"content-type"})

MakeContext = Callable[[Rights], Context]
"""`make_context(rights)`: the context of one request."""


class GraphQLEndpoint:
    """The ASGI application at `/graphql`."""

    def __init__(
        self,
        make_context: MakeContext,
        held: Callable[[], Snapshot | None],
        responses: Responses,
        rules: Rules,
        tally: Tally,
    ) -> None:
        """`held()`: the current snapshot."""
        self._make_context = make_context
        self._held = held
        self._responses = responses
        self._rules = rules
        self._tally = tally
        self.streams = Streams(rules.guard.admit, rules.max_streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = time.perf_counter()
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        wishes = _wishes(
            headers.get(b"accept", b"*/*"),
            headers.get(b"accept-encoding", b""),
            headers.get(b"content-type", b""),
            headers.get(b"content-encoding", b"identity"),
        )
        reply: Reply | None
        try:
            # The body first, also of who is refused, who may ask again on the connection.
            is_post = scope["method"] == "POST"
            body = (send.body() if isinstance(send, Sending) else None) if is_post else b""
            if body is None or len(body) > self._rules.max_body_bytes:
                body = await self._body(headers, receive)
            if scope["method"] == "OPTIONS":
                reply = _OPTIONS
            else:
                asked, payer = self._asked(scope, headers, wishes, body)
                # The version of the data is looked at on every request: what is remembered is of one snapshot.
                held = None if wishes.form else self._held()
                reply = self._responses.find(asked, held) if held else None
                reply = reply or await self._reply(asked, payer, held, wishes, scope, receive, send)
                if reply is None:  # it was told as a stream
                    return
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - what is wrong with us is told in the log, and in JSON
            reply = self._refused(error, scope, wishes)
        if etag := headers.get(b"if-none-match"):
            reply = _unless_same(reply, etag.decode("latin-1"))
        if not (isinstance(send, Sending) and send.has_sent(reply)):  # something stands in between, or is special
            await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
            await send({"type": "http.response.body", "body": reply.body})
        self._tally.answered(reply.operation, reply.status, time.perf_counter() - begun)

    async def _reply(  # noqa: PLR0913, PLR0917 - the request, and what ASGI has for it
        self,
        asked: Asked,
        payer: str,
        held: Snapshot | None,
        wishes: "_Wishes",
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> Reply | None:
        """The reply to what is not remembered here; None where it is told as a stream, and has been."""
        if held and (known := await self._responses.fetched(asked, held)):
            return known
        can_stream = scope["http_version"] != "1.0"  # which knows no body without a known length
        if asked.media_type is None and not (wishes.form and can_stream):
            raise RefusedError(406, "NOT_ACCEPTABLE", f"Accept {JSON} or {GRAPHQL_JSON}.")
        execution = self._taken(asked, payer, may_be_endless=can_stream and wishes.mentioned is not None)
        form = wishes.mentioned if execution.is_endless else wishes.form
        if form and can_stream:
            await self._stream(execution, form, scope, receive, send)
            return None
        async with Listening(receive):
            return await self._executed(asked, execution, asked.media_type or JSON)

    async def _stream(self, execution: Execution, form: Form, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell what comes of an operation; of a subscription for as long as the client listens. Raises RefusedError."""
        if execution.is_endless:
            authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            with self.streams.opened(scope, authorization) as running:
                await stream(answers(execution), form, receive, send, running)
            return  # how long it was listened to is no latency
        begun = time.perf_counter()
        await stream(answers(execution), form, receive, send)
        self._tally.answered(execution.name, HTTPStatus.OK, time.perf_counter() - begun)

    def _asked(self, scope: Scope, headers: Mapping[bytes, bytes], wishes: "_Wishes", body: bytes) -> tuple[Asked, str]:
        """What is asked, if this client may ask anything; and from whom its points are taken."""
        try:
            rights, account = self._rules.guard.admit(headers.get(b"authorization", b"").decode("latin-1"))
        except RefusedError:
            self._rules.rates.take(_address(scope), 1)  # who tries keys may not try many
            raise
        asked = Asked(
            scope["method"],
            scope["query_string"],
            body,
            wishes.media_type,
            wishes.coding,
            wishes.content_type,
            wishes.content_encoding,
            rights,
        )
        if asked.is_get and not is_preflighted(headers):
            text = (
                "A question in the address needs the header 'graphql-require-preflight: 1', which pages of other sites "
                "cannot send. Or ask by POST."
            )
            raise RefusedError(400, "PREFLIGHT_REQUIRED", text)
        payer = account or _address(scope)
        self._rules.rates.take(payer, 1)
        return asked, payer

    def _taken(self, asked: Asked, payer: str, *, may_be_endless: bool = False) -> Execution:
        """The operation that is asked, its points taken from who asks."""
        operation = operation_of(asked, self._rules.persisted)
        allowed = {OperationType.QUERY} if asked.is_get else {OperationType.QUERY, OperationType.MUTATION}
        if may_be_endless and asked.method != "HEAD":
            allowed.add(OperationType.SUBSCRIPTION)
        context = self._make_context(asked.rights)
        context.asker = payer
        try:
            execution = prepare(operation, context, allowed)
        except NotAllowedError as error:
            if error.kind is OperationType.SUBSCRIPTION:
                raise RefusedError(406, "NOT_ACCEPTABLE", _HOW_TO_SUBSCRIBE) from error
            raise RefusedError(405, "BAD_USER_INPUT", "Send mutations by POST.", headers=_ALLOW) from error
        if execution.changes:
            self._rules.guard.permit_change(asked.rights)
            note_change(execution, payer)
        if execution.is_endless:
            execution.context.pay = partial(self._rules.rates.wait, payer)
        self._rules.rates.take(payer, execution.cost)
        return execution

    async def _executed(self, asked: Asked, execution: Execution, media_type: str) -> Reply:
        snapshot = self._held()
        if not execution.is_query or not snapshot:
            return await self._answered(asked, execution, media_type)
        # Whoever asks after newer data has been seen joins nobody who began before.
        same = (asked, id(snapshot))
        return await self._responses.shared(same, lambda: self._answered(asked, execution, media_type))

    async def _answered(self, asked: Asked, execution: Execution, media_type: str) -> Reply:
        result = await execution.answered()
        body = encoded(body_of(result))
        if execution.is_beyond(body):
            result = execution.too_large
            body = encoded(body_of(result))
        status, headers = 200, _NOT_KEPT
        if not result.is_lasting:
            self._tally.errors.update(code_of(error) for error in result.errors)
            status = self._status(result, media_type)
        elif asked.is_get:  # the answer may be kept, and asked for again by its tag
            digest = await _apart(_digest, body)
            tag = f'"{digest}-{asked.coding}"' if asked.coding else f'"{digest}"'
            headers = (*_KEPT, (b"etag", tag.encode()))
        reply = await _sent(status, body, media_type, asked.coding, headers, execution.name)
        if result.is_lasting:
            held = self._held()
            snapshot = execution.context.answered_from() or held
            if snapshot and snapshot.whole is held:
                self._responses.keep(asked, reply, snapshot.whole)
        return reply

    def _status(self, result: Answered, media_type: str) -> int:
        """The older media type keeps its 200 for everything that was understood as GraphQL."""
        if media_type == JSON:
            return 200
        if result.has_begun:
            return 294 if self._rules.is_draft and result.errors else 200
        is_document = any(code_of(each) != "GRAPHQL_PARSE_FAILED" for each in result.errors)
        return 422 if self._rules.is_draft and is_document else 400

    def _refused(self, error: Exception, scope: Scope, wishes: "_Wishes") -> Reply:
        """What is told of an error instead of an answer."""
        if isinstance(error, RefusedError):
            note_refusal(error, _address(scope))
        else:
            error = RefusedError(500, "INTERNAL", unforeseen(error)[0])
        self._tally.errors[error.code] += 1
        media_type = wishes.media_type or JSON
        status = error.status_in(media_type, is_draft=self._rules.is_draft)
        return _reply(status, encoded(error.body), media_type, (_NO_STORE, *error.headers))

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """The body, as it comes."""
        most = self._rules.max_body_bytes
        announced = int(headers.get(b"content-length", b"0"))
        parts, size, has_more = [], announced if announced > most else 0, True
        while has_more and size <= most:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            has_more = message.get("more_body", False)
        if size > most:
            raise RefusedError(413, "BODY_TOO_LARGE", f"The body is larger than {most} bytes.", headers=_CLOSE)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def is_preflighted(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser has asked before sending this, if one has sent it for a page of another site."""
    if headers.get(b"sec-fetch-site") == b"same-origin":  # which no page can say of itself, but the browser does
        return True
    return not PREFLIGHTED.isdisjoint(headers) or headers.get(b"content-type", b"").startswith(JSON.encode())


class _Wishes(NamedTuple):
    """What the headers of a request say of its body and of the answer."""

    form: Form | None
    """In which a stream is liked better than JSON."""
    mentioned: Form | None
    """In which one is accepted at all."""
    media_type: str | None
    coding: str
    content_type: str
    content_encoding: str


@lru_cache(maxsize=256)
def _wishes(accept: bytes, accept_encoding: bytes, content_type: bytes, content_encoding: bytes) -> _Wishes:
    accepted = accept.decode("latin-1")
    return _Wishes(
        streamed(accepted),
        mentioned(accepted),
        negotiated(accepted),
        preferred(accept_encoding.decode("latin-1")),
        content_type.decode("latin-1"),
        content_encoding.decode("latin-1"),
    )


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


async def _sent(  # noqa: PLR0913, PLR0917 - what is sent, as what
    status: int, body: bytes, media_type: str, coding: str, headers: Headers, operation: str
) -> Reply:
    """The reply, compressed where that is worth it."""
    if coding and len(body) >= SMALLEST:
        body = await _apart(compressed, body, coding)
        headers = ((b"content-encoding", coding.encode()), *headers)
    return _reply(status, body, media_type, headers, operation)


def _reply(status: int, body: bytes, media_type: str, headers: Headers, operation: str = "") -> Reply:
    about = (b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())
    return Reply(status, (*about, *headers), body, operation)


async def _apart(work: Callable[..., T], body: bytes, *further: str) -> T:
    """What the work makes of the body; in another thread where it is large."""
    return await asyncio.to_thread(work, body, *further) if len(body) > _LARGE else work(body, *further)


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _unless_same(reply: Reply, if_none_match: str) -> Reply:
    """The reply; without its body where the client has it already."""
    etag = dict(reply.headers).get(b"etag", b"").decode()
    asked = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    if not etag or asked.isdisjoint({etag, "*"}):
        return reply
    without_body = tuple(each for each in reply.headers if each[0] not in _OF_A_BODY)
    return Reply(HTTPStatus.NOT_MODIFIED, without_body, b"")
