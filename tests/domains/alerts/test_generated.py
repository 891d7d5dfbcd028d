"""Unusual days in generated streams, whose events are known.

A day counts level × trend × weekday × noise: a level of 500 to 5000 streams, up or down by as much as a third in a
year, a third more or less on some weekdays, and noise of 5 % (a normal deviation of the logarithm of 0.05). From
day 70 on, every 14 to 21 days, one day has 40 % to 200 % more, or 40 % to 90 % less, than that.

precision = days found that are events ÷ days found; recall = events that are found ÷ events.
"""

import datetime as dt
import math
import random
from collections.abc import Callable
from itertools import accumulate, takewhile

import pytest

from bedrot_graph.domains.alerts.finding import Kind
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.alerts.told import told
from tests.lakes import Rows, day

Lake = Callable[..., Snapshot]

SEEDS = range(12)
START, DAYS, WARM_UP = dt.date(2024, 1, 1), 500, 70


def generated(seed: int) -> tuple[dict[int, int], set[int]]:
    """Streams by the number of the day, and the numbers of the days that have an event."""
    chance = random.Random(seed)
    level, yearly = chance.uniform(500, 5000), chance.uniform(-0.33, 0.33)
    weekdays = [chance.uniform(0.67, 1.33) for _ in range(7)]
    steps = (chance.randint(14, 21) for _ in range(DAYS))
    events = set(takewhile(lambda number: number < DAYS, accumulate(steps, initial=WARM_UP + chance.randint(0, 6))))
    streams = {}
    for number in range(DAYS):
        usual = level * math.exp(yearly * number / 365) * weekdays[number % 7] * math.exp(chance.gauss(0, 0.05))
        event = chance.choice([chance.uniform(1.4, 3.0), chance.uniform(0.1, 0.6)]) if number in events else 1
        streams[number] = round(usual * event)
    return streams, events


def counted(streams: dict[int, int]) -> Rows:
    return [day(str(START + dt.timedelta(days=number)), "distrokid", count, 0) for number, count in streams.items()]


def found_in(lake: Snapshot) -> set[int]:
    """The numbers of the days that are told to be unusual."""
    periods = [each.period for each in told(lake, Kind.ANOMALY) if each.period]
    return {(period.start - START).days + later for period in periods for later in range(period.days)}


@pytest.fixture
def score(snapshot: Lake) -> tuple[float, float]:
    """Precision and recall over all seeds together."""
    right = told_of = there = 0
    for seed in SEEDS:
        streams, events = generated(seed)
        found = found_in(snapshot(streams=counted(streams)))
        right, told_of, there = right + len(found & events), told_of + len(found), there + len(events)
    return right / told_of, right / there


def test_unusual_days_are_found_and_usual_ones_left_alone(score: tuple[float, float]) -> None:
    precision, recall = score
    assert precision >= 0.95, f"precision {precision:.3f}"
    assert recall >= 0.95, f"recall {recall:.3f}"
