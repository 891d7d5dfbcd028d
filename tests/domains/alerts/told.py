"""What is told of a lake in tests, and lakes whose streams keep to a level."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from bedrot_graph.domains.alerts import service
from bedrot_graph.domains.alerts.finding import Finding, Kind
from bedrot_graph.lake.snapshot import Snapshot
from tests.lakes import Rows, day

START = dt.date(2025, 1, 6)
"""A Monday."""


def told(lake: Snapshot, *kinds: str, as_of: str | None = None) -> list[Finding]:
    """The findings of those kinds, in order; all of them without any."""
    found = service.alerts(lake, dt.date.fromisoformat(as_of) if as_of else None).value
    return [each for each in found if not kinds or each.kind in kinds]


def the(lake: Snapshot, kind: Kind, as_of: str | None = None) -> Finding:
    """The one finding of that kind."""
    (found,) = told(lake, kind, as_of=as_of)
    return found


def span(finding: Finding) -> tuple[str, str] | None:
    """The first and the last day that it is about."""
    return (str(finding.period.start), str(finding.period.end)) if finding.period else None


def value(finding: Finding) -> tuple[int, int | None] | None:
    """What was seen and expected, in whole numbers."""
    numbers = finding.numbers
    if numbers is None:
        return None
    return int(numbers.value), None if numbers.expected is None else int(numbers.expected)


def on_day(number: int) -> str:
    """The date of a day of a level lake; the first is 0."""
    return str(START + dt.timedelta(days=number))


def level(
    days: int, source: str = "distrokid", streams: int = 1000, but: Mapping[int, int] = MappingProxyType({})
) -> Rows:
    """So many days at one level; `but={70: 400}`: what some days counted instead."""
    return [day(on_day(number), source, but.get(number, streams), 0) for number in range(days)]


def without(rows: Rows, *numbers: int) -> Rows:
    """The rows without those of some days."""
    left_out = {on_day(number) for number in numbers}
    return [row for row in rows if row["date"] not in left_out]
