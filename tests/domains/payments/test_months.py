"""What each sale month should pay, has paid and is still to pay."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from bedrot_graph.cubes.request import Span
from bedrot_graph.domains.payments import service
from bedrot_graph.goals import Payments as Terms
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.payments.asking import (
    THREE_MONTHS,
    between,
    booked,
    counted,
    month,
    months,
    paid,
    paid_months,
    payments,
    texts,
    usd,
)
from tests.lakes import Rows, day, statement

Lake = Callable[..., Snapshot]

PAID = paid_months(*THREE_MONTHS)
#             a day  30 days  a stream       worth
# Spotify       100     3000     0.004       12.00
# Apple Music    10      300     0.01         3.00
APRIL = counted("2025-04")


# ── months ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_months_run_without_gaps_from_the_first_that_anything_speaks_of_to_the_last(snapshot: Lake) -> None:
    lake = snapshot(paid("2025-02"), streams=[day("2024-12-31", "distrokid", 1, 1), day("2025-04-01", "toolost", 1, 1)])
    assert list(months(lake, "status")) == ["2024-12", "2025-01", "2025-02", "2025-03", "2025-04"]


def test_a_period_is_widened_to_whole_months_and_says_so(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID, streams=APRIL), between("2025-02-10", "2025-03-05"), None)
    assert [row["month"] for row in found.value.months] == [dt.date(2025, 2, 1), dt.date(2025, 3, 1)]
    assert texts(found.findings, "PERIOD_WIDENED") == [
        "The data knows whole months only; the period was widened to 2025-02-01 to 2025-03-31."
    ]


def test_a_period_that_reaches_outside_says_so(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID, streams=APRIL), between("2025-04-01", "2025-05-31"), None)
    assert len(found.value.months) == 1
    assert texts(found.findings, "PARTIAL_PERIOD")[0] == (
        "The period 2025-04-01 to 2025-05-31 has 61 days, of which the data covers 30: "
        "it runs from 2025-01-01 to 2025-04-30."
    )


def test_a_period_outside_the_data_has_no_months(snapshot: Lake) -> None:
    found = payments(snapshot(PAID, streams=APRIL), between("2030-01-01", "2030-01-31"))
    assert (found.months, found.lag["transactions"], found.pending_usd) == ([], 0, usd("0"))


def test_the_last_months_end_at_the_newest_that_is_counted(snapshot: Lake) -> None:
    found = payments(snapshot(PAID, streams=APRIL), Span(last_months=2))
    assert [row["month"] for row in found.months] == [dt.date(2025, 3, 1), dt.date(2025, 4, 1)]


# ── paid ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_paid_is_all_stores_and_comparable_only_spotify_and_apple_music(snapshot: Lake) -> None:
    #                 USD
    # Spotify        4.00  comparable
    # Apple Music    1.00  comparable
    # iTunes Match   0.50
    # Tidal          0.25
    others = [
        statement("2025-01", store, 1, earnings) for store, earnings in (("iTunes Match", "0.50"), ("Tidal", "0.25"))
    ]
    january = month(snapshot(paid("2025-01") + others, streams=APRIL), "2025-01")
    assert (january["actual_usd"], january["comparable_usd"], january["transactions"]) == (usd("5.75"), usd("5.00"), 4)
    assert january["platforms"] == ["Apple Music", "Spotify", "Tidal", "iTunes Match"]


def test_what_is_taken_back_is_paid_less(snapshot: Lake) -> None:
    discovery = [statement("2025-01", "Spotify", 500, "-1.50")]
    january = month(snapshot(paid("2025-01") + discovery, streams=APRIL), "2025-01")
    assert (january["actual_usd"], january["comparable_usd"]) == (usd("3.50"), usd("3.50"))


def test_a_month_without_lines_is_paid_null_and_not_zero(snapshot: Lake) -> None:
    april = month(snapshot(PAID, streams=APRIL), "2025-04")
    assert (april["actual_usd"], april["comparable_usd"], april["transactions"]) == (None, None, 0)
    assert (april["complete"], april["coverage"], april["platforms"]) == (False, 0.0, [])


def test_a_month_that_only_other_stores_have_paid_has_a_comparable_of_zero(snapshot: Lake) -> None:
    lines = [statement("2025-01", "Tidal", 1, "0.25")]
    assert month(snapshot(lines, streams=APRIL), "2025-01")["comparable_usd"] == usd("0")


def test_the_first_month_has_nothing_to_weigh_its_coverage_by(snapshot: Lake) -> None:
    assert months(snapshot(PAID, streams=APRIL), "coverage") == {
        "2025-01": None,
        "2025-02": 1.0,
        "2025-03": 1.0,
        "2025-04": 0.0,
    }


# ── expected ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_expected_is_the_counters_times_what_streams_have_brought_before(snapshot: Lake) -> None:
    assert month(snapshot(PAID, streams=APRIL), "2025-04")["expected_usd"] == usd("15")


def test_at_reference_rates_the_same_counters_are_worth_something_else(snapshot: Lake) -> None:
    # 3000 × 0.002274 + 300 × 0.005771
    expected = month(snapshot(PAID, streams=APRIL), "2025-04")["expected_at_reference_rates_usd"]
    assert expected == usd("8.5533")


def test_expected_does_not_look_ahead(snapshot: Lake) -> None:
    lines = paid_months(*THREE_MONTHS, "2025-04") + paid("2025-05", "400.00", "100.00")
    assert month(snapshot(lines, streams=APRIL), "2025-04")["expected_usd"] == usd("15")


def test_of_the_months_before_the_latest_six_count(snapshot: Lake) -> None:
    old = paid("2024-09", "400.00", "100.00")
    six = paid_months("2024-10", "2024-11", "2024-12", *THREE_MONTHS)
    assert month(snapshot(old + six, streams=APRIL), "2025-04")["expected_usd"] == usd("15")


def test_with_fewer_than_three_complete_months_before_nothing_is_expected(snapshot: Lake) -> None:
    found = service.payments(snapshot(paid_months("2025-02", "2025-03"), streams=APRIL), None, None)
    assert found.value.months[-1]["expected_usd"] is None
    assert found.value.months[-1]["expected_at_reference_rates_usd"] == usd("8.5533")
    assert texts(found.findings, "ESTIMATE_NOT_AVAILABLE") == [
        "Nothing is expected of 2025-04: there are not 3 complete sale months before them to observe a rate in."
    ]


def test_a_month_that_is_itself_the_third_complete_one_has_too_few_before_it(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID, streams=counted("2025-03")), None, None)
    (text,) = texts(found.findings, "ESTIMATE_NOT_AVAILABLE")
    assert text.startswith("Nothing is expected of 2025-03: there are not 3 complete sale months before them")


def test_a_platform_with_streams_and_no_rate_makes_the_whole_null(snapshot: Lake) -> None:
    lines = [row for row in PAID if row["Store"] == "Spotify"]
    found = service.payments(snapshot(lines, streams=APRIL), None, None)
    assert found.value.months[-1]["expected_usd"] is None
    (text,) = texts(found.findings, "ESTIMATE_NOT_AVAILABLE")
    assert text == (
        "Nothing is expected of 2025-04: a platform was streamed on whose store had paid for no streams in the "
        "complete months before."
    )


def test_a_platform_without_streams_needs_no_rate(snapshot: Lake) -> None:
    lines = [row for row in PAID if row["Store"] == "Spotify"]
    lake = snapshot(lines, streams=counted("2025-04", spotify=100, apple=0))
    assert month(lake, "2025-04")["expected_usd"] == usd("12")


def test_a_month_that_nobody_has_counted_expects_nothing(snapshot: Lake) -> None:
    march = month(snapshot(PAID, streams=APRIL), "2025-03")
    assert (march["expected_usd"], march["expected_at_reference_rates_usd"]) == (None, None)
    assert (march["spotify_streams"], march["apple_streams"], march["total_streams"]) == (None, None, None)


def test_itunes_match_is_not_in_the_rate_of_apple_music(snapshot: Lake) -> None:
    matched = [statement(each, "iTunes Match", 100, "50.00", reported=booked(each)) for each in THREE_MONTHS]
    assert month(snapshot(PAID + matched, streams=APRIL), "2025-04")["expected_usd"] == usd("15")


def test_months_that_are_not_complete_give_no_rates(snapshot: Lake) -> None:
    # Of March only Apple Music has reported, at ten times its usual rate.
    lines = paid_months("2024-12", "2025-01", "2025-02")
    lines += [statement("2025-03", "Apple Music", 100, "10.00", reported="2025-05-20")]
    assert month(snapshot(lines, streams=APRIL), "2025-04")["expected_usd"] == usd("15")


# ── variance ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PAID_APRIL = PAID + paid("2025-04", "13.00", "3.00")


def test_variance_is_paid_less_expected(snapshot: Lake) -> None:
    assert month(snapshot(PAID_APRIL, streams=APRIL), "2025-04")["variance_usd"] == usd("1")


def test_its_sign_does_not_flip_when_another_distributor_streams(snapshot: Lake) -> None:
    april = month(snapshot(PAID_APRIL, streams=APRIL + counted("2025-04", "toolost", 5000, 500)), "2025-04")
    assert (april["expected_usd"], april["variance_usd"]) == (usd("15"), usd("1"))
    assert (april["spotify_streams"], april["apple_streams"], april["total_streams"]) == (153000, 15300, 168300)


def test_money_of_other_stores_is_not_compared(snapshot: Lake) -> None:
    other = [statement("2025-04", "Tidal", 1000, "99.00", reported="2025-06-20")]
    assert month(snapshot(PAID_APRIL + other, streams=APRIL), "2025-04")["variance_usd"] == usd("1")


def test_a_month_with_streams_and_no_statements_has_no_variance(snapshot: Lake) -> None:
    april = month(snapshot(PAID, streams=APRIL), "2025-04")
    assert (april["status"], april["variance_usd"], april["pending_usd"]) == ("PENDING", None, usd("15"))


def test_a_month_of_which_one_day_is_not_counted_has_no_variance(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID_APRIL, streams=APRIL[:-1]), None, None)
    assert (found.value.months[-1]["expected_usd"], found.value.months[-1]["variance_usd"]) == (usd("14.5"), None)
    without, uncounted = texts(found.findings, "PARTIAL_PERIOD")
    assert without == "The daily counters of distrokid lack every day, on one platform or both, of 2025-01 to 2025-03."
    assert uncounted == (
        "The daily counters of distrokid lack days on one platform or both: 1 of 30 in 2025-04; what is expected of "
        "these months is of the counted days only."
    )


def test_a_day_that_one_platform_has_not_reported_counts_as_missing(snapshot: Lake) -> None:
    streams = [*APRIL[:-1], day("2025-04-30", "distrokid", 100, "")]
    april = month(snapshot(PAID_APRIL, streams=streams), "2025-04")
    assert (april["days_counted"], april["expected_usd"], april["variance_usd"]) == (29, usd("14.9"), None)


def test_no_more_than_five_months_with_missing_days_are_named(snapshot: Lake) -> None:
    months = ("2024-10", "2024-11", "2024-12", *THREE_MONTHS)
    days = [row for name in months for row in counted(name)[1:]]
    (text,) = texts(
        service.payments(snapshot(paid_months(*months), streams=days), None, None).findings, "PARTIAL_PERIOD"
    )
    assert "1 of 31 in 2025-03, " in text
    assert "1 of 30 in 2024-11, and some in 1 more month before; " in text


def test_days_that_another_distributor_has_left_out_are_told(snapshot: Lake) -> None:
    others = counted("2025-04", "toolost")
    found = service.payments(snapshot(PAID_APRIL, streams=APRIL + others[:9] + others[11:]), None, None)
    (text,) = [each for each in texts(found.findings, "PARTIAL_PERIOD") if "toolost" in each]
    assert text == "toolost has not reported 2 of 120 days: 2025-04-10, 2025-04-11."


def test_without_counters_what_was_paid_is_told_and_nothing_is_expected(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID), None, None)
    told = [(row["status"], row["actual_usd"], row["expected_usd"], row["pending_usd"]) for row in found.value.months]
    assert told == [("PAID", usd("5"), None, None)] * 3
    assert (found.value.pending_usd, found.value.overdue_usd) == (None, None)
    assert found.value.lag["most_common_months"] == 2


# ── status ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sale_month", "due"),
    [("2025-01", "2025-03-31"), ("2024-12", "2025-02-28"), ("2025-06", "2025-08-31"), ("2025-07", "2025-09-30")],
)
def test_a_month_is_due_on_the_last_day_of_the_second_month_after(sale_month: str, due: str, snapshot: Lake) -> None:
    lake = snapshot(paid("2024-12"), streams=[day(f"{sale_month}-01", "distrokid", 1, 1)])
    assert str(month(lake, sale_month)["due_date"]) == due


def test_when_a_month_is_due_is_a_goal(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=APRIL)
    lake = replace(lake, goals=lake.goals.model_copy(update={"payments": Terms(due_after_months=0)}))
    assert str(month(lake, "2025-04")["due_date"]) == "2025-04-30"


def test_on_its_due_date_a_month_is_not_overdue_and_on_the_next_day_it_is(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=APRIL)
    assert [month(lake, "2025-04", as_of=each)["status"] for each in ("2025-06-30", "2025-07-01")] == [
        "PENDING",
        "OVERDUE",
    ]


def test_without_a_day_the_newest_in_the_lake_decides_what_is_overdue_and_not_the_clock(snapshot: Lake) -> None:
    # It is read on 8 September; the newest day of the lake is in May.
    assert months(snapshot(PAID, streams=APRIL), "status") == {
        "2025-01": "PAID",
        "2025-02": "PAID",
        "2025-03": "PAID",
        "2025-04": "PENDING",
    }


APPLE_OF_APRIL: Rows = [statement("2025-04", "Apple Music", 300, "3.00", reported="2025-05-25")]


def test_a_month_that_some_stores_have_paid_is_partial_and_then_overdue(snapshot: Lake) -> None:
    lake = snapshot(PAID + APPLE_OF_APRIL, streams=APRIL)
    april = month(lake, "2025-04")
    assert (april["status"], april["coverage"], april["variance_usd"]) == ("PARTIAL", 0.2, None)
    assert month(lake, "2025-04", as_of="2025-07-01")["status"] == "OVERDUE"


def test_a_month_that_is_paid_late_is_paid(snapshot: Lake) -> None:
    assert month(snapshot(PAID_APRIL, streams=APRIL), "2025-04", as_of="2025-09-01")["status"] == "PAID"


def test_the_newest_month_is_not_closed_while_stores_are_missing(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID + APPLE_OF_APRIL, streams=APRIL), None, None)
    assert found.value.latest_complete_month == dt.date(2025, 3, 1)
    assert texts(found.findings, "PENDING_PAYMENT") == [
        "Not all stores have reported 2025-04: the sums of these months may still grow."
    ]


def test_the_latest_complete_month_does_not_depend_on_the_period(snapshot: Lake) -> None:
    found = payments(snapshot(PAID, streams=APRIL), between("2025-01-01", "2025-01-31"))
    assert found.latest_complete_month == dt.date(2025, 3, 1)


def test_as_of_a_day_later_lines_and_counters_are_not_known(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=APRIL)
    assert list(months(lake, "status", as_of="2025-04-10")) == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert months(lake, "actual_usd", as_of="2025-04-10")["2025-03"] is None
    assert months(lake, "spotify_streams", as_of="2025-04-10")["2025-04"] == 1000
    assert payments(lake, as_of="2025-04-30").latest_complete_month == dt.date(2025, 2, 1)


# ── pending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_has_come_is_not_pending(snapshot: Lake) -> None:
    assert month(snapshot(PAID + APPLE_OF_APRIL, streams=APRIL), "2025-04")["pending_usd"] == usd("12")


def test_a_paid_month_has_nothing_pending_whatever_was_expected(snapshot: Lake) -> None:
    assert month(snapshot(PAID + paid("2025-04"), streams=APRIL), "2025-04")["pending_usd"] == usd("0")


def test_pending_is_never_below_zero(snapshot: Lake) -> None:
    more = [statement("2025-04", "Apple Music", 300, "99.00", reported="2025-05-25")]
    assert month(snapshot(PAID + more, streams=APRIL), "2025-04")["pending_usd"] == usd("0")


def test_overdue_months_are_not_pending_as_well(snapshot: Lake) -> None:
    #         due         expected
    # April   30 June           15
    # May     31 July    31 days: 12.40 + 3.10
    lake = snapshot(PAID, streams=APRIL + counted("2025-05"))
    assert [
        (found.pending_usd, found.overdue_usd) for found in (payments(lake), payments(lake, as_of="2025-07-15"))
    ] == [
        (usd("30.5"), usd("0")),
        (usd("15.5"), usd("15")),
    ]


def test_what_is_pending_is_of_the_months_of_the_period(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=APRIL + counted("2025-05"))
    assert payments(lake, between("2025-05-01", "2025-05-31")).pending_usd == usd("15.5")


def test_what_is_pending_is_null_where_nothing_can_be_expected(snapshot: Lake) -> None:
    found = payments(snapshot(paid("2025-03"), streams=APRIL))
    assert (found.pending_usd, found.overdue_usd) == (None, usd("0"))


# ── others ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_other_distributors_stream_is_estimated_apart(snapshot: Lake) -> None:
    # TooLost: 30 × 10 × 0.004 + 30 × 1 × 0.01
    found = service.payments(snapshot(PAID, streams=APRIL + counted("2025-04", "toolost", 10, 1)), None, None)
    april = found.value.months[-1]
    assert (april["estimated_other_usd"], april["expected_usd"]) == (usd("1.5"), usd("15"))
    assert texts(found.findings, "ESTIMATED") == []


def test_where_nothing_else_is_known_it_is_estimated_at_reference_rates_and_says_so(snapshot: Lake) -> None:
    # 30 × 10 × 0.002274 + 30 × 1 × 0.005771
    lake = snapshot(paid("2025-03"), streams=counted("2025-04", "toolost", 10, 1))
    found = service.payments(lake, None, None)
    assert found.value.months[-1]["estimated_other_usd"] == usd("0.85533")
    (text,) = texts(found.findings, "ESTIMATED")
    assert text.startswith("What other distributors' streams of 2025-04 are worth is estimated, in part at least, at ")


def test_without_other_distributors_there_is_no_estimate(snapshot: Lake) -> None:
    assert month(snapshot(PAID, streams=APRIL), "2025-04")["estimated_other_usd"] is None


def test_the_streams_of_others_alone_expect_nothing(snapshot: Lake) -> None:
    april = month(snapshot(PAID, streams=counted("2025-04", "toolost")), "2025-04")
    assert (april["expected_usd"], april["pending_usd"], april["total_streams"]) == (None, None, 3300)


def test_payments_read_statements_and_daily_streams_and_nothing_else(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=APRIL, splits=[])
    first, second = (service.payments(lake, None, None).scanned for _ in range(2))
    assert first == second == {"distrokid_statements", "daily_streams"}


# ── as of a day ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_as_of_a_day_before_the_first_statement_months_are_counted_and_not_paid(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID, streams=counted("2025-01")), None, dt.date(2025, 1, 31)).value
    seen = [(row["status"], row["actual_usd"], row["expected_usd"]) for row in found.months]
    assert (seen, found.latest_complete_month) == ([("PENDING", None, None)], None)


def test_as_of_a_day_before_everything_there_are_no_months_and_it_says_so(snapshot: Lake) -> None:
    found = service.payments(snapshot(PAID, streams=APRIL), None, dt.date(2020, 1, 1))
    assert found.value.months == []
    (text,) = texts(found.findings, "PARTIAL_PERIOD")
    assert text == "Nothing is in distrokid_statements and daily_streams up to 2020-01-01."
