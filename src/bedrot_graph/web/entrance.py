"""What every request passes: is it meant for this server, under which id is it known, and how did it end."""

import asyncio
import logging
import re
import socket
import time
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from bedrot_graph.logs import REQUEST
from bedrot_graph.web.bodies import encoded
from bedrot_graph.web.media import JSON
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.sending import Sending

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

logger = logging.getLogger(__name__)

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
MOST_NAMES_REMEMBERED = 100


class Hosts:
    """The names under which the server may be reached.

    A page of another site can give its own name this machine's address, and then ask as if it were at home; the name
    it asks under is still its own. An address cannot be given to anybody else.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """`names`: without ports; `*` is any."""
        self._names = frozenset(name.lower().strip("[]") for name in names)
        self._known: set[bytes] = set()

    @classmethod
    def of_this_machine(cls, host: str) -> "Hosts":
        """Those of a server that listens on the address, or under the name."""
        return cls((host, "localhost", socket.gethostname()))

    def knows(self, header: bytes) -> bool:
        """Whether the `Host` header names this server."""
        if header in self._known or "*" in self._names:
            return True
        name = _without_port(header.decode("latin-1"))
        if name not in self._names and not _is_address(name):
            return False
        if len(self._known) < MOST_NAMES_REMEMBERED:
            self._known.add(header)
        return True


class Entrance:
    """Lets requests in to an application, and logs how they ended: without what stands in the address behind '?'."""

    def __init__(self, app: ASGIApp, hosts: Hosts, *, tells_requests: bool = True) -> None:
        """`tells_requests`: whether each is logged."""
        self._app = self._behind_proxy = app
        self._hosts = hosts
        self._tells_requests = tells_requests
        self._process, self._count = uuid4().hex[:16].encode(), 0

    def trust(self, proxies: list[str] | str) -> None:
        """Believe the proxies at these addresses when they tell for whom they ask."""
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: PLC0415 - only where it serves

        self._behind_proxy = cast("ASGIApp", ProxyHeadersMiddleware(cast("ASGI3Application", self._app), proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one in."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        asked = headers.get(b"x-request-id")
        request = asked if asked and _ID.fullmatch(asked) else self._next_id()
        REQUEST.set(request.decode())
        begun = time.perf_counter() if self._tells_requests else 0
        sending = Sending(scope, send, request)
        app = self._app
        if not self._hosts.knows(headers.get(b"host", b"")):
            app = _refused
        elif b"x-forwarded-for" in headers or b"x-forwarded-proto" in headers:
            app = self._behind_proxy
        try:
            await app(scope, receive, sending)
        except asyncio.CancelledError:  # the server stops, and has waited for as long as it may
            if sending.status or scope["type"] != "http":
                raise
            text = "The server stops, and this could not be answered before. Ask again in a moment."
            await _say(RefusedError(503, "STOPPING", text), sending)
        if self._tells_requests and scope["type"] == "http":
            ms = round((time.perf_counter() - begun) * 1000, 1)
            told = {"method": scope["method"], "path": scope["path"], "status": sending.status, "ms": ms}
            logger.info("request answered" if sending.status else "client left", extra=told)

    def _next_id(self) -> bytes:
        self._count += 1
        return b"%s-%d" % (self._process, self._count)


async def _refused(scope: Scope, _: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    text = (
        "This server is not known under the name in the 'Host' header. Ask it by its address or as localhost, or add "
        "the name to ALLOWED_HOSTS."
    )
    await _say(RefusedError(421, "HOST_NOT_ALLOWED", text), send)


async def _say(refusal: RefusedError, send: Send) -> None:
    body = encoded(refusal.body)
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _without_port(host: str) -> str:
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
