"""What is told of the sample lake: the events that were put into it, and no flood beside them."""

import pytest

from bedrot_graph.domains.alerts.finding import Finding, Kind, Severity
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import span, told, value
from tests.lakes import SAMPLE_LAKE, snapshot_of

MOST_WARNINGS = 5


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


def of(lake: Snapshot, kind: Kind, distributor: str) -> list[Finding]:
    return [each for each in told(lake, kind) if ("distributor", distributor) in each.dimensions]


def test_toolosts_spike_is_the_lift_of_a_release(lake: Snapshot) -> None:
    (found,) = of(lake, Kind.RELEASE_LIFT, "toolost")
    assert str(found.raised_at) == "2025-03-14"
    assert "TWELVE SUNS by HALO B7 came out 11 days before, on 2025-03-03" in found.message


def test_toolosts_one_bad_day_is_an_anomaly(lake: Snapshot) -> None:
    (found,) = of(lake, Kind.ANOMALY, "toolost")
    assert (span(found), value(found)) == (("2025-05-10", "2025-05-10"), (81, 1014))


def test_distrokids_two_missing_days_are_one_finding(lake: Snapshot) -> None:
    (found,) = told(lake, Kind.MISSING_DAYS)
    assert (found.dimensions, span(found)) == ((("distributor", "distrokid"),), ("2024-11-11", "2024-11-12"))


def test_distrokids_late_apple_music_is_a_lag_and_no_drop(lake: Snapshot) -> None:
    (found,) = told(lake, Kind.SOURCE_LAGGING)
    assert found.dimensions == (("distributor", "distrokid"), ("platform", "Apple Music"))
    assert span(found) == ("2025-09-04", "2025-09-06")
    assert told(lake, Kind.STREAM_DROP) == []


def test_the_newest_sale_month_has_come_in_part(lake: Snapshot) -> None:
    (found,) = told(lake, Kind.PAYMENT_PARTIAL)
    assert span(found) == ("2025-07-01", "2025-07-31")
    assert told(lake, Kind.PAYMENT_OVERDUE) == []


def test_there_is_no_flood(lake: Snapshot) -> None:
    found = told(lake)
    assert len([each for each in found if each.severity is not Severity.INFO]) <= MOST_WARNINGS
    assert len({each.id for each in found}) == len(found)


@pytest.mark.parametrize("as_of", ["2024-05-31", "2024-11-15", "2025-03-20", "2025-05-12", "2025-08-31"])
def test_what_is_told_of_a_day_in_the_past_is_not_from_after_it(as_of: str, lake: Snapshot) -> None:
    for each in told(lake, as_of=as_of):
        assert str(each.raised_at) <= as_of, each.title
