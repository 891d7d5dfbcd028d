"""DuckDB behind a Starlette route: the lines as a table in memory, answers written as JSON by DuckDB itself."""

import os

import duckdb
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_connection = duckdb.connect()
_connection.execute("CREATE TABLE lines AS SELECT * FROM read_parquet(?)", [os.environ["BENCH_PARQUET"]])


def _json_of(sql: str) -> bytes:
    found = _connection.cursor().execute(f"SELECT to_json(list(found)) FROM ({sql}) AS found").fetchone()
    return str(found[0]).encode() if found else b"[]"


async def _answer(request: Request) -> Response:
    found = await run_in_threadpool(_json_of, (await request.body()).decode())
    return Response(found, media_type="application/json")


app = Starlette(routes=[Route("/sql", _answer, methods=["POST"])])
