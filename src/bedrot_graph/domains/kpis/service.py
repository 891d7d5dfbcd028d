"""The KPIs of a snapshot: answers of cubes over whole times, held against their targets."""

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import polars as pl

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.request import Comparison, Order, Request, Shown, Span
from bedrot_graph.domains.kpis.kpi import KPIS, Declared, Kpi, Time, Value
from bedrot_graph.domains.kpis.pulse import complete_through
from bedrot_graph.domains.statements import completeness
from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Last
from bedrot_graph.periods import Period, add_months, first_of_month, last_of_month

RECENT_DAYS = 28
"""Four weeks: every weekday as often as any other."""


def kpis(
    snapshot: Snapshot,
    as_of: dt.date | None = None,
    *,
    with_target: bool | None = None,
    ids: tuple[str, ...] | None = None,
) -> Composed[tuple[Kpi, ...]]:
    """The KPIs as they were known on a day: all of them, those with a target or those without, or these. Blocks.

    What needs a dataset that cannot be read has no value, and is among the faults.
    """
    targets = snapshot.goals.targets
    wanted = tuple(
        each
        for each in KPIS
        if with_target in {None, targets.of(each.id) is not None} and (ids is None or each.id in ids)
    )
    asking = _Asking(snapshot.watched(), as_of, wanted)
    found = tuple(asking.kpi(declared).against(snapshot.goals.status) for declared in wanted)
    return Composed(
        found,
        tuple(dict.fromkeys(asking.findings)),
        frozenset(asking.snapshot.scanned),
        faults=tuple(asking.faults),
        measures={each.coordinate: each.measure for each in wanted},
    )


@dataclass
class _Asking:
    """What has been asked of the cubes for the KPIs, each question once."""

    snapshot: Snapshot
    as_of: dt.date | None
    wanted: tuple[Declared, ...]
    findings: list[Limitation] = field(default_factory=list)
    faults: list[tuple[str, DatasetError]] = field(default_factory=list)
    _answers: dict[str, Answer] = field(default_factory=dict)

    def kpi(self, declared: Declared) -> Kpi:
        """The KPI; without a value where its dataset cannot be read."""
        known = Kpi(
            declared.id,
            declared.name,
            None,
            declared.unit or declared.measure.unit,
            target=self.snapshot.goals.targets.of(declared.id),
            measure=None if declared.unit else declared.coordinate,
        )
        try:
            return self._of_artists(declared, known) if declared.of_artists else self._of_all(declared, known)
        except DatasetError as fault:
            self.faults.append((declared.id, fault))
            self.snapshot.scanned.add(fault.dataset)
            return known

    def _of_all(self, declared: Declared, known: Kpi) -> Kpi:
        span = self._span(declared)
        if span is None and declared.time is not Time.ALL:
            text = f"{declared.id}: no month is completely reported yet."
            self.findings.append(Limitation(Code.PARTIAL_PERIOD, text))
            return known
        found, name = self._answer(declared, span), declared.measure.name
        is_running = isinstance(declared.measure.formula, Last)
        if declared.time is Time.RECENT and found.total[name].item() is None and (is_running or found.period is None):
            found = self._answer(declared, None)  # what was stamped longer ago, or is told without a time
        self._tell(declared, found)
        total = found.total.row(0, named=True)
        if total[name] is None:
            return self._with_open_month(declared, known) if declared.time is Time.CLOSED_MONTH else known
        kpi = replace(
            known,
            value=total[name],
            previous=(total["previous"] or {}).get(name),
            growth=(total["growth"] or {}).get(name),
            period=found.period,
            as_of=self._newest(declared),
        )
        if declared.time is Time.SALE_MONTH and kpi.growth is None:
            kpi = replace(kpi, previous=self._if_complete(kpi))
        return self._of_closed_month(declared, kpi) if declared.time is Time.CLOSED_MONTH else kpi

    def _if_complete(self, kpi: Kpi) -> Value | None:
        """What the sale month before has earned, where its stores have reported it."""
        before = add_months(kpi.period.start, -1) if kpi.period else None
        return kpi.previous if before in self._complete_months() else None

    def _of_closed_month(self, declared: Declared, kpi: Kpi) -> Kpi:
        """Without growth and status where a month lacks days; with the month that is still open."""
        assert kpi.period  # noqa: S101 - a closed month is one
        before = Period(add_months(kpi.period.start, -1), last_of_month(add_months(kpi.period.start, -1)))
        is_whole, was_whole = (self._is_complete(declared, month) for month in (kpi.period, before))
        if kpi.growth is not None and not (is_whole and was_whole):
            text = f"{kpi.id}: growth is null, as days of {kpi.period if was_whole else before} are missing."
            self.findings.append(Limitation(Code.NOT_COMPARABLE, text))
        growth = kpi.growth if is_whole and was_whole else None
        return self._with_open_month(declared, replace(kpi, growth=growth, is_whole=is_whole))

    def _is_complete(self, declared: Declared, month: Period) -> bool:
        request = Request(period=Span(dates=month), total=Shown(complete=True), as_of=self.as_of)
        return bool(self._answered(declared, request).total["complete"].item())

    def _of_artists(self, declared: Declared, known: Kpi) -> Kpi:
        assert declared.of_artists  # noqa: S101 - for the type checker
        order = (Order(declared.measure.name, is_descending=True), Order("artist"))
        looked_at = Shown(fields=("artist",), measures=(declared.measure.name,))
        request = Request(by=("artist",), order_by=order, groups=looked_at, as_of=self.as_of)
        found = self._answered(declared, request)
        self._tell(declared, found)
        value, name = declared.of_artists(found)
        return replace(known, value=value, name=name or known.name, period=found.period, as_of=self._newest(declared))

    def _with_open_month(self, declared: Declared, kpi: Kpi) -> Kpi:
        """With the streams of the month that is still open: so far, and as many a day to its end."""
        through = complete_through(self.snapshot, self.as_of)
        if through is None or through == last_of_month(through):
            return kpi
        so_far = Request(
            period=Span(dates=Period(first_of_month(through), through)),
            total=Shown(measures=(declared.measure.name,), complete=True),
            as_of=self.as_of,
        )
        found = self._answered(declared, so_far)
        total = found.total.row(0, named=True)
        streams: int | None = total[declared.measure.name]
        if streams is None or not total["complete"]:
            self._tell(declared, found)
            return replace(kpi, month_to_date=streams)
        _, days = monthrange(through.year, through.month)
        whole = (Decimal(streams) * days / through.day).quantize(Decimal(1), ROUND_HALF_EVEN)
        return replace(kpi, month_to_date=streams, projected=int(whole))

    def _span(self, declared: Declared) -> Span | None:
        match declared.time:
            case Time.ALL:
                return None
            case Time.RECENT:
                return Span(last_days=RECENT_DAYS)
            case Time.SALE_MONTH:
                return _month(max(self._complete_months(), default=None))
            case Time.CLOSED_MONTH:
                through = complete_through(self.snapshot, self.as_of)
                if through is None:
                    return None
                is_whole = through == last_of_month(through)
                return _month(first_of_month(through) if is_whole else add_months(first_of_month(through), -1))

    def _answer(self, declared: Declared, span: Span | None) -> Answer:
        """All measures that KPIs of the cube and the time are, in one answer, whichever of them are wanted."""
        of_one_kind = {each.measure.name for each in KPIS if (each.cube, each.time) == (declared.cube, declared.time)}
        names = tuple(sorted(of_one_kind))
        compare = Comparison.PREVIOUS_PERIOD if span else None
        looked_at = Shown(measures=names, previous=names, growth_of=names)
        request = Request(period=span, compare=compare, total=looked_at, as_of=self.as_of)
        return self._answered(declared, request)

    def _answered(self, declared: Declared, request: Request) -> Answer:
        """The answer of a cube, remembered as long as the snapshot where all that is known counts."""
        name = f"KPIs of {declared.cube.name}: {request}"
        if name not in self._answers:
            cube, snapshot = declared.cube, self.snapshot
            self._answers[name] = snapshot.known(name, self.as_of, lambda: answer(cube, snapshot, request))
            self.snapshot.scanned.update(self._answers[name].scanned)
        return self._answers[name]

    def _beside(self, declared: Declared) -> list[Declared]:
        """The KPIs that are told by the same answer."""
        return [each for each in self.wanted if (each.cube, each.time) == (declared.cube, declared.time)]

    def _tell(self, declared: Declared, found: Answer) -> None:
        """Keep what has to be said of an answer, and of which KPIs."""
        names = ", ".join(each.id for each in self._beside(declared))
        self.findings += [Limitation(each.code, f"{names}: {each.text}") for each in found.findings]

    def _complete_months(self) -> list[dt.date]:
        return completeness.complete_months(self.snapshot, self.as_of)

    def _newest(self, declared: Declared) -> dt.date | None:
        """The newest event date of what was known."""
        table = self.snapshot.tables[declared.cube.dataset.name]
        if not self.as_of or not table.dataset.event_date:
            return table.newest_event
        event = pl.col(table.dataset.event_date)
        newest: dt.date | None = collect(table.rows.lazy().filter(event <= self.as_of).select(event.max()))[0].item()
        return newest


def _month(first: Any) -> Span | None:  # noqa: ANN401 - what a frame holds has no type
    return Span(dates=Period(first, last_of_month(first))) if first else None
