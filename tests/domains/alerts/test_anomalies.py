"""Unusual days: how they are judged, run together and told from release lifts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.domains.alerts.finding import Kind, Severity
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import level, on_day, span, the, told, value, without
from tests.lakes import SPLITS_FILE, day, snapshot_of, write_lake

Lake = Callable[..., Snapshot]
UNUSUAL = (Kind.ANOMALY, Kind.RELEASE_LIFT)
TRACKS_FILE = "spotify_tracks_dimension_20250907_141945.csv"
LONG = 90  # days, of which the first 70 are needed to know what is usual


def test_a_day_far_below_its_weekdays_is_unusual(snapshot: Lake) -> None:
    found = the(snapshot(streams=level(LONG, but={80: 500})), Kind.ANOMALY)
    assert span(found) == (on_day(80), on_day(80))
    assert value(found) == (500, 1000)
    assert found.numbers
    assert found.numbers.change == -0.5
    assert found.numbers.measure == "Stream.totalStreams"
    assert (found.severity, found.dimensions) == (Severity.WARNING, (("distributor", "distrokid"),))
    assert found.raised_at == found.anchor
    assert found.message.startswith(
        f"distrokid counted 500 streams on {on_day(80)} where 1,000 were to be expected from the same weekdays of the "
        "8 weeks before (-50 %)."
    )


def test_a_level_without_events_is_quiet(snapshot: Lake) -> None:
    assert told(snapshot(streams=level(LONG)), *UNUSUAL) == []


@pytest.mark.parametrize(("streams", "count"), [(1200, 1), (1199, 0), (800, 1), (801, 0)])
def test_a_change_has_to_reach_the_threshold(streams: int, count: int, snapshot: Lake) -> None:
    assert len(told(snapshot(streams=level(LONG, but={80: streams})), *UNUSUAL)) == count


def test_a_day_is_held_against_its_own_weekday(snapshot: Lake) -> None:
    # Saturdays have 2000, all other days 1000.
    saturdays = dict.fromkeys(range(5, LONG, 7), 2000)
    assert told(snapshot(streams=level(LONG, but=saturdays)), *UNUSUAL) == []
    found = the(snapshot(streams=level(LONG, but=saturdays | {82: 1000})), Kind.ANOMALY)
    assert value(found) == (1000, 2000)


def test_where_days_always_jump_a_jump_is_not_unusual(snapshot: Lake) -> None:
    # 1000, 1500 and 2000 in turn: a day that is a third off is as usual as one that is not.
    jumping = {number: 1000 + number % 3 * 500 for number in range(LONG)}
    assert told(snapshot(streams=level(LONG, but=jumping)), *UNUSUAL) == []


def test_the_first_seventy_days_are_not_judged(snapshot: Lake) -> None:
    # 6 weeks of weekdays for the first expectation, and 28 of these before the first judgement.
    assert told(snapshot(streams=level(LONG, but={69: 5000})), *UNUSUAL) == []
    assert span(the(snapshot(streams=level(LONG, but={70: 5000})), Kind.ANOMALY)) == (on_day(70), on_day(70))


def test_days_that_follow_each_other_in_one_direction_are_one_finding(snapshot: Lake) -> None:
    found = the(snapshot(streams=level(LONG, but={80: 500, 81: 400, 82: 300})), Kind.ANOMALY)
    assert span(found) == (on_day(80), on_day(82))
    assert value(found) == (1200, 3000)


def test_a_turn_of_direction_begins_another_finding(snapshot: Lake) -> None:
    found = told(snapshot(streams=level(LONG, but={80: 500, 81: 2000})), *UNUSUAL)
    assert [span(each) for each in found] == [(on_day(81), on_day(81)), (on_day(80), on_day(80))]


def test_a_missing_day_is_no_anomaly_and_moves_no_weekday(snapshot: Lake) -> None:
    saturdays = dict.fromkeys(range(5, LONG, 7), 2000)
    assert told(snapshot(streams=without(level(LONG, but=saturdays), 40, 77)), *UNUSUAL) == []


def test_a_missing_day_ends_a_run(snapshot: Lake) -> None:
    rows = without(level(LONG, but={80: 500, 82: 500}), 81)
    assert len(told(snapshot(streams=rows), *UNUSUAL)) == 2


def test_a_day_that_one_platform_has_not_reported_is_not_judged(snapshot: Lake) -> None:
    # Apple Music has half of the streams, and has not reported the last day.
    rows = [day(row["date"], "distrokid", 1000, 1000) for row in level(LONG)]
    rows[-1]["apple_streams"] = "0"
    assert told(snapshot(streams=rows), *UNUSUAL) == []


def test_distributors_are_judged_apart(snapshot: Lake) -> None:
    rows = level(LONG, "distrokid", 100_000) + level(LONG, "toolost", but={80: 100})
    assert the(snapshot(streams=rows), Kind.ANOMALY).dimensions == (("distributor", "toolost"),)


def test_a_run_keeps_its_id_while_it_grows(snapshot: Lake) -> None:
    before = the(snapshot(streams=level(81, but={80: 500})), Kind.ANOMALY)
    after = the(snapshot(streams=level(82, but={80: 500, 81: 500})), Kind.ANOMALY)
    assert before.id == after.id
    assert span(before) != span(after)


def test_two_runs_have_different_ids(snapshot: Lake) -> None:
    first, second = told(snapshot(streams=level(LONG, but={75: 500, 80: 500})), Kind.ANOMALY)
    assert first.id != second.id


# ── releases ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("released", "kind"),
    [
        (80, Kind.RELEASE_LIFT),
        (52, Kind.RELEASE_LIFT),  # 28 days before
        (51, Kind.ANOMALY),  # 29 days before
        (81, Kind.ANOMALY),  # not out yet
    ],
)
def test_a_rise_within_four_weeks_of_a_release_is_its_lift(released: int, kind: Kind, tmp_path: Path) -> None:
    lake = with_releases(tmp_path, {released: "4.20"}, but={80: 3000})
    assert [each.kind for each in told(lake, *UNUSUAL)] == [kind]


def test_a_release_lift_is_good_to_know_and_names_the_last_release(tmp_path: Path) -> None:
    found = the(with_releases(tmp_path, {60: "COLD BOOT", 79: "4.20"}, but={80: 3000}), Kind.RELEASE_LIFT)
    assert found.severity is Severity.INFO
    assert found.title == f"More streams on distrokid on {on_day(80)}, after the release of 4.20 by OWL1987"
    assert f"came out 1 day before, on {on_day(79)}" in found.message
    assert "COLD BOOT" not in found.message


def test_of_an_album_the_first_two_recordings_are_named(tmp_path: Path) -> None:
    write_lake(tmp_path, streams=level(90, but={80: 3000}))
    path = tmp_path / SPLITS_FILE
    rows = [f"OWL1987,TRACK {place},,{on_day(79)},100" for place in range(14)]
    path.write_text("\n".join(["artist,title,isrc,release_date,your_revenue_share", *rows]) + "\n", encoding="utf-8")
    found = the(snapshot_of(tmp_path), Kind.RELEASE_LIFT)
    assert found.title.endswith("after the release of TRACK 0 by OWL1987, TRACK 1 by OWL1987 and 12 more")


def test_a_fall_after_a_release_is_an_anomaly(tmp_path: Path) -> None:
    lake = with_releases(tmp_path, {79: "4.20"}, but={80: 300})
    assert the(lake, Kind.ANOMALY).severity is Severity.WARNING


@pytest.mark.parametrize("name", [SPLITS_FILE, TRACKS_FILE])
def test_either_list_of_releases_will_do(name: str, tmp_path: Path) -> None:
    lake = with_releases(tmp_path, {79: "4.20"}, but={80: 3000}, name=name)
    assert len(told(lake, Kind.RELEASE_LIFT)) == 1


def test_a_release_that_both_lists_know_is_named_once(tmp_path: Path) -> None:
    with_releases(tmp_path, {79: "4.20"}, but={80: 3000}, name=TRACKS_FILE)
    found = the(with_releases(tmp_path, {79: "4.20"}, but={80: 3000}), Kind.RELEASE_LIFT)
    assert found.title.count("4.20") == 1


def with_releases(folder: Path, releases: dict[int, str], *, but: dict[int, int], name: str = SPLITS_FILE) -> Snapshot:
    """A lake of one level, in which recordings came out on some of its days."""
    rows = [f"OWL1987,{title},{on_day(number)},100,{title}" for number, title in releases.items()]
    text = "\n".join(["artist,title,release_date,your_revenue_share,track_id", *rows])
    (folder / name).write_text(text + "\n", encoding="utf-8")
    return snapshot_of(write_lake(folder, streams=level(LONG, but=but)))
