"""A ledger with alerts in it, and what delivers them."""

import json
from collections.abc import Sequence
from pathlib import Path

from bedrot_graph.ledger.alerts import SEVERITIES, Seen, record
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.outbox import Outbox, Terms, Told, Written

RULE = "gaps"
ALL = frozenset(SEVERITIES)
HOUR = 3600.0


def seen(name: str, severity: str = "WARNING", title: str = "", message: str = "") -> Seen:
    """A finding."""
    title = title or f"Days of {name} are missing"
    message = message or "2 days have no row. Export them again."
    body = {
        "id": name,
        "kind": "MISSING_DAYS",
        "severity": severity,
        "title": title,
        "message": message,
        "measure": None,
        "unit": None,
        "value": None,
        "expected": None,
        "change": None,
        "period": {"from": "2025-09-01", "to": "2025-09-02"},
        "raisedAt": "2025-09-02",
        "dimensions": [{"name": "distributor", "value": name}],
    }
    return Seen(name, "MISSING_DAYS", severity, title, message, "2025-09-02", RULE, json.dumps(body))


class Post:
    """A ledger, its outbox, and a clock."""

    def __init__(self, folder: Path, now: float = 1_000_000.0) -> None:
        self.file = LedgerFile(folder)
        self.outbox = Outbox(self.file)
        self.now = now

    def clock(self) -> float:
        """What time it is."""
        return self.now

    def finds(self, *found: Seen) -> None:
        """An evaluation finds this, and nothing else."""
        record(self.file, found, {RULE}, self.now)

    def form(self, terms: Terms | None = None) -> float | None:
        """Form what may be formed."""
        return self.outbox.form(terms or Terms("hook", ALL), self.now, plain)

    def told(self) -> list[list[str]]:
        """The alerts and events of each delivery, the oldest first."""
        return [each.body.split() for each in reversed(self.outbox.page(0, 1000)[0])]


def plain(told: Sequence[Told]) -> Written:
    """The alerts and their events, and nothing else."""
    return Written(f"{len(told)}", " ".join(f"{each.alert}:{each.event}" for each in told), "webhook")
