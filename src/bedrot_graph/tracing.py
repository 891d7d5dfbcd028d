"""Spans that are collected: made by OpenTelemetry's SDK, sent by OTLP over HTTP, as the environment (`OTEL_…`) says.

Loaded only where somebody wants them.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Token
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import get_global_textmap
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace import Span as Collected
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bedrot_graph import __version__
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.lake.cache import Cache, Weighed
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.logs import REQUEST, TRACE
from bedrot_graph.traces import NOTHING, WITHIN, Span, Value, note
from bedrot_graph.web.responses import Asked, Reply, Responses
from bedrot_graph.web.sending import WHOLE, Whole

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=Weighed)

ROUTE = "/graphql"
FLUSH_SECONDS = 3
"""How long it may take to send what has been collected when the server stops."""
LONGEST_TEXT = 80
"""Of what is told: clients choose the names of their operations."""
SERVER_FAULT = 500

_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_STANDARD = {"operation": "graphql.operation.name", "type": "graphql.operation.type"}
"""What the semantic conventions have names for; all else is ours, and its name says so."""
_SPANS = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_TALKATIVE = ("opentelemetry.attributes", "opentelemetry.sdk._shared_internal", "opentelemetry.trace")
"""These would log each batch that is lost, and what strangers have sent as headers."""


class Tracing:
    """What collects the spans of this process, and sends them from a thread of its own."""

    def __init__(self) -> None:
        """Raises SettingsInvalid where the environment wishes for what cannot be had."""
        self._provider = _provider()
        self.tracer = self._provider.get_tracer("bedrot_graph", __version__)
        # Unless somebody wishes for it, `baggage` is not read: nothing of it is needed.
        is_wished = bool(os.environ.get("OTEL_PROPAGATORS"))
        self._propagator = get_global_textmap() if is_wished else TraceContextTextMapPropagator()
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def caller(self, scope: Scope) -> Context:
        """Of which trace a request says that it is a part."""
        return self._propagator.extract(scope["headers"], Context(), _HEADERS)

    async def aclose(self) -> None:
        """Send what has been collected, if that takes no longer than it may."""
        thread = Thread(target=self._provider.shutdown, daemon=True)
        thread.start()
        await asyncio.to_thread(thread.join, FLUSH_SECONDS)


class Told(Span):
    """A span that is collected, where its trace is."""

    def __init__(self, tracing: Tracing, span: Collected, *, is_first: bool = False) -> None:
        """`is_first`: whether it is the first one of its trace here."""
        self._tracing = tracing
        self._span = span
        self._context: Context | None = None
        self._is_first = is_first
        self._has_ended = False
        self._codes: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        """Begin; what is logged from here on has the trace's id."""
        self._within: Token[Span] = WITHIN.set(self if self._span.is_recording() else NOTHING)
        self._trace: Token[str] | None = None
        if self._is_first and (place := self.place).is_valid:
            self._trace = TRACE.set(format_trace_id(place.trace_id))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""
        WITHIN.reset(self._within)
        if self._trace:
            TRACE.reset(self._trace)
        if isinstance(error, asyncio.CancelledError):  # nobody waits for it any more, which is no fault
            self.note(cancelled=True)
        elif error:
            self.fail(_code_of(error))
        self.end()

    def part(self, name: str, told: Mapping[str, Value]) -> Span:
        """A part of it; what goes on when it has ended stands for itself, and points here."""
        if self._has_ended:
            links = [Link(self.place)]
            span = self._tracing.tracer.start_span(name, Context(), attributes=_named(told), links=links)
            return Told(self._tracing, span, is_first=True)
        if self._context is None:
            self._context = set_span_in_context(self._span, Context())
        return Told(self._tracing, self._tracing.tracer.start_span(name, self._context, attributes=_named(told)))

    def note(self, **told: Value) -> None:
        """Tell more of it."""
        if not self._has_ended:
            self._span.set_attributes(_named(told))

    def fail(self, *codes: str) -> None:
        """Say that it has failed, and with which codes."""
        if codes:
            self._codes = tuple(dict.fromkeys((*self._codes, *codes)))
            self.note(codes=self._codes)
            self._mark()

    def _mark(self) -> None:
        if not self._has_ended:
            self._span.set_attribute("error.type", self._codes[0])
            self._span.set_status(StatusCode.ERROR)

    def link(self, other: Span) -> None:
        """Point to another span that this one owes something."""
        if isinstance(other, Told) and not self._has_ended:
            self._span.add_link(other.place)

    @property
    def place(self) -> SpanContext:
        """Where it stands: its trace, and its own id."""
        return self._span.get_span_context()

    def end(self) -> None:
        """End it before it is left."""
        if not self._has_ended:
            self._has_ended = True
            self._span.end()


class _Request(Told):
    """One over HTTP: as the conventions have it, only what is wrong with the server is its failure."""

    def part(self, name: str, told: Mapping[str, Value]) -> Span:
        """A part of it; of the operation, it is told here too."""
        if "type" in told:
            self.note(**told)
        return super().part(name, told)

    def _mark(self) -> None:
        pass

    def answered(self, status: int, scheme: str) -> None:
        """Say how it ended, 0 where the client has left; and by which scheme it came, which a proxy may have told."""
        told: dict[str, Any] = {"http.response.header.x-request-id": (REQUEST.get(),), "url.scheme": scheme}
        if status:
            told["http.response.status_code"] = status
        else:
            told["bedrot.cancelled"] = True
        self._span.set_attributes(told)
        if status >= SERVER_FAULT:
            self._span.set_attribute("error.type", self._codes[0] if self._codes else str(status))
            self._span.set_status(StatusCode.ERROR)


class _Operation(Told):
    """One over a WebSocket, which is called by its type as soon as that is known."""

    def part(self, name: str, told: Mapping[str, Value]) -> Span:
        """A part of it; of the operation, it is told here too."""
        if (kind := told.get("type")) and not self._has_ended:
            self.note(**told)
            self._span.update_name(str(kind))
        return super().part(name, told)


class _Beside(Span):
    """Where nothing is a part of anything: what may stand for itself begins a trace."""

    def __init__(self, tracing: Tracing, kind: SpanKind, made: type[Told], told: Mapping[str, str]) -> None:
        self._tracing, self._kind, self._made, self._told = tracing, kind, made, told

    def part(self, _name: str, _told: Mapping[str, Value]) -> Span:
        """Nothing."""
        return NOTHING

    def whole(self, name: str, told: Mapping[str, Value]) -> Span:
        """The first span of a trace."""
        attributes = {**self._told, **_named(told)}
        span = self._tracing.tracer.start_span(name, Context(), self._kind, attributes)
        return self._made(self._tracing, span, is_first=True)


class Traced:
    """Lets requests in to an application, those to `/graphql` each as a span."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing
        socket = {"url.path": ROUTE, "network.protocol.name": "websocket"}
        self._beside = {
            "lifespan": _Beside(tracing, SpanKind.INTERNAL, Told, {}),
            "websocket": _Beside(tracing, SpanKind.SERVER, _Operation, socket),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one in."""
        if scope["type"] == "http" and scope["path"] == ROUTE:
            await self._answer(scope, receive, send)
            return
        if beside := self._beside.get(scope["type"]):
            WITHIN.set(beside)
        await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_known = scope["method"] in _METHODS
        told = {
            "http.request.method": scope["method"] if is_known else "_OTHER",
            "http.route": ROUTE,
            "network.protocol.version": scope["http_version"],
            "url.path": ROUTE,
        }
        name = f"{scope['method'] if is_known else 'HTTP'} {ROUTE}"
        span = self._tracing.tracer.start_span(name, self._tracing.caller(scope), SpanKind.SERVER, told)
        with _Request(self._tracing, span, is_first=True) as request:
            if not span.is_recording():
                await self._app(scope, receive, send)
                return
            status = 0

            async def send_told(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            def sent(reply: Reply) -> None:
                nonlocal status
                status = reply.status

            if whole := (extensions := scope.get("extensions") or {}).get(WHOLE):
                scope["extensions"] = {**extensions, WHOLE: _Told(whole, sent)}
            try:
                await self._app(scope, receive, send_told)
            finally:
                request.answered(status, scope["scheme"])


class _Told:
    """The extension `bedrot.whole`, where it is told what was sent."""

    def __init__(self, whole: Whole, sent: Callable[[Reply], None]) -> None:
        self.body, self._send, self._sent = whole.body, whole.send, sent

    def send(self, reply: Reply, further: bytes) -> bool:
        """Send all of the reply; whether that could be done."""
        if not self._send(reply, further):
            return False
        self._sent(reply)
        return True


class TracedCache(Cache[T]):
    """Frames that say that they were remembered."""

    async def known(self, key: str) -> T | None:
        """The value of the key, where it is remembered."""
        value = await super().known(key)
        if value is not None:
            note(remembered="frames")
        return value


class TracedResponses(Responses):
    """Replies that say where they come from."""

    _makers: dict[Hashable, Span]

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - whatever replies need
        super().__init__(*given)
        self._makers = {}

    def find(self, asked: Asked, snapshot: Snapshot) -> Reply | None:
        """What was replied to the same request from the same snapshot."""
        reply = super().find(asked, snapshot)
        if reply:
            note(remembered="responses", operation=reply.operation, type="query")
        return reply

    async def fetched(self, asked: Asked, snapshot: Snapshot) -> Reply | None:
        """What another process has replied to the same request from the same files."""
        reply = await super().fetched(asked, snapshot)
        if reply:
            note(remembered="responses in Redis", operation=reply.operation, type="query")
        return reply

    async def shared(self, asked: Hashable, answer: Callable[[], Awaitable[Reply]]) -> Reply:
        """What is replied to requests that are there at the same time; the others point to the one that answers."""
        within = WITHIN.get()
        maker = self._makers.setdefault(asked, within)
        if maker is not within:
            with within.part("wait for the same request", {}) as waiting:
                waiting.link(maker)
                reply = await super().shared(asked, answer)
            within.note(operation=reply.operation, type="query")
            return reply
        try:
            return await super().shared(asked, answer)
        finally:
            if self._makers.get(asked) is within:
                del self._makers[asked]


class _Headers(Getter[Sequence[tuple[bytes, bytes]]]):
    """Reads what a request says of the trace that it is a part of."""

    def get(self, carrier: Sequence[tuple[bytes, bytes]], key: str) -> list[str] | None:
        name = key.lower().encode()
        return [value.decode("latin-1") for each, value in carrier if each == name] or None

    def keys(self, carrier: Sequence[tuple[bytes, bytes]]) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


_HEADERS = _Headers()


class _Patient(SpanExporter):
    """Sends spans on. That they cannot be sent is in the log once, and that they can be again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        is_failing = result is not SpanExportResult.SUCCESS
        if is_failing and not self._is_failing:
            logger.warning(
                "traces cannot be sent, and are lost meanwhile", extra={"problem": _PROBLEM.said or "not reached"}
            )
        if self._is_failing and not is_failing:
            logger.info("traces are sent again")
            _PROBLEM.said = ""
        self._is_failing = is_failing
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class _Problem(logging.Filter):
    """Hears what the exporter has to complain of, which would else be in the log with each batch."""

    said = ""

    def filter(self, record: logging.LogRecord) -> bool:
        given = record.args if isinstance(record.args, tuple) else ()
        words = [type(each).__name__ if isinstance(each, Exception) else each for each in given]
        self.said = (
            " ".join(str(each) for each in words if isinstance(each, str | int) and each != "spans") or self.said
        )
        return False


_PROBLEM = _Problem()
logging.getLogger(_SPANS).addFilter(_PROBLEM)


def check_environment() -> None:
    """Raise SettingsInvalid where the environment wishes for what cannot be had."""
    _provider().shutdown()


def _provider() -> TracerProvider:
    try:
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)  # as `aclose` bounds how long it takes
        if exporter := _exporter():
            provider.add_span_processor(BatchSpanProcessor(_Patient(exporter)))
    except (OSError, RuntimeError, ValueError) as problem:
        message = f"TRACES is set, and a variable OTEL_… cannot be used: {problem}. Change or remove it."
        raise SettingsInvalid(message) from None
    return provider


def _exporter() -> SpanExporter | None:
    """What sends spans, as the environment says; None for nothing. Raises SettingsInvalid."""
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    if wanted == "none":
        return None
    if wanted == "console":
        return ConsoleSpanExporter()
    if wanted not in {"otlp", "otlp_proto_http"}:
        message = f"OTEL_TRACES_EXPORTER is '{wanted[:LONGEST_TEXT]}', which is not there. Say otlp, console or none."
        raise SettingsInvalid(message)
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if protocol := os.environ.get(name, "").strip():
            if protocol != "http/protobuf":
                message = f"{name} is '{protocol[:LONGEST_TEXT]}': traces are sent by http/protobuf only. Remove it."
                raise SettingsInvalid(message)
            break
    return OTLPSpanExporter()


def _resource() -> Resource:
    """Who sends the spans; what the environment says of that wins."""
    said = Resource.create().attributes
    ours = {"service.name": "bedrot-graph", "service.version": __version__, "service.instance.id": str(uuid4())}
    is_said = {name for name in ours if not str(said.get(name, "unknown_service")).startswith("unknown_service")}
    return Resource.create({name: value for name, value in ours.items() if name not in is_said})


def _named(told: Mapping[str, Value]) -> dict[str, Value]:
    return {
        _STANDARD.get(name) or f"bedrot.{name}": value[:LONGEST_TEXT] if isinstance(value, str) else value
        for name, value in told.items()
        if value or value == 0
    }


def _code_of(error: BaseException) -> str:
    """What an error is called: its code, where it is one of ours, else its class."""
    code = getattr(error, "code", None) or (getattr(error, "extensions", None) or {}).get("code")
    return code if isinstance(code, str) else type(error).__name__
