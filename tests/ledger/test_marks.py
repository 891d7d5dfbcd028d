"""What people say of alerts: by whom, until when, and what snapshots carry of it."""

import datetime as dt
from pathlib import Path

import pytest

from bedrot_graph.lake.marks import Mark
from bedrot_graph.ledger.alerts import record
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.marks import Said, acknowledge, next_end, snooze, take_back, wake
from tests.ledger.findings import RULE, seen
from tests.ledger.test_alerts import kept, told


def at(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def test_the_first_who_acknowledges_is_kept(ledger: LedgerFile) -> None:
    record(ledger, [seen("a"), seen("b")], {RULE}, now=1)
    acknowledge(ledger, seen("a"), "key 1", now=2)
    again = acknowledge(ledger, seen("a"), "key 2", now=3)
    assert again
    assert (again.acknowledged_at, again.acknowledged_by) == (2, "key 1")
    assert Said(ledger)() == {"a": Mark(at(2), "key 1")}
    assert [event for _, event, _, _ in told(ledger)] == ["RAISED", "RAISED"]


def test_an_acknowledgement_is_taken_back(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)
    acknowledge(ledger, seen("a"), "key 1", now=2)
    assert take_back(ledger, seen("a"), now=3) == take_back(ledger, seen("a"), now=4)
    assert Said(ledger)() == {}


def test_who_is_faster_than_the_evaluation_raises_it(ledger: LedgerFile) -> None:
    acknowledge(ledger, seen("a"), "key 1", now=1)
    assert record(ledger, [seen("a")], {RULE}, now=2).events == 0
    assert told(ledger) == [("a", "RAISED", 1, "WARNING")]
    assert kept(ledger).acknowledged_by == "key 1"


def test_who_looks_at_an_older_snapshot_does_not_raise_again_what_has_ended(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)
    record(ledger, [], {RULE}, now=2)
    assert acknowledge(ledger, seen("a"), "key 1", now=3) is None
    assert snooze(ledger, seen("a"), 100, "key 1", now=3) is None
    assert [event for _, event, _, _ in told(ledger)] == ["RAISED", "RESOLVED"]
    assert Said(ledger)() == {}


def test_who_looks_at_an_older_snapshot_changes_nothing_that_was_found(ledger: LedgerFile) -> None:
    record(ledger, [seen("a", "CRITICAL")], {RULE}, now=1)
    acknowledge(ledger, seen("a", "INFO"), "key 1", now=2)
    assert kept(ledger).severity == "CRITICAL"


def test_a_snooze_ends_by_itself_and_is_told_of_once(ledger: LedgerFile) -> None:
    now = 1.0
    said = Said(ledger, lambda: now)
    record(ledger, [seen("a")], {RULE}, now)
    snooze(ledger, seen("a"), 50, "key 1", now=2)
    assert next_end(ledger) == 50
    assert said() == {"a": Mark(snoozed_until=at(50), snoozed_by="key 1")}
    assert wake(ledger, now=49.9) == 0
    now = 50.0
    assert said() == {}  # also where nobody has looked after the ledger
    assert [wake(ledger, now), wake(ledger, now)] == [1, 0]
    assert told(ledger)[1:] == [("a", "WOKEN", 50, "WARNING")]
    assert next_end(ledger) is None


def test_what_somebody_knows_of_wakes_silently(ledger: LedgerFile) -> None:
    snooze(ledger, seen("a"), 50, "key 1", now=2)
    acknowledge(ledger, seen("a"), "key 1", now=3)
    assert wake(ledger, now=50) == 1
    assert [event for _, event, _, _ in told(ledger)] == ["RAISED"]


def test_what_has_ended_does_not_wake(ledger: LedgerFile) -> None:
    snooze(ledger, seen("a"), 50, "key 1", now=2)
    record(ledger, [], {RULE}, now=3)
    assert (wake(ledger, now=50), next_end(ledger)) == (0, None)
    assert Said(ledger)() == {}


def test_a_snooze_is_ended_early_and_nobody_is_told(ledger: LedgerFile) -> None:
    snooze(ledger, seen("a"), 50, "key 1", now=2)
    snooze(ledger, seen("a"), None, "key 2", now=3)
    assert (wake(ledger, now=50), Said(ledger)()) == (0, {})


def test_looking_makes_no_file(ledger: LedgerFile) -> None:
    assert Said(ledger)() == {}
    assert not ledger.path.parent.exists()


def test_what_cannot_be_read_is_as_it_was_read_last(
    ledger: LedgerFile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acknowledge(ledger, seen("a"), "key 1", now=2)
    said = Said(ledger)
    before = said()
    ledger.close()
    ledger.path.write_bytes(b"no ledger any more" * 1000)
    assert said() == said() == before
    assert [each.message for each in caplog.records] == ["what was said of alerts cannot be read"]
