"""The sample lake's TikTok accounts, counted a second time: rows of text and loops, nothing of ours."""

import csv
import datetime as dt
from collections import defaultdict

import pytest

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import codes, only, table, tiktok, total
from tests.lakes import SAMPLE_LAKE, TIKTOK_FILE, snapshot_of

COUNTERS = ("video_views", "profile_views", "likes", "comments", "shares")
HEADERS = ("Video Views", "Profile Views", "Likes", "Comments", "Shares")


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


def rows(handle: str | None = None) -> list[dict[str, str]]:
    with (SAMPLE_LAKE / TIKTOK_FILE).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if handle in {None, row["artist"]}]


def counted(found: list[dict[str, str]]) -> tuple[int, ...]:
    return tuple(sum(int(row[header]) for row in found) for header in HEADERS)


def test_the_total(lake: Snapshot) -> None:
    found = total(tiktok(lake, *COUNTERS, "followers", "new_followers", "engagement_rate"))
    assert tuple(found[name] for name in COUNTERS) == counted(rows())
    assert found["followers"] == 12279 + 5043
    assert found["new_followers"] == 12279 - 12132 + 5043 - 4890
    views, _, *reactions = counted(rows())
    assert found["engagement_rate"] == pytest.approx(sum(reactions) / views)


@pytest.mark.parametrize(("artist", "handle"), [("HALO B7", "halo.b7"), ("OWL1987", "owl1987")])
def test_weeks_of_an_account(artist: str, handle: str, lake: Snapshot) -> None:
    by_week: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(handle):
        date = dt.date.fromisoformat(row["date"])
        by_week[str(date - dt.timedelta(days=date.weekday()))].append(row)
    found = tiktok(lake, *COUNTERS, "followers", grain=Grain.WEEK, where=only("artist", artist))
    assert {str(date): tuple(rest) for date, *rest in table(found.groups, "date", *COUNTERS, "followers")} == {
        week: (*counted(each), int(each[-1]["Followers"]) or None) for week, each in by_week.items()
    }


def test_the_day_on_which_neither_account_has_views_is_a_zero_with_likes(lake: Snapshot) -> None:
    found = tiktok(lake, "video_views", "likes", "engagement_rate", by=("artist",), grain=Grain.DAY)
    day = dt.date(2025, 9, 3)
    columns = ("date", "artist", "video_views", "likes", "engagement_rate")
    assert [row for row in table(found.groups, *columns) if row[0] == day] == [
        (day, "HALO B7", 0, 3, None),
        (day, "OWL1987", 0, 1, None),
    ]
    assert codes(found.findings) == []
