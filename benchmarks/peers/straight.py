"""Polars straight to JSON bytes: the lines that the server holds, filtered, sorted and cut, behind one route."""

import datetime as dt
import os
from functools import cache
from io import BytesIO
from pathlib import Path

import polars as pl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.zone import Zone

COLUMNS = {
    "saleMonth": "sale_month",
    "platform": "platform",
    "artist": "artist",
    "title": "title",
    "quantity": "quantity",
    "revenueUsd": "revenue_usd",
}
_snapshot = Zone(Path(os.environ["BENCH_LAKE"]), today=lambda: dt.date(2026, 1, 1)).take()
_wanted = frozenset(COLUMNS.values())
_resident = lines(_snapshot, Look(_wanted)).select("line", *_wanted).sort("line").collect()


def page(first: int) -> pl.DataFrame:
    """So many lines in the order of the file. Polars knows that they are sorted, as it may."""
    return _resident.lazy().sort("line").select(**COLUMNS).head(first).collect()


held = cache(page)


def answer(request: Request) -> Response:
    """The page, made anew. In a worker thread, as any route that blocks."""
    return _json(page(int(request.query_params["first"])))


def ready(request: Request) -> Response:
    """The page, from the frame that is held."""
    return _json(held(int(request.query_params["first"])))


def _json(frame: pl.DataFrame) -> Response:
    content = BytesIO()  # quicker than a text that is encoded
    frame.write_json(content)
    return Response(content.getvalue(), media_type="application/json")


_methods = ["GET", "POST"]
app = Starlette(routes=[Route("/answer", answer, methods=_methods), Route("/ready", ready, methods=_methods)])
