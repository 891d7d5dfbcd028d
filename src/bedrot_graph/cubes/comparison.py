"""What nodes are held against, and why some of them say nothing about change."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.cube import Scope
from bedrot_graph.cubes.request import Comparison, Shown
from bedrot_graph.cubes.series import bucket_of, earlier, first_bucket, last_day_of
from bedrot_graph.cubes.window import Window
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.periods import Grain, Period

MOST_DATES_NAMED = 5

NOT_REPORTED = "they, or what they are compared with, are not completely reported"
UNDATED = "totals without dates cannot be compared"
CUT = "the period cuts them, or what they are compared with"
OTHERS = "what is known on either side is not of the same ones"
NO_BASE = "what they would be relative to is zero or not known"


@dataclass(frozen=True)
class Against:
    """The other side of a comparison, for nodes that are told apart by the `keys`."""

    compare: Comparison
    keys: tuple[str, ...]
    window: Window
    before: Period | None
    """The period that the whole answer is compared with; None where the data holds nothing."""
    open_dates: pl.DataFrame | None
    """The dates that are not completely reported; None where nobody asks for growth."""

    @property
    def has_data(self) -> bool:
        """Whether the data speaks of any of the period before."""
        covered = self.window.covered
        return bool(self.before and covered and self.before.overlap(covered))

    def beside_whole(self, nodes: pl.DataFrame) -> pl.DataFrame:
        """Nodes of the whole period, with what they are compared with.

        Adds `previous_date` (null: it is no bucket), `has_previous`, and `why_not`: why they cannot be compared.
        """
        why_not = self._why_not_whole()
        compared = nodes.with_columns_seq(
            previous_date=pl.lit(None, pl.Date), has_previous=pl.lit(self.has_data), why_not=pl.lit(why_not, pl.String)
        )
        if why_not or self.open_dates is None or self.open_dates.is_empty():
            return compared
        sides = [side for side in (self.window.asked, self.before) if side]
        is_touched = pl.any_horizontal(pl.col("date").is_between(side.start, side.end) for side in sides)
        return _mark_open(compared, self.open_dates.filter(is_touched), self.keys)

    def beside_series(self, nodes: pl.DataFrame, grain: Grain) -> pl.DataFrame:
        """Nodes of buckets, with the buckets they are compared with. Adds what `beside_whole` does."""
        covered, asked = self.window.covered, self.window.asked
        if not covered or not asked:
            return self.beside_whole(nodes)
        bucket, before = pl.col("bucket"), earlier(pl.col("bucket"), grain, self.compare)
        why_not = (
            pl.when(before < covered.start)
            .then(pl.lit(_begins_late(covered)))
            .when(last_day_of(bucket, grain) > covered.end)
            .then(pl.lit(_ends_early(covered)))
            .when(_is_cut(bucket, asked, grain) | _is_cut(before, asked, grain))
            .then(pl.lit(CUT))
        )
        compared = nodes.with_columns_seq(
            previous_date=before, has_previous=before >= first_bucket(covered, grain), why_not=why_not
        )
        if self.open_dates is None or self.open_dates.is_empty():
            return compared
        open_now = self.open_dates.with_columns(bucket=bucket_of(pl.col("date"), grain))
        open_then = open_now.rename({"bucket": "previous_date"})
        compared = _mark_open(compared, open_now, ("bucket", *self.keys))
        return _mark_open(compared, open_then, ("previous_date", *self.keys))

    def _why_not_whole(self) -> str | None:
        covered, asked = self.window.covered, self.window.asked
        if self.window.is_timeless:
            return UNDATED
        if not covered or not asked:
            return "there is no data"
        if not self.before or self.before.start < covered.start:
            return _begins_late(covered)
        return _ends_early(covered) if asked.end > covered.end else None


def against_of(asked: Asked, scope: Scope, looked_at: Shown, keys: tuple[str, ...]) -> Against | None:
    """What nodes with the keys are compared with; None where nobody looks at that."""
    if not asked.request.compare or (looked_at.previous is None and not looked_at.growth_of):
        return None
    wants_growth = looked_at.growth_of and scope.compared is not None and scope.window.visible is not None
    return Against(
        compare=asked.request.compare,
        keys=keys,
        window=scope.window,
        before=scope.window.before(asked.request.compare),
        open_dates=collect_few(asked.cube.open_dates(scope, keys))[0] if wants_growth else None,
    )


def not_comparable(asked: Asked, groups: pl.DataFrame, total: pl.DataFrame) -> list[Limitation]:
    """For each reason why growth is null: where it is. Where growth is looked at, frames have it as `why_not`."""
    growing = asked.request.growth_of
    named: dict[str, list[str]] = {}
    if asked.request.grain and "why_not" in groups:
        for why_not, dates in _by_reason(groups):
            named[why_not] = [_dates(dates)]
    elif asked.keys and "why_not" in groups:
        for why_not, count in groups["why_not"].drop_nulls().value_counts(sort=True).rows():
            named[why_not] = ["every group" if count == groups.height else f"{count} of {groups.height} groups"]
    if "why_not" in total and (why_not := total["why_not"].item()):
        named.setdefault(why_not, []).append("the total")
    found = [
        Limitation(Code.NOT_COMPARABLE, f"Growth is null for {' and '.join(nodes)}: {why_not}.")
        for why_not, nodes in named.items()
    ]
    beside = [each.name.upper() for each in asked.computable_of(growing) if each.is_beside]
    if beside:
        text = f"Growth of {' and '.join(beside)} is null: what it is made from knows a coarser time. See `previous`."
        found.append(Limitation(Code.NOT_COMPARABLE, text))
    return found


def _mark_open(nodes: pl.DataFrame, open_dates: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """The nodes, with the reason on those that an open date touches; open dates may know fewer keys than nodes."""
    if open_dates.is_empty():
        return nodes
    on = [key for key in keys if key in open_dates.columns]
    if not on:
        return nodes.with_columns(pl.coalesce("why_not", pl.lit(NOT_REPORTED)).alias("why_not"))
    if len(on) == 1:  # as below, without a join
        is_open = pl.col(on[0]).is_in(open_dates[on[0]].implode(), nulls_equal=True)
        return nodes.with_columns_seq(why_not=pl.coalesce("why_not", pl.when(is_open).then(pl.lit(NOT_REPORTED))))
    touched = open_dates.select(on).unique().with_columns(is_open=pl.lit(value=True))
    why_not = pl.coalesce("why_not", pl.when("is_open").then(pl.lit(NOT_REPORTED)))
    marked = nodes.join(touched, on=on, how="left", nulls_equal=True, maintain_order="left")
    return marked.with_columns(why_not=why_not).drop("is_open")


def _is_cut(bucket: pl.Expr, period: Period, grain: Grain) -> pl.Expr:
    """Whether a bucket lies partly inside a period and partly outside."""
    last = last_day_of(bucket, grain)
    return ((bucket < period.start) & (last >= period.start)) | ((bucket <= period.end) & (last > period.end))


def _begins_late(covered: Period) -> str:
    return f"the data begins on {covered.start}, later than what they are compared with"


def _ends_early(covered: Period) -> str:
    return f"the data ends on {covered.end}, before they do"


def _by_reason(nodes: pl.DataFrame) -> list[tuple[str, list[dt.date]]]:
    """The dates of the nodes that say nothing about change, by the reason, in the order of the nodes."""
    told = nodes[["why_not", "date"]]
    if told["why_not"].null_count() == told.height:
        return []
    told = told.drop_nulls("why_not")
    return list(told.group_by("why_not", maintain_order=True).agg(pl.col("date").unique().sort()).iter_rows())


def _dates(distinct: list[dt.date]) -> str:
    named = ", ".join(str(date) for date in distinct[-MOST_DATES_NAMED:])
    more = len(distinct) - MOST_DATES_NAMED
    return f"{named} and {more} earlier" if more > 0 else named
