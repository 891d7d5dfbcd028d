"""What has happened to alerts, one after the other: what whoever tells people of them goes by."""

import sqlite3
from enum import StrEnum
from typing import NamedTuple


class Happened(StrEnum):
    """What may happen to an alert."""

    RAISED = "RAISED"
    """It was noticed, for the first time or again after it had ended."""
    GRAVER = "GRAVER"
    RESOLVED = "RESOLVED"
    WOKEN = "WOKEN"
    """It was to be told of later, and later is now."""


class Event(NamedTuple):
    """One thing that has happened to one alert."""

    number: int
    """They are counted on; none has the number of one that was forgotten."""
    alert: str
    event: Happened
    at: float
    """In seconds since 1970."""
    severity: str
    body: str
    """The alert as it was then, in JSON."""


def after(connection: sqlite3.Connection, number: int, most: int) -> list[Event]:
    """What has happened since the event of that number, the oldest first."""
    found = connection.execute(
        "SELECT number, alert, event, at, severity, body FROM events WHERE number > ? ORDER BY number LIMIT ?",
        (number, most),
    )
    return [Event(*row)._replace(event=Happened(row[2])) for row in found]


def newest(connection: sqlite3.Connection) -> int:
    """The number of the event that was written last, whether it is still there or not; 0 where there was none."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(found[0]) if found else 0
