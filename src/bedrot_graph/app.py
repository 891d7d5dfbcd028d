"""The server: settings in, an ASGI application out."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.beside import beside, look_after_alerts, together
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.execution import Execution
from bedrot_graph.graph.failures import unforeseen
from bedrot_graph.graph.live import Feeds
from bedrot_graph.health import live, readiness
from bedrot_graph.opening import Today
from bedrot_graph.pages.routes import page_routes
from bedrot_graph.schema import prepare, sdl
from bedrot_graph.settings import HttpStatus, LogLevel, Settings
from bedrot_graph.web.audit import note_change
from bedrot_graph.web.endpoint import PREFLIGHTED, GraphQLEndpoint, Rules
from bedrot_graph.web.entrance import Entrance, Hosts
from bedrot_graph.web.keys import SECONDS_BETWEEN_LOOKS
from bedrot_graph.web.operations import operation_in
from bedrot_graph.web.rates import Rates
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.rights import Guard
from bedrot_graph.web.sockets import Caller, Sockets
from bedrot_graph.web.sockets import Limits as SocketLimits
from bedrot_graph.web.tally import Tally

if TYPE_CHECKING:
    import uvicorn

    from bedrot_graph.metrics import Metrics
    from bedrot_graph.totals import Totals

logger = logging.getLogger(__name__)

FIGURES_SECONDS = 0.5
"""How old the figures of another worker may be that are told of."""


class App(Starlette):
    """The routes; `/graphql` is answered in front of them, as what stands between takes longer than a known answer."""

    endpoint: GraphQLEndpoint
    entrance: Entrance
    front: ASGIApp
    """Where requests come in: the entrance, or what traces them in front of it."""
    guard: Guard
    tally: Tally
    sockets: Sockets
    feeds: Feeds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.front(scope, receive, send)

    def inside(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """The same, once it has come in."""
        is_http = scope["type"] == "http"
        if is_http and scope["path"] == "/graphql" and (scope["method"] == "POST" or not _wants_page(scope)):
            return self.endpoint(scope, receive, send)
        if scope["type"] == "websocket" and scope["path"] == "/graphql":
            return self.sockets(scope, receive, send)
        return super().__call__(scope, receive, send)


def create_app(settings: Settings, today: Today = dt.date.today) -> App:
    """The application. Raises SettingsInvalid."""
    return app_of(assemble(settings, today), settings)


def app_of(parts: Parts, settings: Settings, totals: "Totals | None" = None) -> App:
    """The application that answers with the parts. `totals`: where it is one of several workers."""
    guard = parts.guard

    def prepared(payload: Mapping[str, Any], caller: Caller) -> Execution:
        rights, account = guard.admit(caller.authorization)
        payer = account or caller.address
        rules.rates.take(payer, 1)
        operation = operation_in(payload, parts.persisted)
        context = parts.context(rights)
        context.asker = payer
        context.pay = partial(rules.rates.wait, payer)
        execution = prepare(operation, context)
        if execution.changes:
            guard.permit_change(rights)
            note_change(execution, payer)
        rules.rates.take(payer, execution.cost)
        return execution

    async def ready(request: Request) -> Response:
        is_full = guard.sees_all(_authorization(request))
        return readiness(await parts.current.latest(), parts.zone, is_full=is_full)

    def refusal(request: Request) -> Response | None:
        return None if guard.rights(_authorization(request)).may_introspect else _locked(request)

    def context_of(request: Request) -> Context | Response:
        try:
            return parts.context(guard.admit(_authorization(request)).rights)
        except RefusedError:
            return _locked(request)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with (
            collecting,
            together(parts, rules.rates),
            beside(parts.watch.run()),
            beside(_leave_figures(app, parts, totals)),
            beside(_watch(guard, app)),
            beside(look_after_alerts(parts)),
        ):
            yield
        if parts.keys:
            await asyncio.to_thread(parts.keys.close)
        if parts.ledger:
            await asyncio.to_thread(parts.ledger.close)

    app = App(
        routes=[
            *page_routes(context_of, refusal),
            Route("/schema.graphql", lambda request: refusal(request) or _schema(request)),
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", lambda request: _metrics(request, app, parts, totals)),
        ],
        exception_handlers={HTTPException: _told, Exception: _told},
        lifespan=lifespan,
    )
    rules = Rules(
        guard,
        parts.persisted,
        Rates(settings.rate),
        max_body_bytes=settings.max_body_kb * 1024,
        max_streams=settings.max_streams,
        is_draft=settings.http_status is HttpStatus.DRAFT,
    )
    app.tally = Tally()
    app.endpoint = GraphQLEndpoint(parts.context, parts.current.held, parts.responses, rules, app.tally)
    # At other levels each request would be put into words for nobody.
    tells_requests = settings.log_level in {LogLevel.DEBUG, LogLevel.INFO}
    app.guard = guard
    app.entrance = Entrance(_shared(app.inside, settings), _hosts(settings), tells_requests=tells_requests)
    app.front, collecting = _traced(app.entrance, settings)
    limits = SocketLimits(
        init_seconds=settings.socket_init_seconds,
        max_message_bytes=settings.max_socket_message_kb * 1024,
        max_operations=settings.max_socket_operations,
        max_sockets=settings.max_sockets,
    )
    app.feeds = parts.feeds
    app.sockets = Sockets(prepared, guard.admit, limits, settings.allowed_origins)
    return app


async def _leave_figures(app: App, parts: Parts, totals: "Totals | None") -> None:
    while totals:
        await asyncio.to_thread(totals.leave, _counted(app, parts).collect())
        await asyncio.sleep(FIGURES_SECONDS)


def _traced(app: ASGIApp, settings: Settings) -> tuple[ASGIApp, AbstractAsyncContextManager[object]]:
    """The application with each request as a span, if that is wanted; and while they are collected."""
    if not settings.traces:
        return app, nullcontext()
    from bedrot_graph.tracing import Traced, Tracing  # noqa: PLC0415 - nor is it loaded where nobody looks

    tracing = Tracing()
    return Traced(app, tracing), aclosing(tracing)


def _metrics(request: Request, app: App, parts: Parts, totals: "Totals | None") -> Response:
    """Called in a worker thread, as it is no coroutine."""
    if not app.guard.sees_all(_authorization(request)):
        return _locked(request)
    from bedrot_graph.metrics import MEDIA_TYPE  # noqa: PLC0415 - nor is it loaded where nobody looks

    counted = _counted(app, parts)
    text = totals.text(counted.collect()) if totals else counted.text()
    return Response(text, media_type=MEDIA_TYPE)


def _counted(app: App, parts: Parts) -> "Metrics":
    from bedrot_graph.metrics import Level, Metrics  # noqa: PLC0415 - not loaded where nobody looks

    levels: dict[str, Level] = {
        "documents": parts.documents,
        "frames": parts.engine.cache,
        "responses": parts.responses,
    }
    held = parts.current.held()
    told = parts.postman.told if parts.postman else None
    waiting = parts.engine.turns
    return Metrics(levels, waiting, app.tally, parts.zone, held, app.sockets, parts.feeds, parts.shared, told)


def _authorization(request: Request) -> str:
    return request.headers.get("authorization", "")


async def _watch(guard: Guard, app: App) -> None:
    """See every second which keys are valid, and end what goes on for those that are not any more."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        try:
            await asyncio.to_thread(guard.look)
            app.sockets.look()
            app.endpoint.streams.look()
        except Exception:  # a revoked key must not go on because something else went wrong once
            logger.exception("keys cannot be looked at")


def server_of(app: App, settings: Settings) -> "uvicorn.Server":
    """What serves the application; it needs a socket to listen on. Raises SettingsInvalid where all could ask it."""
    if not (settings.is_local or settings.insecure or settings.admin_token or app.guard.is_closed):
        text = (
            f"BACKEND_HOST is '{settings.backend_host}', which others can reach, and nobody has to send a key: they "
            "could ask everything. Make keys with 'bedrot-graph keys create NAME', or say that this is meant with "
            "'--insecure' (INSECURE=true)."
        )
        raise SettingsInvalid(text)
    import uvicorn  # noqa: PLC0415 - nor is it loaded where nothing is served

    from bedrot_graph.web.connections import Bounds, Config  # noqa: PLC0415

    bounds = Bounds(
        max_url_bytes=settings.max_url_kb * 1024,
        max_headers_bytes=settings.max_headers_kb * 1024,
        headers_seconds=settings.headers_seconds,
        body_seconds=settings.body_seconds,
        max_message_bytes=settings.max_socket_message_kb * 1024,
    )
    config = Config(app.front, bounds, settings.shutdown_seconds)  # which is where the application begins
    app.entrance.trust(config.forwarded_allow_ips)
    return uvicorn.Server(config)


def _hosts(settings: Settings) -> Hosts:
    if settings.allowed_hosts:
        return Hosts(settings.allowed_hosts)
    return Hosts("*") if settings.is_production else Hosts.of_this_machine(settings.backend_host)


def _shared(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application, as far as pages of other sites may ask it."""
    if not settings.allowed_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.allowed_origins,
        allow_methods=("GET", "POST"),
        allow_headers=(*_ALLOWED_HEADERS, *(each.decode() for each in PREFLIGHTED)),
        expose_headers=("etag", "retry-after", "x-request-id"),
    )


_ALLOWED_HEADERS = ("authorization", "content-type", "traceparent", "tracestate", "x-request-id")


def _locked(_: Request) -> Response:
    text = "This is shown to those who send a key that opens it: as a bearer token, or in a browser as the password."
    return _error(401, "UNAUTHENTICATED", text, {"www-authenticate": 'Basic realm="bedrot-graph", charset="UTF-8"'})


async def _told(request: Request, error: Exception) -> Response:
    """What went wrong outside of GraphQL, as it is told inside."""
    if not isinstance(error, HTTPException):
        text, _ = unforeseen(error)
        return _error(500, "INTERNAL", text)
    if error.status_code == HTTPStatus.NOT_FOUND:
        text = f"There is nothing at '{request.url.path[:100]}'. Questions go to /graphql; / says what there is."
        return _error(404, "NOT_FOUND", text)
    codes = {HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED"}
    code = codes.get(HTTPStatus(error.status_code), "BAD_REQUEST")
    return _error(error.status_code, code, f"{error.detail}.", dict(error.headers or {}))


def _error(status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(RefusedError(status, code, text).body, status, headers)


def _wants_page(scope: Scope) -> bool:
    """Whether a browser asks for the explorer, and not for an answer."""
    if scope["method"] != "GET" or "query" in QueryParams(scope["query_string"]):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _schema(_: Request) -> Response:
    return PlainTextResponse(sdl())
