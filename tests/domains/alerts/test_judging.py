"""Which rules could judge a snapshot, so that what they do not find has ended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.domains.alerts.finding import Kind
from bedrot_graph.domains.alerts.judging import OF_ONE_DATASET, judged, rule_of
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import level, told, without
from tests.lakes import (
    SAMPLE_LAKE,
    SPLITS_FILE,
    STATEMENTS_FILE,
    STREAMS_FILE,
    snapshot_of,
    split,
    statement,
    write_lake,
)

Lake = Callable[..., Snapshot]

COUNTERS = {Kind.ANOMALY, Kind.MISSING_DAYS, Kind.SOURCE_LAGGING, Kind.STREAM_DROP, Kind.RELEASE_LIFT}
PAYMENTS = {Kind.PAYMENT_OVERDUE, Kind.PAYMENT_PARTIAL}
STREAMS = level(28)
LINES = [statement("2025-01", "Spotify", 1, "1")]


def kinds(lake: Snapshot) -> set[Kind]:
    """Those that are not judged for each dataset."""
    return {Kind(each) for each in judged(lake) if " of " not in each}


def of(lake: Snapshot, dataset: str) -> set[str]:
    return {each.removesuffix(f" of {dataset}") for each in judged(lake) if each.endswith(f" of {dataset}")}


def test_where_all_is_there_all_is_judged(snapshot: Lake) -> None:
    lake = snapshot(statements=LINES, streams=STREAMS)
    assert kinds(lake) == {*Kind} - OF_ONE_DATASET
    assert of(lake, "daily_streams") == of(lake, "distrokid_statements") == OF_ONE_DATASET
    assert of(lake, "tiktok_analytics") == {Kind.DATASET_UNREADABLE}


def test_a_lake_of_one_dataset_judges_what_needs_no_other(snapshot: Lake) -> None:
    assert kinds(snapshot(streams=STREAMS)) == COUNTERS


def test_a_label_without_counters_has_its_payments_judged(snapshot: Lake) -> None:
    assert kinds(snapshot(statements=LINES)) == {Kind.REVENUE_CHANGE, *PAYMENTS}


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        (STREAMS_FILE, COUNTERS | PAYMENTS),
        (STATEMENTS_FILE, {Kind.REVENUE_CHANGE} | PAYMENTS),
        (SPLITS_FILE, {Kind.RELEASE_LIFT}),
    ],
)
def test_what_cannot_be_read_takes_its_rules_with_it(name: str, lacking: set[Kind], tmp_path: Path) -> None:
    write_lake(tmp_path, statements=LINES, streams=STREAMS, splits=[split()])
    (tmp_path / name).write_bytes(b"")
    lake = snapshot_of(tmp_path)
    assert kinds(lake) == {*Kind} - OF_ONE_DATASET - lacking
    (unreadable,) = told(lake, Kind.DATASET_UNREADABLE)
    dataset = dict(unreadable.dimensions)["dataset"]
    assert of(lake, dataset) == {Kind.DATASET_UNREADABLE}
    assert rule_of(unreadable) in judged(lake)


def test_whatever_is_told_was_judged(tmp_path: Path) -> None:
    lakes = [snapshot_of(SAMPLE_LAKE), snapshot_of(write_lake(tmp_path, streams=without(level(90), 20)))]
    for lake in lakes:
        assert {rule_of(each) for each in told(lake)} <= judged(lake)
