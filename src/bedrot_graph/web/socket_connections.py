"""Connections that have become WebSockets: how they end, and what comes of messages that are none."""

import asyncio
import logging
from typing import Any, cast

import uvicorn
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.server import ServerProtocol

from bedrot_graph.web.patience import LINGER_SECONDS, Patient
from bedrot_graph.web.sockets import GOING_AWAY

UTF8_EXPECTED, ABNORMAL = 1007, 1006

_QUIET = logging.getLogger("bedrot_graph.web.sockets.wire")
_QUIET.setLevel(logging.WARNING)  # below that, whole addresses and messages would be logged, and the secrets in them


class SocketConnection(Patient, WebSocketsSansIOProtocol):
    """A connection that has become a WebSocket: it tells its application first when the server stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _QUIET
        self.conn = ServerProtocol(max_size=config.ws_max_size, logger=_QUIET)

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message of ASGI."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True  # else uvicorn takes a refusal for a fault, and says so in the log

    def shutdown(self) -> None:
        """Let answers that are being made be sent; the application closes then."""
        if self.handshake_complete and not self.close_sent:
            self.queue.put_nowait(cast("ASGIReceiveEvent", GOING_AWAY))
        else:
            super().shutdown()

    def handle_ping(self) -> None:
        """Answer a ping; not of a client that sends pings and reads nothing."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """Take a part of a message; empty ones would be without end."""
        if event.data or event.fin:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Hand a message over; what is no UTF-8 ends the connection, and is no news for the log."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(UTF8_EXPECTED, "a message is not UTF-8")
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """End a connection that is none any more, when the client has had the time to read why."""
        if self.close_sent:
            return
        close = self.conn.close_sent
        code, reason = (close.code, close.reason) if close else (ABNORMAL, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._give_up()

    def keepalive_timeout(self) -> None:
        """End a connection whose client has not answered a ping."""
        super().keepalive_timeout()
        self._give_up()

    def _give_up(self) -> None:
        """Whoever is about to send something finds the connection closed."""
        self.close_sent = self.disconnected = True
        self.writable.set()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def _is_text(message: bytes) -> bool:
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True
