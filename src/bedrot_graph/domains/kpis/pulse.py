"""The newest day that every live source has reported, against the day before and the same weekday a week before."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.coverage import is_live
from bedrot_graph.cubes.request import Request, Shown, Span
from bedrot_graph.domains.counters import months, reporting
from bedrot_graph.domains.streams import service as streams
from bedrot_graph.lake.catalogue import DAILY_STREAMS
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, Composition, Measure, Unit
from bedrot_graph.periods import Period

GROWTH_ON_DAY = Measure(
    name="growth_on_day",
    meaning="The relative change of all streams against the day before: 0.25 is +25 %. Null where the day before had "
    "none, or is not reported by every live source, or a distributor has begun since.",
    method="Total streams of the day less those of the day before, divided by the latter.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=Composition(),
)
GROWTH_ON_WEEKDAY = Measure(
    name="growth_on_weekday",
    meaning="The relative change of all streams against the same weekday a week before, which weekends do not "
    "disturb: 0.25 is +25 %. Null where that day had none, or is not reported by every live source, or a distributor "
    "has begun since.",
    method="Total streams of the day less those of seven days before, divided by the latter.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=Composition(),
)


@dataclass(frozen=True)
class Source:
    """How far a distributor has reported a platform."""

    distributor: str
    platform: str
    complete_through: dt.date | None
    is_live: bool
    first: dt.date | None = None
    """The first day that it has reported."""


@dataclass(frozen=True)
class Pulse:
    """A day, and what it is held against; days are nodes of the cube `streams`."""

    date: dt.date | None
    """The newest day that every live source has reported; None where there is none."""
    newest_date: dt.date | None
    """The newest day that any source has reported."""
    current: dict[str, Any] | None
    previous_day: dict[str, Any] | None
    same_weekday_last_week: dict[str, Any] | None
    sources: tuple[Source, ...]

    @property
    def growth_on_day(self) -> float | None:
        """The relative change against the day before."""
        return self._growth(self.previous_day, 1)

    @property
    def growth_on_weekday(self) -> float | None:
        """The relative change against the same weekday of the week before."""
        return self._growth(self.same_weekday_last_week, 7)

    def _growth(self, then: dict[str, Any] | None, days: int) -> float | None:
        now = self.current
        if not now or not then or not now["complete"] or not then["complete"] or not then["total_streams"]:
            return None
        before: int = then["total_streams"]
        return None if self.arrived_since(days) else (int(now["total_streams"]) - before) / before

    def arrived_since(self, days: int) -> list[str]:
        """The live distributors that have begun in the last days: against before their streams would be growth."""
        begun: dict[str, dt.date] = {}
        for each in self.sources:
            if each.is_live and each.first:
                begun[each.distributor] = min(begun.get(each.distributor, each.first), each.first)
        before = self.date - dt.timedelta(days=days) if self.date else None
        return [name for name, first in begun.items() if before and first > before]


def pulse(snapshot: Snapshot, as_of: dt.date | None) -> Composed[Pulse]:
    """The pulse as it was known on a day. Blocks; raises DatasetError where there are no daily counters."""
    watched = snapshot.watched()
    sources, newest = _sources(watched, as_of)
    date = _through(sources)
    days = [_day(watched, date - dt.timedelta(days=back), as_of) for back in (0, 1, 7)] if date else []
    current, before, week_before = [each.total.row(0, named=True) for each in days] or (None, None, None)
    findings = dict.fromkeys(limitation for each in days for limitation in each.findings)
    value = Pulse(date, newest, current, before, week_before, sources)
    return Composed(value, (*findings, *_incomparable(value)), frozenset(watched.scanned))


def complete_through(snapshot: Snapshot, as_of: dt.date | None) -> dt.date | None:
    """The newest day that every live source has reported; None where there is none."""
    return _through(_sources(snapshot, as_of)[0])


def _through(sources: tuple[Source, ...]) -> dt.date | None:
    known = [source.complete_through for source in sources if source.is_live and source.complete_through]
    return min(known, default=None)


def _sources(snapshot: Snapshot, as_of: dt.date | None) -> tuple[tuple[Source, ...], dt.date | None]:
    """Every source, and the newest day that any has reported; live is what has reported in the last two weeks."""
    sources = snapshot.known("sources of counters", as_of, lambda: _counting(snapshot, as_of))
    return sources, max((each.complete_through for each in sources if each.complete_through), default=None)


def _counting(snapshot: Snapshot, as_of: dt.date | None) -> tuple[Source, ...]:
    date, is_counted = pl.col("date"), pl.col("streams").is_not_null()
    spans = (
        months.counted(snapshot, as_of)
        .group_by(reporting.SOURCES)
        .agg(first=date.filter(is_counted).min(), last=date.max(), through=pl.col("through").first())
        .with_columns(is_live=is_live(pl.col("last").max()))
        .sort(reporting.SOURCES)
    )
    rows = collect_few(spans.select(*reporting.SOURCES, "through", "is_live", "first"))[0].rows()
    return tuple(Source(*row) for row in rows)


def _day(snapshot: Snapshot, day: dt.date, as_of: dt.date | None) -> Answer:
    names = tuple(sorted(measure.name for measure in streams.CUBE.measures))
    request = Request(period=Span(dates=Period(day, day)), as_of=as_of, total=Shown(measures=names, complete=True))
    return answer(streams.CUBE, snapshot, request)


def _incomparable(found: Pulse) -> list[Limitation]:
    """Why a change is null."""
    if found.current is None:
        return [Limitation(Code.NOT_COMPARABLE, "There is no day that every live source has reported.")]
    days_before = {"the day before": 1, "the same weekday a week before": 7}
    changes = dict(zip(days_before, (found.growth_on_day, found.growth_on_weekday), strict=True))
    said = []
    for name in (name for name, change in changes.items() if change is None):
        arrived = " and ".join(found.arrived_since(days_before[name]))
        why = f"{arrived} had not begun" if arrived else "it had no streams, or is not completely reported"
        said.append(Limitation(Code.NOT_COMPARABLE, f"The change against {name} is null: {why}."))
    return said
