"""The rows behind a sum: a page of a cube's rows, under the same filters and periods as the sum."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.members import meant_by
from bedrot_graph.cubes.request import Order, Request
from bedrot_graph.cubes.window import window
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period


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


def detail(
    cube: Cube, snapshot: Snapshot, request: Request, columns: tuple[str, ...], offset: int, limit: int
) -> Detail:
    """The cube's rows under the request's filters, period and order; ties stay in the order of the file.

    Blocks; raises QuestionError, or DatasetError where the cube's dataset is missing.
    """
    snapshot = snapshot.watched()
    meant = [meant_by(each, cube, snapshot) for each in request.where]
    filtered = {cube.dimension(each.dimension).column for each in request.where}
    rows = cube.rows(snapshot, frozenset(filtered | set(columns)))
    if request.as_of:
        rows = rows.filter(pl.col("event_date") <= request.as_of)
    first, last = collect(rows.select(pl.col("date").min().alias("first"), pl.col("date").max().alias("last")))[0].row(
        0
    )
    findings = [limitation for each in meant for limitation in each.unknown]
    rows = rows.filter(*(each.condition for each in meant))
    if first is not None:
        covered = Period(first, last).whole_months() if cube.finest is Grain.MONTH else Period(first, last)
        span = window(request.period, covered, cube.finest)
        rows = rows.filter(pl.col("date").is_between(span.asked.start, span.asked.end))
        findings += span.findings()
    count, page = collect(rows.select(pl.len()), _sorted(rows, request.order_by).select(columns).slice(offset, limit))
    return Detail(page, int(count.item()), tuple(findings), frozenset(snapshot.scanned))


def _sorted(rows: pl.LazyFrame, order_by: tuple[Order, ...]) -> pl.LazyFrame:
    if not order_by:
        return rows.sort("line")
    return rows.sort(
        [*(order.field for order in order_by), "line"],
        descending=[*(order.is_descending for order in order_by), False],
        nulls_last=True,
    )
