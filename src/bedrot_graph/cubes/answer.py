"""One question to a cube, answered: reduce what is asked for, then finish it."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.cube import Cube, Scope, columns_of
from bedrot_graph.cubes.finish import filled, growth, value
from bedrot_graph.cubes.members import labels_of, meant_by
from bedrot_graph.cubes.reduce import aggregates_of, name_of, reduce
from bedrot_graph.cubes.request import Request
from bedrot_graph.cubes.window import Window, bucket_of, buckets, earlier, reach_back, window
from bedrot_graph.errors import DatasetError, GrainTooFine
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period

MOST_DATES_NAMED = 5


@dataclass(frozen=True)
class Answer:
    """What a cube says to a request.

    `groups`: one row per node, in the order asked for. `total`: the same columns, one row. Columns: `date`,
    every dimension field, the measures asked for, and where a comparison was asked for `previous` and
    `growth`, structs of the same.
    """

    groups: pl.DataFrame
    total: pl.DataFrame
    findings: tuple[Limitation, ...]
    faults: tuple[tuple[str, DatasetError], ...]
    """Measures that are null, and why: a dataset of theirs cannot be read."""
    scanned: frozenset[str]

    @property
    def size_bytes(self) -> int:
        """The memory its frames hold."""
        return int(self.groups.estimated_size() + self.total.estimated_size())


def answer(cube: Cube, snapshot: Snapshot, request: Request) -> Answer:
    """Answer a request. Blocks; raises QuestionError, or DatasetError where the cube's own dataset is missing."""
    return _Question(cube, snapshot.watched(), request).answered()


class _Question:
    """A request on its way to its answer.

    Every set of nodes is made in one way: a grid of the nodes to show (one row each, by their keys), the
    reduced aggregates joined to it, measures computed from those. The total is a grid of one row.
    """

    def __init__(self, cube: Cube, snapshot: Snapshot, request: Request) -> None:
        if request.grain and request.grain.is_finer_than(cube.finest):
            raise GrainTooFine(cube.name, request.grain.name, cube.finest.name)
        snapshot.table(cube.dataset)
        self.cube, self.snapshot, self.request = cube, snapshot, request
        asked = cube.computed(request.computed)
        self.faults = {
            measure.name: fault
            for measure in asked
            for source in measure.sources
            if (fault := snapshot.fault_of(source))
        }
        self.measures = tuple(measure for measure in asked if measure.name not in self.faults)
        self.aggregates = aggregates_of(self.measures)
        self.dimensions = tuple(cube.dimension(name) for name in dict.fromkeys(request.by))
        self.keys = list(dict.fromkeys(dimension.column for dimension in self.dimensions))

    def answered(self) -> Answer:
        meant = [meant_by(each, self.cube, self.snapshot) for each in self.request.where]
        all_rows = self._rows()
        extent = all_rows.select(pl.col("date").min().alias("first"), pl.col("date").max().alias("last"))
        first, last = collect(extent)[0].row(0)
        if first is None:
            return self._nothing_yet()
        covered = Period(first, last).whole_months() if self.cube.finest is Grain.MONTH else Period(first, last)
        span = window(self.request.period, covered, self.cube.finest)
        scope = Scope(
            snapshot=self.snapshot,
            all_rows=all_rows,
            rows=all_rows.filter(*(each.condition for each in meant)),
            covered=covered,
            period=span.visible,
            asked=span.asked,
            measures=frozenset(self.request.measures),
        )
        groups, total, not_comparable = self._numbers(scope, span, lets_nothing=any(each.is_nothing for each in meant))
        unknown = [limitation for each in meant for limitation in each.unknown]
        return self._answer(groups, total, [*unknown, *span.findings(), *self.cube.findings(scope), *not_comparable])

    def _rows(self) -> pl.LazyFrame:
        filtered = {self.cube.dimension(each.dimension).column for each in self.request.where}
        rows = self.cube.rows(self.snapshot, columns_of(self.aggregates) | filtered | set(self.keys))
        rows = rows.with_columns(all=pl.lit(value=True))
        return rows.filter(pl.col("event_date") <= self.request.as_of) if self.request.as_of else rows

    def _nothing_yet(self) -> Answer:
        """No row is old enough for the `as_of` that was asked for."""
        text = f"{self.cube.dataset.name} holds nothing up to {self.request.as_of}."
        columns = {"all": pl.Boolean(), **dict.fromkeys(columns_of(self.aggregates), pl.Int64())}
        nothing = reduce(pl.LazyFrame(schema=columns), ["all"], self.aggregates)
        total = self._on(_ONE, nothing, ["all"], is_zero=False)
        done = collect(self._shown(self._measured(total, total)))[0]
        return self._answer(done.clear(), done, [Limitation(Code.PARTIAL_PERIOD, text)])

    def _answer(self, groups: pl.DataFrame, total: pl.DataFrame, findings: list[Limitation]) -> Answer:
        return Answer(
            groups=groups,
            total=total,
            findings=tuple(dict.fromkeys(findings)),
            faults=tuple(self.faults.items()),
            scanned=frozenset(self.snapshot.scanned),
        )

    def _numbers(
        self, scope: Scope, span: Window, *, lets_nothing: bool
    ) -> tuple[pl.DataFrame, pl.DataFrame, list[Limitation]]:
        """Groups, total, and what cannot be compared."""
        before = span.before(self.request.compare) if self.request.compare else None
        open_dates = self.cube.open_dates(scope) if self.request.growth_of else []
        in_period, in_before = _of(scope.rows, span.asked), _of(scope.rows, before)
        parts = [reduce(in_period, ["all"], self.aggregates), reduce(in_before, ["all"], self.aggregates)]
        if self.request.grain:
            parts.append(self._by_bucket(scope.rows, span, self.request.grain))
        elif self.keys:
            parts += [reduce(in_period, self.keys, self.aggregates), reduce(in_before, self.keys, self.aggregates)]
        now, then, *groups = (part.lazy() for part in collect(*parts))

        is_zero = self.cube.is_absence_zero
        total_now = self._on(_ONE, now, ["all"], is_zero=lets_nothing or (is_zero and span.visible is not None))
        total_then = self._on(_ONE, then, ["all"], is_zero=is_zero)
        has_before = before is not None and before.overlap(span.covered) is not None
        why_not = span.why_not_comparable(before, open_dates) if before else None
        total = self._measured(total_now, total_now)
        if has_before:
            total = _compared(total, self._measured(total_then, total_then), ["all"], pl.lit(why_not is None))
        if self.request.grain:
            grid = _grid(groups[0], self.keys, None if lets_nothing else span.visible, self.request.grain)
            nodes = self._series(grid, groups[0], span, total_now, open_dates)
        elif self.keys:
            nodes = self._measured(
                self._on(groups[0].select(self.keys), groups[0], self.keys, is_zero=is_zero), total_now
            )
            if has_before:
                previous = self._on(groups[0].select(self.keys), groups[1], self.keys, is_zero=is_zero)
                previous = self._measured(previous, total_then)
                nodes = _compared(nodes, previous, self.keys, pl.lit(why_not is None))
        else:
            nodes = total
        shown, shown_total = collect(self._shown(nodes), self._shown(total))
        return shown, shown_total, self._not_comparable(shown, why_not)

    def _by_bucket(self, rows: pl.LazyFrame, span: Window, grain: Grain) -> pl.LazyFrame:
        """Aggregates per bucket and group, from as far back as the comparison reaches."""
        date = pl.col("date")
        wanted = date.is_between(span.asked.start, span.asked.end)
        if self.request.compare:
            reach = reach_back(span.asked, grain, self.request.compare)
            wanted |= (date >= reach) & (date < bucket_of(pl.lit(span.asked.start), grain))
        bucketed = rows.filter(wanted).with_columns(bucket=bucket_of(date, grain))
        return reduce(bucketed, ["bucket", *self.keys], self.aggregates)

    def _series(
        self, grid: pl.LazyFrame, reduced: pl.LazyFrame, span: Window, total: pl.LazyFrame, open_dates: list[dt.date]
    ) -> pl.LazyFrame:
        """Every group of the period in every bucket of it, those without rows included."""
        on, bucket, is_zero = ["bucket", *self.keys], pl.col("bucket"), self.cube.is_absence_zero
        nodes = self._measured(self._on(grid, reduced, on, is_zero=is_zero), total)
        grain, compare = self.request.grain, self.request.compare
        if not grain or not compare:
            return nodes
        grid_then = grid.with_columns(bucket=earlier(bucket, grain, compare), shown_at=bucket)
        grid_then = grid_then.filter(bucket >= bucket_of(pl.lit(span.covered.start), grain))
        then = self._measured(self._on(grid_then, reduced, on, is_zero=is_zero), total)
        then = then.rename({"bucket": "date", "shown_at": "bucket"})
        is_closed = span.is_closed(bucket, grain, open_dates)
        was_closed = span.is_closed(earlier(bucket, grain, compare), grain, open_dates)
        return _compared(nodes, then, on, is_closed & was_closed)

    def _on(self, grid: pl.LazyFrame, reduced: pl.LazyFrame, keys: list[str], *, is_zero: bool) -> pl.LazyFrame:
        """The aggregates of every row of the grid, also where nothing was reduced for it."""
        joined = grid.join(reduced, on=keys, how="left", nulls_equal=True)
        return joined.with_columns(filled(self.aggregates, pl.lit(is_zero)))

    def _measured(self, reduced: pl.LazyFrame, total: pl.LazyFrame) -> pl.LazyFrame:
        """Measures instead of aggregates; shares are of the `total`."""
        own = ["count", *(name_of(each) for each in self.aggregates)]
        beside = reduced.join(total.select(pl.col(own).name.prefix("total_")), how="cross")
        return beside.select(
            pl.exclude([*own, *(f"total_{name}" for name in own)]), *(value(each) for each in self.measures)
        )

    def _shown(self, nodes: pl.LazyFrame) -> pl.LazyFrame:
        """The columns of an answer, in the order that was asked for."""
        have = nodes.collect_schema().names()
        grouped = [dimension for dimension in self.dimensions if dimension.column in have]
        for dimension in grouped:
            fixed = [name for name in dimension.fixes if name not in self.keys]
            if fixed:
                labels = labels_of(self.cube, dimension, self.snapshot).lazy().select(dimension.column, *fixed)
                nodes = nodes.join(labels, on=dimension.column, how="left", nulls_equal=True)
        told = {name for dimension in grouped for name in (dimension.name, *dimension.fixes)}
        fields = [
            pl.col(name) if name in told else pl.lit(None, self.cube.dtype_of(name)).alias(name)
            for name in self.cube.fields
        ]
        numbers = [pl.col(name) if name in have else pl.lit(None, pl.Int64).alias(name) for name in self._named]
        date = pl.col("bucket") if "bucket" in have else pl.lit(None, pl.Date)
        shown = nodes.with_columns(date.alias("date"), *fields, *numbers)
        columns = ["date", *self.cube.fields, *self._named]
        orders = [order for order in self.request.order_by if order.field in columns]
        ties = [name for name in ("date", *self.keys) if name in have or name == "date"]
        return (
            shown.with_columns(self._comparison(shown, fields))
            .sort(
                [*(order.field for order in orders), *ties],
                descending=[*(order.is_descending for order in orders), *(False for _ in ties)],
                nulls_last=True,
            )
            .select(*columns, "previous", "growth", "is_comparable")
        )

    @property
    def _named(self) -> list[str]:
        """The measures of the answer, in declared order; those that cannot be computed are null."""
        return [measure.name for measure in self.cube.computed(self.request.computed)]

    def _comparison(self, nodes: pl.LazyFrame, fields: list[pl.Expr]) -> list[pl.Expr]:
        """`previous` as a whole node, and `growth` as a struct of relative changes."""
        schema = nodes.collect_schema()
        if "previous" not in schema:
            return [pl.lit(None).alias("previous"), pl.lit(None).alias("growth"), pl.lit(None).alias("is_comparable")]
        struct, then = schema["previous"], pl.col("previous").struct
        have = {field.name for field in struct.fields} if isinstance(struct, pl.Struct) else set()
        date = then.field("date") if "date" in have else pl.lit(None, pl.Date).alias("date")
        numbers = [then.field(name) if name in have else pl.lit(None, pl.Int64).alias(name) for name in self._named]
        previous = pl.when("has_previous").then(pl.struct(date, *fields, *numbers))
        changes = [growth(each) for each in self.measures if each.name in self.request.growth_of]
        changes = changes or [pl.lit(None).alias("none")]
        return [previous.alias("previous"), pl.when("is_comparable").then(pl.struct(changes)).alias("growth")]

    def _not_comparable(self, shown: pl.DataFrame, why_not: str | None) -> list[Limitation]:
        if not self.request.compare or not self.request.growth_of:
            return []
        if not self.request.grain:
            return [Limitation(Code.NOT_COMPARABLE, f"Growth is null: {why_not}.")] if why_not else []
        dates = shown.filter(~pl.col("is_comparable"))["date"].unique().sort().to_list()
        if not dates:
            return []
        named = ", ".join(str(date) for date in dates[-MOST_DATES_NAMED:])
        more = f" and {len(dates) - MOST_DATES_NAMED} earlier ones" if len(dates) > MOST_DATES_NAMED else ""
        text = (
            f"Growth is null for the buckets of {named}{more}: these, or the buckets they are compared with, are not "
            "completely reported, cut by the period, or not in the data."
        )
        return [Limitation(Code.NOT_COMPARABLE, text)]


_ONE = pl.LazyFrame({"all": [True]})


def _of(rows: pl.LazyFrame, period: Period | None) -> pl.LazyFrame:
    if period is None:
        return rows.filter(pl.lit(value=False))
    return rows.filter(pl.col("date").is_between(period.start, period.end))


def _grid(reduced: pl.LazyFrame, keys: list[str], period: Period | None, grain: Grain) -> pl.LazyFrame:
    """Every group that has rows in the period, in every bucket of the period; nothing where there is none."""
    if period is None:
        return reduced.select("bucket", *keys).clear()
    series = buckets(period, grain).lazy()
    if not keys:
        return series
    seen = reduced.filter(pl.col("bucket") >= bucket_of(pl.lit(period.start), grain)).select(keys).unique()
    return series.join(seen, how="cross")


def _compared(nodes: pl.LazyFrame, then: pl.LazyFrame, on: list[str], is_comparable: pl.Expr) -> pl.LazyFrame:
    """The nodes with the node each is compared with as `previous`, null where the data has none."""
    previous = then.select(*on, previous=pl.struct(pl.exclude(on)), has_previous=pl.lit(value=True))
    joined = nodes.join(previous, on=on, how="left", nulls_equal=True)
    return joined.with_columns(is_comparable=is_comparable & pl.col("has_previous").fill_null(value=False))
