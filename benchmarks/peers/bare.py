"""Bare Polars behind one route: the top 20 platforms from a frame, a Parquet file or a CSV file, as it is told."""

import os
from collections.abc import Callable

import polars as pl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import data

_lines = int(os.environ["BENCH_LINES"])


def _resident() -> Callable[[], pl.LazyFrame]:
    frame = pl.read_parquet(data.parquet(_lines, has_categories=True))
    return frame.lazy


def _scanned() -> Callable[[], pl.LazyFrame]:
    path = data.parquet(_lines, has_categories=True)
    return lambda: pl.scan_parquet(path)


def _csv() -> Callable[[], pl.LazyFrame]:
    path = data.statements(_lines)
    return lambda: data.typed(pl.scan_csv(path, schema_overrides=data.TYPES))


_rows = {"resident": _resident, "scanned": _scanned, "csv": _csv}[os.environ["BENCH_FORM"]]()


def _top(_: Request) -> Response:
    found = (
        _rows()
        .group_by("platform")
        .agg(revenueUsd=pl.sum("revenue_usd"))
        .sort("revenueUsd", "platform", descending=[True, False])
        .head(20)
        .collect()
    )
    return Response(found.write_json().encode(), media_type="application/json")


async def _live(_: Request) -> Response:
    return Response(b"{}", media_type="application/json")


app = Starlette(routes=[Route("/graphql", _top, methods=["POST"]), Route("/health/live", _live)])
