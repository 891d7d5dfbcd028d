"""Nodes: a grid of what is to be shown, with the numbers that the aggregates of either side give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from bedrot_graph.cubes.asked import Asked, sums_of
from bedrot_graph.cubes.comparison import NO_BASE, OTHERS
from bedrot_graph.cubes.cube import Dimension
from bedrot_graph.cubes.finish import NOW, THEN, growth, is_of_others, laid_on, value, without_gaps
from bedrot_graph.cubes.members import labels_of
from bedrot_graph.cubes.reduce import name_of
from bedrot_graph.cubes.request import Shown
from bedrot_graph.cubes.series import last_day_of
from bedrot_graph.measures import Aggregate, Measure
from bedrot_graph.periods import Period


@dataclass(frozen=True)
class Side:
    """What the numbers of one side of a comparison are computed from."""

    reduced: pl.DataFrame | None
    """None where the grid has its aggregates already."""
    on: Mapping[str, str]
    """By which column of the grid each key of the reduced is found."""
    aggregates: tuple[Aggregate, ...]
    whole: pl.DataFrame
    """The aggregates of the whole answer, which shares are of; one row."""
    is_zero: bool
    """Whether a sum of nothing is zero."""
    times: Mapping[str, Period] = field(default_factory=dict)
    """What the rows beside are looked at for, by their names."""


@dataclass(frozen=True)
class Nodes:
    """The nodes to show, one row of the grid each, by the keys of the dimensions and `bucket`; with `complete`.

    Where nodes are compared, the grid also has what `Against` adds.
    """

    grid: pl.DataFrame
    looked_at: Shown
    dimensions: tuple[Dimension, ...]
    now: Side
    then: Side | None = None
    has_buckets: bool = False


def shown(asked: Asked, nodes: Nodes) -> pl.DataFrame:
    """The nodes as they are answered, in the order that was asked for.

    Columns: date, and what is looked at of the dimension fields, the measures, complete, previous, growth; with the
    latter `why_not`: why it is null.
    """
    date = (pl.col("bucket") if nodes.has_buckets else pl.lit(None, pl.Date)).alias("date")
    looked_at = nodes.looked_at
    if not looked_at.has_values:
        return nodes.grid.select_seq(date) if nodes.has_buckets else _blank(nodes.grid.height)
    frame = _with_labels(asked, nodes)
    for name, side in ((NOW, nodes.now), (THEN, nodes.then)):
        frame = _with_aggregates(asked, frame, side, name) if side and side.aggregates else frame
    measures = [each for each in asked.measures if each.name in {*looked_at.measures, *_sorting(asked, nodes)}]
    fields, numbers = _fields(asked, nodes), _numbers(asked, nodes.now, NOW, measures)
    frame = frame.with_columns_seq(date, *fields, *numbers, *_compared(asked, nodes, fields))
    columns = ["date", *(each for each in asked.cube.fields if each in looked_at.fields)]
    columns += [each.name for each in measures if each.name in looked_at.measures]
    columns += ["complete"] if looked_at.complete else []
    columns += ["previous"] if looked_at.previous is not None else []
    columns += [name for name in ("growth", "why_not") if looked_at.growth_of and name in frame.columns]
    return _sorted(asked, nodes, frame)[columns]


def _blank(height: int) -> pl.DataFrame:
    """Nodes of which nothing is looked at."""
    return pl.DataFrame({"date": pl.repeat(None, height, dtype=pl.Date, eager=True)})


def _sorting(asked: Asked, nodes: Nodes) -> frozenset[str]:
    """What the nodes are sorted by; a single one is not."""
    return asked.ordered_by if nodes.grid.height > 1 else frozenset()


def _sorted(asked: Asked, nodes: Nodes, frame: pl.DataFrame) -> pl.DataFrame:
    if frame.height <= 1:
        return frame
    keys = [dimension.column for dimension in nodes.dimensions]
    told = {"date"} if nodes.has_buckets else set()
    told |= {*_told(nodes.dimensions), *(each.name for each in asked.computable)}
    orders = [order for order in asked.request.order_by if order.field in told]
    dates = ["date"] if nodes.has_buckets else []
    return frame.sort(
        [*(order.field for order in orders), *dates, *keys],
        descending=[*(order.is_descending for order in orders), *(False for _ in [*dates, *keys])],
        nulls_last=True,
    )


def _with_aggregates(asked: Asked, frame: pl.DataFrame, side: Side, name: str) -> pl.DataFrame:
    if side.reduced is not None:
        frame = laid_on(frame, side.reduced, side.on, side.aggregates, name)
    filled = without_gaps(frame, side.aggregates, name, is_zero=side.is_zero)
    filled += _zeros_beside(asked, side, name)
    return frame.with_columns_seq(filled) if filled else frame


def _zeros_beside(asked: Asked, side: Side, name: str) -> list[pl.Expr]:
    """The sums beside, of named groups that have none as zero: in the time that the rows beside cover."""
    filled = []
    bucket = next((pl.col(column) for column, key in side.on.items() if key == "bucket"), None)
    for beside in asked.besides:
        known = asked.covers(beside) if beside.is_absence_zero and asked.tells(beside) else None
        time = side.times.get(beside.name)
        both = time.overlap(known) if time and known else None
        if both is None:
            continue
        is_known = pl.lit(value=True)
        if bucket is not None and asked.request.grain:
            is_known = (bucket <= both.end) & (last_day_of(bucket, asked.request.grain) >= both.start)
        is_zero = pl.all_horizontal(is_known, *(pl.col(key).is_not_null() for key in asked.keys if key in side.on))
        sums = [pl.col(name + name_of(each)) for each in sums_of(beside, side.aggregates)]
        filled += [pl.when(is_zero).then(each.fill_null(0)).otherwise(each).name.keep() for each in sums]
    return filled


def _with_labels(asked: Asked, nodes: Nodes) -> pl.DataFrame:
    """The grid with those of the fields that its dimensions fix."""
    frame, wanted = nodes.grid, {*nodes.looked_at.fields, *_sorting(asked, nodes)}
    for dimension in nodes.dimensions:
        fixed = [name for name in dimension.fixes if name in wanted and name not in frame.columns]
        if fixed:
            labels = labels_of(asked.cube, dimension, asked.snapshot).select(dimension.column, *fixed)
            frame = frame.join(labels, on=dimension.column, how="left", nulls_equal=True)
    return frame


def _told(dimensions: tuple[Dimension, ...]) -> set[str]:
    """The fields that are known of nodes: what they are grouped by, and what that fixes."""
    return {name for dimension in dimensions for name in (dimension.name, *dimension.fixes)}


def _fields(asked: Asked, nodes: Nodes) -> list[pl.Expr]:
    """The dimension fields: null unless grouped by, or fixed by one that is."""
    told = _told(nodes.dimensions)
    return [
        pl.col(name) if name in told else pl.lit(None, asked.cube.dtype_of(name)).alias(name)
        for name in nodes.looked_at.fields
        if name != "date"
    ]


def _numbers(asked: Asked, side: Side, name: str, measures: Iterable[Measure]) -> list[pl.Expr]:
    """The measures of one side; those that cannot be computed are null."""
    return [
        value(each, name, side.whole) if each in asked.computable else pl.lit(None, pl.Int64).alias(each.name)
        for each in measures
    ]


def _compared(asked: Asked, nodes: Nodes, fields: list[pl.Expr]) -> list[pl.Expr]:
    """What is looked at of the nodes before, as `previous`, and of the relative changes, as `growth`."""
    looked_at, is_compared = nodes.looked_at, "has_previous" in nodes.grid.columns
    found = []
    if looked_at.previous is not None:
        found.append(_previous(asked, nodes, fields) if is_compared else pl.lit(None).alias("previous"))
    if looked_at.growth_of:
        found += _growth(asked, nodes) if is_compared else [pl.lit(None).alias("growth")]
    return found


def _previous(asked: Asked, nodes: Nodes, fields: list[pl.Expr]) -> pl.Expr:
    measures = asked.cube.computed(frozenset(nodes.looked_at.previous or ()))
    numbers = _numbers(asked, nodes.then, THEN, measures) if nodes.then else []
    before = pl.struct(pl.col("previous_date").alias("date"), *fields, *numbers)
    return pl.when("has_previous").then(before).alias("previous")


def _growth(asked: Asked, nodes: Nodes) -> list[pl.Expr]:
    """The changes, and `why_not`."""
    growing = [each for each in asked.computable_of(nodes.looked_at.growth_of) if not each.is_beside]
    if not growing or not nodes.then:
        return [pl.lit(None).alias("growth"), pl.col("why_not")]
    now, then = nodes.now.whole, nodes.then.whole
    changes = [growth(each, value(each, NOW, now), value(each, THEN, then)) for each in growing]
    has_no_base = pl.any_horizontal(change.is_null() for change in changes)
    is_uneven = pl.any_horizontal(is_of_others(each) for each in growing)
    why_not = pl.when(is_uneven).then(pl.lit(OTHERS)).when(has_no_base).then(pl.lit(NO_BASE))
    return [
        pl.when(pl.col("why_not").is_null()).then(pl.struct(changes)).alias("growth"),
        pl.coalesce("why_not", why_not).alias("why_not"),
    ]
