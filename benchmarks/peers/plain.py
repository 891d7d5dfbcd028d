"""Plain Strawberry over the same services: a resolver that gives back objects, as its documentation shows it."""

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import strawberry
from strawberry.asgi import GraphQL

from bedrot_graph.cubes.detail import Cut, detail
from bedrot_graph.cubes.request import Request
from bedrot_graph.domains.revenue.service import CUBE
from bedrot_graph.lake.zone import Zone

_snapshot = Zone(Path(os.environ["BENCH_LAKE"]), today=lambda: dt.date(2026, 1, 1)).take()
_COLUMNS = ("sale_month", "platform", "artist", "title", "quantity", "revenue_usd")


@strawberry.type
class Line:
    """A statement line."""

    sale_month: dt.date
    platform: str
    artist: str
    title: str
    quantity: int
    revenue_usd: Decimal


@strawberry.type
class Lines:
    """A page of them."""

    nodes: list[Line]


@strawberry.type
class Query:
    """What may be asked."""

    @strawberry.field
    def revenue_lines(self, first: int) -> Lines:
        """The lines in the order of the file."""
        found = detail(CUBE, _snapshot, Request(), _COLUMNS, Cut(0, first, is_counted=False))
        return Lines(nodes=[Line(**row) for row in found.rows.iter_rows(named=True)])


app = GraphQL[None, None](strawberry.Schema(query=Query))
