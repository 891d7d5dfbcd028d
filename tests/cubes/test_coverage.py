"""How far sources have reported, whatever tells them apart: here one artist each, and one counter."""

import datetime as dt
from typing import Any

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.lake.engine import collect
from bedrot_graph.periods import Period

FIRST = dt.date(2025, 1, 1)
SOURCES = ("artist",)


def counted(**by_artist: list[int | str | None]) -> pl.LazyFrame:
    """Counts of consecutive days from the 1st of January on; a day without a row is '-'."""
    rows = [
        {"artist": artist, "date": FIRST + dt.timedelta(days=place), "streams": count}
        for artist, counts in by_artist.items()
        for place, count in enumerate(counts)
        if count != "-"
    ]
    return pl.LazyFrame(rows, schema={"artist": pl.String, "date": pl.Date, "streams": pl.Int64})


def days(count: int) -> Period:
    """The first days of January."""
    return Period(FIRST, FIRST + dt.timedelta(days=count - 1))


def rows(frame: pl.LazyFrame) -> list[tuple[Any, ...]]:
    """The rows, sorted; of each date the day of its month."""
    frame = frame.with_columns(pl.selectors.date().dt.day().cast(pl.Int64))
    return sorted(collect(frame)[0].rows())


def test_a_source_has_reported_through_its_last_day_but_for_zeros_after_busy_weeks() -> None:
    frame = counted(busy=[9, 9, 0, 0], quiet=[2, 2, 0, 0], silent=[0, 0], empty=[None], gone=[9, None])
    assert rows(coverage.through(frame, SOURCES, "streams").fill_null(dt.date(2025, 1, 31))) == [
        ("busy", 2),
        ("empty", 31),  # never
        ("gone", 1),
        ("quiet", 4),
        ("silent", 2),
    ]


def test_late_zeros_are_not_reported_yet() -> None:
    frame = counted(busy=[9, 0, 9, 0], quiet=[2, 0])
    known = coverage.without_late_zeros(frame, SOURCES, "streams")
    by_day = known.sort("artist", "date").select("artist", "streams", pl.col("through").dt.day())
    assert collect(by_day)[0].rows() == [
        ("busy", 9, 3),
        ("busy", 0, 3),
        ("busy", 9, 3),
        ("busy", None, 3),
        ("quiet", 2, 2),
        ("quiet", 0, 2),
    ]


#        01  02  03  04  05
# owl     9   9   9   9   0   its zero is late
# halo    -   -   9   9   9
TWO = coverage.without_late_zeros(counted(owl=[9, 9, 9, 9, 0], halo=["-", "-", 9, 9, 9]), SOURCES, "streams")


def test_each_source_is_unreported_before_its_first_day_and_after_its_last() -> None:
    found = coverage.unreported_days(TWO, days(5), SOURCES, ("artist",))
    assert rows(found) == [("halo", 1), ("halo", 2), ("owl", 5)]


def test_all_sources_together_are_unreported_before_the_first_of_them_and_after_the_earliest_end() -> None:
    assert rows(coverage.unreported_days(TWO, days(5), SOURCES, ())) == [(5,)]


def test_a_source_that_delivered_nothing_for_two_weeks_holds_nobody_back() -> None:
    frame = coverage.without_late_zeros(counted(owl=[9] * 15, halo=[9]), SOURCES, "streams")
    assert rows(coverage.unreported_days(frame, days(15), SOURCES, ())) == []
    frame = coverage.without_late_zeros(counted(owl=[9] * 14, halo=[9]), SOURCES, "streams")
    assert rows(coverage.unreported_days(frame, days(3), SOURCES, ())) == [(2,), (3,)]


def test_days_from_a_sources_first_on_without_a_value_are_missing() -> None:
    frame = counted(owl=["-", 9, None, "-", 9], halo=[9, 9, 9, 9, 9], late=["-", "-", "-", "-", "-", 9])
    missing = collect(coverage.missing_days(frame, days(5), SOURCES, "streams"))[0]
    assert missing.rows() == [("owl", [dt.date(2025, 1, 3), dt.date(2025, 1, 4)])]


def test_sources_may_be_told_apart_by_several_columns() -> None:
    frame = counted(owl=[9, "-", 9]).with_columns(store=pl.lit("Spotify"))
    missing = collect(coverage.missing_days(frame, days(3), ("artist", "store"), "streams"))[0]
    assert missing.rows() == [("owl", "Spotify", [dt.date(2025, 1, 2)])]


def test_a_source_that_begins_while_others_count_arrives() -> None:
    frame = counted(owl=[9, 9, 9], halo=["-", 9, 9])
    assert rows(coverage.arrivals(frame, days(3), "artist")) == [("halo", 2)]
    assert rows(coverage.arrivals(frame.filter(pl.col("artist") == "halo"), days(3), "artist")) == []


def test_missing_days_are_named_while_they_are_few_and_counted_else() -> None:
    few = coverage.not_reported("owl1987", [dt.date(2025, 1, 2), dt.date(2025, 1, 3)], days(30))
    assert few.text == "owl1987 has not reported 2 of 30 days: 2025-01-02, 2025-01-03."
    many = coverage.not_reported("owl", [FIRST + dt.timedelta(days=each) for each in range(12)], days(30), "Deezer")
    assert many.text.startswith("owl has not reported 12 of 30 days on Deezer: 2025-01-01, ")
    assert many.text.endswith(", 2025-01-10 and 2 more up to 2025-01-12.")
    assert {few.code, many.code} == {"PARTIAL_PERIOD"}
