"""What a request asks for, read from its address or its body."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import QueryParams

from bedrot_graph.graph.execution import Operation
from bedrot_graph.web.media import JSON
from bedrot_graph.web.persisted import Persisted
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.responses import Asked


def operation_of(asked: Asked, persisted: Persisted) -> Operation:
    """What the request asks for. Raises RefusedError."""
    if asked.is_get:
        parameters: dict[str, Any] = dict(QueryParams(asked.query))
        for key in ("variables", "extensions"):
            if parameters.get(key):
                parameters[key] = _decoded(parameters[key].encode(), f"The parameter '{key}'")
            elif key in parameters:
                parameters[key] = None
        return operation_in(parameters, persisted)
    if asked.method != "POST":
        raise RefusedError(405, "METHOD_NOT_ALLOWED", "Ask by POST or GET.", headers=((b"allow", b"GET, POST"),))
    media_type, _, charset = asked.content_type.lower().partition(";")
    if media_type.strip() != JSON or charset.strip().replace('"', "") not in {"", "charset=utf-8"}:
        raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the body as {JSON}, in UTF-8.")
    if asked.content_encoding.strip().lower() != "identity":
        raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as it is, without a Content-Encoding.")
    return operation_in(_decoded(asked.body, "The body"), persisted)


def _decoded(text: bytes, what: str) -> Any:  # noqa: ANN401 - it is JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, "BAD_REQUEST", f"{what} is not JSON: {error}.") from error


def operation_in(asked: object, persisted: Persisted) -> Operation:
    """The operation that a decoded JSON object asks for. Raises RefusedError."""
    if not isinstance(asked, Mapping):
        text = "Send a JSON object with 'query'; batches are not answered."
        raise RefusedError(400, "BAD_REQUEST", text, draft=422)
    name, variables, extensions = asked.get("operationName"), asked.get("variables"), asked.get("extensions")
    if not isinstance(name, str | None):
        raise RefusedError(400, "BAD_REQUEST", "'operationName' is a text.", draft=422)
    for key, value in (("variables", variables), ("extensions", extensions)):
        if not isinstance(value, dict | None):
            raise RefusedError(400, "BAD_REQUEST", f"'{key}' is a JSON object.", draft=422)
    return Operation(persisted.document(asked), variables, name or None, extensions)
