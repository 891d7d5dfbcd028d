"""GraphQL over HTTP: a request in, a JSON answer out, errors as JSON always."""

import json
import logging
from collections.abc import Awaitable, Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from bedrot_graph.graph.context import Context
from bedrot_graph.schema import Operation, execute

logger = logging.getLogger(__name__)

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

MakeContext = Callable[[Request], Awaitable[Context]]


class RefusedError(Exception):
    """The request is no GraphQL request that can be answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class GraphQLEndpoint:
    """The route handler of `/graphql`."""

    def __init__(self, make_context: MakeContext, max_body_bytes: int) -> None:
        self._make_context = make_context
        self._max_body_bytes = max_body_bytes

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        media_type = negotiated(request.headers.get("accept", "*/*"))
        if media_type is None:
            return _refused(RefusedError(406, "NOT_ACCEPTABLE", f"Accept {JSON} or {GRAPHQL_JSON}."), JSON)
        try:
            return await self._executed(request, await self._operation(request), media_type)
        except RefusedError as refusal:
            return _refused(refusal, media_type)
        except Exception:  # what is wrong with us is told in the log, and in JSON
            reference = uuid4().hex[:12]
            logger.exception("unforeseen error", extra={"reference": reference})
            text = f"Something went wrong on the server. The log has the details under '{reference}'."
            return _refused(RefusedError(500, "INTERNAL", text), media_type)

    async def _executed(self, request: Request, operation: Operation, media_type: str) -> Response:
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        context = await self._make_context(request)
        try:
            result = await execute(operation, context, allowed)
        except InvalidOperationTypeError as error:
            text = "Send mutations by POST; subscriptions are not there yet."
            raise RefusedError(405, "BAD_USER_INPUT", text) from error
        body = body_of(result)
        # The older media type keeps its 200 for everything that was understood as GraphQL.
        status = 200 if "data" in body or media_type == JSON else 400
        return Response(encoded(body), status, media_type=media_type)

    async def _operation(self, request: Request) -> Operation:
        if request.method == "GET":
            asked: object = dict(request.query_params)
            for key in ("variables", "extensions"):
                if isinstance(asked, dict) and key in asked:
                    asked[key] = _decoded(asked[key].encode(), f"The parameter '{key}'") if asked[key] else None
        elif request.method == "POST":
            asked = _decoded(await self._body(request), "The body")
        else:
            raise RefusedError(405, "METHOD_NOT_ALLOWED", "Ask by POST or GET.")
        return _operation_in(asked)

    async def _body(self, request: Request) -> bytes:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != JSON:
            raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the body as {JSON}.")
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as it is, without a Content-Encoding.")
        body = b""
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._max_body_bytes:
                    text = f"The body is larger than {self._max_body_bytes} bytes."
                    raise RefusedError(413, "BODY_TOO_LARGE", text)
        except ClientDisconnect as error:
            raise RefusedError(400, "BAD_REQUEST", "The body was not sent to its end.") from error
        return body


def _refused(refusal: RefusedError, media_type: str) -> Response:
    error = {"message": str(refusal), "extensions": {"code": refusal.code}}
    headers = {"allow": "GET, POST"} if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return Response(encoded({"errors": [error]}), refusal.status, headers, media_type)


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """The response's body: 'data' belongs into it once execution has begun, even where it is null."""
    errors = result.errors or []
    body: dict[str, Any] = {}
    if errors:
        body["errors"] = [error.formatted for error in errors]
    if result.data is not None or not errors or any(error.path for error in errors):
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def _decoded(text: bytes, what: str) -> Any:  # noqa: ANN401 - it is JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, "BAD_REQUEST", f"{what} is not JSON: {error}.") from error


def _operation_in(asked: object) -> Operation:
    if not isinstance(asked, dict):
        raise RefusedError(400, "BAD_REQUEST", "Send a JSON object with 'query'; batches are not answered.")
    query, name = asked.get("query"), asked.get("operationName") or None
    variables, extensions = asked.get("variables"), asked.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise RefusedError(400, "BAD_REQUEST", "Send the document as text in 'query'.")
    if not isinstance(name, str | None):
        raise RefusedError(400, "BAD_REQUEST", "'operationName' is a text.")
    for key, value in (("variables", variables), ("extensions", extensions)):
        if not isinstance(value, dict | None):
            raise RefusedError(400, "BAD_REQUEST", f"'{key}' is a JSON object.")
    return Operation(query, variables, name, extensions)


def negotiated(accept: str) -> str | None:
    """The media type to answer in: the preferred one of the two, the older one where both are as welcome."""
    qualities = {JSON: 0.0, GRAPHQL_JSON: 0.0}
    for name in qualities:
        best = -1
        for part in accept.split(","):
            media, *parameters = (piece.strip().lower() for piece in part.split(";"))
            precision = {name: 2, "application/*": 1, "*/*": 0}.get(media, -1)
            if precision > best:
                best, qualities[name] = precision, _quality(parameters)
    welcome = max(qualities, key=lambda name: qualities[name])
    return welcome if qualities[welcome] > 0 else None


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def encoded(body: object, *, is_indented: bool = False) -> bytes:
    """The body as JSON; decimals as exact numbers without trailing zeros."""
    return orjson.dumps(body, default=_exact, option=orjson.OPT_INDENT_2 if is_indented else None)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain_number(value).encode())
    raise TypeError(json.dumps(str(type(value))))


def plain_number(value: Decimal) -> str:
    """1.500 -> '1.5', 1E+3 -> '1000'."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
