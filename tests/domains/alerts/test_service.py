"""All findings of a lake: their order, what they are made from, and what lakes lack."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.domains.alerts import service
from bedrot_graph.domains.alerts.finding import Finding, Kind, Severity
from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.goals import read_goals
from bedrot_graph.lake.marks import NOTHING_SAID
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from bedrot_graph.schema import schema
from tests.domains.alerts.told import level, told, without
from tests.lakes import TODAY, day, split, statement, write_lake

Lake = Callable[..., Snapshot]

#  CRITICAL   the streams of the newest week are gone, of distrokid and in total
#  WARNING    days missing in two places, an unusual week, old data
BUSY = without(level(90, but=dict.fromkeys(range(83, 90), 100)), 20, 40)


def test_the_gravest_come_first_and_then_the_newest_days(snapshot: Lake) -> None:
    found = told(snapshot(streams=BUSY))
    ranks = [["CRITICAL", "WARNING", "INFO"].index(each.severity) for each in found]
    assert ranks == sorted(ranks)
    warnings = [each for each in found if each.severity is Severity.WARNING]
    ends = [end(each) for each in warnings]
    assert ends == sorted(ends, reverse=True)
    assert {Kind.STREAM_DROP, Kind.ANOMALY, Kind.MISSING_DAYS, Kind.STALE_DATA} == {each.kind for each in found}


def test_of_a_lake_whose_only_file_cannot_be_read_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "tiktok_analytics_curated_20250908_055938.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (found,) = told(Zone(tmp_path, today=lambda: TODAY).take())
    assert (found.kind, found.dimensions) == (Kind.DATASET_UNREADABLE, (("dataset", "tiktok_analytics"),))


def test_no_two_findings_have_one_id(snapshot: Lake) -> None:
    found = told(snapshot(streams=BUSY))
    assert len({each.id for each in found}) == len(found)


def test_the_order_is_the_same_each_time(snapshot: Lake) -> None:
    first, second = (told(snapshot(streams=rows)) for rows in (BUSY, BUSY[::-1]))
    assert first == second


def test_findings_of_the_past_keep_their_ids_as_a_day_is_added(snapshot: Lake) -> None:
    lasting = (Kind.ANOMALY, Kind.MISSING_DAYS)
    first = [each.id for each in told(snapshot(streams=without(level(89, but={80: 100}), 20)), *lasting)]
    later = [each.id for each in told(snapshot(streams=without(level(90, but={80: 100}), 20)), *lasting)]
    assert first == later
    assert len(first) == 2


def test_what_was_known_on_a_day_is_what_a_lake_of_that_day_tells(snapshot: Lake) -> None:
    kinds = (Kind.ANOMALY, Kind.MISSING_DAYS, Kind.STREAM_DROP, Kind.SOURCE_LAGGING)
    then = told(snapshot(streams=BUSY[:84]), *kinds)
    assert told(snapshot(streams=BUSY), *kinds, as_of=BUSY[83]["date"]) == then


def test_before_the_first_row_nothing_is_known(snapshot: Lake) -> None:
    lake = snapshot([statement("2025-01", "Spotify", 1, "1.00")], streams=BUSY)
    assert told(lake, as_of="2024-01-01") == []


def test_every_dataset_that_is_there_was_looked_at(snapshot: Lake) -> None:
    lake = snapshot(streams=level(1), splits=[split()])
    assert service.alerts(lake, None).scanned == {"daily_streams", "royalty_splits"}


def test_without_any_dataset_there_is_no_telling(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="daily_streams"):
        service.alerts(snapshot(), None)


def test_a_lake_of_lists_alone_has_nothing_to_tell(snapshot: Lake) -> None:
    assert told(snapshot(splits=[split()])) == []


def test_every_measure_that_an_alert_names_is_in_the_schema() -> None:
    names = {"Stream.totalStreams", "Revenue.revenueUsd", "PaymentMonth.pendingUsd", "Dataset.rowsRejected"}
    types = schema().as_str()
    for name in names:
        type_name, field = name.split(".")
        body = types[types.index(f"type {type_name} ") :]
        assert f"  {field}" in body[: body.index("\n}")]


def test_a_filter_lets_through_what_all_of_its_parts_let_through(snapshot: Lake) -> None:
    found = told(snapshot(streams=BUSY))
    wanted = service.Wanted(severities=(Severity.WARNING,), kinds=(Kind.MISSING_DAYS, Kind.STREAM_DROP))
    assert {each.kind for each in found if wanted.lets_through(each, NOTHING_SAID)} == {Kind.MISSING_DAYS}


def end(finding: Finding) -> str:
    return str(finding.period.end if finding.period else finding.raised_at)


def test_a_single_day_lake_is_quiet_but_for_its_age(snapshot: Lake) -> None:
    assert [each.kind for each in told(snapshot(streams=[day("2025-09-07", "distrokid", 1, 1)]))] == []


def test_the_thresholds_are_the_labels_own(tmp_path: Path) -> None:
    write_lake(tmp_path, streams=level(28) + level(27, "toolost"))
    (tmp_path / "goals.toml").write_text("[alerts]\nlagging_days = 1\n", encoding="utf-8")
    usual, own = (
        Zone(tmp_path, today=lambda: TODAY, goals=goals).take() for goals in (None, read_goals(tmp_path / "goals.toml"))
    )
    assert told(usual, Kind.SOURCE_LAGGING) == []
    assert len(told(own, Kind.SOURCE_LAGGING)) == 2


def test_counters_without_any_count_tell_nothing(snapshot: Lake) -> None:
    assert told(snapshot(streams=[day("2025-09-01", "distrokid", "", ""), day("2025-09-03", "toolost", "", "")])) == []
