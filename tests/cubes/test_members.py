"""Filters: which members a value means, and what is said of values that nobody has."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import pytest

from bedrot_graph.cubes.request import Filter
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    between,
    codes,
    each_day,
    lines,
    only,
    revenue,
    streams,
    table,
    text,
    texts,
    total,
    values,
)
from tests.lakes import Rows, statement

Lake = Callable[..., Snapshot]
JAN = "2025-01"

ROWS: Rows = [
    statement(JAN, "YouTube (Red)", 1, "1.00", artist="HALO B7", country="US", upc="98000000001"),
    statement(JAN, "Amazon Prime (Streaming)", 1, "2.00", artist="HALO B7", country="DE"),
    statement(JAN, "YouTube (Red)", 1, "4.00", artist="OWL1987", country="DE"),
]


@pytest.mark.parametrize(
    ("dimension", "spelling", "expected"),
    [
        ("platform", "YouTube (Red)", "5.00"),
        ("platform", "youtube red", "5.00"),
        ("platform", "  YOUTUBE (RED) ", "5.00"),
        ("platform_group", "youtube", "5.00"),
        ("artist", "halo b7", "3.00"),
        ("artist", "Halo.B7", "3.00"),
        ("artist", "HALOB7", "3.00"),
        ("country", "de", "6.00"),
        ("release", "098000000001", "1.00"),
        ("distributor", "DistroKid", "7.00"),
        ("track", "glass orchard", "7.00"),
    ],
)
def test_any_spelling_finds_its_member(dimension: str, spelling: str, expected: str, snapshot: Lake) -> None:
    found = revenue(snapshot(ROWS), "revenue_usd", where=only(dimension, spelling))
    assert total(found) == {"revenue_usd": D(expected)}
    assert "UNKNOWN_VALUE" not in codes(found.findings)


def test_any_of_several_values_lets_a_row_through(snapshot: Lake) -> None:
    found = revenue(snapshot(ROWS), "revenue_usd", where=only("country", "US", "DE", "FR"), by=("country",))
    assert table(found.groups, "country", "revenue_usd") == [("DE", D("6.00")), ("US", D("1.00"))]
    assert text(found.findings, "UNKNOWN_VALUE").startswith("No row of revenue has the country 'FR'.")


def test_two_filters_must_both_hold(snapshot: Lake) -> None:
    where = (*only("artist", "HALO B7"), *only("country", "DE"))
    assert total(revenue(snapshot(ROWS), "revenue_usd", where=where)) == {"revenue_usd": D("2.00")}


def test_two_filters_on_one_dimension_must_both_hold(snapshot: Lake) -> None:
    where = (*only("country", "US"), *only("country", "US", "DE"))
    assert total(revenue(snapshot(ROWS), "revenue_usd", where=where)) == {"revenue_usd": D("1.00")}


def test_known_values_that_no_row_has_together_find_nothing_and_are_not_called_unknown(snapshot: Lake) -> None:
    where = (*only("artist", "OWL1987"), *only("platform", "Amazon Prime (Streaming)"))
    found = revenue(snapshot(ROWS), "revenue_usd", "streams", where=where, by=("artist",))
    assert found.groups.is_empty()
    assert total(found) == {"revenue_usd": D(0), "streams": 0}
    assert codes(found.findings) == []


def test_an_unknown_value_is_an_empty_list_with_totals_of_zero_and_is_named(snapshot: Lake) -> None:
    found = revenue(
        snapshot(ROWS),
        "revenue_usd",
        "streams",
        "revenue_per_stream_usd",
        where=only("platform", "YouTube (Rad)"),
        by=("platform",),
    )
    assert found.groups.is_empty()
    assert total(found) == {"revenue_usd": D(0), "streams": 0, "revenue_per_stream_usd": None}
    assert text(found.findings, "UNKNOWN_VALUE") == (
        "No row of revenue has the platform 'YouTube (Rad)'. Did you mean 'YouTube (Red)'?"
    )


def test_an_unknown_value_is_zero_streams_as_well(snapshot: Lake) -> None:
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (10, 1)))
    found = streams(lake, "total_streams", "days_covered", where=only("platform", "Tidal"), by=("platform",))
    assert found.groups.is_empty()
    assert total(found) == {"total_streams": 0, "days_covered": 0}
    assert codes(found.findings) == ["UNKNOWN_VALUE"]


def test_with_a_grain_an_unknown_value_has_no_buckets(snapshot: Lake) -> None:
    found = revenue(snapshot(ROWS), "revenue_usd", where=only("artist", "NOBODY"), grain=Grain.MONTH)
    assert found.groups.is_empty()
    assert total(found) == {"revenue_usd": D(0)}


def test_a_list_of_no_values_lets_nothing_through_and_nothing_is_unknown(snapshot: Lake) -> None:
    found = revenue(snapshot(ROWS), "revenue_usd", where=(Filter("artist", ()),), by=("artist",))
    assert found.groups.is_empty()
    assert total(found) == {"revenue_usd": D(0)}
    assert codes(found.findings) == []


def test_a_value_is_known_even_where_the_asked_period_has_none_of_it(snapshot: Lake) -> None:
    rows = [*ROWS, statement("2025-02", "Tidal", 1, "8.00")]
    found = revenue(
        snapshot(rows), "revenue_usd", where=only("platform", "Tidal"), period=between("2025-01-01", "2025-01-31")
    )
    assert total(found) == {"revenue_usd": D(0)}
    assert "UNKNOWN_VALUE" not in codes(found.findings)


@pytest.mark.parametrize("value", ["", " ", "?", "'; drop table --"])
def test_a_value_without_letters_is_unknown_and_no_wildcard(value: str, snapshot: Lake) -> None:
    rows = [*ROWS, statement(JAN, "", 1, "8.00")]
    found = revenue(snapshot(rows), "revenue_usd", where=only("platform", value))
    assert total(found) == {"revenue_usd": D(0)}
    assert codes(found.findings) == ["UNKNOWN_VALUE"]


def test_many_unknown_values_are_counted_rather_than_all_named(snapshot: Lake) -> None:
    unknown = [f"NOBODY {number}" for number in range(200)]
    found = revenue(snapshot(ROWS), "revenue_usd", where=only("artist", "OWL1987", *unknown))
    assert total(found) == {"revenue_usd": D("4.00")}
    named = texts(found.findings, "UNKNOWN_VALUE")
    assert len(named) == 11
    assert named[0].startswith("No row of revenue has the artist 'NOBODY 0'.")
    assert named[-1] == "No row of revenue has 190 more of the values asked for as artist."


def test_a_very_long_unknown_value_is_cut_where_it_is_named(snapshot: Lake) -> None:
    found = revenue(snapshot(ROWS), "revenue_usd", where=only("artist", "X" * 100_000))
    assert len(text(found.findings, "UNKNOWN_VALUE")) < 200


def test_the_lines_behind_a_sum_obey_the_same_filters(snapshot: Lake) -> None:
    found = lines(snapshot(ROWS), "revenue_usd", where=(*only("artist", "halo b7"), *only("platform", "Napster")))
    assert found.total_count == 0
    assert codes(found.findings) == ["UNKNOWN_VALUE"]
    found = lines(snapshot(ROWS), "revenue_usd", where=only("artist", "halo b7"))
    assert values(found.rows, "revenue_usd") == [D("1.00"), D("2.00")]
