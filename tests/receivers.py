"""Real receivers on loopback: of webhooks, which may fail in every way there is, and of mail."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Received:
    """A message as it came."""

    id: str
    body: bytes
    headers: dict[str, str]
    """Their names in small letters."""

    @property
    def payload(self) -> dict[str, Any]:
        """What it says."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def timestamp(self) -> int:
        """When the attempt was signed, as it says."""
        return int(self.headers["webhook-timestamp"])

    @property
    def type(self) -> str:
        """What it is."""
        return str(self.payload["type"])

    @property
    def alerts(self) -> list[tuple[str, str]]:
        """The alerts that it tells of, by id, and the event of each."""
        data = self.payload["data"]
        told = data.get("alerts", [data])
        return [(each["alert"]["id"], each["event"]) for each in told]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        self.server.receiver._receive(self)

    def log_message(self, *_: object) -> None:
        pass


Behaviour = Callable[[_Handler], None]


def status(code: int, **headers: str) -> Behaviour:
    """Answers so; `retry_after="7"` is a header."""

    def answer(handler: _Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return answer


def hang(handler: _Handler) -> None:
    """Says nothing until the receiver is stopped."""
    handler.server.receiver.stopping.wait(60)


def close(handler: _Handler) -> None:
    """Hangs up."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def trickle(handler: _Handler) -> None:
    """Sends a letter of an endless header now and then."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not handler.server.receiver.stopping.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()


def flood(handler: _Handler) -> None:
    """Answers with a body that never ends."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
        while not handler.server.receiver.stopping.is_set():
            handler.wfile.write(b"x" * 65536)


ok = status(200)


@dataclass
class Receiver:
    """A receiver of webhooks; each message is verified as it comes, and answered as is said."""

    port: int = 0
    behaviours: list[Behaviour] = field(default_factory=lambda: [ok])
    """How the next ones are answered; the last one holds from then on."""
    received: list[Received] = field(default_factory=list)
    unverified: list[Exception] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    secret: str = SECRET
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        """Where it is; the path is like a token."""
        return f"http://127.0.0.1:{self.port}/services/T0KENT0KEN"

    def will(self, *behaviours: Behaviour) -> None:
        """Answer so from now on."""
        self.behaviours = list(behaviours)

    def wait(self, count: int = 1, seconds: float = 20) -> list[Received]:
        """What has come, as soon as it is so much."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, seconds), self.received
            return list(self.received)

    def _receive(self, handler: _Handler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        try:
            if "webhook-id" in handler.headers:
                Webhook(self.secret).verify(body, dict(handler.headers.items()))
        except Exception as error:  # noqa: BLE001 - told by the test
            self.unverified.append(error)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        with self._changed:
            self.received.append(Received(headers.get("webhook-id", ""), body, headers))
            self._changed.notify_all()
        behaviour(handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    receiver: Receiver

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up is no news."""


@contextmanager
def receiving(*behaviours: Behaviour, port: int = 0) -> Iterator[Receiver]:
    """A receiver that answers so."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        receiver = server.receiver = Receiver(server.server_address[1])
        if behaviours:
            receiver.will(*behaviours)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.stopping.set()
            server.shutdown()
            thread.join()
    assert receiver.unverified == []


class Mailbox:
    """What aiosmtpd hands mails to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.answer


@dataclass(frozen=True)
class MailServer:
    """A mail server, and what it has taken."""

    port: int
    box: Mailbox

    @property
    def url(self) -> str:
        """How apprise reaches it."""
        return f"mailto://127.0.0.1:{self.port}?from=alerts@label.example&to=team@label.example&mode=insecure"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A real mail server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield MailServer(port, box)
    finally:
        controller.stop()
