"""Comparison: what nodes are held against, how they have changed, and why some say nothing about change."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import pytest

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    PREVIOUS_YEAR,
    between,
    by_date,
    codes,
    each_day,
    growth,
    last_days,
    last_months,
    only,
    previous,
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


def sold(month: str, *by_store: tuple[str, str]) -> Rows:
    """What stores paid for a month, all reported by the same day."""
    return [statement(month, store, 100, earnings, reported="2025-09-01") for store, earnings in by_store]


#          2024-01  2024-12  2025-01  2025-02
# Spotify     8.00     4.00     5.00    10.00
MONTHS = (
    sold("2024-01", ("Spotify", "8.00"))
    + sold("2024-12", ("Spotify", "4.00"))
    + sold("2025-01", ("Spotify", "5.00"))
    + sold("2025-02", ("Spotify", "10.00"))
)
REVENUE = ("revenue_usd",)
BEGINS_LATE = "the data begins on {}, later than what they are compared with"
STREAMS = ("total_streams",)


# ── without a grain ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_compare_there_is_nothing_previous(snapshot: Lake) -> None:
    found = revenue(snapshot(MONTHS), "revenue_usd", by=("platform",), growth_of=("revenue_usd",))
    assert values(found.groups, "previous") == [None]
    assert values(found.groups, "growth") == [None]


def test_a_period_is_compared_with_the_days_just_before(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (1, 0), (2, 0), (4, 0), (6, 0))
    found = streams(
        snapshot(streams=rows), "total_streams", period=last_days(2), compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert total(found) == {"total_streams": 10}
    assert previous(found.total, "total_streams") == [3]
    assert previous(found.total, "date") == [None]
    assert growth(found.total, "total_streams") == [2.333333]
    assert found.groups.rows() == found.total.rows()
    assert codes(found.findings) == []


def test_whole_months_are_compared_with_whole_months(snapshot: Lake) -> None:
    found = revenue(
        snapshot(MONTHS),
        "revenue_usd",
        period=between("2025-02-01", "2025-02-28"),
        compare=PREVIOUS_PERIOD,
        growth_of=REVENUE,
    )
    assert previous(found.total, "revenue_usd") == [D("5.00")]
    assert growth(found.total, "revenue_usd") == [1.0]


def test_a_period_is_compared_with_the_same_dates_of_the_year_before(snapshot: Lake) -> None:
    found = revenue(
        snapshot(MONTHS),
        "revenue_usd",
        period=between("2025-01-01", "2025-01-31"),
        compare=PREVIOUS_YEAR,
        growth_of=REVENUE,
    )
    assert previous(found.total, "revenue_usd") == [D("8.00")]
    assert growth(found.total, "revenue_usd") == [-0.375]


def test_each_group_is_compared_with_itself(snapshot: Lake) -> None:
    #          01    02
    # Deezer    -  3.00
    # Spotify  4.00 5.00
    # Tidal    1.00 0.50
    rows = sold("2025-01", ("Spotify", "4.00"), ("Tidal", "1.00"))
    rows += sold("2025-02", ("Spotify", "5.00"), ("Tidal", "0.50"), ("Deezer", "3.00"))
    found = revenue(
        snapshot(rows),
        *("revenue_usd", "streams"),
        by=("platform",),
        period=last_months(1),
        compare=PREVIOUS_PERIOD,
        growth_of=("revenue_usd", "streams"),
    )
    assert values(found.groups, "platform") == ["Deezer", "Spotify", "Tidal"]
    assert previous(found.groups, "platform") == ["Deezer", "Spotify", "Tidal"]
    assert previous(found.groups, "revenue_usd") == [D(0), D("4.00"), D("1.00")]
    assert previous(found.groups, "streams") == [0, 100, 100]
    assert growth(found.groups, "revenue_usd") == [None, 0.25, -0.5]
    assert growth(found.groups, "streams") == [None, 0.0, 0.0]
    assert growth(found.total, "revenue_usd") == [0.7]
    assert text(found.findings, "NOT_COMPARABLE") == (
        "Growth is null for 1 of 3 groups: what they would be relative to is zero or not known."
    )


def test_ratios_of_before_are_ratios_of_their_own_sums(snapshot: Lake) -> None:
    rows = sold("2025-01", ("Spotify", "4.00"), ("Tidal", "1.00")) + sold("2025-02", ("Spotify", "5.00"))
    rows += sold("2025-02", ("Tidal", "5.00"))
    found = revenue(
        snapshot(rows),
        "share_of_total",
        "revenue_per_stream_usd",
        by=("platform",),
        period=last_months(1),
        compare=PREVIOUS_PERIOD,
        growth_of=("share_of_total",),
    )
    assert previous(found.groups, "share_of_total") == [0.8, 0.2]
    assert previous(found.groups, "revenue_per_stream_usd") == [D("0.04"), D("0.01")]
    assert growth(found.groups, "share_of_total") == [-0.375, 1.5]


def test_where_the_data_has_nothing_to_compare_with_previous_is_null(snapshot: Lake) -> None:
    lake = snapshot(MONTHS)
    found = revenue(lake, "revenue_usd", by=("platform",), compare=PREVIOUS_PERIOD, growth_of=REVENUE)
    assert values(found.groups, "previous") == [None]
    assert values(found.groups, "growth") == [None]
    assert texts(found.findings, "NOT_COMPARABLE") == [
        f"Growth is null for every group and the total: {BEGINS_LATE.format('2024-01-01')}."
    ]


def test_a_span_before_that_the_data_cuts_is_shown_but_no_base_for_growth(snapshot: Lake) -> None:
    rows = each_day("2025-01-02", "distrokid", (2, 0), (4, 0), (6, 0))
    found = streams(
        snapshot(streams=rows), "total_streams", period=last_days(2), compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert previous(found.total, "total_streams") == [2]
    assert growth(found.total, "total_streams") == [None]
    assert "the data begins on 2025-01-02" in text(found.findings, "NOT_COMPARABLE")


def test_a_period_that_the_data_does_not_fill_has_no_growth(snapshot: Lake) -> None:
    rows = each_day("2024-12-01", "distrokid", *[(1, 0)] * 40)
    found = streams(
        snapshot(streams=rows), "total_streams", period=last_months(1), compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert previous(found.total, "total_streams") == [31]
    assert growth(found.total, "total_streams") == [None]
    assert "the data ends on 2025-01-09" in text(found.findings, "NOT_COMPARABLE")


def test_a_month_that_is_not_completely_reported_has_no_growth(snapshot: Lake) -> None:
    rows = sold("2025-01", ("Spotify", "4.00"), ("Tidal", "1.00")) + sold("2025-02", ("Tidal", "1.00"))
    found = revenue(
        snapshot(rows),
        "revenue_usd",
        by=("platform",),
        period=last_months(1),
        compare=PREVIOUS_PERIOD,
        growth_of=REVENUE,
    )
    assert table(found.groups, "platform", "revenue_usd") == [("Tidal", D("1.00"))]
    assert previous(found.groups, "revenue_usd") == [D("1.00")]
    assert growth(found.groups, "revenue_usd") == [None]
    assert growth(found.total, "revenue_usd") == [None]
    assert text(found.findings, "NOT_COMPARABLE") == (
        "Growth is null for every group and the total: "
        "they, or what they are compared with, are not completely reported."
    )


def test_an_unknown_value_grows_from_nothing(snapshot: Lake) -> None:
    found = revenue(
        snapshot(MONTHS),
        "revenue_usd",
        where=only("platform", "Napster"),
        period=last_months(1),
        compare=PREVIOUS_PERIOD,
        growth_of=REVENUE,
    )
    assert previous(found.total, "revenue_usd") == [D(0)]
    assert growth(found.total, "revenue_usd") == [None]


# ── with a grain ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bucket_is_compared_with_the_one_before_which_the_period_need_not_hold(snapshot: Lake) -> None:
    found = revenue(
        snapshot(MONTHS),
        "revenue_usd",
        grain=Grain.MONTH,
        period=last_months(2),
        compare=PREVIOUS_PERIOD,
        growth_of=REVENUE,
    )
    assert by_date(found.groups, "revenue_usd") == {"2025-01-01": D("5.00"), "2025-02-01": D("10.00")}
    assert [str(date) for date in previous(found.groups, "date")] == ["2024-12-01", "2025-01-01"]
    assert previous(found.groups, "revenue_usd") == [D("4.00"), D("5.00")]
    assert growth(found.groups, "revenue_usd") == [0.25, 1.0]


def test_a_bucket_is_compared_with_the_same_one_a_year_before(snapshot: Lake) -> None:
    found = revenue(
        snapshot(MONTHS),
        "revenue_usd",
        grain=Grain.MONTH,
        period=last_months(2),
        compare=PREVIOUS_YEAR,
        growth_of=REVENUE,
    )
    assert [str(date) for date in previous(found.groups, "date")] == ["2024-01-01", "2024-02-01"]
    assert previous(found.groups, "revenue_usd") == [D("8.00"), D(0)]
    assert growth(found.groups, "revenue_usd") == [-0.375, None]


def test_a_week_is_compared_with_the_one_52_weeks_before(snapshot: Lake) -> None:
    # 2024-01-01 and 2024-12-30 are Mondays, 52 weeks apart.
    rows = each_day("2024-01-01", "distrokid", *[(10, 0)] * 7) + each_day("2024-12-30", "distrokid", *[(15, 0)] * 7)
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        grain=Grain.WEEK,
        period=last_days(7),
        compare=PREVIOUS_YEAR,
        growth_of=STREAMS,
    )
    assert by_date(found.groups, "total_streams") == {"2024-12-30": 105}
    assert [str(date) for date in previous(found.groups, "date")] == ["2024-01-01"]
    assert growth(found.groups, "total_streams") == [0.5]


def test_a_leap_day_is_compared_with_the_last_of_february(snapshot: Lake) -> None:
    rows = each_day("2023-02-27", "distrokid", (1, 0), (2, 0), (4, 0)) + each_day(
        "2024-02-28", "distrokid", (6, 0), (8, 0)
    )
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        grain=Grain.DAY,
        period=last_days(2),
        compare=PREVIOUS_YEAR,
        growth_of=STREAMS,
    )
    assert [str(date) for date in previous(found.groups, "date")] == ["2023-02-28", "2023-02-28"]
    assert growth(found.groups, "total_streams") == [2.0, 3.0]


@pytest.mark.parametrize("grain", [Grain.QUARTER, Grain.YEAR])
def test_quarters_and_years_are_compared_with_the_ones_before(grain: Grain, snapshot: Lake) -> None:
    rows = [
        row
        for year in (2023, 2024)
        for month in range(1, 13)
        for row in sold(f"{year}-{month:02}", ("Spotify", "1.00"))
    ]
    rows += sold("2024-12", ("Tidal", "3.00"))
    found = revenue(snapshot(rows), "revenue_usd", grain=grain, compare=PREVIOUS_PERIOD, growth_of=REVENUE)
    expected = [None, *[0.0] * 6, 1.0] if grain is Grain.QUARTER else [None, 0.25]
    assert growth(found.groups, "revenue_usd") == expected
    assert values(found.groups, "previous")[0] is None


def test_each_group_of_a_bucket_is_compared_with_itself(snapshot: Lake) -> None:
    rows = sold("2025-01", ("Spotify", "4.00"), ("Tidal", "1.00")) + sold("2025-02", ("Spotify", "5.00"))
    found = revenue(
        snapshot(rows), "revenue_usd", by=("platform",), grain=Grain.MONTH, compare=PREVIOUS_PERIOD, growth_of=REVENUE
    )
    assert table(found.groups, "platform", "revenue_usd") == [
        ("Spotify", D("4.00")),
        ("Tidal", D("1.00")),
        ("Spotify", D("5.00")),
        ("Tidal", D(0)),
    ]
    assert previous(found.groups, "revenue_usd") == [None, None, D("4.00"), D("1.00")]


def test_the_first_bucket_of_the_data_has_nothing_before_it(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (2, 0), (4, 0))
    found = streams(
        snapshot(streams=rows), "total_streams", grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert previous(found.groups, "total_streams") == [None, 2]
    assert growth(found.groups, "total_streams") == [None, 1.0]
    assert texts(found.findings, "NOT_COMPARABLE") == [
        f"Growth is null for 2025-01-01 and the total: {BEGINS_LATE.format('2025-01-01')}."
    ]


def test_a_bucket_that_the_data_begins_within_is_no_base(snapshot: Lake) -> None:
    rows = each_day("2024-12-16", "distrokid", *[(1, 0)] * (16 + 31 + 28))
    found = streams(
        snapshot(streams=rows), "total_streams", grain=Grain.MONTH, compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert by_date(found.groups, "total_streams") == {"2024-12-01": 16, "2025-01-01": 31, "2025-02-01": 28}
    assert previous(found.groups, "total_streams") == [None, 16, 31]
    assert growth(found.groups, "total_streams") == [None, None, -0.096774]
    assert text(found.findings, "NOT_COMPARABLE").startswith(
        "Growth is null for 2024-12-01, 2025-01-01 and the total: the data begins on 2024-12-16"
    )


def test_a_bucket_that_has_not_ended_has_no_growth(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(1, 0)] * 58)  # one day is left of February
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        grain=Grain.MONTH,
        period=last_months(1),
        compare=PREVIOUS_PERIOD,
        growth_of=STREAMS,
    )
    assert previous(found.groups, "total_streams") == [31]
    assert growth(found.groups, "total_streams") == [None]
    assert "2025-02-01" in texts(found.findings, "NOT_COMPARABLE")[0]
    assert "the data ends on 2025-02-27" in texts(found.findings, "NOT_COMPARABLE")[0]


def test_a_bucket_that_the_period_cuts_has_no_growth_and_is_no_base(snapshot: Lake) -> None:
    rows = each_day("2024-12-01", "distrokid", *[(1, 0)] * (31 + 31 + 28 + 31))
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        grain=Grain.MONTH,
        period=between("2025-01-11", "2025-03-20"),
        compare=PREVIOUS_PERIOD,
        growth_of=STREAMS,
    )
    assert values(found.groups, "total_streams") == [21, 28, 20]
    assert growth(found.groups, "total_streams") == [None, None, None]
    named = [each for each in texts(found.findings, "NOT_COMPARABLE") if "cut" in each]
    assert named == [
        "Growth is null for 2025-01-01, 2025-02-01, 2025-03-01: the period cuts them, or what they are compared with."
    ]


def test_a_hole_has_no_growth_nor_what_follows_it(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (2, 0)) + each_day("2025-01-03", "distrokid", (4, 0), (6, 0))
    found = streams(
        snapshot(streams=rows), "total_streams", grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert values(found.groups, "total_streams") == [2, None, 4, 6]
    assert previous(found.groups, "total_streams") == [None, 2, None, 4]
    assert growth(found.groups, "total_streams") == [None, None, None, 0.5]
    assert any(
        each.startswith("Growth is null for 2025-01-02, 2025-01-03: what they would be relative to")
        for each in texts(found.findings, "NOT_COMPARABLE")
    )


def test_a_sale_month_without_statements_is_no_base(snapshot: Lake) -> None:
    rows = sold("2025-01", ("Spotify", "4.00")) + sold("2025-03", ("Spotify", "5.00"))
    found = revenue(snapshot(rows), "revenue_usd", grain=Grain.MONTH, compare=PREVIOUS_PERIOD, growth_of=REVENUE)
    assert values(found.groups, "revenue_usd") == [D("4.00"), D(0), D("5.00")]
    assert growth(found.groups, "revenue_usd") == [None, None, None]


def test_an_incomplete_sale_month_has_no_growth_and_is_no_base(snapshot: Lake) -> None:
    rows = sold("2025-01", ("Spotify", "4.00"), ("Tidal", "1.00")) + sold("2025-02", ("Tidal", "1.00"))
    rows += sold("2025-03", ("Spotify", "4.00"), ("Tidal", "2.00")) + sold(
        "2025-04", ("Spotify", "4.00"), ("Tidal", "5.00")
    )
    found = revenue(snapshot(rows), "revenue_usd", grain=Grain.MONTH, compare=PREVIOUS_PERIOD, growth_of=REVENUE)
    assert growth(found.groups, "revenue_usd") == [None, None, None, 0.5]
    assert any("2025-02-01, 2025-03-01: they, or" in each for each in texts(found.findings, "NOT_COMPARABLE"))


def test_a_base_of_zero_gives_no_growth(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", (0, 0), (4, 0), (0, 0))
    found = streams(
        snapshot(streams=rows), "total_streams", grain=Grain.DAY, compare=PREVIOUS_PERIOD, growth_of=STREAMS
    )
    assert growth(found.groups, "total_streams") == [None, None, -1.0]


def test_shares_of_a_year_before_are_of_the_total_of_that_year(snapshot: Lake) -> None:
    rows = sold("2024-01", ("Spotify", "1.00")) + sold("2024-02", ("Spotify", "3.00"))
    rows += sold("2025-01", ("Spotify", "10.00")) + sold("2025-02", ("Spotify", "10.00"))
    found = revenue(snapshot(rows), "share_of_total", grain=Grain.MONTH, period=last_months(2), compare=PREVIOUS_YEAR)
    assert values(found.groups, "share_of_total") == [0.5, 0.5]
    assert previous(found.groups, "share_of_total") == [0.25, 0.75]


def test_shares_of_the_bucket_before_are_of_the_total_they_are_shown_beside(snapshot: Lake) -> None:
    rows = sold("2025-01", ("Spotify", "1.00")) + sold("2025-02", ("Spotify", "3.00"))
    found = revenue(snapshot(rows), "share_of_total", grain=Grain.MONTH, compare=PREVIOUS_PERIOD)
    assert values(found.groups, "share_of_total") == [0.25, 0.75]
    assert previous(found.groups, "share_of_total") == [None, 0.25]


def test_many_buckets_without_growth_are_counted_rather_than_all_named(snapshot: Lake) -> None:
    rows = each_day("2025-01-01", "distrokid", *[(0, 0)] * 30)
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        grain=Grain.DAY,
        period=last_days(20),
        compare=PREVIOUS_PERIOD,
        growth_of=STREAMS,
    )
    assert (
        "Growth is null for 2025-01-26, 2025-01-27, 2025-01-28, 2025-01-29, 2025-01-30 and 15 earlier: "
        "what they would be relative to is zero or not known."
    ) in texts(found.findings, "NOT_COMPARABLE")


def test_what_cannot_be_compared_is_not_said_where_no_growth_was_asked_for(snapshot: Lake) -> None:
    found = revenue(snapshot(MONTHS), "revenue_usd", compare=PREVIOUS_PERIOD)
    assert "NOT_COMPARABLE" not in codes(found.findings)
