"""The least that a Python server can do: send bytes that are there, from a Starlette route or without a framework."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_bytes = Path(os.environ["BENCH_BYTES"]).read_bytes()
_start = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(_bytes)).encode())],
}
_body = {"type": "http.response.body", "body": _bytes}


async def _answer(_: Request) -> Response:
    return Response(_bytes, media_type="application/json")


starlette = Starlette(routes=[Route("/graphql", _answer, methods=["POST"])])


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Any request is answered with the bytes."""
    del receive
    assert scope["type"] == "http"
    await send(_start)
    await send(_body)
