"""The sample lake's audience, counted a second time: rows of text and loops, nothing of ours."""

import csv
from collections import defaultdict

import pytest

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import audience, only, table, total
from tests.lakes import AUDIENCE_FILE, SAMPLE_LAKE, snapshot_of

ARTISTS = [("HALO B7", "halo_b7"), ("OWL1987", "owl1987")]


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


def rows(name: str | None = None) -> list[dict[str, str]]:
    with (SAMPLE_LAKE / AUDIENCE_FILE).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if name in {None, row["artist_name"]}]


def test_the_total(lake: Snapshot) -> None:
    last = {row["artist_name"]: int(row["followers"]) for row in rows()}
    assert total(audience(lake, "listeners", "streams", "followers")) == {
        "listeners": None,
        "streams": sum(int(row["streams"]) for row in rows()),
        "followers": sum(last.values()),
    }


@pytest.mark.parametrize(("artist", "name"), ARTISTS)
def test_days_of_an_artist(artist: str, name: str, lake: Snapshot) -> None:
    found = audience(lake, "listeners", "streams", "followers", where=only("artist", artist), grain=Grain.DAY)
    assert [(str(date), *rest) for date, *rest in table(found.groups, "date", "listeners", "streams", "followers")] == [
        (row["date"], int(row["listeners"]), int(row["streams"]), int(row["followers"]) or None) for row in rows(name)
    ]


@pytest.mark.parametrize(("artist", "name"), ARTISTS)
def test_months_of_an_artist(artist: str, name: str, lake: Snapshot) -> None:
    by_month: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(name):
        by_month[row["date"][:7]].append(row)
    found = audience(lake, "listeners", "streams", "followers", where=only("artist", artist), grain=Grain.MONTH)
    columns = ("date", "listeners", "streams", "followers")
    assert {f"{date:%Y-%m}": tuple(rest) for date, *rest in table(found.groups, *columns)} == {
        month: (None, sum(int(row["streams"]) for row in each), int(each[-1]["followers"]) or None)
        for month, each in by_month.items()
    }
