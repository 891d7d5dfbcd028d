"""Everything that a label should be told about, gathered from all rules."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.composed import Composed
from bedrot_graph.domains.alerts import anomalies, drops, gaps, money, payments, quality
from bedrot_graph.domains.alerts.days import STREAMS_MEASURE, by_distributor
from bedrot_graph.domains.alerts.finding import Finding, Kind, Severity
from bedrot_graph.domains.alerts.releases import releases
from bedrot_graph.domains.counters import months
from bedrot_graph.domains.payments.measures import PENDING
from bedrot_graph.domains.revenue import service as revenue
from bedrot_graph.domains.streams import service as streams
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.catalogue import DAILY_STREAMS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.marks import NOTHING_SAID, Mark, Marks
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Measure

MEASURES = {
    STREAMS_MEASURE: streams.TOTAL_STREAMS,
    money.REVENUE_MEASURE: revenue.REVENUE,
    payments.PENDING_MEASURE: PENDING,
}
"""The measures that findings are numbers of, by schema coordinate."""
FINDING_BYTES = 2048
"""The memory that a finding takes, roughly."""
_PAIR = pl.Struct({"name": pl.String, "value": pl.String})
_TIME = pl.Datetime(time_zone="UTC")
_ROW: dict[str, pl.DataType] = {
    "id": pl.String(),
    "kind": pl.String(),
    "severity": pl.String(),
    "title": pl.String(),
    "message": pl.String(),
    "measure": pl.String(),
    "unit": pl.String(),
    "value": MONEY,
    "expected": MONEY,
    "change": pl.Float64(),
    "period": pl.Struct({"start": pl.Date(), "end": pl.Date}),
    "raised_at": pl.Date(),
    "acknowledged_at": _TIME,
    "acknowledged_by": pl.String(),
    "snoozed_until": _TIME,
    "snoozed_by": pl.String(),
    "dimensions": pl.List(_PAIR),
}


@dataclass(frozen=True)
class Wanted:
    """Which findings to tell; None lets all through."""

    severities: tuple[Severity, ...] | None = None
    kinds: tuple[Kind, ...] | None = None
    is_acknowledged: bool | None = None
    is_snoozed: bool | None = None

    @property
    def looks_at_marks(self) -> bool:
        """Whether it depends on what people have said."""
        return self.is_acknowledged is not None or self.is_snoozed is not None

    def lets_through(self, finding: Finding, mark: Mark) -> bool:
        """Whether it is told, where people have said that of it."""
        return (
            (self.severities is None or finding.severity in self.severities)
            and (self.kinds is None or finding.kind in self.kinds)
            and self.is_acknowledged in {None, mark.acknowledged_at is not None}
            and self.is_snoozed in {None, mark.snoozed_until is not None}
        )

    def of(self, found: tuple[Finding, ...], marks: Marks) -> tuple[Finding, ...]:
        """Those that are told."""
        return tuple(each for each in found if self.lets_through(each, marks.get(each.id, NOTHING_SAID)))


def alerts(snapshot: Snapshot, as_of: dt.date | None) -> Composed[tuple[Finding, ...]]:
    """All findings, the gravest first, as they were known on a day; a rule whose dataset cannot be read is skipped.

    Raises DatasetUnavailable where there is no dataset at all.
    """
    watched = snapshot.watched()
    if not watched.tables and all(fault.is_absent for fault in watched.faults.values()):
        watched.scan(DAILY_STREAMS)
    found: list[Finding] = watched.known(
        "findings", as_of, lambda: sorted(_found(watched, as_of), key=lambda each: each.place)
    )
    there = {name for name, fault in snapshot.faults.items() if not fault.is_absent} | set(snapshot.tables)
    return Composed(
        value=tuple(found),
        findings=(),
        scanned=frozenset(there),
        size_bytes=FINDING_BYTES * (len(found) + 1),
    )


def measures_of(findings: tuple[Finding, ...]) -> dict[str, Measure]:
    """The measures that findings are numbers of, by schema coordinate."""
    return {name: MEASURES[name] for each in findings if each.numbers and (name := each.numbers.measure) in MEASURES}


def state(snapshot: Snapshot) -> tuple[object, ...]:
    """What findings depend on beside the snapshot's version: the day, and the files that were given up."""
    return snapshot.today, *(table.failed for table in snapshot.tables.values())


def rows(findings: tuple[Finding, ...], marks: Marks) -> pl.DataFrame:
    """The findings as a page shows them, with what people have said of them.

    Grain: one row per finding, in their order. Columns: those of an alert.
    """
    return pl.DataFrame([_row(each, marks.get(each.id, NOTHING_SAID)) for each in findings], schema=_ROW, orient="row")


def _found(snapshot: Snapshot, as_of: dt.date | None) -> Iterator[Finding]:
    goals = snapshot.goals.alerts
    if _tells(snapshot, DAILY_STREAMS, as_of):
        counters = months.counted(snapshot, as_of)
        yield from anomalies.findings(by_distributor(counters), releases(snapshot), goals)
        yield from drops.findings(counters, goals)
        yield from gaps.missing_days(counters)
        yield from gaps.lagging(counters, goals)
    if _tells(snapshot, STATEMENTS, as_of):
        yield from money.revenue_change(snapshot, as_of)
        yield from payments.payments(snapshot, as_of)
    yield from quality.findings(snapshot, as_of)


def _tells(snapshot: Snapshot, dataset: Dataset, as_of: dt.date | None) -> bool:
    """Whether the dataset can be read, and had any row on the day."""
    table = snapshot.tables.get(dataset.name)
    if table is None or dataset.event_date is None:
        return False
    return as_of is None or (table.events is not None and table.events[0] <= as_of)


def _row(finding: Finding, mark: Mark) -> tuple[object, ...]:
    numbers, period = finding.numbers, finding.period
    return (
        finding.id,
        finding.kind,
        finding.severity,
        finding.title,
        finding.message,
        numbers and numbers.measure,
        numbers and numbers.unit,
        numbers and numbers.value,
        numbers and numbers.expected,
        numbers and numbers.change,
        period and {"start": period.start, "end": period.end},
        finding.raised_at,
        *mark,
        [{"name": name, "value": value} for name, value in finding.dimensions],
    )
