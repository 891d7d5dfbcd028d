"""What a stream had brought before a month, with no look ahead."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from bedrot_graph.domains.statements import rates
from bedrot_graph.domains.statements.stores import groups_of
from bedrot_graph.goals import GROUPS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from tests.lakes import Rows, statement

Lake = Callable[..., Snapshot]
STORES = ("Spotify", "Apple Music")


def paid(*months: str, streams: int = 1000, earned: str = "4.00", store: str = "Spotify") -> Rows:
    return [statement(month, store, streams, earned) for month in months]


def before(lake: Snapshot, month: str, as_of: dt.date | None = None) -> list[tuple[Any, ...]]:
    months = pl.Series([dt.date.fromisoformat(f"{month}-01")])
    return rates.before_months(lake, months, STORES, as_of).select("platform", "earned_usd", "paid_streams").rows()


def test_earnings_and_streams_of_the_complete_months_before_are_added_up(snapshot: Lake) -> None:
    lake = snapshot(paid("2025-01", "2025-02", "2025-03"))
    assert before(lake, "2025-04") == [("Spotify", Decimal("12.00"), 3000)]


def test_with_fewer_than_three_months_before_there_is_no_rate(snapshot: Lake) -> None:
    assert before(snapshot(paid("2025-01", "2025-02", "2025-03")), "2025-03") == []


def test_of_more_months_the_latest_six_count(snapshot: Lake) -> None:
    months = [f"2024-{month:02}" for month in range(1, 9)]
    lake = snapshot(paid(*months[:2], earned="9.00") + paid(*months[2:]))
    assert before(lake, "2024-09") == [("Spotify", Decimal("24.00"), 6000)]


def test_the_month_itself_and_later_ones_do_not_count(snapshot: Lake) -> None:
    lake = snapshot(paid("2025-01", "2025-02", "2025-03") + paid("2025-04", "2025-05", earned="900.00"))
    assert before(lake, "2025-04") == [("Spotify", Decimal("12.00"), 3000)]


def test_a_month_that_is_not_complete_is_passed_over(snapshot: Lake) -> None:
    both = [*paid("2025-01", "2025-02", "2025-03"), *paid("2025-01", "2025-02", "2025-03", store="Tidal")]
    lake = snapshot([*both, *paid("2025-04", store="Tidal", earned="0.01", streams=1)])
    assert before(lake, "2025-05") == [("Spotify", Decimal("12.00"), 3000)]


def test_adjustments_lower_the_rate_and_are_no_streams(snapshot: Lake) -> None:
    lake = snapshot([*paid("2025-01", "2025-02", "2025-03"), statement("2025-03", "Spotify", 500, "-3.00")])
    assert before(lake, "2025-04") == [("Spotify", Decimal("9.00"), 3000)]


def test_itunes_match_is_not_apple_music(snapshot: Lake) -> None:
    months = ("2025-01", "2025-02", "2025-03")
    lake = snapshot(paid(*months, store="apple music") + paid(*months, store="iTunes Match", earned="70.00"))
    assert before(lake, "2025-04") == [("Apple Music", Decimal("12.00"), 3000)]


def test_as_of_a_day_only_lines_reported_by_then_count(snapshot: Lake) -> None:
    early = [row | {"Reporting Date": "2025-04-10"} for row in paid("2025-01", "2025-02", "2025-03")]
    late = [row | {"Reporting Date": "2025-06-10"} for row in paid("2025-03", earned="5.00")]
    lake = snapshot(early + late)
    assert before(lake, "2025-04", dt.date(2025, 5, 1)) == [("Spotify", Decimal("12.00"), 3000)]
    assert before(lake, "2025-04") == [("Spotify", Decimal("17.00"), 4000)]


def test_reference_rates_go_by_the_platform_groups() -> None:
    stores = ["Spotify", "Apple Music", "YouTube (Ads)", "Amazon Prime", "TikTok", "Facebook", "Tidal", "Deezer"]
    names = pl.LazyFrame({"platform": [*stores, "Pandora", "NetEase"]})
    assert sorted(collect(groups_of(names))[0]["platform_group"]) == sorted(GROUPS)
