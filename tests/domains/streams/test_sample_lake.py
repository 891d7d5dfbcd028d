"""The sample lake's streams, counted a second time: rows of text and loops, nothing of ours."""

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    growth,
    last_days,
    last_months,
    previous,
    streams,
    table,
    texts,
    total,
)
from tests.lakes import SAMPLE_LAKE, STREAMS_FILE, snapshot_of

COUNTS = ("spotify_streams", "apple_streams", "total_streams", "days_covered")
Counts = tuple[int | None, int | None, int | None, int]
LATE = [("distrokid", "2025-09-04"), ("distrokid", "2025-09-05"), ("distrokid", "2025-09-06")]
"""Where the file's Apple zeros are days not reported yet: the newest three, after weeks of hundreds."""


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


def rows() -> Iterator[tuple[str, str, int, int | None]]:
    """Date, source, Spotify and Apple."""
    with (SAMPLE_LAKE / STREAMS_FILE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            is_late = (row["source"], row["date"]) in LATE
            assert not is_late or row["apple_streams"] == "0"
            yield (
                row["date"],
                row["source"],
                int(row["spotify_streams"]),
                None if is_late else int(row["apple_streams"]),
            )


def counted(found: Iterator[tuple[str, str, int, int | None]] | list[Any]) -> Counts:
    found = list(found)
    spotify, apple = sum(each[2] for each in found), [each[3] for each in found if each[3] is not None]
    return spotify, sum(apple) if apple else None, spotify + sum(apple), len({each[0] for each in found})


def test_the_total(lake: Snapshot) -> None:
    assert tuple(total(streams(lake, *COUNTS))[name] for name in COUNTS) == counted(rows())


def test_question_03_distributors(lake: Snapshot) -> None:
    found = streams(lake, *COUNTS, by=("distributor",))
    assert {source: tuple(rest) for source, *rest in table(found.groups, "distributor", *COUNTS)} == {
        source: counted([each for each in rows() if each[1] == source]) for source in ("distrokid", "toolost")
    }


def test_question_06_the_last_30_days(lake: Snapshot) -> None:
    days = [str(dt.date(2025, 9, 6) - dt.timedelta(days=back)) for back in range(29, -1, -1)]
    found = streams(lake, *COUNTS, period=last_days(30), grain=Grain.DAY)
    assert [(str(date), *rest) for date, *rest in table(found.groups, "date", *COUNTS)] == [
        (date, *counted([each for each in rows() if each[0] == date])) for date in days
    ]
    expected = counted([each for each in rows() if each[0] >= days[0]])
    assert tuple(total(found)[name] for name in COUNTS) == expected
    assert texts(found.findings, "PARTIAL_PERIOD") == [
        "distrokid has not reported 3 of 30 days on Apple Music: 2025-09-04, 2025-09-05, 2025-09-06.",
        "toolost has not reported 2 of 30 days: 2025-09-05, 2025-09-06.",
    ]


def test_question_07_month_over_month(lake: Snapshot) -> None:
    by_month: dict[str, list[Any]] = defaultdict(list)
    for row in rows():
        by_month[row[0][:7]].append(row)
    months = sorted(by_month)[-13:]
    sums = [counted(by_month[month]) for month in months]
    found = streams(
        lake, *COUNTS, period=last_months(12), grain=Grain.MONTH, compare=PREVIOUS_PERIOD, growth_of=COUNTS[:3]
    )
    assert [(f"{date:%Y-%m}", *rest) for date, *rest in table(found.groups, "date", *COUNTS)] == [
        (month, *counts) for month, counts in zip(months[1:], sums[1:], strict=True)
    ]
    assert previous(found.groups, "total_streams") == [counts[2] for counts in sums[:-1]]
    for place, measure in enumerate(COUNTS[:3]):
        known = [counts[place] or 0 for counts in sums]
        changes = [round(now / then - 1, 6) for then, now in pairwise(known[:-1])]
        assert growth(found.groups, measure) == [*changes, None]  # September has not ended


def test_weeks(lake: Snapshot) -> None:
    by_week: dict[str, list[Any]] = defaultdict(list)
    for row in rows():
        date = dt.date.fromisoformat(row[0])
        by_week[str(date - dt.timedelta(days=date.weekday()))].append(row)
    found = streams(lake, *COUNTS, grain=Grain.WEEK)
    assert {str(date): tuple(rest) for date, *rest in table(found.groups, "date", *COUNTS)} == {
        week: counted(each) for week, each in by_week.items()
    }
