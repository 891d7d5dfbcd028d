"""The peers, each started as its authors would have it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import orjson

from benchmarks import data, installs
from benchmarks.asking import HOST, Ask, graphql
from benchmarks.servers import Server, asgi, free_port, program

CONSTANT = graphql("{ constant }")


def straight(lines: int) -> AbstractContextManager[Server]:
    """Polars straight to JSON, from the frame that the server under test holds too."""
    return asgi("benchmarks.peers.straight:app", {"BENCH_LAKE": str(data.lake(lines))}, Ask(path="/answer?first=1"))


def plain(lines: int) -> AbstractContextManager[Server]:
    """Plain Strawberry over the same services."""
    first = graphql("{ revenueLines(first: 1) { nodes { title } } }")
    return asgi("benchmarks.peers.plain:app", {"BENCH_LAKE": str(data.lake(lines))}, first)


def bare(form: str, lines: int, first: Ask) -> AbstractContextManager[Server]:
    """Bare Polars over a form of the lines: resident, scanned, csv."""
    return asgi("benchmarks.peers.bare:app", {"BENCH_FORM": form, "BENCH_LINES": str(lines)}, first)


@contextmanager
def constant(app: str, content: bytes) -> Iterator[Server]:
    """The bytes, always: from a route of Starlette's (`starlette`) or without a framework (`bare`)."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with asgi(f"benchmarks.peers.constant:{app}", {"BENCH_BYTES": file.name}, Ask()) as server:
            yield server


@contextmanager
def mercurius(rows: Sequence[dict[str, Any]] = ()) -> Iterator[Server]:
    """Mercurius with JIT, which holds the rows as objects. Raises NotInstalled."""
    command, port = installs.mercurius(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        path.write_bytes(orjson.dumps(rows, default=float))
        with program([*command, str(port), str(path)], port, {"NODE_ENV": "production"}, CONSTANT) as server:
            yield server


def duckdb(lines: int) -> AbstractContextManager[Server]:
    """DuckDB behind Starlette. Raises NotInstalled."""
    python, first = installs.python_with("duckdb"), Ask(b"SELECT 1 AS one", "/sql")
    return asgi("benchmarks.peers.duck:app", _parquet(lines), first, str(python))


def graphique(lines: int) -> AbstractContextManager[Server]:
    """The GraphQL server graphique, over the same table. Raises NotInstalled."""
    installs.python_with("duckdb")
    python = installs.python_with("graphique")
    return asgi("benchmarks.peers.graphs:app", _parquet(lines), graphql("{ count }"), str(python))


def roapi(lines: int) -> AbstractContextManager[Server]:
    """ROAPI over the same table. Raises NotInstalled."""
    port, others = free_port(), f"{HOST}:0"
    listen = ["--addr-http", f"{HOST}:{port}", "--addr-postgres", others, "--addr-flight-sql", others]
    table = f"lines={data.parquet(lines, has_categories=False)},format=parquet"
    command = [str(installs.python_with("roapi").parent / "roapi"), "--table", table, *listen]
    return program(command, port, {}, Ask(b"SELECT 1 AS one", "/api/sql"))


def _parquet(lines: int) -> dict[str, str]:
    return {"BENCH_PARQUET": str(data.parquet(lines, has_categories=False))}
