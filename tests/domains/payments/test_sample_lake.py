"""The payments of the sample lake, counted a second time: rows of text, loops and decimals, nothing of ours."""

import csv
import decimal
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from bedrot_graph.domains.payments import service
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.payments.asking import payments
from tests.lakes import SAMPLE_LAKE, STATEMENTS_FILE, STREAMS_FILE, snapshot_of

Row = dict[str, str]

DOWNLOADS = ("iTunes Songs", "iTunes Albums", "Bandcamp")
BEFORE_JUNE = ("2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05")
BEFORE_JULY = ("2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06")
A_YEAR = (*(f"2024-{month:02}" for month in range(7, 13)), *(f"2025-{month:02}" for month in range(1, 7)))
"""The last twelve complete sale months: of July 2025 Spotify has not reported yet."""


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


@pytest.fixture(scope="module")
def lines() -> list[Row]:
    return cells(STATEMENTS_FILE)


@pytest.fixture(scope="module")
def days() -> list[Row]:
    return cells(STREAMS_FILE)


@pytest.fixture(autouse=True)
def _enough_digits() -> Iterable[None]:
    with decimal.localcontext(prec=60):
        yield


def cells(name: str) -> list[Row]:
    with (SAMPLE_LAKE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rounded(exact: Decimal) -> Decimal:
    """To twelve places, half to even."""
    return exact.quantize(Decimal("1E-12"), rounding=decimal.ROUND_HALF_EVEN)


def found(lake: Snapshot, name: str) -> dict[str, Any]:
    return {f"{row['month']:%Y-%m}": row[name] for row in payments(lake).months}


def earned(lines: list[Row], stores: tuple[str, ...], months: tuple[str, ...]) -> tuple[Decimal, Decimal, int]:
    """Net and positive earnings of what is no download, and the streams."""
    net, positive, streams = Decimal(0), Decimal(0), 0
    for row in lines:
        is_download = row["Store"] in DOWNLOADS or row["Song/Album"] == "Album"
        if row["Store"] in stores and row["Sale Month"] in months and not is_download:
            usd, quantity = Decimal(row["Earnings (USD)"]), int(row["Quantity"])
            net += usd
            positive += max(usd, Decimal(0))
            streams += 0 if usd < 0 < quantity else quantity
    return net, positive, streams


def counted(days: list[Row], month: str, source: str, column: str) -> int:
    return sum(int(row[column]) for row in days if row["date"].startswith(month) and row["source"] == source)


def worth(lines: list[Row], days: list[Row], month: str, source: str, before: tuple[str, ...]) -> Decimal:
    """The counters of a distributor at what the months before have paid."""
    total = Decimal(0)
    for store, column in (("Spotify", "spotify_streams"), ("Apple Music", "apple_streams")):
        net, _, streams = earned(lines, (store,), before)
        total += rounded(counted(days, month, source, column) * net / streams)
    return total


def test_what_each_month_has_paid(lake: Snapshot, lines: list[Row]) -> None:
    actual: dict[str, Decimal] = defaultdict(Decimal)
    comparable: dict[str, Decimal] = defaultdict(Decimal)
    for row in lines:
        actual[row["Sale Month"]] += Decimal(row["Earnings (USD)"])
        comparable[row["Sale Month"]] += Decimal(row["Earnings (USD)"]) * (row["Store"] in {"Spotify", "Apple Music"})
    assert found(lake, "actual_usd") == {**actual, "2025-08": None, "2025-09": None}
    assert found(lake, "comparable_usd") == {**comparable, "2025-08": None, "2025-09": None}


def test_how_many_lines_of_which_stores_speak_of_each_month(lake: Snapshot, lines: list[Row]) -> None:
    counts = Counter(row["Sale Month"] for row in lines)
    assert found(lake, "transactions") == {**counts, "2025-08": 0, "2025-09": 0}
    july = sorted({row["Store"] for row in lines if row["Sale Month"] == "2025-07"})
    assert found(lake, "platforms")["2025-07"] == july


@pytest.mark.parametrize(("month", "before"), [("2025-06", BEFORE_JUNE), ("2025-07", BEFORE_JULY)])
def test_what_a_month_is_expected_to_pay(
    month: str, before: tuple[str, ...], lake: Snapshot, lines: list[Row], days: list[Row]
) -> None:
    assert found(lake, "expected_usd")[month] == worth(lines, days, month, "distrokid", before)
    assert found(lake, "estimated_other_usd")[month] == worth(lines, days, month, "toolost", before)


def test_what_a_month_would_pay_at_reference_rates(lake: Snapshot, days: list[Row]) -> None:
    spotify, apple = (counted(days, "2025-06", "distrokid", f"{name}_streams") for name in ("spotify", "apple"))
    expected = spotify * Decimal("0.002274") + apple * Decimal("0.005771")
    assert found(lake, "expected_at_reference_rates_usd")["2025-06"] == expected


def test_the_variance_of_a_month_that_is_paid(lake: Snapshot, lines: list[Row], days: list[Row]) -> None:
    paid = sum(
        Decimal(row["Earnings (USD)"])
        for row in lines
        if row["Sale Month"] == "2025-06" and row["Store"] in {"Spotify", "Apple Music"}
    )
    assert found(lake, "variance_usd")["2025-06"] == paid - worth(lines, days, "2025-06", "distrokid", BEFORE_JUNE)


def test_months_without_a_variance_are_the_first_ones_the_open_ones_and_one_with_a_gap(lake: Snapshot) -> None:
    assert [month for month, usd in found(lake, "variance_usd").items() if usd is None] == [
        "2023-09",
        "2023-10",
        "2023-11",
        "2024-11",
        "2025-07",
        "2025-08",
        "2025-09",
    ]


def test_streams_are_those_of_both_distributors(lake: Snapshot, days: list[Row]) -> None:
    both = sum(counted(days, "2025-06", source, "spotify_streams") for source in ("distrokid", "toolost"))
    assert found(lake, "spotify_streams")["2025-06"] == both


def test_how_long_payments_take(lake: Snapshot, lines: list[Row]) -> None:
    def months(row: Row) -> int:
        (year, month), (sale_year, sale_month) = (
            map(int, row[name].split("-")[:2]) for name in ("Reporting Date", "Sale Month")
        )
        return (year - sale_year) * 12 + month - sale_month

    lags = [months(row) for row in lines]
    weights = [max(Decimal(row["Earnings (USD)"]), Decimal(0)) for row in lines]
    weighted = sum(lag * weight for lag, weight in zip(lags, weights, strict=True)) / sum(weights)
    lag = payments(lake).lag
    assert lag["mean_months"] == pytest.approx(statistics.fmean(lags))
    assert lag["median_months"] == statistics.median(lags)
    assert lag["most_common_months"] == statistics.mode(lags)
    assert lag["revenue_weighted_months"] == pytest.approx(float(weighted))
    assert {row["months"]: row["transactions"] for row in lag["distribution"]} == Counter(lags)
    assert {row["platform"]: row["transactions"] for row in lag["by_platform"]} == Counter(r["Store"] for r in lines)


@pytest.mark.parametrize(
    ("group", "stores"),
    [
        ("Spotify", ("Spotify",)),
        ("Apple", ("Apple Music", "iTunes Match")),
        ("YouTube", ("YouTube (Ads)", "YouTube (Audio)", "YouTube (Red)")),
    ],
)
def test_what_a_stream_has_brought_in_a_year(
    group: str, stores: tuple[str, ...], lake: Snapshot, lines: list[Row]
) -> None:
    net, positive, streams = earned(lines, stores, A_YEAR)
    (row,) = [row for row in service.stream_rates(lake, None, None).value if row["platform_group"] == group]
    assert (row["streams"], row["observed_usd"]) == (streams, rounded(net / streams))
    assert row["observed_gross_usd"] == rounded(positive / streams)
