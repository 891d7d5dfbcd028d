"""Periods: what an asked period means in the light of the data, and what is said where it is not covered."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import pytest

from bedrot_graph.cubes.request import Comparison, Span
from bedrot_graph.errors import InvalidPeriod
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    PREVIOUS_YEAR,
    between,
    codes,
    each_day,
    last_days,
    last_months,
    lines,
    on,
    only,
    revenue,
    streams,
    table,
    text,
    total,
    values,
)
from tests.lakes import Rows, day, statement

Lake = Callable[..., Snapshot]

#         2024-12  2025-01  2025-02
# Spotify    1.00     2.00     4.00
MONTHS: Rows = [
    statement("2024-12", "Spotify", 1, "1.00"),
    statement("2025-01", "Spotify", 1, "2.00"),
    statement("2025-02", "Spotify", 1, "4.00"),
]
#         01-30  01-31  02-01  02-02
# Spotify     1      2      4      8
DAYS: Rows = each_day("2025-01-30", "distrokid", (1, 0), (2, 0), (4, 0), (8, 0))


def revenue_of(lake: Snapshot, period: Span) -> tuple[D | None, list[str]]:
    found = revenue(lake, "revenue_usd", period=period)
    return total(found)["revenue_usd"], codes(found.findings)


def streams_of(lake: Snapshot, period: Span) -> tuple[int | None, list[str]]:
    found = streams(lake, "total_streams", period=period)
    return total(found)["total_streams"], codes(found.findings)


# ── exact dates ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_ends_of_a_period_are_included(snapshot: Lake) -> None:
    assert streams_of(snapshot(streams=DAYS), between("2025-01-31", "2025-02-01")) == (6, [])
    assert revenue_of(snapshot(MONTHS), between("2025-01-01", "2025-02-28")) == (D("6.00"), [])


def test_a_period_that_cuts_a_month_is_widened_on_statements_and_says_so(snapshot: Lake) -> None:
    found = revenue(snapshot(MONTHS), "revenue_usd", period=between("2025-01-15", "2025-02-01"))
    assert total(found) == {"revenue_usd": D("6.00")}
    assert text(found.findings, "PERIOD_WIDENED") == (
        "The data knows whole months only; the period was widened to 2025-01-01 to 2025-02-28."
    )


def test_a_period_of_days_is_not_widened_on_streams(snapshot: Lake) -> None:
    assert streams_of(snapshot(streams=DAYS), between("2025-01-31", "2025-01-31")) == (2, [])


def test_a_period_that_reaches_beyond_the_data_says_what_is_covered(snapshot: Lake) -> None:
    found = revenue(snapshot(MONTHS), "revenue_usd", period=between("2025-02-01", "2025-03-31"))
    assert total(found) == {"revenue_usd": D("4.00")}
    assert text(found.findings, "PARTIAL_PERIOD") == (
        "The period 2025-02-01 to 2025-03-31 has 59 days, of which the data covers 28: "
        "it runs from 2024-12-01 to 2025-02-28."
    )


@pytest.mark.parametrize("period", [between("2023-01-01", "2023-12-31"), between("2026-01-01", "2026-12-31")])
def test_a_period_outside_the_data_is_empty_and_sums_are_unknown_not_zero(period: Span, snapshot: Lake) -> None:
    lake = snapshot(MONTHS, streams=DAYS)
    found = revenue(lake, "revenue_usd", "streams", "units", "share_of_total", by=("platform",), period=period)
    assert found.groups.is_empty()
    assert total(found) == {"revenue_usd": None, "streams": None, "units": None, "share_of_total": None}
    assert "of which the data covers 0: it runs from 2024-12-01 to 2025-02-28" in text(found.findings, "PARTIAL_PERIOD")

    assert revenue(lake, "revenue_usd", grain=Grain.MONTH, period=period).groups.is_empty()
    assert revenue(lake, "revenue_usd", grain=Grain.MONTH, by=("platform",), period=period).groups.is_empty()
    assert streams(lake, "total_streams", grain=Grain.DAY, period=period).groups.is_empty()
    found = streams(lake, "total_streams", "days_covered", period=period)
    assert total(found) == {"total_streams": None, "days_covered": 0}
    assert found.groups.rows() == found.total.rows()
    assert codes(found.findings) == ["PARTIAL_PERIOD"]


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidPeriod, match="2025-02-01 to 2025-01-31 ends before it begins"):
        between("2025-02-01", "2025-01-31")


@pytest.mark.parametrize("compare", [PREVIOUS_PERIOD, PREVIOUS_YEAR])
@pytest.mark.parametrize("grain", [Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.YEAR, None])
def test_a_period_may_be_centuries_long(grain: Grain | None, compare: Comparison, snapshot: Lake) -> None:
    lake = snapshot(MONTHS, streams=DAYS)
    ever = between("1900-01-01", "2199-12-31")
    found = streams(lake, "total_streams", period=ever, grain=grain, compare=compare, growth_of=("total_streams",))
    assert total(found) == {"total_streams": 15}
    if grain not in {Grain.DAY, Grain.WEEK}:
        found = revenue(lake, "revenue_usd", period=ever, grain=grain, compare=compare, growth_of=("revenue_usd",))
        assert total(found) == {"revenue_usd": D("7.00")}


@pytest.mark.parametrize(("start", "end"), [("0001-01-01", "2025-01-31"), ("2025-01-01", "9999-12-31")])
def test_a_period_that_no_label_has_lived_in_is_refused(start: str, end: str) -> None:
    with pytest.raises(InvalidPeriod):
        between(start, end)


# ── the last days and months that have data ──────────────────────────────────────────────────────────────────────────


def test_the_last_months_end_with_the_newest_month_that_has_data(snapshot: Lake) -> None:
    lake = snapshot(MONTHS)
    assert revenue_of(lake, last_months(1)) == (D("4.00"), [])
    assert revenue_of(lake, last_months(2)) == (D("6.00"), [])
    assert revenue_of(lake, last_months(4)) == (D("7.00"), ["PARTIAL_PERIOD"])


def test_the_last_days_end_with_the_newest_day_that_has_data(snapshot: Lake) -> None:
    lake = snapshot(streams=DAYS)
    assert streams_of(lake, last_days(1)) == (8, [])
    assert streams_of(lake, last_days(3)) == (14, [])
    assert streams_of(lake, last_days(5)) == (15, ["PARTIAL_PERIOD"])


def test_the_last_month_of_streams_is_included_though_it_is_open(snapshot: Lake) -> None:
    found = streams(snapshot(streams=DAYS), "total_streams", period=last_months(1))
    assert total(found) == {"total_streams": 12}
    assert "has 28 days, of which the data covers 2" in text(found.findings, "PARTIAL_PERIOD")


def test_the_last_days_of_statements_are_widened_to_whole_months(snapshot: Lake) -> None:
    assert revenue_of(snapshot(MONTHS), last_days(28)) == (D("4.00"), [])
    assert revenue_of(snapshot(MONTHS), last_days(29)) == (D("6.00"), ["PERIOD_WIDENED"])


def test_rows_are_not_days(snapshot: Lake) -> None:
    rows = DAYS + each_day("2025-01-30", "toolost", (100, 0), (200, 0), (400, 0), (800, 0))
    assert streams_of(snapshot(streams=rows), last_days(2)) == (1212, [])


def test_as_of_pins_what_last_means(snapshot: Lake) -> None:
    lake = snapshot(streams=DAYS)
    found = streams(lake, "total_streams", period=last_days(2), as_of=on("2025-02-01"))
    assert total(found) == {"total_streams": 6}
    found = streams(lake, "total_streams", period=last_months(1), as_of=on("2025-01-31"))
    assert total(found) == {"total_streams": 3}


def test_last_means_the_newest_of_the_cube_and_not_of_what_was_filtered(snapshot: Lake) -> None:
    rows = [*DAYS, day("2025-02-03", "toolost", 100, 0)]
    found = streams(
        snapshot(streams=rows),
        "total_streams",
        period=last_days(2),
        where=only("distributor", "distrokid"),
        grain=Grain.DAY,
    )
    assert [(str(date), count) for date, count in table(found.groups, "date", "total_streams")] == [
        ("2025-02-02", 8),
        ("2025-02-03", None),
    ]


@pytest.mark.parametrize("count", [0, -1, 5001, 10**9])
def test_a_span_of_no_time_or_of_ages_is_refused(count: int) -> None:
    with pytest.raises(InvalidPeriod, match="Ask for 1 to 5000"):
        Span(last_days=count)
    with pytest.raises(InvalidPeriod, match="Ask for 1 to 5000"):
        Span(last_months=count)


def test_the_longest_spans_can_be_asked_for(snapshot: Lake) -> None:
    lake = snapshot(MONTHS, streams=DAYS)
    assert streams_of(lake, last_days(5000))[0] == 15
    assert streams_of(lake, last_months(5000))[0] == 15
    assert revenue_of(lake, last_months(5000))[0] == D("7.00")


# ── the lines behind a sum ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_lines_behind_a_sum_are_those_of_the_same_period(snapshot: Lake) -> None:
    lake = snapshot(MONTHS)
    assert values(lines(lake, "revenue_usd", period=last_months(2)).rows, "revenue_usd") == [D("2.00"), D("4.00")]
    found = lines(lake, "revenue_usd", period=between("2025-01-15", "2025-01-20"))
    assert values(found.rows, "revenue_usd") == [D("2.00")]
    assert codes(found.findings) == ["PERIOD_WIDENED"]
    found = lines(lake, "revenue_usd", period=between("2030-01-01", "2030-01-31"))
    assert found.total_count == 0
    assert codes(found.findings) == ["PARTIAL_PERIOD"]
