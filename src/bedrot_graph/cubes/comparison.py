"""What nodes are held against, and why some of them say nothing about change."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.asked import Asked
from bedrot_graph.cubes.cube import Scope
from bedrot_graph.cubes.request import Comparison
from bedrot_graph.cubes.series import bucket_of, earlier, last_day_of
from bedrot_graph.cubes.window import Window
from bedrot_graph.lake.engine import collect
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

    def beside_whole(self, nodes: pl.LazyFrame) -> pl.LazyFrame:
        """Nodes of the whole period, with what they are compared with.

        Adds `previous_date` (null: it is no bucket), `has_previous`, and `why_not`: why they cannot be compared.
        """
        why_not = self._why_not_whole()
        compared = nodes.with_columns(
            all=pl.lit(value=True),
            previous_date=pl.lit(None, pl.Date),
            has_previous=pl.lit(self.has_data),
            why_not=pl.lit(why_not, pl.String),
        )
        if why_not or self.open_dates is None:
            return compared
        sides = [side for side in (self.window.asked, self.before) if side]
        is_touched = pl.any_horizontal(pl.col("date").is_between(side.start, side.end) for side in sides)
        touching = self.open_dates.filter(is_touched).with_columns(all=pl.lit(value=True))
        return _mark_open(compared, touching, ["all", *self.keys])

    def beside_series(self, nodes: pl.LazyFrame, grain: Grain) -> pl.LazyFrame:
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
        compared = nodes.with_columns(
            previous_date=before, has_previous=before >= bucket_of(pl.lit(covered.start), grain), why_not=why_not
        )
        if self.open_dates is None:
            return compared
        open_now = self.open_dates.with_columns(bucket=bucket_of(pl.col("date"), grain))
        open_then = open_now.rename({"bucket": "previous_date"})
        compared = _mark_open(compared, open_now, ["bucket", *self.keys])
        return _mark_open(compared, open_then, ["previous_date", *self.keys])

    def _why_not_whole(self) -> str | None:
        covered, asked = self.window.covered, self.window.asked
        if self.window.is_timeless:
            return UNDATED
        if not covered or not asked:
            return "there is no data"
        if not self.before or self.before.start < covered.start:
            return _begins_late(covered)
        return _ends_early(covered) if asked.end > covered.end else None


def against_of(asked: Asked, scope: Scope, keys: tuple[str, ...]) -> Against | None:
    """What nodes with the keys want to be compared with; None where they do not."""
    if not asked.request.compare:
        return None
    wants_growth = scope.compared is not None and scope.window.visible is not None
    return Against(
        compare=asked.request.compare,
        keys=keys,
        window=scope.window,
        before=scope.window.before(asked.request.compare),
        open_dates=collect(asked.cube.open_dates(scope, keys))[0] if wants_growth else None,
    )


def not_comparable(asked: Asked, groups: pl.DataFrame, total: pl.DataFrame) -> list[Limitation]:
    """For each reason why growth is null: where it is. The frames have the reason as `why_not`."""
    if not asked.request.growth_of or not asked.request.compare:
        return []
    named: dict[str, list[str]] = {}
    if asked.request.grain:
        for (why_not,), nodes in groups.drop_nulls("why_not").group_by("why_not", maintain_order=True):
            named[str(why_not)] = [_dates(nodes["date"])]
    elif asked.keys:
        for why_not, count in groups["why_not"].drop_nulls().value_counts(sort=True).rows():
            named[why_not] = ["every group" if count == groups.height else f"{count} of {groups.height} groups"]
    if why_not := total["why_not"].item():
        named.setdefault(why_not, []).append("the total")
    found = [
        Limitation(Code.NOT_COMPARABLE, f"Growth is null for {' and '.join(nodes)}: {why_not}.")
        for why_not, nodes in named.items()
    ]
    beside = [each.name.upper() for each in asked.computable if each.is_beside and each.name in asked.request.growth_of]
    if beside:
        text = f"Growth of {' and '.join(beside)} is null: what it is made from knows a coarser time. See `previous`."
        found.append(Limitation(Code.NOT_COMPARABLE, text))
    return found


def _mark_open(nodes: pl.LazyFrame, open_dates: pl.DataFrame, keys: list[str]) -> pl.LazyFrame:
    """The nodes, with the reason on those that an open date touches; open dates may know fewer keys than nodes."""
    on = [key for key in keys if key in open_dates.columns]
    touched = open_dates.lazy().select(on).unique().with_columns(is_open=pl.lit(value=True))
    why_not = pl.coalesce("why_not", pl.when("is_open").then(pl.lit(NOT_REPORTED)))
    return nodes.join(touched, on=on, how="left", nulls_equal=True).with_columns(why_not=why_not).drop("is_open")


def _is_cut(bucket: pl.Expr, period: Period, grain: Grain) -> pl.Expr:
    """Whether a bucket lies partly inside a period and partly outside."""
    last = last_day_of(bucket, grain)
    return ((bucket < period.start) & (last >= period.start)) | ((bucket <= period.end) & (last > period.end))


def _begins_late(covered: Period) -> str:
    return f"the data begins on {covered.start}, later than what they are compared with"


def _ends_early(covered: Period) -> str:
    return f"the data ends on {covered.end}, before they do"


def _dates(dates: pl.Series) -> str:
    distinct = dates.unique().sort().to_list()
    named = ", ".join(str(date) for date in distinct[-MOST_DATES_NAMED:])
    more = len(distinct) - MOST_DATES_NAMED
    return f"{named} and {more} earlier" if more > 0 else named
