"""GraphQL over HTTP: a request in, a JSON answer out, errors as JSON always."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from bedrot_graph.graph.context import Context
from bedrot_graph.graph.execution import Execution, NotAllowedError, Operation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.schema import prepare
from bedrot_graph.web.bodies import body_of, encoded
from bedrot_graph.web.listening import ClientGoneError, Listening
from bedrot_graph.web.media import GRAPHQL_JSON, JSON, negotiated
from bedrot_graph.web.operations import operation_of
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.responses import Asked, Reply, Responses

logger = logging.getLogger(__name__)

_READ = frozenset({b"accept", b"authorization", b"content-encoding", b"content-type", b"if-none-match"})
"""The headers that an answer may depend on."""
_LARGE = 256 * 1024
"""A digest of more bytes than this is made in another thread."""


MakeContext = Callable[[bool], Context]
"""`make_context(may_mutate)`: the context of one request."""


class GraphQLEndpoint:
    """The ASGI application at `/graphql`."""

    def __init__(
        self,
        make_context: MakeContext,
        held: Callable[[], Snapshot | None],
        may_mutate: Callable[[str], bool],
        responses: Responses,
        max_body_bytes: int,
    ) -> None:
        """`held()`: the current snapshot. `may_mutate(authorization)`: whether that header lets one change anything."""
        self._make_context = make_context
        self._held = held
        self._may_mutate = may_mutate
        self._responses = responses
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _READ}
        try:
            body = await self._body(scope, receive)
            asked = Asked(
                scope["method"],
                scope["query_string"],
                body,
                headers.get(b"accept", "*/*"),
                headers.get(b"content-type", ""),
                headers.get(b"content-encoding", "identity"),
                self._may_mutate(headers.get(b"authorization", "")),
            )
            reply = await self._reply(asked, receive)
        except RefusedError as refusal:
            reply = _refused(refusal, negotiated(headers.get(b"accept", "*/*")) or JSON)
        except ClientGoneError:
            return
        if (etag := headers.get(b"if-none-match")) and _is_same(reply, etag):
            without_body = tuple(each for each in reply.headers if each[0] not in {b"content-length", b"content-type"})
            reply = Reply(HTTPStatus.NOT_MODIFIED, without_body, b"")
        await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, asked: Asked, receive: Receive) -> Reply:
        try:
            # The version of the data is looked at on every request: what is remembered is of one snapshot.
            if (held := self._held()) and (known := self._responses.find(asked, held)):
                return known
            context = self._make_context(asked.may_mutate)
            media_type = negotiated(asked.accept)
            if media_type is None:
                raise RefusedError(406, "NOT_ACCEPTABLE", f"Accept {JSON} or {GRAPHQL_JSON}.")  # noqa: TRY301
            async with Listening(receive):
                return await self._executed(asked, operation_of(asked), context, media_type)
        except (RefusedError, ClientGoneError):
            raise
        except Exception as error:  # what is wrong with us is told in the log, and in JSON
            reference = uuid4().hex[:12]
            logger.exception("unforeseen error", extra={"reference": reference})
            text = f"Something went wrong on the server. The log has the details under '{reference}'."
            raise RefusedError(500, "INTERNAL", text) from error

    async def _executed(self, asked: Asked, operation: Operation, context: Context, media_type: str) -> Reply:
        allowed = {OperationType.QUERY} if asked.is_get else {OperationType.QUERY, OperationType.MUTATION}
        try:
            execution = prepare(operation, context, allowed)
        except NotAllowedError as error:
            text = "Send mutations by POST; subscriptions are not there yet."
            raise RefusedError(405, "BAD_USER_INPUT", text) from error
        snapshot = self._held()
        if not execution.is_query or not snapshot:
            return await self._answered(asked, execution, media_type)
        # Whoever asks after newer data has been seen joins nobody who began before.
        same = (asked, id(snapshot))
        return await self._responses.shared(same, lambda: self._answered(asked, execution, media_type))

    async def _answered(self, asked: Asked, execution: Execution, media_type: str) -> Reply:
        result = await execution.answered()
        body = body_of(result)
        # The older media type keeps its 200 for everything that was understood as GraphQL.
        status = 200 if "data" in body or media_type == JSON else 400
        if not result.is_lasting:
            return _reply(status, encoded(body), media_type, (b"cache-control", b"no-store"))
        reply = await self._lasting(asked, encoded(body), media_type)
        held = self._held()
        snapshot = execution.context.answered_from() or held
        if snapshot and snapshot is held:
            self._responses.keep(asked, reply, snapshot)
        return reply

    @staticmethod
    async def _lasting(asked: Asked, body: bytes, media_type: str) -> Reply:
        """The reply to a question without errors: an answer to GET may be kept, and asked for again by its tag."""
        if not asked.is_get:
            return _reply(200, body, media_type, (b"cache-control", b"no-store"))
        digest = await asyncio.to_thread(_digest, body) if len(body) > _LARGE else _digest(body)
        return _reply(
            200,
            body,
            media_type,
            (b"etag", f'"{digest}"'.encode()),
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"accept, authorization"),
        )

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            return b""
        chunks, size, has_more = [], 0, True
        while has_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            has_more = message.get("more_body", False)
            if size > self._max_body_bytes:
                raise RefusedError(413, "BODY_TOO_LARGE", f"The body is larger than {self._max_body_bytes} bytes.")
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _refused(refusal: RefusedError, media_type: str) -> Reply:
    headers = [(b"cache-control", b"no-store")]
    if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"GET, POST"))
    return _reply(refusal.status, encoded(refusal.body), media_type, *headers)


def _reply(status: int, body: bytes, media_type: str, *headers: tuple[bytes, bytes]) -> Reply:
    length = (b"content-length", str(len(body)).encode())
    return Reply(status, ((b"content-type", media_type.encode()), length, *headers), body)


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _is_same(reply: Reply, if_none_match: str) -> bool:
    """Whether the client has this very answer already."""
    etag = dict(reply.headers).get(b"etag", b"").decode()
    asked = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return bool(etag) and (etag in asked or "*" in asked)
