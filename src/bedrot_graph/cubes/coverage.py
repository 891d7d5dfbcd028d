"""How far the sources of a daily series have reported: a day without a row is missing, a zero at the end may be lag.

The rows are one per day and source: `date`, the columns that tell the sources apart, and the column of values.
"""

import datetime as dt
from collections.abc import Callable

import polars as pl

from bedrot_graph.cubes.cube import Look, Scope
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Period

LOOK_BACK_DAYS = 28
BUSY_MEDIAN = 3
"""Zeros after four weeks with at least this many a day are lag, not silence."""
LIVE_DAYS = 14
"""A source that has delivered nothing for longer does not hold the others back."""
MOST_DAYS_NAMED = 10


def as_known(
    snapshot: Snapshot, look: Look, dataset: Dataset, read: Callable[[pl.LazyFrame], pl.LazyFrame]
) -> pl.LazyFrame:
    """What `read` makes of the dataset's days up to the look's `as_of`; remembered where that is all of them."""

    def compute() -> pl.DataFrame:
        days = snapshot.scan(dataset)
        return collect_few(read(days.filter(pl.col("date") <= look.as_of) if look.as_of else days))[0]

    return snapshot.known(f"days of {dataset.name}", look.as_of, compute).lazy()


def is_live(newest: pl.Expr) -> pl.Expr:
    """Whether a source has reported in the last days up to the newest; false of one that never has.

    The rows have `through`.
    """
    return (pl.col("through") > newest.dt.offset_by(f"-{LIVE_DAYS}d")).fill_null(value=False)


def without_late_zeros(rows: pl.LazyFrame, sources: tuple[str, ...], value: str) -> pl.LazyFrame:
    """The rows, with what is not reported yet as null. Adds `through`: the last day that its source has reported."""
    is_late = (pl.col("date") > pl.col("through")) & (pl.col(value) == 0)
    known = rows.join(through(rows, sources, value), on=sources, how="left")
    return known.with_columns(pl.when(is_late).then(None).otherwise(pl.col(value)).alias(value))


def without_late_days(rows: pl.LazyFrame, source: str, value: str, others: tuple[str, ...]) -> pl.LazyFrame:
    """As `without_late_zeros`; the other values of a late day are null as well where none of them counts anything."""
    known = without_late_zeros(rows, (source,), value)
    is_silent = pl.all_horizontal(pl.col(value, *others).fill_null(0) == 0)
    is_late = (pl.col("date") > pl.col("through")) & is_silent
    return known.with_columns(pl.when(is_late).then(None).otherwise(pl.col(each)).alias(each) for each in others)


def through(rows: pl.LazyFrame, sources: tuple[str, ...], value: str) -> pl.LazyFrame:
    """The last day each source has reported through; null where it has never reported any.

    A trailing run of zeros after busy weeks is not reported yet.
    Grain: one row per source. Columns: the sources, through.
    """
    date, counted = pl.col("date"), pl.col(value)
    ends = rows.group_by(sources).agg(
        last_row=date.filter(counted.is_not_null()).max(), last_counted=date.filter(counted > 0).max()
    )
    before_run = (
        rows.join(ends, on=sources)
        .filter(date <= pl.col("last_counted"), date > pl.col("last_counted").dt.offset_by(f"-{LOOK_BACK_DAYS}d"))
        .group_by(sources)
        .agg(median=counted.median())
    )
    is_lag = pl.col("median").fill_null(0) >= BUSY_MEDIAN
    return ends.join(before_run, on=sources, how="left").select(
        *sources, through=pl.when(is_lag).then("last_counted").otherwise("last_row")
    )


def unreported_days(
    rows: pl.LazyFrame, period: Period, sources: tuple[str, ...], keys: tuple[str, ...]
) -> pl.LazyFrame:
    """The days of the period outside the time that a group's live sources have all reported.

    A group (by any of the source columns; without keys there is one) begins with the first of its sources,
    and ends with the first of those that delivered anything in its last days. The rows have `through`.
    Grain: one row per group and day. Columns: the keys, date.
    """
    spans = rows.group_by(sources).agg(
        first=pl.col("date").min(), last=pl.col("date").max(), through=pl.col("through").first()
    )
    groups = spans.with_columns(all=pl.lit(value=True)).group_by("all", *keys)
    ends = groups.agg(pl.col("first").min(), pl.col("through").filter(is_live(pl.col("last").max())).min())
    days = pl.LazyFrame().select(date=pl.date_range(period.start, period.end))
    date = pl.col("date")
    return (
        ends.join(days, how="cross").filter((date < pl.col("first")) | (date > pl.col("through"))).select(*keys, "date")
    )


def open_days(scope: Scope, sources: tuple[str, ...], keys: tuple[str, ...]) -> pl.LazyFrame:
    """As `unreported_days`, of all the time that the data covers."""
    assert scope.window.covered  # noqa: S101 - else nothing is compared
    return unreported_days(scope.rows, scope.window.covered, sources, keys)


def missing_days(rows: pl.LazyFrame, period: Period, sources: tuple[str, ...], value: str) -> pl.LazyFrame:
    """The days of the period, from each source's first on, that it has not reported.

    Grain: one row per source that misses any, in the order of the sources. Columns: the sources, days.
    """
    date = pl.col("date")
    begin = pl.max_horizontal(pl.lit(period.start), date.min()).alias("begin")
    known = rows.group_by(sources).agg(begin, known=date.filter(pl.col(value).is_not_null()))
    days = pl.date_ranges("begin", pl.lit(period.end)).list.set_difference("known").list.sort()
    return (
        known.filter(pl.col("begin") <= period.end)
        .select(*sources, days=days)
        .filter(pl.col("days").list.len() > 0)
        .sort(sources)
    )


def arrivals(rows: pl.LazyFrame, period: Period, source: str) -> pl.LazyFrame:
    """The sources that have begun within the period, while others had counted before.

    Grain: one row per source. Columns: the source, first.
    """
    first = pl.col("first")
    firsts = rows.group_by(source).agg(first=pl.col("date").min())
    return firsts.filter(first > period.start, first <= period.end, first > first.min()).sort(source)


def gaps(scope: Scope, source: str, value: str) -> list[Limitation]:
    """What is said of the days of the period that a source has not reported."""
    period = scope.window.visible
    if period is None:
        return []
    missing = collect_few(missing_days(scope.rows, period, (source,), value))[0]
    return [not_reported(name, days, period) for name, days in missing.select(source, "days").rows()]


def arrivals_of(scope: Scope, source: str) -> list[Limitation]:
    """What is said of the sources that have begun within what is compared."""
    if not scope.compared:
        return []
    return [arrived(*row) for row in collect_few(arrivals(scope.rows, scope.compared, source))[0].rows()]


def unknown_followers(scope: Scope, source: str, value: str = "followers") -> list[Limitation]:
    """What is said of sources that report, but whose running count is not known from their first day on."""
    period = scope.window.visible
    if period is None:
        return []
    date = pl.col("date")
    known = (
        scope.rows.filter(date.is_between(period.start, period.end))
        .group_by(source)
        .agg(first=date.min(), known_from=date.filter(pl.col(value).is_not_null()).min())
        .filter(pl.col("known_from").is_null() | (pl.col("known_from") > pl.col("first")))
        .sort(source)
    )
    texts = [
        f"The {value} of {name} are not known in this period."
        if known_from is None
        else f"The {value} of {name} are known from {known_from} on, and are in no sum before."
        for name, _, known_from in collect_few(known)[0].rows()
    ]
    return [Limitation(Code.PARTIAL_PERIOD, text) for text in texts]


def not_reported(source: str, days: list[dt.date], period: Period, what: str = "") -> Limitation:
    """What is said of a source's missing days of a period: named while they are few, and counted else.

    `what`: of what they are missing, where the source has reported something else on them.
    """
    named = ", ".join(str(day) for day in days[:MOST_DAYS_NAMED])
    more = f" and {len(days) - MOST_DAYS_NAMED} more up to {days[-1]}" if len(days) > MOST_DAYS_NAMED else ""
    on = f" on {what}" if what else ""
    text = f"{source} has not reported {len(days)} of {period.days} days{on}: {named}{more}."
    return Limitation(Code.PARTIAL_PERIOD, text)


def arrived(source: str, first: dt.date) -> Limitation:
    """What is said of a source that has begun within what is compared."""
    text = f"{source} counts from {first} on: growth against what lies before is partly its arrival."
    return Limitation(Code.NOT_COMPARABLE, text)
