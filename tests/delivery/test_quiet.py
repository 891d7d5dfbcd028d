"""Quiet hours, by the clock on the wall of a place, also on the nights when it is changed."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bedrot_graph.delivery.quiet import Quiet

BERLIN = ZoneInfo("Europe/Berlin")


def quiet(start: str, end: str, zone: ZoneInfo = BERLIN) -> Quiet:
    return Quiet(dt.time.fromisoformat(start), dt.time.fromisoformat(end), zone)


def utc(text: str) -> float:
    return dt.datetime.fromisoformat(f"{text}+00:00").timestamp()


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        # in winter Berlin is an hour ahead
        (("22:00", "07:00"), "2026-01-10T20:59:59", None),
        (("22:00", "07:00"), "2026-01-10T21:00:00", "2026-01-11T06:00:00"),
        (("22:00", "07:00"), "2026-01-11T03:00:00", "2026-01-11T06:00:00"),
        (("22:00", "07:00"), "2026-01-11T06:00:00", None),
        # in summer two
        (("22:00", "07:00"), "2026-07-10T20:00:00", "2026-07-11T05:00:00"),
        # hours of one day
        (("12:00", "13:30"), "2026-01-10T10:59:00", None),
        (("12:00", "13:30"), "2026-01-10T11:00:00", "2026-01-10T12:30:00"),
        (("12:00", "13:30"), "2026-01-10T12:30:00", None),
        # up to midnight, and from midnight
        (("22:00", "00:00"), "2026-01-10T22:59:00", "2026-01-10T23:00:00"),
        (("22:00", "00:00"), "2026-01-10T23:00:00", None),
        (("00:00", "07:00"), "2026-01-10T23:00:00", "2026-01-11T06:00:00"),
        # the night of 29 March 2026 lacks the hour from two to three, the one of 25 October has it twice
        (("22:00", "07:00"), "2026-03-28T21:00:00", "2026-03-29T05:00:00"),
        (("22:00", "07:00"), "2026-10-24T20:00:00", "2026-10-25T06:00:00"),
        (("22:00", "02:30"), "2026-03-28T22:00:00", "2026-03-29T01:30:00"),
        (("22:00", "02:30"), "2026-10-24T22:00:00", "2026-10-25T01:30:00"),
        (("22:00", "02:30"), "2026-10-25T00:45:00", "2026-10-25T01:30:00"),
    ],
    ids=str,
)
def test_they_last_until(hours: tuple[str, str], at: str, until: str | None) -> None:
    assert quiet(*hours).until(utc(at)) == (utc(until) if until else None)


def test_they_are_those_of_the_place() -> None:
    at = utc("2026-01-10T21:30:00")
    assert quiet("22:00", "07:00", ZoneInfo("America/Los_Angeles")).until(at) is None
    assert quiet("22:00", "07:00", ZoneInfo("Asia/Tokyo")).until(at) == utc("2026-01-10T22:00:00")


@pytest.mark.parametrize("hours", [("22:00", "07:00"), ("22:00", "02:30"), ("02:30", "07:00"), ("12:00", "13:30")])
def test_when_they_end_they_are_over_whatever_the_clock_does(hours: tuple[str, str]) -> None:
    their = quiet(*hours)
    for night in ("2026-03-27T12:00:00", "2026-10-23T12:00:00"):
        for minute in range(0, 3 * 24 * 60, 5):
            now = utc(night) + minute * 60
            until = their.until(now)
            assert until is None or (until > now and their.until(until) is None)
