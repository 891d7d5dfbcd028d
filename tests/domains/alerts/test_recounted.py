"""The rule for unusual days a second time, over the sample lake: rows of text and loops, nothing of ours."""

import csv
import datetime as dt
import math
from collections import defaultdict
from statistics import median

from bedrot_graph.domains.alerts.finding import Kind
from tests.domains.alerts.told import told
from tests.lakes import SAMPLE_LAKE, STREAMS_FILE, snapshot_of

DAY = dt.timedelta(days=1)
APPLE_THROUGH = {"distrokid": dt.date(2025, 9, 3), "toolost": dt.date(2025, 9, 4)}
"""The zeros after it are days not reported yet."""

Days = dict[dt.date, int]
Unusual = set[tuple[str, dt.date, int]]


def counted() -> dict[str, Days]:
    """Streams by distributor and day, as far as both platforms have reported."""
    days: dict[str, Days] = defaultdict(dict)
    with (SAMPLE_LAKE / STREAMS_FILE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            date = dt.date.fromisoformat(row["date"])
            if date <= APPLE_THROUGH[row["source"]]:
                days[row["source"]][date] = int(row["spotify_streams"]) + int(row["apple_streams"])
    return days


def unusual(distributor: str, days: Days) -> Unusual:
    """Its unusual days, each with 1 for more and -1 for fewer streams than expected."""
    expected: dict[dt.date, float] = {}
    residuals: dict[dt.date, float] = {}
    found: Unusual = set()
    for date in sorted(days):
        weekdays = [days[before] for week in range(1, 9) if (before := date - 7 * week * DAY) in days]
        if len(weekdays) < 6:
            continue
        expected[date] = median(weekdays)
        residuals[date] = math.log((days[date] + 1) / (expected[date] + 1))
        recent = [residuals[before] for back in range(1, 57) if (before := date - back * DAY) in residuals]
        if len(recent) < 28:
            continue
        centre = median(recent)
        scale = max(1.4826 * median(abs(each - centre) for each in recent), 0.05)
        change = days[date] / expected[date] - 1
        if abs((residuals[date] - centre) / scale) >= 3.5 and abs(change) >= 0.2:
            found.add((distributor, date, 1 if change > 0 else -1))
    return found


def test_the_same_days_of_the_sample_lake_are_unusual() -> None:
    recounted = {each for distributor, days in counted().items() for each in unusual(distributor, days)}
    seen: Unusual = set()
    for each in told(snapshot_of(SAMPLE_LAKE), Kind.ANOMALY, Kind.RELEASE_LIFT):
        assert each.period
        assert each.numbers
        direction = 1 if (each.numbers.change or 0) > 0 else -1
        days = (each.period.start + later * DAY for later in range(each.period.days))
        seen |= {(each.dimensions[0][1], date, direction) for date in days}
    assert seen == recounted
    assert len(recounted) == 44
