"""The KPIs of a snapshot: answers of cubes over whole times, held against their targets."""

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.request import Comparison, Order, Request, Span
from bedrot_graph.domains.kpis.kpi import KPIS, Declared, Kpi, Time
from bedrot_graph.domains.kpis.pulse import complete_through
from bedrot_graph.domains.statements import completeness
from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Period, add_months, first_of_month, last_of_month

RECENT_DAYS = 28
"""Four weeks: every weekday as often as any other."""


def kpis(snapshot: Snapshot, as_of: dt.date | None) -> Composed[tuple[Kpi, ...]]:
    """Every KPI as it was known on a day. Blocks.

    What needs a dataset that cannot be read has no value, and is among the faults.
    """
    asking = _Asking(snapshot.watched(), as_of)
    found = tuple(asking.kpi(declared).against(snapshot.goals.status) for declared in KPIS)
    return Composed(
        found,
        tuple(dict.fromkeys(asking.findings)),
        frozenset(asking.snapshot.scanned),
        faults=tuple(asking.faults),
        measures={each.coordinate: each.measure for each in KPIS},
    )


@dataclass
class _Asking:
    """What has been asked of the cubes for the KPIs, each question once."""

    snapshot: Snapshot
    as_of: dt.date | None
    findings: list[Limitation] = field(default_factory=list)
    faults: list[tuple[str, DatasetError]] = field(default_factory=list)
    _answers: dict[tuple[str, Request], Answer] = field(default_factory=dict)

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
            return known

    def _of_all(self, declared: Declared, known: Kpi) -> Kpi:
        span = self._span(declared)
        if span is None and declared.time is not Time.ALL:
            return known  # no month of the kind is whole
        found = self._answer(declared, span)
        if declared.time is Time.RECENT and found.total[declared.measure.name].item() is None:
            found = self._answer(declared, None)  # what is told without a time, or was told longer ago
        total = found.total.row(0, named=True)
        kpi = replace(
            known,
            value=total[declared.measure.name],
            previous=(total["previous"] or {}).get(declared.measure.name),
            growth=(total["growth"] or {}).get(declared.measure.name),
            period=found.period,
            as_of=self._newest(declared),
        )
        return self._with_open_month(declared, kpi) if declared.time is Time.CLOSED_MONTH else kpi

    def _of_artists(self, declared: Declared, known: Kpi) -> Kpi:
        assert declared.of_artists  # noqa: S101 - for the type checker
        order = (Order(declared.measure.name, is_descending=True), Order("artist"))
        request = Request(by=("artist",), order_by=order, measures=(declared.measure.name,), as_of=self.as_of)
        found = self._answered(declared, request)
        value, name = declared.of_artists(found)
        return replace(known, value=value, name=name or known.name, period=found.period, as_of=self._newest(declared))

    def _with_open_month(self, declared: Declared, kpi: Kpi) -> Kpi:
        """With the streams of the month that is still open: so far, and as many a day to its end."""
        through = complete_through(self.snapshot, self.as_of)
        if through is None or through == last_of_month(through):
            return kpi
        so_far = Request(
            period=Span(dates=Period(first_of_month(through), through)),
            measures=(declared.measure.name,),
            wants_complete=True,
            as_of=self.as_of,
        )
        total = self._answered(declared, so_far).total.row(0, named=True)
        streams: int | None = total[declared.measure.name]
        if streams is None or not total["complete"]:
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
                months = completeness.known_months(self.snapshot, self.as_of).filter("is_complete")["date"]
                return _month(max(months.to_list(), default=None))
            case Time.CLOSED_MONTH:
                through = complete_through(self.snapshot, self.as_of)
                if through is None:
                    return None
                is_whole = through == last_of_month(through)
                return _month(first_of_month(through) if is_whole else add_months(first_of_month(through), -1))

    def _answer(self, declared: Declared, span: Span | None) -> Answer:
        """All measures that KPIs of the cube and the time are, in one answer."""
        of_one_kind = {each.measure.name for each in KPIS if (each.cube, each.time) == (declared.cube, declared.time)}
        names = tuple(sorted(of_one_kind))
        compare = Comparison.PREVIOUS_PERIOD if span else None
        growth_of = names if span else ()
        request = Request(period=span, compare=compare, measures=names, growth_of=growth_of, as_of=self.as_of)
        return self._answered(declared, request)

    def _answered(self, declared: Declared, request: Request) -> Answer:
        key = (declared.cube.name, request)
        if key not in self._answers:
            self._answers[key] = answer(declared.cube, self.snapshot, request)
            self.snapshot.scanned.update(self._answers[key].scanned)
            self.findings += self._answers[key].findings
        return self._answers[key]

    def _newest(self, declared: Declared) -> dt.date | None:
        newest = self.snapshot.tables[declared.cube.dataset.name].newest_event
        return min(newest, self.as_of) if newest and self.as_of else newest


def _month(first: Any) -> Span | None:  # noqa: ANN401 - what a frame holds has no type
    return Span(dates=Period(first, last_of_month(first))) if first else None
