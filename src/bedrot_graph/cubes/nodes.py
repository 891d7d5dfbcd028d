"""Nodes: a grid of what is to be shown, with the numbers that the aggregates of either side give."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.comparison import NO_BASE, OTHERS
from bedrot_graph.cubes.cube import Dimension
from bedrot_graph.cubes.finish import NOW, THEN, growth, is_of_others, laid_on, value, without_gaps
from bedrot_graph.cubes.members import labels_of
from bedrot_graph.cubes.reduce import name_of
from bedrot_graph.cubes.series import last_day_of
from bedrot_graph.measures import Measure
from bedrot_graph.periods import Period


@dataclass(frozen=True)
class Side:
    """What the numbers of one side of a comparison are computed from."""

    reduced: pl.DataFrame
    on: Mapping[str, str]
    """By which column of the grid each key of the reduced is found."""
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

    grid: pl.LazyFrame
    dimensions: tuple[Dimension, ...]
    now: Side
    then: Side | None = None
    has_buckets: bool = False


def shown(asked: Asked, nodes: Nodes) -> pl.LazyFrame:
    """The nodes as they are answered, in the order that was asked for.

    Columns: date, every dimension field, the measures, complete, previous, growth, and `why_not`: why growth is null.
    """
    frame = _with_labels(asked, nodes)
    for name, side in ((NOW, nodes.now), (THEN, nodes.then)):
        if side:
            frame = laid_on(frame, side.reduced.lazy(), side.on, asked.aggregates, name)
            frame = frame.with_columns(without_gaps(asked.aggregates, name, is_zero=side.is_zero))
            frame = frame.with_columns(_zeros_beside(asked, side, name))
    fields = _fields(asked, nodes)
    date = pl.col("bucket") if nodes.has_buckets else pl.lit(None, pl.Date)
    frame = frame.with_columns(date.alias("date"), *fields, *_numbers(asked, nodes.now, NOW))
    frame = _compared(asked, nodes, frame, fields)
    columns = ["date", *asked.cube.fields, *(measure.name for measure in asked.measures)]
    keys = [dimension.column for dimension in nodes.dimensions]
    orders = [order for order in asked.request.order_by if order.field in columns]
    return frame.sort(
        [*(order.field for order in orders), "date", *keys],
        descending=[*(order.is_descending for order in orders), False, *(False for _ in keys)],
        nulls_last=True,
    ).select(*columns, "complete", "previous", "growth", "why_not")


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
        sums = [pl.col(name + name_of(each)) for each in asked.sums_of(beside)]
        filled += [pl.when(is_zero).then(each.fill_null(0)).otherwise(each).name.keep() for each in sums]
    return filled


def _with_labels(asked: Asked, nodes: Nodes) -> pl.LazyFrame:
    """The grid with what its dimensions fix."""
    frame = nodes.grid
    for dimension in nodes.dimensions:
        fixed = [name for name in dimension.fixes if name not in asked.keys]
        if fixed:
            labels = labels_of(asked.cube, dimension, asked.snapshot).lazy().select(dimension.column, *fixed)
            frame = frame.join(labels, on=dimension.column, how="left", nulls_equal=True)
    return frame


def _fields(asked: Asked, nodes: Nodes) -> list[pl.Expr]:
    """The dimension fields: null unless grouped by, or fixed by one that is."""
    told = {name for dimension in nodes.dimensions for name in (dimension.name, *dimension.fixes)}
    return [
        pl.col(name) if name in told else pl.lit(None, asked.cube.dtype_of(name)).alias(name)
        for name in asked.cube.fields
    ]


def _numbers(asked: Asked, side: Side, name: str) -> list[pl.Expr]:
    """The measures of one side; those that cannot be computed are null."""

    def number(measure: Measure) -> pl.Expr:
        if measure not in asked.computable:
            return pl.lit(None, pl.Int64).alias(measure.name)
        return value(measure, name, side.whole)

    return [number(measure) for measure in asked.measures]


def _compared(asked: Asked, nodes: Nodes, frame: pl.LazyFrame, fields: list[pl.Expr]) -> pl.LazyFrame:
    """The nodes with the ones before as `previous`, and the relative changes as `growth`."""
    if not nodes.then:
        return frame.with_columns(pl.lit(None).alias(name) for name in ("previous", "growth", "why_not"))
    before = pl.struct(pl.col("previous_date").alias("date"), *fields, *_numbers(asked, nodes.then, THEN))
    frame = frame.with_columns(previous=pl.when("has_previous").then(before))
    growing = [each for each in asked.computable if each.name in asked.request.growth_of and not each.is_beside]
    changes = [growth(measure) for measure in growing]
    if not changes:
        return frame.with_columns(growth=pl.lit(None))
    has_no_base = pl.any_horizontal(change.is_null() for change in changes)
    is_uneven = pl.any_horizontal(is_of_others(measure) for measure in growing)
    why_not = pl.when(is_uneven).then(pl.lit(OTHERS)).when(has_no_base).then(pl.lit(NO_BASE))
    return frame.with_columns(
        growth=pl.when(pl.col("why_not").is_null()).then(pl.struct(changes)), why_not=pl.coalesce("why_not", why_not)
    )
