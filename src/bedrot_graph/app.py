"""The server: settings in, an ASGI application out."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import strawberry.http.ides
from graphql import OperationType
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.graph.execution import Execution
from bedrot_graph.health import live, log_snapshot, readiness
from bedrot_graph.lake.shared import BEAT_SECONDS, Shared
from bedrot_graph.logs import reference
from bedrot_graph.opening import Today
from bedrot_graph.schema import prepare, sdl
from bedrot_graph.settings import HttpStatus, LogLevel, Settings
from bedrot_graph.web.endpoint import PREFLIGHTED, GraphQLEndpoint, Rules
from bedrot_graph.web.entrance import Entrance, Hosts
from bedrot_graph.web.operations import operation_in
from bedrot_graph.web.rates import Rates
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.rights import Guard
from bedrot_graph.web.sockets import Caller, Sockets
from bedrot_graph.web.sockets import Limits as SocketLimits

if TYPE_CHECKING:
    import uvicorn

    from bedrot_graph.metrics import Metrics
    from bedrot_graph.tally import Tally

logger = logging.getLogger(__name__)

FIGURES_SECONDS = 0.5
"""How old the figures of another worker may be that are told of."""


class App(Starlette):
    """The routes; `/graphql` is answered in front of them, as what stands between takes longer than a known answer."""

    endpoint: GraphQLEndpoint
    entrance: ASGIApp
    sockets: Sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.entrance(scope, receive, send)

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same, once it has come in."""
        if scope["type"] == "http" and scope["path"] == "/graphql" and not _wants_page(scope):
            await self.endpoint(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == "/graphql":
            await self.sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, today: Today = dt.date.today) -> App:
    """The application. Raises SettingsInvalid."""
    return app_of(assemble(settings, today), settings)


def app_of(parts: Parts, settings: Settings, tally: "Tally | None" = None) -> App:
    """The application that answers with the parts. `tally`: where it is one of several workers."""
    guard = _guard(settings)

    def prepared(payload: Mapping[str, Any], caller: Caller) -> Execution:
        rules.rates.take(caller.address, 1)
        context = parts.context(guard.rights(caller.authorization))
        operation = operation_in(payload, parts.persisted)
        execution = prepare(operation, context, {OperationType.QUERY, OperationType.MUTATION})
        rules.rates.take(caller.address, execution.cost)
        return execution

    async def ready(_: Request) -> Response:
        return readiness(await parts.current.latest(), parts.zone)

    def metrics(_: Request) -> Response:  # in a worker thread, as it is no coroutine
        from bedrot_graph.metrics import MEDIA_TYPE  # noqa: PLC0415

        counted = _counted(parts)
        text = tally.text(counted.collect()) if tally else counted.text()
        return Response(text, media_type=MEDIA_TYPE)

    def to_those_who_may(page: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def shown(request: Request) -> Response:
            may = guard.rights(request.headers.get("authorization", "")).may_introspect
            return page(request) if may else _locked(request)

        return shown

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with _together(parts, rules.rates), _beside(_leave_figures(parts, tally)):
            yield

    app = App(
        routes=[
            Route("/", to_those_who_may(_home)),
            Route("/graphql", to_those_who_may(_explorer)),
            Route("/schema.graphql", to_those_who_may(_schema)),
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ],
        exception_handlers={HTTPException: _told, Exception: _told},
        lifespan=lifespan,
    )
    rules = Rules(
        guard,
        parts.persisted,
        Rates(settings.rate),
        max_body_bytes=settings.max_body_kb * 1024,
        is_draft=settings.http_status is HttpStatus.DRAFT,
    )
    app.endpoint = GraphQLEndpoint(parts.context, parts.current.held, parts.responses, rules)
    tells_requests = settings.log_level in {
        LogLevel.DEBUG,
        LogLevel.INFO,
    }  # else each would be put into words for nobody
    app.entrance = Entrance(_shared(app.inside, settings), _hosts(settings), tells_requests=tells_requests)
    limits = SocketLimits(
        init_seconds=settings.socket_init_seconds,
        max_message_bytes=settings.max_socket_message_kb * 1024,
        max_operations=settings.max_socket_operations,
        max_sockets=settings.max_sockets,
    )
    app.sockets = Sockets(prepared, limits, settings.allowed_origins)
    return app


@asynccontextmanager
async def _together(parts: Parts, rates: Rates) -> AsyncIterator[None]:
    """While what other processes know is known here; the first snapshot is taken then."""
    if not (shared := parts.shared):
        log_snapshot(await parts.current.get(), parts.zone)
        yield
        return
    async with shared.running():
        await shared.beat(parts.news)
        log_snapshot(await parts.current.get(), parts.zone)
        async with _beside(_beat(shared, parts, rates)):
            yield


async def _beat(shared: Shared, parts: Parts, rates: Rates) -> None:
    while True:
        await shared.beat(parts.news)
        await rates.exchange(shared.spend)
        await asyncio.sleep(BEAT_SECONDS)


async def _leave_figures(parts: Parts, tally: "Tally | None") -> None:
    while tally:
        await asyncio.to_thread(tally.leave, _counted(parts).collect())
        await asyncio.sleep(FIGURES_SECONDS)


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """While the work is done."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _counted(parts: Parts) -> "Metrics":
    from bedrot_graph.metrics import Level, Metrics  # noqa: PLC0415 - not loaded where nobody looks

    levels: dict[str, Level] = {
        "documents": parts.documents,
        "frames": parts.engine.cache,
        "responses": parts.responses,
    }
    return Metrics(levels, parts.engine.turns, parts.shared)


def server_of(app: App, settings: Settings) -> "uvicorn.Server":
    """What serves the application; it needs a socket to listen on."""
    import uvicorn  # noqa: PLC0415 - nor is it loaded where nothing is served

    from bedrot_graph.web.connections import Bounds, Config  # noqa: PLC0415

    bounds = Bounds(
        max_url_bytes=settings.max_url_kb * 1024,
        max_headers_bytes=settings.max_headers_kb * 1024,
        headers_seconds=settings.headers_seconds,
        body_seconds=settings.body_seconds,
        max_message_bytes=settings.max_socket_message_kb * 1024,
    )
    return uvicorn.Server(Config(app, bounds, settings.shutdown_seconds))


def _guard(settings: Settings) -> Guard:
    token = settings.admin_token.get_secret_value() if settings.admin_token else None
    return Guard(token, is_production=settings.is_production)


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
        allow_headers=("authorization", "content-type", "x-request-id", *(each.decode() for each in PREFLIGHTED)),
        expose_headers=("etag", "retry-after", "x-request-id"),
    )


def _locked(_: Request) -> Response:
    text = (
        "In production this is shown to those who send the server's ADMIN_TOKEN: as a bearer token, or in a browser as "
        "the password."
    )
    return _error(401, "UNAUTHENTICATED", text, {"www-authenticate": 'Basic realm="bedrot-graph", charset="UTF-8"'})


async def _told(request: Request, error: Exception) -> Response:
    """What went wrong outside of GraphQL, as it is told inside."""
    if not isinstance(error, HTTPException):
        found_under = reference()
        text = f"Something went wrong on the server. The log has the details under '{found_under}'."
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


def _explorer(_: Request) -> Response:
    return HTMLResponse(strawberry.http.ides.get_graphql_ide_html(graphql_ide="graphiql"))


def _home(_: Request) -> Response:
    return HTMLResponse(files("bedrot_graph").joinpath("static/home.html").read_text(encoding="utf-8"))


def _schema(_: Request) -> Response:
    return PlainTextResponse(sdl())
