"""What becomes of alerts from one evaluation to the next, and what is told of it."""

from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.ledger import alerts
from bedrot_graph.ledger.alerts import KEPT_SECONDS, SEVERITIES, UNJUDGED_SECONDS, Alert, Recorded, find, record
from bedrot_graph.ledger.events import after, newest
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.marks import acknowledge, snooze
from tests.ledger.findings import RULE, seen


def kept(ledger: LedgerFile, name: str = "a") -> Alert:
    with ledger.reading() as connection:
        found = find(connection, name)
    assert found
    return found


def told(ledger: LedgerFile) -> list[tuple[str, str, float, str]]:
    with ledger.reading() as connection:
        return [(each.alert, each.event, each.at, each.severity) for each in after(connection, 0, 1000)]


def test_severities_are_those_of_findings() -> None:
    assert tuple(Severity) == SEVERITIES


def test_a_finding_is_raised_once_for_as_long_as_it_lasts(ledger: LedgerFile) -> None:
    assert record(ledger, [seen("a")], {RULE}, now=1) == Recorded(events=1)
    assert record(ledger, [seen("a")], {RULE}, now=2) == Recorded()
    assert told(ledger) == [("a", "RAISED", 1, "WARNING")]
    assert kept(ledger) == Alert(*seen("a"), times=1, noticed_at=1, changed_at=1)


def test_what_has_not_changed_is_not_written(ledger: LedgerFile) -> None:
    record(ledger, [seen("a"), seen("b")], {RULE}, now=1)
    with ledger.reading() as connection:
        before = connection.execute("PRAGMA data_version").fetchone(), ledger.path.with_name("alerts.db-wal").stat()
    record(ledger, [seen("b"), seen("a")], {RULE}, now=2)
    with ledger.reading() as connection:
        now = connection.execute("PRAGMA data_version").fetchone(), ledger.path.with_name("alerts.db-wal").stat()
    assert (before[0], before[1].st_size, before[1].st_mtime_ns) == (now[0], now[1].st_size, now[1].st_mtime_ns)


def test_what_is_said_of_it_follows_the_data_and_nobody_is_told(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)
    assert record(ledger, [seen("a", title="Even fewer streams")], {RULE}, now=2) == Recorded()
    assert (kept(ledger).title, kept(ledger).noticed_at, kept(ledger).changed_at) == ("Even fewer streams", 1, 2)
    assert [event for _, event, _, _ in told(ledger)] == ["RAISED"]


def test_what_is_not_found_any_more_is_resolved_with_what_was_known_last(ledger: LedgerFile) -> None:
    record(ledger, [seen("a"), seen("b")], {RULE}, now=1)
    assert record(ledger, [seen("b")], {RULE}, now=2).events == 1
    assert record(ledger, [seen("b")], {RULE}, now=3).events == 0
    assert told(ledger)[2:] == [("a", "RESOLVED", 2, "WARNING")]
    assert kept(ledger).resolved_at == 2


def test_what_comes_back_is_raised_again_and_what_was_said_of_it_is_over(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)
    acknowledge(ledger, seen("a"), "ops", now=2)
    assert record(ledger, [], {RULE}, now=3) == Recorded(events=1, has_lost_marks=True)
    assert kept(ledger).acknowledged_by == "ops"  # as it was when it ended
    assert record(ledger, [seen("a")], {RULE}, now=4).events == 1
    assert kept(ledger) == Alert(*seen("a"), times=2, noticed_at=4, changed_at=4)


def test_what_grows_graver_is_told_of_and_what_was_said_of_it_is_over(ledger: LedgerFile) -> None:
    record(ledger, [seen("a", "INFO")], {RULE}, now=1)
    acknowledge(ledger, seen("a"), "ops", now=2)
    snooze(ledger, seen("a"), 100, "ops", now=2)
    assert record(ledger, [seen("a", "CRITICAL")], {RULE}, now=3) == Recorded(events=1, has_lost_marks=True)
    assert told(ledger)[1:] == [("a", "GRAVER", 3, "CRITICAL")]
    assert not kept(ledger).is_marked


def test_what_grows_less_grave_keeps_what_was_said_of_it(ledger: LedgerFile) -> None:
    record(ledger, [seen("a", "CRITICAL")], {RULE}, now=1)
    acknowledge(ledger, seen("a"), "ops", now=2)
    assert record(ledger, [seen("a", "INFO")], {RULE}, now=3) == Recorded()
    assert (kept(ledger).severity, kept(ledger).acknowledged_by) == ("INFO", "ops")


def test_what_nothing_could_judge_is_not_resolved(ledger: LedgerFile) -> None:
    record(ledger, [seen("a"), seen("b", rule="STALE_DATA of tiktok")], {RULE, "STALE_DATA of tiktok"}, now=1)
    assert record(ledger, [], {RULE}, now=2).events == 1
    assert (kept(ledger).resolved_at, kept(ledger, "b").resolved_at) == (2, None)
    assert kept(ledger, "b").unjudged_at == 2
    record(ledger, [seen("b", rule="STALE_DATA of tiktok")], {RULE, "STALE_DATA of tiktok"}, now=3)
    assert (kept(ledger, "b").unjudged_at, kept(ledger, "b").changed_at) == (None, 1)
    assert [event for _, event, _, _ in told(ledger)] == ["RAISED", "RAISED", "RESOLVED"]


def test_what_nothing_could_judge_for_thirty_days_has_ended(ledger: LedgerFile) -> None:
    record(ledger, [seen("a")], {RULE}, now=1)
    record(ledger, [], set(), now=2)
    record(ledger, [], set(), now=1 + UNJUDGED_SECONDS)
    assert kept(ledger).is_open
    assert record(ledger, [], set(), now=2 + UNJUDGED_SECONDS).events == 1
    assert not kept(ledger).is_open


def test_a_finding_that_is_told_twice_is_one(ledger: LedgerFile) -> None:
    assert record(ledger, [seen("a"), seen("a")], {RULE}, now=1).events == 1


def test_what_has_ended_long_ago_is_forgotten_and_numbers_go_on(ledger: LedgerFile) -> None:
    record(ledger, [seen("a"), seen("lasting")], {RULE}, now=1)
    record(ledger, [seen("lasting")], {RULE}, now=2)
    later = 3 + KEPT_SECONDS
    record(ledger, [seen("lasting"), seen("c")], {RULE}, now=later)
    with ledger.reading() as connection:
        assert find(connection, "a") is None
        assert find(connection, "lasting")
        assert [(each.number, each.alert) for each in after(connection, 0, 10)] == [(4, "c")]
        assert newest(connection) == 4


def test_however_fast_they_come_and_go_so_many_are_kept(ledger: LedgerFile, monkeypatch: object) -> None:
    most = alerts.MOST_RESOLVED, alerts.MOST_EVENTS
    alerts.MOST_RESOLVED, alerts.MOST_EVENTS = 3, 5
    try:
        for number in range(20):
            record(ledger, [seen(f"{number}")], {RULE}, now=number)
    finally:
        alerts.MOST_RESOLVED, alerts.MOST_EVENTS = most
    with ledger.reading() as connection:
        assert [*connection.execute("SELECT id FROM alerts ORDER BY noticed_at")] == [
            ("16",),
            ("17",),
            ("18",),
            ("19",),
        ]
        assert len(after(connection, 0, 100)) == 5
