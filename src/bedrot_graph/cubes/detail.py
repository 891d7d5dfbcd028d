"""The rows behind a sum: a page of a cube's rows, under the same filters and periods as the sum."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.request import Order, Request
from bedrot_graph.cubes.scope import scope_of, within
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot


@dataclass(frozen=True)
class Detail:
    """A page of rows and how many there are of them in all."""

    rows: pl.DataFrame
    total_count: int
    findings: tuple[Limitation, ...]
    scanned: frozenset[str]

    @property
    def size_bytes(self) -> int:
        """The memory its rows hold."""
        return int(self.rows.estimated_size())


def detail(  # noqa: PLR0913, PLR0917 - a question and a page of its answer
    cube: Cube, snapshot: Snapshot, request: Request, columns: tuple[str, ...], offset: int, limit: int
) -> Detail:
    """The cube's rows under the request's filters, period and order; ties stay in the order of the file.

    Blocks; raises QuestionError, or DatasetError where the cube's dataset is missing.
    """
    wanted = frozenset([*columns, *(order.field for order in request.order_by)])
    scope = scope_of(cube, snapshot.watched(), request, wanted)
    rows = within(scope, scope.window.asked)
    count, page = collect(rows.select(pl.len()), _sorted(rows, request.order_by).select(columns).slice(offset, limit))
    findings = (*scope.findings, *cube.findings(scope))
    return Detail(page, int(count.item()), findings, frozenset(scope.snapshot.scanned))


def _sorted(rows: pl.LazyFrame, order_by: tuple[Order, ...]) -> pl.LazyFrame:
    return rows.sort(
        [*(order.field for order in order_by), "line"],
        descending=[*(order.is_descending for order in order_by), False],
        nulls_last=True,
    )
