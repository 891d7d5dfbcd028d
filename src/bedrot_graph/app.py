"""The server: settings in, an ASGI application out."""

import datetime as dt
import hmac
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files

import strawberry.http.ides
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bedrot_graph.graph.context import Context, Limits, Result
from bedrot_graph.graph.documents import Documents
from bedrot_graph.lake.cache import Cache
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.engine import Engine
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from bedrot_graph.opening import Today, zone_of
from bedrot_graph.schema import schema, sdl
from bedrot_graph.settings import Settings
from bedrot_graph.web.endpoint import GraphQLEndpoint
from bedrot_graph.web.responses import Responses

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What answers questions, assembled from settings."""

    zone: Zone
    current: CurrentSnapshot
    engine: Engine[Result]
    limits: Limits
    documents: Documents
    responses: Responses
    is_columnar: bool
    """Whether lists are written from columns."""
    defaults: Mapping[str, str]
    """The values of cubes' options where a question does not say."""

    def context(self, *, may_mutate: bool = True) -> Context:
        """A context for one request."""
        return Context(
            self.current, self.engine, self.limits, self.documents, may_mutate, self.is_columnar, self.defaults
        )


def assemble(settings: Settings, today: Today = dt.date.today, zone: Zone | None = None) -> Parts:
    """Everything but HTTP, over the zone that the settings name unless given. Raises SettingsInvalid."""
    zone = zone or zone_of(settings, today)
    cache: Cache[Result] = Cache(
        ttl_seconds=settings.cache_ttl,
        max_entries=settings.cache_max_entries,
        max_bytes=settings.cache_max_mb * 2**20,
    )
    return Parts(
        zone=zone,
        current=CurrentSnapshot(zone, settings.cache_ttl, changed=cache.clear),
        engine=Engine(cache, settings.max_concurrent_answers, settings.max_waiting_answers),
        limits=Limits(
            page_size=settings.page_size,
            max_page_size=settings.max_page_size,
            max_lines_page_size=settings.max_lines_page_size,
            max_seconds=settings.max_seconds,
        ),
        documents=Documents(schema(), settings.documents_max_mb * 2**20, settings.max_query_tokens),
        responses=Responses(settings.responses_max_mb * 2**20),
        is_columnar=settings.columnar,
        defaults={"conversion_event": settings.conversion_event},
    )


class App(Starlette):
    """The routes; `/graphql` is answered in front of them, as what stands between takes longer than a known answer."""

    endpoint: GraphQLEndpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == "/graphql" and not _wants_page(scope):
            await self.endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, today: Today = dt.date.today) -> App:
    """The application. Raises SettingsInvalid."""
    return app_of(assemble(settings, today), settings)


def app_of(parts: Parts, settings: Settings) -> App:
    """The application that answers with the parts."""
    token = settings.admin_token.get_secret_value() if settings.admin_token else None

    async def ready(_: Request) -> Response:
        return _readiness(await parts.current.latest(), parts.zone)

    def metrics(_: Request) -> Response:  # in a worker thread, as it is no coroutine
        from bedrot_graph.metrics import MEDIA_TYPE, Level, Metrics  # noqa: PLC0415 - nor is it loaded where nobody looks

        levels: dict[str, Level] = {
            "documents": parts.documents,
            "frames": parts.engine.cache,
            "responses": parts.responses,
        }
        counted = Metrics(levels, parts.engine.turns)
        return Response(counted.text(), media_type=MEDIA_TYPE)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        _log_snapshot(await parts.current.get(), parts.zone)
        yield

    app = App(
        routes=[
            Route("/", _home),
            Route("/graphql", _explorer),
            Route("/schema.graphql", _schema),
            Route("/health/live", _live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
    )
    app.endpoint = GraphQLEndpoint(
        make_context=lambda may_mutate: parts.context(may_mutate=may_mutate),
        held=parts.current.held,
        may_mutate=lambda authorization: token is None or _is_bearer(authorization, token),
        responses=parts.responses,
        max_body_bytes=settings.max_body_kb * 1024,
    )
    return app


def _wants_page(scope: Scope) -> bool:
    """Whether a browser asks for the explorer, and not for an answer."""
    if scope["method"] != "GET" or "query" in QueryParams(scope["query_string"]):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _is_bearer(authorization: str, token: str) -> bool:
    scheme, _, sent = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token.encode())


async def _explorer(_: Request) -> Response:
    return HTMLResponse(strawberry.http.ides.get_graphql_ide_html(graphql_ide="graphiql"))


async def _home(_: Request) -> Response:
    return HTMLResponse(files("bedrot_graph").joinpath("static/home.html").read_text(encoding="utf-8"))


async def _schema(_: Request) -> Response:
    return PlainTextResponse(sdl())


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


def _readiness(snapshot: Snapshot, zone: Zone) -> Response:
    """Ready while any dataset answers; degraded while files of one cannot be read or are stale."""
    states = {dataset.name: _state(snapshot, dataset) for dataset in zone.datasets}
    is_up = bool(snapshot.tables)
    is_whole = set(states.values()) <= {"ready", "absent"}
    status = "unavailable" if not is_up else "ready" if is_whole else "degraded"
    as_of = snapshot.as_of.isoformat() if snapshot.as_of else None
    body = {"status": status, "asOf": as_of, "version": snapshot.version, "datasets": states}
    return JSONResponse(body, 200 if is_up else 503)


def _state(snapshot: Snapshot, dataset: Dataset) -> str:
    if snapshot.is_absent(dataset):
        return "absent"
    if snapshot.fault_of(dataset):
        return "unavailable"
    return "stale" if snapshot.is_stale(dataset) else "ready"


def _log_snapshot(snapshot: Snapshot, zone: Zone) -> None:
    for dataset in zone.datasets:
        if snapshot.is_absent(dataset):
            logger.info("dataset has no file", extra={"dataset": dataset.name})
        elif fault := snapshot.fault_of(dataset):
            logger.warning("dataset cannot be read", extra={"dataset": dataset.name, "problem": str(fault)})
    for name, table in snapshot.tables.items():
        rejects = {"rejected": table.rejects.height} if table.rejects.height else {}
        logger.info(
            "dataset read", extra={"dataset": name, "file": table.file_names, "rows": table.rows.height, **rejects}
        )
    logger.info("lake read", extra={"folder": str(zone.folder), "as_of": str(snapshot.as_of)})
