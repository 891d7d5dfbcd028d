"""Answers as JSON."""

import json
from decimal import Decimal
from typing import Any

import orjson

from bedrot_graph.graph.context import Limits
from bedrot_graph.graph.execution import Answered, is_beyond, too_large
from bedrot_graph.traces import span


def body_of(result: Answered) -> dict[str, Any]:
    """The response's body: 'data' belongs into it once execution has begun, even where it is null."""
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.has_begun:
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def written(limits: Limits, result: Answered) -> bytes:
    """The answer as it is sent; where it is larger than one may be, what is said instead."""
    body = encoded(body_of(result))
    return encoded(body_of(too_large(limits))) if is_beyond(body, limits) else body


def encoded(body: object, *, is_indented: bool = False) -> bytes:
    """The body as JSON; decimals as exact numbers without trailing zeros."""
    with span("encode"):
        text: bytes = orjson.dumps(body, default=_exact, option=orjson.OPT_INDENT_2 if is_indented else None)
        return text


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain_number(value).encode())
    raise TypeError(json.dumps(str(type(value))))


def plain_number(value: Decimal) -> str:
    """1.500 -> '1.5', 1E+3 -> '1000'."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
