"""Alerts as they are kept: noticed, changed, grown graver, resolved and come back, each told of once."""

import sqlite3
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from bedrot_graph.ledger.events import Happened
from bedrot_graph.ledger.file import LedgerFile

SEVERITIES = ("INFO", "WARNING", "CRITICAL")
"""From the least to the most."""
SECONDS_OF_A_DAY = 24 * 60 * 60
UNJUDGED_SECONDS = 30 * SECONDS_OF_A_DAY
"""An alert that nothing could judge for so long has ended: its dataset will not come back."""
KEPT_SECONDS = 400 * SECONDS_OF_A_DAY
"""What has ended is kept for so long: a year, and the time to look back on it."""
MOST_RESOLVED, MOST_EVENTS = 10_000, 100_000
"""Of those that have ended, and of events, so many are kept, however fast they come."""


class Seen(NamedTuple):
    """A finding, as the ledger keeps it."""

    id: str
    kind: str
    severity: str
    title: str
    message: str
    raised_at: str
    """The day of the data at which it became true."""
    rule: str
    """What has found it, and has to be able to judge for the finding to end."""
    body: str
    """All of it in JSON, as the graph shows it."""


class Alert(NamedTuple):
    """What is kept of a finding. Times are in seconds since 1970; fields are columns, in their order."""

    id: str
    kind: str
    severity: str
    title: str
    message: str
    raised_at: str
    rule: str
    body: str
    times: int
    """How often it was raised."""
    noticed_at: float
    """When it was noticed; the last time, where it has come back."""
    changed_at: float
    """When what is said of it changed last."""
    unjudged_at: float | None = None
    """Since when nothing could say whether it still holds."""
    resolved_at: float | None = None
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None
    snoozed_until: float | None = None
    snoozed_at: float | None = None
    snoozed_by: str | None = None

    @property
    def seen(self) -> Seen:
        """What was found."""
        return Seen(
            self.id,
            self.kind,
            self.severity,
            self.title,
            self.message,
            self.raised_at,
            self.rule,
            self.body,
        )

    @property
    def is_open(self) -> bool:
        """Whether it holds, as far as is known."""
        return self.resolved_at is None

    @property
    def is_marked(self) -> bool:
        """Whether anybody has said anything of it."""
        return self.acknowledged_at is not None or self.snoozed_until is not None

    @property
    def unmarked(self) -> "Alert":
        """The same, as if nobody had said anything of it."""
        return self._replace(
            acknowledged_at=None, acknowledged_by=None, snoozed_until=None, snoozed_at=None, snoozed_by=None
        )


class Change(NamedTuple):
    """What becomes of an alert."""

    alert: Alert
    event: Happened | None = None
    has_lost_marks: bool = False


class Recorded(NamedTuple):
    """What an evaluation has changed."""

    events: int = 0
    """How many were written."""
    has_lost_marks: bool = False
    """Whether what somebody has said of an alert does not hold any more."""


COLUMNS = ", ".join(Alert._fields)


def record(file: LedgerFile, seen: Iterable[Seen], judged: AbstractSet[str], now: float) -> Recorded:
    """Keep what one evaluation has found, all of it or nothing; where nothing has changed, nothing is written.

    `judged`: the rules that could say what they were asked. What another one has found, and has not been found again,
    may still be true.
    """
    found = {each.id: each for each in seen}
    with file.reading() as connection:
        if not any(_changes(connection, found.values(), judged, now)):
            return Recorded()
    with file.writing() as connection:  # where another process has written meanwhile, this is about what is there now
        changes = list(_changes(connection, found.values(), judged, now))
        for each in changes:
            keep(connection, each, now)
        forget(connection, now)
    return Recorded(sum(each.event is not None for each in changes), any(each.has_lost_marks for each in changes))


def find(connection: sqlite3.Connection, name: str) -> Alert | None:
    """The alert of an id; None where none is kept."""
    row = connection.execute(f"SELECT {COLUMNS} FROM alerts WHERE id = ?", (name,)).fetchone()  # noqa: S608
    return Alert(*row) if row else None


def still_open(connection: sqlite3.Connection) -> list[Alert]:
    """Every alert that holds as far as is known, in the order in which they were noticed."""
    order = "resolved_at IS NULL ORDER BY noticed_at, id"
    return [Alert(*row) for row in connection.execute(f"SELECT {COLUMNS} FROM alerts WHERE {order}")]  # noqa: S608


def raised(seen: Seen, times: int, now: float) -> Change:
    """A finding that was not there before."""
    return Change(Alert(*seen, times=times, noticed_at=now, changed_at=now), Happened.RAISED)


def keep(connection: sqlite3.Connection, change: Change, now: float) -> None:
    """Write down what has become of an alert, and that it has."""
    places = ", ".join("?" * len(Alert._fields))
    connection.execute(f"INSERT OR REPLACE INTO alerts ({COLUMNS}) VALUES ({places})", change.alert)  # noqa: S608
    if change.event:
        connection.execute(
            "INSERT INTO events (alert, event, at, severity, body) VALUES (?, ?, ?, ?, ?)",
            (change.alert.id, change.event.value, now, change.alert.severity, change.alert.body),
        )


def forget(connection: sqlite3.Connection, now: float) -> None:
    """Leave out what has ended long ago, so that the file cannot grow for ever."""
    before = now - KEPT_SECONDS
    connection.execute("DELETE FROM alerts WHERE resolved_at < ?", (before,))
    connection.execute(
        "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE resolved_at IS NOT NULL "
        "ORDER BY resolved_at DESC LIMIT -1 OFFSET ?)",
        (MOST_RESOLVED,),
    )
    connection.execute(
        "DELETE FROM events WHERE number < (SELECT min(number) FROM events WHERE at >= ?) "
        "OR number <= (SELECT max(number) FROM events) - ?",
        (before, MOST_EVENTS),
    )


def _changes(
    connection: sqlite3.Connection, seen: Iterable[Seen], judged: AbstractSet[str], now: float
) -> Iterator[Change]:
    known = {each.id: each for each in still_open(connection)}
    for each in seen:
        before = known.pop(each.id, None) or find(connection, each.id)
        if before is None or not before.is_open:
            yield raised(each, before.times + 1 if before else 1, now)
        elif before.seen != each or before.unjudged_at is not None:
            yield _changed(before, each, now)
    for alert in known.values():
        since = alert.unjudged_at
        if alert.rule in judged or (since is not None and now - since >= UNJUDGED_SECONDS):
            yield Change(alert._replace(resolved_at=now), Happened.RESOLVED, alert.is_marked)
        elif since is None:
            yield Change(alert._replace(unjudged_at=now))


def _changed(before: Alert, seen: Seen, now: float) -> Change:
    changed_at = before.changed_at if before.seen == seen else now
    alert = before._replace(**seen._asdict(), changed_at=changed_at, unjudged_at=None)
    if SEVERITIES.index(seen.severity) <= SEVERITIES.index(before.severity):
        return Change(alert)
    # What was said of it was said of something less grave.
    return Change(alert.unmarked, Happened.GRAVER, before.is_marked)
