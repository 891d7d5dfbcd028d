"""Where traces are sent: a real receiver of OTLP over HTTP, which can hang, refuse and go away."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

SERVER, INTERNAL = 2, 1
"""What kinds are called on the wire."""
ERROR = 2


@dataclass(frozen=True)
class Received:
    """A span as it has arrived."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    status: int
    message: str
    attributes: dict[str, Any]
    links: tuple[str, ...]
    """The ids of the spans that it points to."""
    begun: int
    ended: int
    events: int
    resource: dict[str, Any]


@dataclass
class Collector:
    """A receiver, and what it has received."""

    url: str = ""
    spans: list[Received] = field(default_factory=list)
    raw: bytes = b""
    """All that has come, as it has come."""
    requests: int = 0
    status: int = 200
    """What it answers with."""
    hangs_for: float = 0

    def named(self, name: str) -> list[Received]:
        """The spans of that name."""
        return [each for each in self.spans if each.name == name]

    def only(self, name: str) -> Received:
        """The one span of that name, as soon as it is there."""
        assert self.eventually(lambda: self.named(name)), [each.name for each in self.spans]
        (found,) = self.named(name)
        return found

    def parts_of(self, whole: Received) -> dict[str, Received]:
        """The spans directly below one, by their names."""
        return {each.name: each for each in self.spans if each.trace == whole.trace and each.parent == whole.id}

    @staticmethod
    def eventually(holds: Callable[[], object]) -> bool:
        """Whether it becomes true, within seconds."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if holds():
                return True
            time.sleep(0.02)
        return False

    def take(self, body: bytes) -> None:
        """Receive what was sent."""
        self.requests += 1
        self.raw += body
        told = ExportTraceServiceRequest.FromString(body)
        for of in told.resource_spans:
            resource = {each.key: _value(each.value) for each in of.resource.attributes}
            for span in (span for scope in of.scope_spans for span in scope.spans):
                self.spans.append(
                    Received(
                        name=span.name,
                        trace=span.trace_id.hex(),
                        id=span.span_id.hex(),
                        parent=span.parent_span_id.hex(),
                        kind=span.kind,
                        status=span.status.code,
                        message=span.status.message,
                        attributes={each.key: _value(each.value) for each in span.attributes},
                        links=tuple(each.span_id.hex() for each in span.links),
                        begun=span.start_time_unix_nano,
                        ended=span.end_time_unix_nano,
                        events=len(span.events),
                        resource=resource,
                    )
                )


def _value(value: AnyValue) -> Any:  # noqa: ANN401 - whatever was told
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(_value(each) for each in value.array_value.values)
    return getattr(value, kind) if kind else None


@contextmanager
def collecting(port: int = 0) -> Iterator[Collector]:
    """A receiver on this machine."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(collector.hangs_for)
            if collector.status == 200:
                collector.take(body)
            else:
                collector.requests += 1
            self.send_response(collector.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever sends may have gone."""

    with Server(("127.0.0.1", port), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def sent_to(url: str, **variables: str) -> Iterator[None]:
    """While the environment says where traces are sent; soon, not in seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        patch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
