"""Series: one node per bucket of time and group, those without rows included."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import polars as pl
import pytest

from bedrot_graph.cubes.request import Span
from bedrot_graph.cubes.series import buckets_of, grid
from bedrot_graph.errors import TooExpensive
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    between,
    by_date,
    each_day,
    last_days,
    last_months,
    only,
    previous,
    revenue,
    streams,
    table,
    total,
    values,
)
from tests.lakes import Rows, day, statement

Lake = Callable[..., Snapshot]

#          2024-12  2025-01  2025-02
# Spotify     1.00        -     4.00
# Tidal       2.00        -        -
STATEMENTS: Rows = [
    statement("2024-12", "Spotify", 100, "1.00"),
    statement("2024-12", "Tidal", 10, "2.00"),
    statement("2025-02", "Spotify", 400, "4.00"),
]


def test_a_month_between_the_first_and_the_last_in_which_nothing_was_sold_is_zero(snapshot: Lake) -> None:
    found = revenue(
        snapshot(STATEMENTS), "revenue_usd", "streams", "transactions", "revenue_per_stream_usd", grain=Grain.MONTH
    )
    assert [(f"{date:%Y-%m}", *rest) for date, *rest in found.groups.select("date", *_MONEY).rows()] == [
        ("2024-12", D("3.00"), 110, 2, D("0.027272727273")),
        ("2025-01", D(0), 0, 0, None),
        ("2025-02", D("4.00"), 400, 1, D("0.01")),
    ]


_MONEY = ("revenue_usd", "streams", "transactions", "revenue_per_stream_usd")


def test_every_group_gets_every_bucket(snapshot: Lake) -> None:
    found = revenue(snapshot(STATEMENTS), "revenue_usd", by=("platform",), grain=Grain.MONTH)
    assert [(f"{date:%Y-%m}", store, usd) for date, store, usd in found.groups.select(*_BY_PLATFORM).rows()] == [
        ("2024-12", "Spotify", D("1.00")),
        ("2024-12", "Tidal", D("2.00")),
        ("2025-01", "Spotify", D(0)),
        ("2025-01", "Tidal", D(0)),
        ("2025-02", "Spotify", D("4.00")),
        ("2025-02", "Tidal", D(0)),
    ]


_BY_PLATFORM = ("date", "platform", "revenue_usd")


def test_groups_that_have_rows_in_every_bucket_are_compared_as_others_are(snapshot: Lake) -> None:
    #          2024-12  2025-01  2025-02
    # Spotify     1.00     2.00     4.00
    # Tidal          -     3.00     9.00
    rows = [
        statement("2024-12", "Spotify", 1, "1.00"),
        statement("2025-01", "Spotify", 1, "2.00"),
        statement("2025-02", "Spotify", 1, "4.00"),
        statement("2025-01", "Tidal", 1, "3.00"),
        statement("2025-02", "Tidal", 1, "9.00"),
    ]
    found = revenue(
        snapshot(rows),
        "revenue_usd",
        by=("platform",),
        grain=Grain.MONTH,
        period=between("2025-01-01", "2025-02-28"),
        compare=PREVIOUS_PERIOD,
    )
    assert table(found.groups, "platform", "revenue_usd") == [
        ("Spotify", D("2.00")),
        ("Tidal", D("3.00")),
        ("Spotify", D("4.00")),
        ("Tidal", D("9.00")),
    ]
    assert previous(found.groups, "revenue_usd") == [D("1.00"), D(0), D("2.00"), D("3.00")]


@pytest.mark.parametrize("period", [None, between("2025-01-01", "2025-12-31"), between("2020-01-01", "2030-12-31")])
def test_a_period_longer_than_the_data_changes_no_number(period: Span | None, snapshot: Lake) -> None:
    rows = [statement("2025-01", "Spotify", 1, "2.00"), statement("2025-03", "Spotify", 1, "4.00")]
    whole = revenue(snapshot(rows), "revenue_usd", "transactions", by=("platform",), period=period)
    assert table(whole.groups, "platform", "revenue_usd", "transactions") == [("Spotify", D("6.00"), 2)]
    months = revenue(
        snapshot(rows), "revenue_usd", by=("platform",), grain=Grain.MONTH, period=period, compare=PREVIOUS_PERIOD
    )
    assert values(months.groups, "revenue_usd") == [D("2.00"), D(0), D("4.00")]
    assert previous(months.groups, "revenue_usd") == [None, D("2.00"), D(0)]


def test_only_groups_that_the_period_has_seen_are_shown(snapshot: Lake) -> None:
    found = revenue(
        snapshot(STATEMENTS),
        "revenue_usd",
        by=("platform",),
        grain=Grain.MONTH,
        period=between("2025-01-01", "2025-02-28"),
    )
    assert table(found.groups, "platform", "revenue_usd") == [("Spotify", D(0)), ("Spotify", D("4.00"))]


def test_a_fixed_field_stands_on_empty_buckets_too(snapshot: Lake) -> None:
    found = revenue(snapshot(STATEMENTS), "streams", by=("track",), grain=Grain.MONTH)
    assert table(found.groups, "track", "artist", "isrc", "streams") == [
        ("GLASS ORCHARD", "OWL1987", "QZAB02400000", 110),
        ("GLASS ORCHARD", "OWL1987", "QZAB02400000", 0),
        ("GLASS ORCHARD", "OWL1987", "QZAB02400000", 400),
    ]


def test_buckets_end_where_the_data_ends(snapshot: Lake) -> None:
    found = revenue(snapshot(STATEMENTS), "revenue_usd", grain=Grain.MONTH, period=between("2025-02-01", "2026-12-31"))
    assert by_date(found.groups, "revenue_usd") == {"2025-02-01": D("4.00")}


def test_shares_of_all_buckets_are_of_one_total(snapshot: Lake) -> None:
    found = revenue(snapshot(STATEMENTS), "share_of_total", by=("platform",), grain=Grain.YEAR)
    assert [round(share, 6) for share in values(found.groups, "share_of_total")] == [0.142857, 0.285714, 0.571429, 0]


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        (Grain.MONTH, {"2024-12-01": D("3.00"), "2025-01-01": D(0), "2025-02-01": D("4.00")}),
        (Grain.QUARTER, {"2024-10-01": D("3.00"), "2025-01-01": D("4.00")}),
        (Grain.YEAR, {"2024-01-01": D("3.00"), "2025-01-01": D("4.00")}),
    ],
)
def test_a_bucket_is_named_by_its_first_day(grain: Grain, expected: dict[str, D], snapshot: Lake) -> None:
    assert by_date(revenue(snapshot(STATEMENTS), "revenue_usd", grain=grain).groups, "revenue_usd") == expected


def test_weeks_are_iso_weeks_and_new_year_splits_none(snapshot: Lake) -> None:
    # Monday, 30 December 2024, begins the first week of 2025.
    rows = each_day(
        "2024-12-29", "distrokid", (1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (32, 0), (64, 0), (128, 0), (256, 0)
    )
    found = streams(snapshot(streams=rows), "total_streams", "days_covered", grain=Grain.WEEK)
    assert by_date(found.groups, "total_streams") == {"2024-12-23": 1, "2024-12-30": 254, "2025-01-06": 256}
    assert by_date(found.groups, "days_covered") == {"2024-12-23": 1, "2024-12-30": 7, "2025-01-06": 1}


def test_a_period_that_cuts_a_bucket_fills_it_with_its_own_days_only(snapshot: Lake) -> None:
    rows = each_day("2025-01-30", "distrokid", (1, 0), (2, 0), (4, 0), (8, 0))
    found = streams(
        snapshot(streams=rows), "total_streams", grain=Grain.MONTH, period=between("2025-01-31", "2025-02-01")
    )
    assert by_date(found.groups, "total_streams") == {"2025-01-01": 2, "2025-02-01": 4}
    assert total(found) == {"total_streams": 6}


def test_a_day_that_nobody_reported_is_unknown_not_zero(snapshot: Lake) -> None:
    rows = [day("2025-01-01", "distrokid", 10, 1), day("2025-01-03", "distrokid", 30, 3)]
    found = streams(snapshot(streams=rows), "total_streams", "apple_streams", "days_covered", grain=Grain.DAY)
    assert by_date(found.groups, "total_streams") == {"2025-01-01": 11, "2025-01-02": None, "2025-01-03": 33}
    assert by_date(found.groups, "apple_streams") == {"2025-01-01": 1, "2025-01-02": None, "2025-01-03": 3}
    assert by_date(found.groups, "days_covered") == {"2025-01-01": 1, "2025-01-02": 0, "2025-01-03": 1}


def test_a_source_gets_every_day_of_the_cube_and_is_null_where_it_was_silent(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 1), (10, 1), (10, 1)) + each_day("2025-01-02", "toolost", (5, 0))
    found = streams(snapshot(streams=rows), "total_streams", by=("distributor",), grain=Grain.DAY)
    assert [
        (f"{date:%d}", *rest) for date, *rest in found.groups.select("date", "distributor", "total_streams").rows()
    ] == [
        ("01", "distrokid", 11),
        ("01", "toolost", None),
        ("02", "distrokid", 11),
        ("02", "toolost", 5),
        ("03", "distrokid", 11),
        ("03", "toolost", None),
    ]


def test_buckets_begin_with_the_cubes_first_day_whatever_is_filtered(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (10, 1), (10, 1)) + each_day("2025-01-02", "toolost", (5, 0))
    found = streams(snapshot(streams=rows), "total_streams", where=only("distributor", "toolost"), grain=Grain.DAY)
    assert by_date(found.groups, "total_streams") == {"2025-01-01": None, "2025-01-02": 5}


def test_the_last_days_are_as_many_buckets(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(10, 1)] * 40) + each_day("2025-01-01", "toolost", *[(5, 1)] * 38)
    found = streams(snapshot(streams=rows), "total_streams", period=last_days(30), grain=Grain.DAY)
    assert found.groups.height == 30
    assert values(found.groups, "total_streams") == [17] * 28 + [11] * 2


def test_the_last_months_are_as_many_buckets(snapshot: Lake) -> None:
    rows = each_day("2024-12-01", "distrokid", *[(1, 0)] * 70)
    found = streams(snapshot(streams=rows), "total_streams", period=last_months(2), grain=Grain.MONTH)
    assert by_date(found.groups, "total_streams") == {"2025-01-01": 31, "2025-02-01": 8}


def test_more_rows_than_a_small_machine_holds_are_refused_before_they_are_made() -> None:
    groups = pl.DataFrame({"track_id": [str(n) for n in range(1001)]})
    thousand_days = Period(dt.date(2025, 1, 1), dt.date(2027, 9, 27))
    buckets = buckets_of(thousand_days, Grain.DAY)
    assert grid(groups.head(1000), buckets).height == 1_000_000
    with pytest.raises(TooExpensive, match="1001 groups in 1000 buckets"):
        grid(groups, buckets)
