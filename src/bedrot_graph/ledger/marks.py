"""What people say about alerts: that they know of one, or will look at it later."""

import datetime as dt
import logging
import time
from collections.abc import Callable

from bedrot_graph.errors import LedgerUnusable
from bedrot_graph.lake.marks import NOTHING_SAID, Mark, Marks
from bedrot_graph.ledger.alerts import COLUMNS, Alert, Change, Seen, find, keep, raised
from bedrot_graph.ledger.events import Happened
from bedrot_graph.ledger.file import LedgerFile

logger = logging.getLogger(__name__)

_MARKED = (
    f"SELECT {COLUMNS} FROM alerts WHERE resolved_at IS NULL "  # noqa: S608
    "AND (acknowledged_at IS NOT NULL OR snoozed_until IS NOT NULL) ORDER BY id"
)


class Said:
    """What people have said, as snapshots carry it. Where the file cannot be read, it is what was read last."""

    def __init__(self, file: LedgerFile, now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._now = now
        self._last: Marks = {}
        self._is_failing = False

    def __call__(self) -> Marks:
        """The marks of all alerts that hold; blocks, and never raises."""
        if not self._file.is_there:
            return {}
        try:
            with self._file.reading() as connection:
                marked = [Alert(*row) for row in connection.execute(_MARKED)]
        except LedgerUnusable as problem:
            if not self._is_failing:  # once, not with each snapshot
                logger.error("what was said of alerts cannot be read", extra={"problem": str(problem)})  # noqa: TRY400
            self._is_failing = True
            return self._last
        self._is_failing = False
        marks = {each.id: mark_of(each, self._now()) for each in marked}
        self._last = {name: mark for name, mark in marks.items() if mark != NOTHING_SAID}
        return self._last


def mark_of(alert: Alert, now: float) -> Mark:
    """What people have said of an alert, as far as it holds at that time."""
    is_snoozed = alert.snoozed_until is not None and alert.snoozed_until > now
    return Mark(
        acknowledged_at=moment(alert.acknowledged_at),
        acknowledged_by=alert.acknowledged_by,
        snoozed_until=moment(alert.snoozed_until) if is_snoozed else None,
        snoozed_by=alert.snoozed_by if is_snoozed else None,
    )


def moment(seconds: float | None) -> dt.datetime | None:
    """A time of the ledger, as clients are told it: to the second."""
    return None if seconds is None else dt.datetime.fromtimestamp(int(seconds), dt.UTC)


def acknowledge(file: LedgerFile, seen: Seen, who: str, now: float) -> Alert | None:
    """Keep that somebody knows of the finding; the first one who says so. None where it is known to have ended."""

    def acknowledged(alert: Alert) -> Alert:
        return alert if alert.acknowledged_at else alert._replace(acknowledged_at=now, acknowledged_by=who)

    return _mark(file, seen, acknowledged, now)


def take_back(file: LedgerFile, seen: Seen, now: float) -> Alert | None:
    """Keep that nobody knows of the finding after all. None where it is known to have ended."""
    return _mark(file, seen, lambda alert: alert._replace(acknowledged_at=None, acknowledged_by=None), now)


def snooze(file: LedgerFile, seen: Seen, until: float | None, who: str, now: float) -> Alert | None:
    """Keep until when the finding is not to be told of; None for no longer. None where it is known to have ended."""
    ended = {"snoozed_until": None, "snoozed_at": None, "snoozed_by": None}
    said = ended if until is None else {"snoozed_until": until, "snoozed_at": now, "snoozed_by": who}
    return _mark(file, seen, lambda alert: alert._replace(**said), now)


def wake(file: LedgerFile, now: float) -> int:
    """End every snooze whose time is up; how many there were. Those that nobody has acknowledged are told of again."""
    due = "resolved_at IS NULL AND snoozed_until <= ?"
    select = f"SELECT {COLUMNS} FROM alerts WHERE {due} ORDER BY snoozed_until, id"  # noqa: S608
    with file.reading() as connection:
        if not connection.execute(select, (now,)).fetchone():
            return 0
    with file.writing() as connection:
        slept = [Alert(*row) for row in connection.execute(select, (now,))]
        for each in slept:
            awake = each._replace(snoozed_until=None, snoozed_at=None, snoozed_by=None)
            keep(connection, Change(awake, None if each.acknowledged_at else Happened.WOKEN), now)
    return len(slept)


def next_end(file: LedgerFile) -> float | None:
    """When the next snooze ends; None where nothing is snoozed."""
    with file.reading() as connection:
        found = connection.execute("SELECT min(snoozed_until) FROM alerts WHERE resolved_at IS NULL").fetchone()
    return None if found[0] is None else float(found[0])


def _mark(file: LedgerFile, seen: Seen, said: Callable[[Alert], Alert], now: float) -> Alert | None:
    """Keep what is said of a finding, which perhaps nobody has recorded yet."""
    with file.writing() as connection:
        before = find(connection, seen.id)
        if before and not before.is_open:  # whoever speaks of it looks at an older snapshot than the one evaluated last
            return None
        change = Change(before) if before else raised(seen, 1, now)
        change = change._replace(alert=said(change.alert))
        if change.event or change.alert != before:
            keep(connection, change, now)
    return change.alert
