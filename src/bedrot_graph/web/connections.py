"""Connections, as strangers open them: what they may send before a request is one, for how long, and how they end."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from bedrot_graph.web.bodies import encoded
from bedrot_graph.web.media import JSON
from bedrot_graph.web.patience import LINGER_SECONDS, Patient
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.responses import Reply
from bedrot_graph.web.sending import WHOLE
from bedrot_graph.web.streams import ON_SHUTDOWN

KEEP_ALIVE_SECONDS = 5
"""How long a connection may wait for another request."""
FRAMING = 8
"""Each byte of a body may come in so many bytes: chunks of a single byte take six."""


class Bounds(NamedTuple):
    """How much a client may send, and how long it may take."""

    max_url_bytes: int = 8 * 1024
    max_headers_bytes: int = 64 * 1024
    """Of the address and the headers together."""
    headers_seconds: float = 10
    body_seconds: float = 10
    max_message_bytes: int = 64 * 1024
    """Of a message over a WebSocket. One of up to four times as much is still read, to be refused as the protocol has
    it; at the announcement of a larger one the connection ends with 1009."""


class Config(uvicorn.Config):
    """How the server serves; the tests serve the same way."""

    def __init__(self, app: ASGIApp, bounds: Bounds, shutdown_seconds: int) -> None:
        self.bounds = bounds
        super().__init__(
            app,
            http=Connection,
            ws=_socket,  # type: ignore[arg-type] # whatever makes one
            ws_max_size=4 * bounds.max_message_bytes,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,  # uvicorn's tells whole addresses, and with them what stands behind '?'
            server_header=False,
            proxy_headers=False,  # the entrance sees to them, where there are any
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=shutdown_seconds,
        )


def _socket(*args: Any, **named: Any) -> asyncio.Protocol:  # noqa: ANN401 - as uvicorn has it
    from bedrot_graph.web.socket_connections import SocketConnection  # noqa: PLC0415 - not loaded where none is opened

    return SocketConnection(*args, **named)


class _Ending:
    """A transport that lingers when it is closed before all that the client sends has come."""

    def __init__(self, connection: "Connection", transport: asyncio.Transport) -> None:
        self.write, self.is_closing = transport.write, transport.is_closing
        self._close, self._connection = transport.close, connection

    def close(self) -> None:
        """Close it, now or soon."""
        if self._connection.cycle.more_body:
            self._connection.linger()
        else:
            self._close()


_on_headers_complete, _on_body = HttpToolsProtocol.on_headers_complete, HttpToolsProtocol.on_body
_on_message_complete = HttpToolsProtocol.on_message_complete
_on_response_complete = HttpToolsProtocol.on_response_complete


class Connection(Patient, HttpToolsProtocol):
    """A connection that speaks HTTP: heads within limits and in time, and each refusal in JSON."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = config.bounds
        self._least_bytes = min(self._bounds.max_url_bytes, self._bounds.max_headers_bytes)
        self.url = b""
        self._trailers: list[tuple[bytes, bytes]] = []
        """Stands where `headers` were, once these are complete: what comes behind a body is none of them."""
        self._answered: RequestResponseCycle | None = None
        """What is being answered; others may have been asked behind it."""
        self._has_asked = False
        """A request has come, so that there is a `cycle`."""
        self._is_declined = False
        """The request wishes for another protocol, and is to be read again without the wish."""
        self._is_over = False
        """Nothing more is understood; what still comes is read and dropped."""
        self._bytes = 0
        """Of the request that is coming; 0 where none is."""
        self._body_bytes = 0
        self._usual: list[tuple[bytes, bytes]] = []
        """The headers that all replies have, and as they are written."""
        self._usual_lines = b""
        self._refusal: RefusedError | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a request, not for ever."""
        super().connection_made(transport)
        self._ending = cast("asyncio.Transport", _Ending(self, transport))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        super().connection_lost(exc)

    # What is called for each request asks no more than it must, and calls uvicorn's without `super()`, which is slower.

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        if self._is_over:
            return
        self._bytes += len(data)
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        self._feed(data)
        if self._bytes and not self._is_over:  # else a request is complete, as most are that come in one piece
            self._watch()

    def on_headers_complete(self) -> None:
        """The head is complete. Raises RefusedError."""
        if self._timer is not None:
            self._stop_timer()
        if self.parser.should_upgrade():
            if self._has_asked and not self.cycle.response_complete:
                text = "Another protocol can be wished for when earlier requests have been answered."
                self._raise(RefusedError(400, "BAD_REQUEST", text))
            if self.parser.get_method() == b"CONNECT":
                self._raise(RefusedError(400, "BAD_REQUEST", "This server is no proxy."))
            self._is_declined = not self._should_upgrade()
            if self._is_declined:
                return
        self._look_at_hosts()
        # Most heads have come in one piece that is shorter than any limit, whatever else is in it.
        if self._bytes > self._least_bytes:
            self._bytes = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            self._measure()
        _on_headers_complete(self)
        self._has_asked = True
        if not self.pipeline:
            self._answered = self.cycle
        if not self.parser.should_upgrade():
            self.headers = self._trailers
            self.scope["extensions"] = {WHOLE: _Exchange(self, self.cycle)}  # type: ignore[dict-item] # ours

    def _look_at_hosts(self) -> None:
        """Raises RefusedError where there is not one host that the request is for."""
        hosts = 0
        for name, _ in self.headers:
            if name == b"host":
                hosts += 1
        if hosts != 1 and (hosts or self.parser.get_http_version() != "1.0"):
            self._raise(RefusedError(400, "BAD_REQUEST", f"Send one 'Host' header; there are {hosts}."))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body_bytes += len(body)
        _on_body(self, body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        if self._timer is not None:
            self._stop_timer()
        if not self._is_declined:
            self._bytes = self._body_bytes = 0
            if self._trailers:
                self._trailers.clear()
            _on_message_complete(self)

    def on_response_complete(self) -> None:
        """It has been answered: go on with the next one, if this connection is still good for one."""
        if self._is_over and not self.pipeline:
            self.linger()
        elif self.cycle.response_complete and self.cycle.more_body:
            self._is_over = True  # the rest of a body that nobody wants might never end
            self.linger()
        if self.pipeline:
            self._answered = self.pipeline[-1][0]
        _on_response_complete(self)

    def shutdown(self) -> None:
        """Let what has no end of its own end; what its client does not read is not waited for."""
        answered = self._answered
        end: Any = answered.scope.get(ON_SHUTDOWN) if answered and not answered.response_complete else None
        if answered and end:
            end()
            answered.keep_alive = False  # what has been asked behind it is asked again elsewhere
            if self.flow.write_paused:
                self.transport.abort()
        super().shutdown()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._is_over = True
        super().handle_websocket_upgrade()

    def linger(self) -> None:
        """Close the connection, when the client has had the time to read what was said."""
        self._is_over = True
        self._unset_keepalive_if_required()
        if self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._start_timer(LINGER_SECONDS, self.transport.abort)

    def send_whole(self, cycle: RequestResponseCycle, reply: Reply, further: bytes) -> bool:
        """Send a reply in one piece, where nothing is special about it: `cycle.send` looks at header by header."""
        if cycle.response_started or cycle.disconnected or cycle.flow.write_paused or not cycle.keep_alive:
            return False
        if cycle.scope["method"] == "HEAD" or not reply.is_usual:
            return False
        cycle.response_started = cycle.response_complete = True
        if self._usual is not cycle.default_headers:  # they are others every second
            self._usual = cycle.default_headers
            self._usual_lines = b"".join(b"%s: %s\r\n" % header for header in self._usual)
        head = b"%b%b%b%b\r\n" % (STATUS_LINE[reply.status], self._usual_lines, reply.head, further)
        if len(reply.body) < _SMALL:
            cycle.transport.write(head + reply.body)
        else:
            cycle.transport.write(head)
            cycle.transport.write(reply.body)
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            text = "This is no HTTP request that can be read."
            self._refuse(self._refusal or RefusedError(400, "BAD_REQUEST", text))
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._decline(data[upgrade.args[0] :])

    def _decline(self, rest: bytes) -> None:
        """Read a request as if it did not wish for another protocol, as Java's client does with each first one.

        The parser takes what comes behind such a head for that other protocol, and a body would be lost.
        """
        version = self.parser.get_http_version().encode()
        headers = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        head = b"%s %s HTTP/%s\r\n%s\r\n" % (self.parser.get_method(), self.url, version, b"".join(headers))
        self._is_declined = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        self._feed(head + rest)

    def _watch(self) -> None:
        """See to it that what has come is not too much, and that the rest comes in time."""
        if self._bytes > self._least_bytes:
            try:
                self._measure()
            except RefusedError as refusal:
                self._refuse(refusal)
                return
        is_in_head = self.headers is not self._trailers
        if not is_in_head and self.cycle.more_body:
            self.cycle.transport = self._ending
            if self._timer is None:
                self._await_body()
        elif self._timer is None and (is_in_head or self.cycle.response_complete):
            # Something has come that begins no request, as empty lines do; uvicorn waits no longer then.
            self._await_head()

    def _measure(self) -> None:
        """Raises RefusedError where too much has come."""
        if self.headers is not self._trailers and len(self.url) > self._bounds.max_url_bytes:
            text = f"The address is longer than {self._bounds.max_url_bytes} bytes. Send the question by POST."
            self._raise(RefusedError(414, "URL_TOO_LONG", text))
        if self._bytes - FRAMING * self._body_bytes > self._bounds.max_headers_bytes:
            text = f"The headers, with the address, are larger than {self._bounds.max_headers_bytes} bytes."
            self._raise(RefusedError(431, "HEADERS_TOO_LARGE", text))

    def _refuse(self, refusal: RefusedError) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._stop_timer()
        if self._has_asked and not (cycle := self.cycle).response_complete:
            if self.pipeline or not cycle.more_body:
                return  # what was asked before is answered first; the connection ends behind it
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.linger()
                return
        body = encoded(refusal.body)
        headers = (
            *self.server_state.default_headers,
            (b"content-type", JSON.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        )
        lines = (b"%s: %s\r\n" % header for header in headers)
        self.transport.write(b"".join((STATUS_LINE[refusal.status], *lines, b"\r\n", body)))
        self.linger()

    def _raise(self, refusal: RefusedError) -> None:
        self._refusal = refusal
        raise refusal  # the parser stops

    def _await_head(self) -> None:
        self._start_timer(self._bounds.headers_seconds, self._late_head)

    def _late_head(self) -> None:
        seconds = self._bounds.headers_seconds
        text = f"The headers of a request have not come within {seconds:g} seconds."
        self._refuse(RefusedError(408, "REQUEST_TIMEOUT", text))

    def _await_body(self) -> None:
        self._start_timer(self._bounds.body_seconds, self._late_body)

    def _late_body(self) -> None:
        if self.pipeline:  # it is not read before what was asked earlier has been answered
            self._await_body()
            return
        text = f"The body of the request has not come within {self._bounds.body_seconds:g} seconds."
        self._refuse(RefusedError(408, "REQUEST_TIMEOUT", text))

    def _start_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, then)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


class _Exchange:
    """The extension `bedrot.whole`, of one request."""

    __slots__ = ("_connection", "_cycle")

    def __init__(self, connection: Connection, cycle: RequestResponseCycle) -> None:
        self._connection = connection
        self._cycle = cycle

    def body(self) -> bytes | None:
        """The body of the request; None where there is more to come."""
        return None if self._cycle.more_body else bytes(self._cycle.body)

    def send(self, reply: Reply, further: bytes) -> bool:
        """Send all of the reply; whether that could be done."""
        return self._connection.send_whole(self._cycle, reply, further)


_SMALL = 16 * 1024
"""Up to so many bytes, copying them takes less time than writing twice."""
