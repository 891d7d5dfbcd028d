"""graphique, a GraphQL server over dataframes: the lines as a table in DuckDB's memory."""

import os

import ibis
from graphique import GraphQL

_connection = ibis.duckdb.connect()
_lines = _connection.create_table("lines", _connection.read_parquet(os.environ["BENCH_PARQUET"]))

app = GraphQL(_lines)
