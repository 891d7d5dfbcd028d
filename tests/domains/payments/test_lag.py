"""How long it takes from the listening to the booking."""

from collections.abc import Callable
from decimal import Decimal

from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.payments.asking import between, booked, payments
from tests.lakes import Rows, day, statement

Lake = Callable[..., Snapshot]

STREAMS = [day("2025-01-01", "distrokid", 1, 1)]


def line(months: int, store: str = "Spotify", earnings: str = "1.00", month: str = "2025-01") -> dict[str, str]:
    """A line that was booked so many months after its sale month."""
    return statement(month, store, 1, earnings, reported=booked(month, months), title=f"{months} {earnings}")


#          months  lines   USD
#               1      2  1.00 3.00
#               2      1  4.00
#               4      1  -2.00
LINES: Rows = [line(1), line(1, earnings="3.00"), line(2, earnings="4.00"), line(4, earnings="-2.00")]


def test_the_mean_counts_every_line_once(snapshot: Lake) -> None:
    assert payments(snapshot(LINES, streams=STREAMS)).lag["mean_months"] == 2.0


def test_the_median_lies_between_the_two_in_the_middle(snapshot: Lake) -> None:
    assert payments(snapshot(LINES, streams=STREAMS)).lag["median_months"] == 1.5


def test_by_revenue_a_line_weighs_what_it_has_earned_and_one_that_takes_back_nothing(snapshot: Lake) -> None:
    # (1 × 4.00 + 2 × 4.00) / 8.00
    assert payments(snapshot(LINES, streams=STREAMS)).lag["revenue_weighted_months"] == 1.5


def test_where_nothing_was_earned_there_is_no_weighted_mean(snapshot: Lake) -> None:
    found = payments(snapshot([line(2, earnings="-1.00"), line(1, earnings="0")], streams=STREAMS)).lag
    assert (found["revenue_weighted_months"], found["mean_months"]) == (None, 1.5)


def test_the_most_common_number_of_months(snapshot: Lake) -> None:
    assert payments(snapshot(LINES, streams=STREAMS)).lag["most_common_months"] == 1


def test_of_two_that_are_as_common_it_is_the_smaller(snapshot: Lake) -> None:
    lines = [line(3), line(3, earnings="2.00"), line(2), line(2, earnings="2.00"), line(1)]
    assert payments(snapshot(lines, streams=STREAMS)).lag["most_common_months"] == 2
    assert payments(snapshot(lines, streams=STREAMS)).lag["by_platform"][0]["most_common_months"] == 2


def test_days_do_not_count_only_calendar_months(snapshot: Lake) -> None:
    lines = [
        statement("2024-12", "Spotify", 1, "1.00", reported="2025-01-01"),
        statement("2024-12", "Spotify", 1, "1.00", reported="2025-01-31"),
    ]
    assert payments(snapshot(lines, streams=STREAMS)).lag["mean_months"] == 1.0


def test_the_distribution_is_sorted_by_months_and_shares_are_of_lines(snapshot: Lake) -> None:
    found = payments(snapshot(LINES, streams=STREAMS)).lag["distribution"]
    assert [(row["months"], row["transactions"], row["share"], row["revenue_usd"]) for row in found] == [
        (1, 2, 0.5, Decimal("4.00")),
        (2, 1, 0.25, Decimal("4.00")),
        (4, 1, 0.25, Decimal("-2.00")),
    ]


def test_stores_come_by_name_each_with_its_own_lag(snapshot: Lake) -> None:
    lines = [line(3, "Tidal"), line(1, "Apple Music"), line(2, "Apple Music", "2.00"), line(2, "")]
    found = payments(snapshot(lines, streams=STREAMS)).lag["by_platform"]
    assert [tuple(row.values()) for row in found] == [
        ("Apple Music", 1.5, 1.5, 1, 2),
        ("Tidal", 3.0, 3.0, 3, 1),
        (None, 2.0, 2.0, 2, 1),  # lines that name no store come last
    ]


def test_only_lines_of_the_periods_sale_months_count(snapshot: Lake) -> None:
    lines = [*LINES, line(3, month="2025-02")]
    found = payments(snapshot(lines, streams=STREAMS), between("2025-02-01", "2025-02-28")).lag
    assert (found["transactions"], found["mean_months"]) == (1, 3.0)


def test_as_of_a_day_later_lines_do_not_count(snapshot: Lake) -> None:
    found = payments(snapshot(LINES, streams=STREAMS), as_of="2025-03-31").lag
    assert (found["transactions"], found["most_common_months"]) == (3, 1)


def test_without_lines_nothing_is_known(snapshot: Lake) -> None:
    lake = snapshot(LINES, streams=[day("2025-02-01", "distrokid", 1, 1)])
    assert payments(lake, between("2025-02-01", "2025-02-28")).lag == {
        "mean_months": None,
        "median_months": None,
        "most_common_months": None,
        "transactions": 0,
        "revenue_weighted_months": None,
        "distribution": [],
        "by_platform": [],
    }
