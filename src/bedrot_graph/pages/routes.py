"""The pages' addresses, and whom they are shown to."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bedrot_graph.graph.context import Context
from bedrot_graph.pages.files import FOLDER, Files
from bedrot_graph.pages.headers import ASK_EACH_TIME, SECURITY
from bedrot_graph.pages.home import home

Refusal = Callable[[Request], Response | None]
"""What somebody is told who may not see a page; None where they may."""


def page_routes(context_of: Callable[[Request], Context | Response], refusal: Refusal) -> list[BaseRoute]:
    """The page at `/`, the explorer at `/graphql`, and the files of both, which tell nothing of the lake.

    `context_of(request)`: what the page at `/` asks in, for who wants to see it; or what they are told instead.
    """

    async def start(request: Request) -> Response:
        if refused := refusal(request):
            return refused
        context = context_of(request)
        return context if isinstance(context, Response) else _page(await home(context))

    async def explorer(request: Request) -> Response:
        return refusal(request) or _page(await run_in_threadpool(_EXPLORER.read_text, encoding="utf-8"))

    return [Route("/", start), Route("/graphql", explorer), Mount("/static", Files())]


_EXPLORER = FOLDER / "explorer" / "index.html"


def _page(text: str) -> Response:
    return HTMLResponse(text, headers={**SECURITY, "cache-control": ASK_EACH_TIME, "vary": "accept, authorization"})
