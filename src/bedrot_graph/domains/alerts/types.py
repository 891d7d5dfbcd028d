"""How findings are said: alerts, and the filter over them."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from bedrot_graph.domains.alerts.finding import Kind, Severity
from bedrot_graph.domains.alerts.service import Wanted
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import DatePeriod, enum_type, field
from bedrot_graph.graph.pages import Edge, PageInfo
from bedrot_graph.graph.scalars import Number
from bedrot_graph.measures import Unit

enum_type(
    Severity,
    "AlertSeverity",
    "How much of a hurry there is.",
    {
        Severity.INFO: "Good to know; nothing has to be done.",
        Severity.WARNING: "Somebody should look at it.",
        Severity.CRITICAL: "Money or data is missing, or streams are breaking down: somebody has to act.",
    },
)
enum_type(
    Kind,
    "AlertKind",
    "What an alert is about. What counts as much, few or late stands in the file that the setting GOALS names.",
    {
        Kind.REVENUE_CHANGE: "The newest complete sale month earned much more or less than the one just before.",
        Kind.STREAM_DROP: "The newest seven complete days have far fewer streams than the seven before.",
        Kind.ANOMALY: "A day, or some in a row, with far more or far fewer streams than such weekdays have.",
        Kind.RELEASE_LIFT: "The same, upward and soon after a release.",
        Kind.MISSING_DAYS: "Days without a row, between days that a distributor has reported.",
        Kind.SOURCE_LAGGING: "A distributor's platform that is days behind the newest source.",
        Kind.STALE_DATA: "A dataset whose newest date is older than it should be.",
        Kind.PAYMENT_OVERDUE: "A sale month that is not completely reported after its due date.",
        Kind.PAYMENT_PARTIAL: "A sale month that some stores have reported and others not, and that is not overdue.",
        Kind.ROWS_REJECTED: "Rows of a dataset that cannot be read, and are in no number.",
        Kind.COLUMN_MISSING: "Columns that no current file has, so that numbers are null.",
        Kind.DATASET_UNREADABLE: "Files that are there and cannot be read.",
    },
)

_EITHER = "Absent or null filters nothing."


@strawberry.input(description=f"A condition on the severity. {_EITHER} An empty list lets nothing through.")
class AlertSeverityFilter:
    """Its operators."""

    eq: Severity | None = strawberry.field(default=UNSET, description="The one severity it must have.")
    in_: list[Severity] | None = strawberry.field(default=UNSET, name="in", description="The severities it may have.")


@strawberry.input(description=f"A condition on the kind. {_EITHER} An empty list lets nothing through.")
class AlertKindFilter:
    """Its operators."""

    eq: Kind | None = strawberry.field(default=UNSET, description="The one kind it must be of.")
    in_: list[Kind] | None = strawberry.field(default=UNSET, name="in", description="The kinds it may be of.")


@strawberry.input(description=f"A condition on a yes or no. {_EITHER}")
class BooleanFilter:
    """Its operator."""

    eq: bool | None = strawberry.field(default=UNSET, description="What it must be.")


@strawberry.input(description="Which alerts to tell; fields are combined with *and*.")
class AlertFilter:
    """What `Wanted` is asked as."""

    severity: AlertSeverityFilter | None = strawberry.field(default=UNSET, description="How grave it is.")
    kind: AlertKindFilter | None = strawberry.field(default=UNSET, description="What it is about.")
    acknowledged: BooleanFilter | None = strawberry.field(
        default=UNSET, description="Whether somebody has acknowledged it."
    )
    snoozed: BooleanFilter | None = strawberry.field(
        default=UNSET, description="Whether somebody has put it off, and the time for that is not over."
    )

    def as_wanted(self) -> Wanted:
        """The filter it stands for."""
        return Wanted(
            severities=_values(self.severity),
            kinds=_values(self.kind),
            is_acknowledged=_said(self.acknowledged),
            is_snoozed=_said(self.snoozed),
        )


_MARKS = "Null where nobody has, and for callers who may see some artists only."


@strawberry.type(description="One thing that an alert is about.", directives=[ROW])
class AlertDimension:
    """A dimension and its value."""

    name: str = field("What it is: distributor, platform, dataset or file.")
    value: str = field("Which one.")


@strawberry.type(description="Something in the data that a label should be told about.", directives=[ROW])
class Alert:
    """A finding."""

    id: strawberry.ID = field("The same for the same finding for as long as it lasts, also when newer data has come.")
    kind: Kind = field("What it is about.")
    severity: Severity = field("How much of a hurry there is.")
    title: str = field("What it is, in a few words.")
    message: str = field("What was seen, what was to be expected, and what to do.")
    measure: str | None = field(
        "The schema coordinate of the number that `value` is; ask `measures` for its meaning. Null where the schema "
        "has no such number."
    )
    unit: Unit | None = field("What `value` and `expected` count. Null without a value.")
    value: Number | None = field("What was seen. Null where there is no number to it.\n\nUnit: as `unit` tells.")
    expected: Number | None = field(
        "What was to be expected. Null where nothing says what that would be.\n\nUnit: as `unit` tells."
    )
    change: float | None = field(
        "The value against what was expected: -0.25 is 25 % less. Null without either, or where nothing was "
        "expected.\n\nUnit: RATIO."
    )
    period: DatePeriod | None = field("The days that it is about. Null where it is about a dataset as it lies there.")
    raised_at: dt.date = field("The day of the data at which it became true; never the day of asking.")
    acknowledged_at: dt.datetime | None = field(f"When somebody acknowledged it. {_MARKS}")
    acknowledged_by: str | None = field(f"Who did: a key, the subject of a token, or an address. {_MARKS}")
    snoozed_until: dt.datetime | None = field(f"Until when somebody has put it off; null when that is over. {_MARKS}")
    snoozed_by: str | None = field(f"Who did. {_MARKS}")
    dimensions: list[AlertDimension] = field(
        "What it is about; empty where that is all streams or all revenue.", assumed_size=2
    )

    @staticmethod
    def of(row: Mapping[str, Any]) -> "Alert":
        """The alert that is a row of its own."""
        period = row["period"]
        named = {
            "id": strawberry.ID(row["id"]),
            "kind": Kind(row["kind"]),
            "severity": Severity(row["severity"]),
            "unit": row["unit"] and Unit(row["unit"]),
            "period": period and DatePeriod(start=period["start"], end=period["end"]),
            "dimensions": [AlertDimension(**each) for each in row["dimensions"]],
        }
        return Alert(**{**row, **named})


@strawberry.type(description="Alerts, page by page: the gravest first, then what is about the newest days.")
class AlertConnection:
    """Relay's connection of alerts."""

    nodes: list[Alert] = field("The alerts of this page.")
    edges: list[Edge[Alert]] = field("The same alerts with their cursors.")
    page_info: PageInfo = field("Where this page stands among all alerts.")
    total_count: int = field("How many alerts the filter lets through, on all pages.\n\nUnit: COUNT.")


@strawberry.type(description="An alert as it is kept, whether it still holds or has ended.", directives=[ROW])
class KeptAlert:
    """What is kept of a finding."""

    id: strawberry.ID = field("Its id, as `alerts` has it.")
    kind: Kind = field("What it is about.")
    severity: Severity = field("How much of a hurry there is, or was when it ended.")
    title: str = field("What it is, in a few words; as it was told last.")
    message: str = field("What was seen, what was to be expected, and what to do; as it was told last.")
    raised_at: dt.date = field("The day of the data at which it became true.")
    noticed_at: dt.datetime = field("When the server noticed it; the last time, where it has come back.")
    changed_at: dt.datetime = field("When what is said of it changed last.")
    resolved_at: dt.datetime | None = field(
        "When the server noticed that it does not hold any more, or after 30 days in which its dataset could not be "
        "read. Null while it holds, as far as is known."
    )
    times: int = field("How often it was noticed: 2 where it has come back once.\n\nUnit: COUNT.")
    acknowledged_at: dt.datetime | None = field("When somebody acknowledged it. Null where nobody has.")
    acknowledged_by: str | None = field("Who did: a key, the subject of a token, or an address.")
    snoozed_until: dt.datetime | None = field("Until when somebody has put it off. Null where nobody has.")
    snoozed_by: str | None = field("Who did.")


@strawberry.type(description="What is kept of alerts, page by page: what was noticed last comes first.")
class KeptAlertConnection:
    """Relay's connection of kept alerts."""

    nodes: list[KeptAlert] = field("The alerts of this page.")
    edges: list[Edge[KeptAlert]] = field("The same alerts with their cursors.")
    page_info: PageInfo = field("Where this page stands among all that are kept.")
    total_count: int = field("How many are kept, on all pages.\n\nUnit: COUNT.")


def _said(condition: BooleanFilter | None) -> bool | None:
    """What it must be; None where that is not said."""
    return condition.eq if isinstance(condition, BooleanFilter) and isinstance(condition.eq, bool) else None


def _values(condition: AlertSeverityFilter | AlertKindFilter | None) -> Any:  # noqa: ANN401 - one of two tuples
    """The values that both operators let through, sorted; None where neither is given."""
    if not isinstance(condition, AlertSeverityFilter | AlertKindFilter):
        return None
    given = [{condition.eq}] if isinstance(condition.eq, StrEnum) else []
    if isinstance(condition.in_, list):
        given.append({*condition.in_})
    return tuple(sorted(set.intersection(*given))) if given else None
