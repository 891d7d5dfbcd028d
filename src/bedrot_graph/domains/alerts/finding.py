"""One finding: what was seen, what was expected, and a name by which it is known again."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period

ROUNDING = 1e-9
"""A change of exactly the threshold reaches it, whatever a float makes of its last digit."""


class Severity(StrEnum):
    """How much of a hurry there is, from the least to the most."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Kind(StrEnum):
    """What kinds of findings there are."""

    REVENUE_CHANGE = "REVENUE_CHANGE"
    STREAM_DROP = "STREAM_DROP"
    ANOMALY = "ANOMALY"
    RELEASE_LIFT = "RELEASE_LIFT"
    MISSING_DAYS = "MISSING_DAYS"
    SOURCE_LAGGING = "SOURCE_LAGGING"
    STALE_DATA = "STALE_DATA"
    PAYMENT_OVERDUE = "PAYMENT_OVERDUE"
    PAYMENT_PARTIAL = "PAYMENT_PARTIAL"
    ROWS_REJECTED = "ROWS_REJECTED"
    COLUMN_MISSING = "COLUMN_MISSING"
    DATASET_UNREADABLE = "DATASET_UNREADABLE"


@dataclass(frozen=True)
class Numbers:
    """What was counted, beside what was to be expected."""

    unit: Unit
    value: Decimal
    expected: Decimal | None = None
    measure: str | None = None
    """The schema coordinate of the number that it is; None where the schema has no such number."""

    @property
    def change(self) -> float | None:
        """The value against what was expected, as a fraction; None where there is nothing to divide by."""
        return float(self.value / self.expected) - 1 if self.expected else None


@dataclass(frozen=True)
class Finding:
    """Something that a label should be told about."""

    kind: Kind
    severity: Severity
    title: str
    message: str
    raised_at: dt.date
    """The day of the data at which it became true."""
    dimensions: tuple[tuple[str, str], ...] = ()
    """Names and values of what it is about."""
    anchor: dt.date | None = None
    """A day that stays the same while the finding lasts; None where it has none, as there is only one at a time."""
    period: Period | None = None
    numbers: Numbers | None = None

    @property
    def id(self) -> str:
        """The same for the same finding, also when the lake has grown since."""
        said = [self.kind, str(self.anchor), *(f"{name}={value}" for name, value in self.dimensions)]
        return hashlib.blake2b("\n".join(said).encode(), digest_size=10).hexdigest()

    @property
    def gravity(self) -> int:
        """How grave it is: the more, the graver."""
        return list(Severity).index(self.severity)

    @property
    def place(self) -> tuple[int, int, str]:
        """What findings are sorted by: the gravest first, then what is about the newest time."""
        end = self.period.end if self.period else self.raised_at
        return -self.gravity, -end.toordinal(), self.id


def reaches(change: float, threshold: float) -> bool:
    """Whether a fraction is at least as great as the threshold."""
    return abs(change) >= threshold - ROUNDING


def percent(change: float | None) -> str:
    """A fraction as people say it, with its sign."""
    return "from nothing" if change is None else f"{change:+.0%}".replace("%", " %")


def days_of(period: Period) -> str:
    """A period as people say it after a verb: 'on 2025-03-14', 'from 2025-03-14 to 2025-03-16'."""
    return f"on {period.start}" if period.days == 1 else f"from {period.start} to {period.end}"


def counted(count: int, noun: str) -> str:
    """A number of things: '1 day', '2 days'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
