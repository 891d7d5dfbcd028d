"""What is to be sent, and what has become of it: formed from events in one transaction, kept until it has arrived."""

# ruff: noqa: S608 - what is put into statements are columns and conditions of this module

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from bedrot_graph.ledger.events import Happened, newest
from bedrot_graph.ledger.file import LedgerFile

RESOLVED, GRAVER = Happened.RESOLVED.value, Happened.GRAVER.value
OPEN = "OPEN"
"""What is told of an alert that a new channel begins with, in place of an event."""
SECONDS_TOLD = 24 * 60 * 60
"""How long it is known that something was told of that is over: no pause between messages is longer."""
LONGEST_WAIT = 3 * 24 * 60 * 60
"""What is due later than that was put off by a clock that has been put back: whoever wants to be asked later waits a
day, and quiet hours end within the next one, a little later where clocks are changed."""
SECONDS_KEPT = 30 * 24 * 60 * 60
"""How long what has been delivered or given up is told of."""

# Whose snooze is over is told of by the event that says so.
_OPEN = "resolved_at IS NULL AND acknowledged_at IS NULL AND snoozed_until IS NULL"
_TOLD = "LEFT JOIN told ON told.channel = :channel AND told.alert = alerts.id"
_FIRST = f"SELECT id, '{OPEN}', severity, body, told.at FROM alerts {_TOLD} WHERE {_OPEN} ORDER BY id"
_RAISED = f"""
SELECT alerts.id, events.event, alerts.severity, alerts.body, told.at
FROM alerts JOIN events ON events.number = (
    SELECT max(number) FROM events WHERE alert = alerts.id AND number > :through AND event <> '{RESOLVED}'
) {_TOLD}
WHERE {_OPEN} ORDER BY events.number
"""
_ENDED = f"""
SELECT alerts.id, '{RESOLVED}', alerts.severity, alerts.body, told.at
FROM told JOIN alerts ON alerts.id = told.alert
WHERE told.channel = :channel AND NOT told.is_over AND alerts.resolved_at IS NOT NULL
ORDER BY alerts.resolved_at, alerts.id
"""


class State(StrEnum):
    """What has become of a delivery so far."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Told(NamedTuple):
    """What a message is to tell of one alert."""

    alert: str
    event: str
    severity: str
    body: str
    """The alert, as JSON."""
    told_at: float | None = None
    """When the channel was told of it before."""


class Written(NamedTuple):
    """A message in words."""

    title: str
    body: str
    """Exactly what is sent."""
    form: str
    """For what it was written: a webhook, or people."""


class Terms(NamedTuple):
    """What a channel is told at a moment, and when."""

    channel: str
    severities: frozenset[str]
    """What it is told of."""
    tells_resolved: bool = False
    loud: frozenset[str] = frozenset()
    """What waits for no earlier message; of one alert no more often than others, or one that comes and goes would be
    told each time."""
    every_seconds: float = 0
    """How far apart messages are that are not loud."""
    quiet_until: float | None = None
    loud_until: float | None = None
    """The same for what is loud."""


class Wanted(NamedTuple):
    """Which deliveries to tell of; None lets all through."""

    states: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    """Their names in small letters."""


class Delivery(NamedTuple):
    """One message to one channel."""

    id: str
    """The same for each attempt, so that who receives it twice can tell."""
    channel: str
    form: str
    state: State
    created_at: float
    due_at: float
    attempts: int
    delivered_at: float | None
    problem: str | None
    is_loud: bool
    alerts: tuple[str, ...]
    title: str
    body: str


_COLUMNS = ", ".join(Delivery._fields)
_PENDING = "id = ? AND state = 'PENDING'"
_DUE = f"""
SELECT {_COLUMNS} FROM deliveries
WHERE channel = ? AND state = 'PENDING' AND (due_at <= ? OR due_at > ?) ORDER BY rowid LIMIT 1
"""


class Outbox:
    """The deliveries in the ledger's file. Everything here blocks; call it in a thread."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file

    def form(self, terms: Terms, now: float, write: Callable[[Sequence[Told]], Written]) -> float | None:
        """Put what is to be told into a delivery, where it may be told now; else until when it has to wait.

        None where nothing waits, or where it waits for an earlier delivery to end. What an alert has become by now
        counts: what is over, acknowledged or snoozed is not told any more.
        """
        with self._file.reading() as ledger:
            if _looked_at(ledger, terms.channel)[0] == newest(ledger):
                return None
        with self._file.writing() as ledger:
            last, (through, told_at) = newest(ledger), _looked_at(ledger, terms.channel)
            if told_at is not None and told_at > now:  # the clock has been put back: it is as if it were told now
                told_at = now
                ledger.execute(_TOLD_AT, (told_at, terms.channel))
            told = _to_tell(ledger, terms, through)
            if told:
                is_loud = _is_loud(terms, told, now)
                if (until := _wait(terms, told_at, is_loud=is_loud)) > now:
                    return until
                if not is_loud and _is_pending(ledger, terms.channel):
                    return None
                _put(ledger, terms.channel, told, write(told), now, is_loud=is_loud)
            ledger.execute(_END_TOLD, (terms.channel,))
            ledger.execute(_FORGET_TOLD, (terms.channel, now - SECONDS_TOLD))
            ledger.execute(_LOOKED_AT, (terms.channel, last, now if told else told_at))
            return None

    def due(self, channel: str, now: float) -> Delivery | None:
        """The delivery that is to be attempted next, the oldest first; None where none is due."""
        with self._file.reading() as ledger:
            found = ledger.execute(_DUE, (channel, now, now + LONGEST_WAIT)).fetchone()
        return _delivery(found) if found else None

    def next_due(self, channel: str) -> float | None:
        """When the next attempt is due; None where nothing is to come."""
        text = "SELECT min(due_at) FROM deliveries WHERE channel = ? AND state = 'PENDING'"
        with self._file.reading() as ledger:
            due: float | None = ledger.execute(text, (channel,)).fetchone()[0]
        return due

    def begin(self, delivery: Delivery, again_at: float) -> bool:
        """Note that an attempt begins; if nobody lives to say how it ended, there is another one then.

        Whether it may: False where somebody else has begun one, or ended it, since the delivery was read.
        """
        text = f"UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE {_PENDING} AND attempts = ?"
        with self._file.writing() as ledger:
            return ledger.execute(text, (again_at, delivery.id, delivery.attempts)).rowcount == 1

    def arrived(self, id_: str, now: float) -> None:
        """Note that it has arrived."""
        self._change(id_, "state = 'DELIVERED', delivered_at = ?, problem = NULL", now)

    def try_again(self, id_: str, problem: str, due_at: float) -> None:
        """Note that it has not, and when the next attempt is due."""
        self._change(id_, "problem = ?, due_at = ?", problem, due_at)

    def put_off(self, id_: str, due_at: float) -> None:
        """Note that it is attempted no sooner."""
        self._change(id_, "due_at = ?", due_at)

    def give_up(self, id_: str, problem: str) -> None:
        """Note that it never will."""
        self._change(id_, "state = 'FAILED', problem = ?", problem)

    def keep_only(self, channels: Mapping[str, str]) -> int:
        """Give up what is for channels that are not there any more, or of another form; and how much that was.

        A channel that comes again begins as a new one.
        """
        given_up = 0
        with self._file.writing() as ledger:
            pending = ledger.execute("SELECT id, channel, form FROM deliveries WHERE state = 'PENDING'").fetchall()
            for id_, channel, form in pending:
                if channels.get(channel) != form:
                    problem = _REPLACED if channel in channels else _REMOVED
                    ledger.execute("UPDATE deliveries SET state = 'FAILED', problem = ? WHERE id = ?", (problem, id_))
                    given_up += 1
            names = json.dumps(list(channels))
            for table, column in (("channels", "name"), ("told", "channel")):
                ledger.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT value FROM json_each(?))", (names,))
        return given_up

    def prune(self, now: float) -> None:
        """Forget what was over long ago."""
        with self._file.writing() as ledger:
            ledger.execute("DELETE FROM deliveries WHERE state <> 'PENDING' AND created_at < ?", (now - SECONDS_KEPT,))

    def page(self, offset: int, size: int, wanted: Wanted | None = None) -> tuple[list[Delivery], int]:
        """So many deliveries, the newest first, and how many there are."""
        states, channels = wanted or Wanted()
        where = (
            "(:states IS NULL OR state IN (SELECT value FROM json_each(:states)))"
            " AND (:channels IS NULL OR lower(channel) IN (SELECT value FROM json_each(:channels)))"
        )
        values = {
            "states": None if states is None else json.dumps(states),
            "channels": None if channels is None else json.dumps(channels),
            "size": size,
            "offset": offset,
        }
        if not self._file.is_there:
            return [], 0
        with self._file.reading() as ledger:
            count = ledger.execute(f"SELECT count(*) FROM deliveries WHERE {where}", values).fetchone()[0]
            found = ledger.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE {where} ORDER BY rowid DESC LIMIT :size OFFSET :offset",
                values,
            ).fetchall()
        return [_delivery(each) for each in found], count

    def newest(self) -> str | None:
        """The id of the delivery that was formed last, which is another one for each; None where none is kept."""
        if not self._file.is_there:
            return None
        with self._file.reading() as ledger:
            found = ledger.execute("SELECT id FROM deliveries ORDER BY rowid DESC LIMIT 1").fetchone()
        return found[0] if found else None

    def _change(self, id_: str, what: str, *values: object) -> None:
        with self._file.writing() as ledger:
            ledger.execute(f"UPDATE deliveries SET {what} WHERE {_PENDING}", (*values, id_))


_END_TOLD = """
UPDATE told SET is_over = 1 WHERE channel = ? AND alert NOT IN (SELECT id FROM alerts WHERE resolved_at IS NULL)
"""
_FORGET_TOLD = "DELETE FROM told WHERE channel = ? AND is_over AND at < ?"
_LOOKED_AT = (
    "INSERT INTO channels (name, told_through, told_at) VALUES (?, ?, ?) ON CONFLICT (name) "
    "DO UPDATE SET told_through = excluded.told_through, told_at = excluded.told_at"
)
_TOLD_AT = "UPDATE channels SET told_at = ? WHERE name = ?"
_REMOVED = "The channel is not in the file of channels any more."
_REPLACED = "The channel leads somewhere else than when this was written."


async def page_of(file: LedgerFile, offset: int, size: int, wanted: Wanted) -> tuple[list[Delivery], int]:
    """So many deliveries, the newest first, and how many there are; off the event loop."""
    return await asyncio.to_thread(Outbox(file).page, offset, size, wanted)


async def newest_delivery(file: LedgerFile) -> str | None:
    """The same of the id of the newest one."""
    return await asyncio.to_thread(Outbox(file).newest)


def new_id() -> str:
    """The name of a message that nothing else has."""
    return f"msg_{uuid.uuid4().hex}"


def _looked_at(ledger: sqlite3.Connection, channel: str) -> tuple[int | None, float | None]:
    """The last event that was looked at for the channel, and when it was told anything."""
    row = ledger.execute("SELECT told_through, told_at FROM channels WHERE name = ?", (channel,)).fetchone()
    return row or (None, None)


def _to_tell(ledger: sqlite3.Connection, terms: Terms, through: int | None) -> list[Told]:
    values = {"through": through, "channel": terms.channel}
    raised = [Told(*each) for each in ledger.execute(_FIRST if through is None else _RAISED, values)]
    told = [each for each in raised if each.severity in terms.severities]
    if terms.tells_resolved:
        told += [Told(*each) for each in ledger.execute(_ENDED, values)]
    return told


def _put(  # noqa: PLR0913 - what a delivery is made of
    ledger: sqlite3.Connection, channel: str, told: Sequence[Told], written: Written, now: float, *, is_loud: bool
) -> None:
    ids = json.dumps([each.alert for each in told])
    delivery = Delivery(
        new_id(),
        channel,
        written.form,
        State.PENDING,
        now,
        now,
        0,
        None,
        None,
        is_loud,
        (),
        written.title,
        written.body,
    )
    values = {**delivery._asdict(), "state": delivery.state.value, "alerts": ids}
    places = ", ".join(f":{name}" for name in Delivery._fields)
    ledger.execute(f"INSERT INTO deliveries ({_COLUMNS}) VALUES ({places})", values)
    ledger.executemany(
        "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)", [(channel, each.alert, now, False) for each in told]
    )


def _is_loud(terms: Terms, told: Sequence[Told], now: float) -> bool:
    return any(
        each.severity in terms.loud
        and each.event != RESOLVED
        and (each.event == GRAVER or each.told_at is None or not 0 <= now - each.told_at < terms.every_seconds)
        for each in told
    )


def _wait(terms: Terms, told_at: float | None, *, is_loud: bool) -> float:
    """Until when it has to wait; a time that is over where it need not."""
    if is_loud:
        return terms.loud_until or 0
    return max(terms.quiet_until or 0, (told_at + terms.every_seconds) if told_at is not None else 0)


def _is_pending(ledger: sqlite3.Connection, channel: str) -> bool:
    text = "SELECT 1 FROM deliveries WHERE channel = ? AND state = 'PENDING' LIMIT 1"
    return ledger.execute(text, (channel,)).fetchone() is not None


def _delivery(row: tuple[object, ...]) -> Delivery:
    found = Delivery(*row)  # type: ignore[arg-type] # as the table has them
    return found._replace(state=State(found.state), is_loud=bool(found.is_loud), alerts=tuple(json.loads(row[10])))  # type: ignore[arg-type] # it is text
