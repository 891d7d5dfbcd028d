"""How a request is exchanged for an answer: under the id of the request, and at once where the connection can."""

from typing import Protocol

from starlette.types import Message, Scope, Send

from bedrot_graph.web.responses import Reply

WHOLE = "bedrot.whole"
"""The extension of ASGI by which a connection gives a whole body and takes a whole reply. Messages take longer: an
ordinary `send` looks at each header each time."""


class Whole(Protocol):
    """What stands under the extension."""

    def body(self) -> bytes | None:
        """The body of the request; None where there is more to come."""

    def send(self, reply: Reply, further: bytes) -> bool:
        """Send all of the reply; whether that could be done. `further`: more lines of the head, each with its end."""


class Sending:
    """The `send` of one request: notes the status, and adds the headers that all answers have."""

    __slots__ = ("_request", "_send", "_whole", "status")

    def __init__(self, scope: Scope, send: Send, request: bytes) -> None:
        """`request`: its id."""
        extensions = scope.get("extensions")
        self._whole: Whole | None = extensions.get(WHOLE) if extensions else None
        self._send = send
        self._request = request
        self.status = 0
        """What was sent; 0 for nothing so far."""

    async def __call__(self, message: Message) -> None:
        """Send a message of ASGI."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] += ((b"x-request-id", self._request), _NO_SNIFFING)
        await self._send(message)

    def body(self) -> bytes | None:
        """The body of the request; None where it has to be received."""
        return self._whole.body() if self._whole else None

    def has_sent(self, reply: Reply) -> bool:
        """Send all of the reply at once; whether that could be done."""
        further = b"x-request-id: %s\r\nx-content-type-options: nosniff\r\n" % self._request
        if self._whole is None or not self._whole.send(reply, further):
            return False
        self.status = reply.status
        return True


_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
