"""The time that an answer speaks of: what was asked, what the data covers of it, and the bucket each day is in."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.request import Comparison, Span
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.periods import Grain, Period


@dataclass(frozen=True)
class Window:
    """A period in the light of the data."""

    covered: Period
    """From the first to the last date that the data speaks of."""
    asked: Period
    """The asked period, in whole months where the data knows no days; the covered one if none was asked."""
    is_widened: bool
    was_asked: bool

    @property
    def visible(self) -> Period | None:
        """The part of the asked period that is covered."""
        return self.asked.overlap(self.covered)

    def before(self, compare: Comparison) -> Period:
        """The period that the whole answer is compared with."""
        return self.asked.year_before() if compare is Comparison.PREVIOUS_YEAR else self.asked.before()

    def why_not_comparable(self, before: Period, open_dates: list[dt.date]) -> str | None:
        """Why the asked period and the one before say nothing about change; None where they do."""
        if before.start < self.covered.start:
            return f"the data begins on {self.covered.start}, and the period before is {before}"
        if self.asked.end > self.covered.end:
            return f"the period ends on {self.asked.end}, and the data on {self.covered.end}"
        if unfinished := [date for date in open_dates if date in self.asked or date in before]:
            return f"{min(unfinished)} and what follows is not completely reported yet"
        return None

    def is_closed(self, bucket: pl.Expr, grain: Grain, open_dates: list[dt.date]) -> pl.Expr:
        """Whether a bucket is whole: inside the data, not cut by the asked period, and completely reported."""
        end = bucket.dt.offset_by(grain.offset).dt.offset_by("-1d")
        is_open = bucket.is_in(pl.Series(open_dates, dtype=pl.Date).dt.truncate(grain.offset).unique().implode())
        is_cut = (bucket < self.asked.start) & (end >= self.asked.start)
        return (bucket >= self.covered.start) & (end <= min(self.covered.end, self.asked.end)) & ~is_cut & ~is_open

    def findings(self) -> list[Limitation]:
        """What the asked period has to be told about."""
        found = []
        if self.is_widened:
            text = f"The data knows whole months only; the period was widened to {self.asked}."
            found.append(Limitation(Code.PERIOD_WIDENED, text))
        if self.asked.start < self.covered.start or self.asked.end > self.covered.end:
            days = self.visible.days if self.visible else 0
            text = (
                f"The period {self.asked} has {self.asked.days} days, of which the data covers {days}: "
                f"it runs from {self.covered}."
            )
            found.append(Limitation(Code.PARTIAL_PERIOD, text))
        return found


def window(span: Span | None, covered: Period, finest: Grain) -> Window:
    """What a span means where the data covers `covered` and knows nothing finer than `finest`."""
    if span is None:
        return Window(covered, covered, is_widened=False, was_asked=False)
    exact = span.ending_at(covered.end)
    if finest is not Grain.MONTH:
        return Window(covered, exact, is_widened=False, was_asked=True)
    whole = exact.whole_months()
    return Window(covered, whole, is_widened=whole != exact, was_asked=True)


def bucket_of(date: pl.Expr, grain: Grain) -> pl.Expr:
    """The first day of the bucket that a date is in; weeks begin on Monday."""
    return date.dt.truncate(grain.offset)


def buckets(period: Period, grain: Grain) -> pl.DataFrame:
    """Every bucket that the period touches. Columns: bucket."""
    first = pl.lit(period.start).dt.truncate(grain.offset)
    last = pl.lit(period.end).dt.truncate(grain.offset)
    return pl.select(bucket=pl.date_range(first, last, grain.offset))


def earlier(date: pl.Expr, grain: Grain, compare: Comparison) -> pl.Expr:
    """The bucket that a bucket is compared with."""
    if compare is Comparison.PREVIOUS_PERIOD:
        return date.dt.offset_by(f"-{grain.offset}")
    return date.dt.offset_by("-52w" if grain is Grain.WEEK else "-1y")


def reach_back(period: Period, grain: Grain, compare: Comparison) -> dt.date:
    """The first day that the comparison of the period's first bucket needs."""
    first = pl.select(earlier(bucket_of(pl.lit(period.start), grain), grain, compare)).item()
    assert isinstance(first, dt.date)  # noqa: S101 - for the type checker
    return first
