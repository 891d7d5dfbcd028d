"""The rows behind a sum: a page of a cube's rows, under the same filters and periods as the sum."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.cube import Cube, Look, Scope
from bedrot_graph.cubes.request import Order, Request
from bedrot_graph.cubes.scope import scope_of, within
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.rows import with_texts
from bedrot_graph.lake.snapshot import Snapshot


@dataclass(frozen=True)
class Detail:
    """A page of rows and how many there are of them in all."""

    rows: pl.DataFrame
    total_count: int | None
    """None where nobody asks."""
    findings: tuple[Limitation, ...]
    scanned: frozenset[str]

    @property
    def size_bytes(self) -> int:
        """The memory its rows hold."""
        return int(self.rows.estimated_size())


@dataclass(frozen=True)
class Cut:
    """The page that is looked at, and whether also how many rows there are."""

    offset: int
    limit: int
    is_counted: bool = True


def detail(cube: Cube, snapshot: Snapshot, request: Request, columns: tuple[str, ...], cut: Cut) -> Detail:
    """The cube's rows under the request's filters, period and order; ties stay in the order of the file.

    Blocks; raises QuestionError, or DatasetError where the cube's dataset is missing.
    """
    wanted = frozenset([*columns, *(order.field for order in request.order_by)])
    scope = scope_of(cube, snapshot.watched(), request, wanted)
    rows = within(scope, scope.window.asked)
    if request.order_by or not _are_in_order(cube, scope):
        # Kept apart from a filter: Polars would else look for the page's rows among all of them, which takes longer.
        ordered = _sorted(rows.cache() if request.where else rows, request.order_by)
    else:
        ordered = rows
    plans = [ordered.select(columns).slice(cut.offset, cut.limit)]
    plans += [rows.select(pl.len())] if cut.is_counted else []
    # Where no row is left out or moved, only those of the page are looked at.
    collected = collect_few if ordered is scope.all_rows and request.as_of is None else scope.collected
    page, *count = collected(*plans)
    findings = (*scope.findings, *cube.findings(scope))
    total_count = int(count[0].item()) if count else None
    return Detail(with_texts(page), total_count, findings, frozenset(scope.snapshot.scanned))


def _are_in_order(cube: Cube, scope: Scope) -> bool:
    """Whether the rows lie in the order of their lines, as those of one file do."""

    def compute() -> bool:
        rows = cube.rows(scope.snapshot, Look(frozenset()))
        return bool(scope.collected(rows.select((pl.col("line").diff() >= 0).all()))[0].item())

    return bool(scope.snapshot.once(f"rows of {cube.name} are in order", compute))


def _sorted(rows: pl.LazyFrame, order_by: tuple[Order, ...]) -> pl.LazyFrame:
    return rows.sort(
        [*(order.field for order in order_by), "line"],
        descending=[*(order.is_descending for order in order_by), False],
        nulls_last=True,
    )
