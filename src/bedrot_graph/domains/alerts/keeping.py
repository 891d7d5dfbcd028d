"""Findings as the ledger keeps them, and what it has kept as it is told."""

import datetime as dt
from decimal import Decimal

import orjson
import polars as pl

from bedrot_graph.domains.alerts.finding import Finding
from bedrot_graph.domains.alerts.judging import rule_of
from bedrot_graph.ledger.alerts import Alert, Seen
from bedrot_graph.ledger.marks import moment

_TIME = pl.Datetime(time_zone="UTC")
_ROW: dict[str, pl.DataType] = {
    "id": pl.String(),
    "kind": pl.String(),
    "severity": pl.String(),
    "title": pl.String(),
    "message": pl.String(),
    "raised_at": pl.Date(),
    "noticed_at": _TIME,
    "changed_at": _TIME,
    "resolved_at": _TIME,
    "times": pl.Int64(),
    "acknowledged_at": _TIME,
    "acknowledged_by": pl.String(),
    "snoozed_until": _TIME,
    "snoozed_by": pl.String(),
}


def seen(finding: Finding) -> Seen:
    """The finding as it is kept."""
    return Seen(
        id=finding.id,
        kind=finding.kind.value,
        severity=finding.severity.value,
        title=finding.title,
        message=finding.message,
        raised_at=str(finding.raised_at),
        rule=rule_of(finding),
        body=orjson.dumps(_told(finding), default=_exact).decode(),
    )


def kept_rows(alerts: list[Alert]) -> pl.DataFrame:
    """What is kept, as a page shows it. Grain: one row per alert, in their order. Columns: those of a kept alert."""
    return pl.DataFrame([_row(each) for each in alerts], schema=_ROW, orient="row")


def _told(finding: Finding) -> dict[str, object]:
    """All of it, under the names that the graph has."""
    numbers, period = finding.numbers, finding.period
    return {
        "id": finding.id,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "title": finding.title,
        "message": finding.message,
        "measure": numbers and numbers.measure,
        "unit": numbers and numbers.unit.value,
        "value": numbers and numbers.value,
        "expected": numbers and numbers.expected,
        "change": numbers and numbers.change,
        "period": period and {"from": period.start, "to": period.end},
        "raisedAt": finding.raised_at,
        "dimensions": [{"name": name, "value": value} for name, value in finding.dimensions],
    }


def _exact(value: object) -> orjson.Fragment:
    assert isinstance(value, Decimal)  # noqa: S101 - for the type checker: nothing else is none of JSON's
    return orjson.Fragment(format(value.normalize(), "f"))


def _row(alert: Alert) -> tuple[object, ...]:
    return (
        alert.id,
        alert.kind,
        alert.severity,
        alert.title,
        alert.message,
        dt.date.fromisoformat(alert.raised_at),
        moment(alert.noticed_at),
        moment(alert.changed_at),
        moment(alert.resolved_at),
        alert.times,
        moment(alert.acknowledged_at),
        alert.acknowledged_by,
        moment(alert.snoozed_until),
        alert.snoozed_by,
    )
