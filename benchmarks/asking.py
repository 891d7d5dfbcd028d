"""Requests to servers on this machine, and whether two servers say the same."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any

import orjson

HOST = "127.0.0.1"
PATIENCE = 300
"""Seconds that an answer may take."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Ask:
    """A request, sent to whichever server. "@day@" in its body is any day before the data: see post.lua."""

    body: bytes = b"{}"
    path: str = "/graphql"
    content_type: str = "application/json"
    method: str = "POST"
    authorization: str = ""

    def to(self, port: int) -> bytes:
        """The answer of the server that listens there. Raises Unanswered."""
        connection = HTTPConnection(HOST, port, timeout=PATIENCE)
        try:
            return self.over(connection)
        finally:
            connection.close()

    def over(self, connection: HTTPConnection, turn: int = 0) -> bytes:
        """The answer over a connection that stays open; the turn tells which day it is. Raises Unanswered."""
        day = f"{1901 + turn // 336 % 100}-{1 + turn // 28 % 12:02}-{1 + turn % 28:02}"
        body = self.body.replace(b"@day@", day.encode())
        headers = {"content-type": self.content_type, "authorization": self.authorization}
        connection.request(self.method, self.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise Unanswered(f"{self.path} is answered with {response.status}: {content[:300]!r}")
        return content


class Unanswered(RuntimeError):
    """A server says no."""


class Disagreement(RuntimeError):
    """Two servers say different numbers: there is nothing to be measured."""


def graphql(document: str, variables: Mapping[str, str] | None = None) -> Ask:
    """A question to the server under test, or to a peer that speaks GraphQL too."""
    return Ask(orjson.dumps({"query": document, "variables": variables or {}, "extensions": {"lineage": "none"}}))


def parsed(content: bytes) -> Any:  # noqa: ANN401 - it is JSON
    """The JSON with its numbers exact. Raises Unanswered where it tells of errors."""
    said = json.loads(content, parse_float=Decimal)
    if isinstance(said, dict) and said.get("errors"):
        raise Unanswered(str(said["errors"])[:300])
    return said


def nodes(content: bytes, field: str) -> list[dict[str, Any]]:
    """The nodes of a connection."""
    found: list[dict[str, Any]] = parsed(content)["data"][field]["nodes"]
    return found


def agree(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]], places: int = 12) -> None:
    """Raise Disagreement unless both have the same rows in the same order, decimals to so many places."""
    if len(ours) != len(theirs) or not ours:
        raise Disagreement(f"{len(ours)} rows here, {len(theirs)} there")
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if _plain(one, places) != _plain(other, places):
            raise Disagreement(f"row {place} is {dict(one)} here, {dict(other)} there")


def _plain(row: Mapping[str, Any], places: int) -> dict[str, object]:
    """Numbers are numbers, however they are written: 1.50, "1.5"."""
    return {name: _exact(value, places) for name, value in row.items()}


def _exact(value: object, places: int) -> object:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return value.removesuffix("T00:00:00")
    return round(Decimal(str(value)), places) if isinstance(value, str | int | float | Decimal) else value
