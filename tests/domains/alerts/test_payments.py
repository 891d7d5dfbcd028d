"""Payments that are late, and those that have come in part."""

import datetime as dt
from collections.abc import Callable

import pytest

from bedrot_graph.domains.alerts.finding import Kind, Severity
from bedrot_graph.domains.payments import service
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import span, the, told
from tests.lakes import day, statement

Lake = Callable[..., Snapshot]
LATE = (Kind.PAYMENT_OVERDUE, Kind.PAYMENT_PARTIAL)

#            January     February
# Spotify       9.00            —
# Tidal         1.00         1.00   February is due by the end of April
JANUARY = [statement("2025-01", "Spotify", 1000, "9.00"), statement("2025-01", "Tidal", 100, "1.00")]
FEBRUARY = [statement("2025-02", "Tidal", 100, "1.00", reported="2025-04-15")]
COUNTED = [day("2025-01-15", "distrokid", 500, 50), day("2025-02-15", "distrokid", 500, 50)]


def test_a_part_that_has_arrived_before_it_is_due_is_good_to_know(snapshot: Lake) -> None:
    found = the(snapshot(JANUARY + FEBRUARY, streams=COUNTED), Kind.PAYMENT_PARTIAL)
    assert (found.severity, span(found)) == (Severity.INFO, ("2025-02-01", "2025-02-28"))
    assert str(found.raised_at) == "2025-04-15"
    assert "1.00 USD have arrived" in found.message
    assert "due by 2025-04-30" in found.message


@pytest.mark.parametrize(
    ("as_of", "kind"), [("2025-04-30", Kind.PAYMENT_PARTIAL), ("2025-05-01", Kind.PAYMENT_OVERDUE)]
)
def test_it_is_overdue_from_the_day_after_it_was_due(as_of: str, kind: Kind, snapshot: Lake) -> None:
    (found,) = told(snapshot(JANUARY + FEBRUARY, streams=COUNTED), *LATE, as_of=as_of)
    assert found.kind is kind


def test_what_is_overdue_is_critical_and_dated_by_when_it_was_due(snapshot: Lake) -> None:
    found = the(snapshot(JANUARY + FEBRUARY, streams=COUNTED), Kind.PAYMENT_OVERDUE, as_of="2025-06-30")
    assert (found.severity, str(found.raised_at)) == (Severity.CRITICAL, "2025-05-01")
    assert found.title == "Payment of 2025-02 is overdue"


def test_a_month_that_was_only_counted_is_overdue_too(snapshot: Lake) -> None:
    found = the(snapshot(JANUARY, streams=COUNTED), Kind.PAYMENT_OVERDUE, as_of="2025-05-01")
    assert span(found) == ("2025-02-01", "2025-02-28")
    assert "nothing has arrived" in found.message


def test_a_month_that_was_only_counted_and_is_not_due_is_quiet(snapshot: Lake) -> None:
    assert told(snapshot(JANUARY, streams=COUNTED), *LATE, as_of="2025-04-30") == []


def test_of_other_distributors_no_payment_is_known(snapshot: Lake) -> None:
    lake = snapshot(JANUARY, streams=[COUNTED[0], day("2025-02-15", "toolost", 500, 50)])
    assert told(lake, *LATE, as_of="2025-05-01") == []


def test_what_was_counted_before_the_first_statement_is_not_owed(snapshot: Lake) -> None:
    lake = snapshot(JANUARY, streams=[day("2024-06-15", "distrokid", 500, 50), COUNTED[0]])
    assert told(lake, *LATE, as_of="2025-05-01") == []


def test_a_complete_month_is_quiet_however_late(snapshot: Lake) -> None:
    assert told(snapshot(JANUARY, streams=COUNTED[:1]), *LATE, as_of="2025-08-31") == []


@pytest.mark.parametrize(
    ("as_of", "kind"), [("2025-04-30", Kind.PAYMENT_PARTIAL), ("2025-05-01", Kind.PAYMENT_OVERDUE)]
)
def test_the_statements_alone_tell_it_where_no_counters_are(as_of: str, kind: Kind, snapshot: Lake) -> None:
    (found,) = told(snapshot(JANUARY + FEBRUARY), *LATE, as_of=as_of)
    assert (found.kind, found.numbers) == (kind, None)


def test_it_keeps_its_id_as_the_lake_grows(snapshot: Lake) -> None:
    more = day("2025-02-16", "distrokid", 500, 50)
    first = the(snapshot(JANUARY + FEBRUARY, streams=COUNTED), Kind.PAYMENT_PARTIAL)
    later = the(snapshot(JANUARY + FEBRUARY, streams=[*COUNTED, more]), Kind.PAYMENT_PARTIAL)
    assert first.id == later.id


def test_counters_that_begin_later_than_the_day_do_not_matter(snapshot: Lake) -> None:
    late = [day("2025-06-01", "distrokid", 500, 50)]
    assert len(told(snapshot(JANUARY + FEBRUARY, streams=late), *LATE, as_of="2025-04-20")) == 1


def test_it_says_what_payments_says(snapshot: Lake) -> None:
    lake = snapshot(JANUARY + FEBRUARY, streams=COUNTED)
    for as_of in (dt.date(2025, 4, 30), dt.date(2025, 5, 1)):
        statuses = {row["month"]: row["status"] for row in service.payments(lake, None, as_of).value.months}
        found = {each.anchor: each.kind.removeprefix("PAYMENT_") for each in told(lake, *LATE, as_of=str(as_of))}
        assert found == {month: status for month, status in statuses.items() if status != "PAID"}
