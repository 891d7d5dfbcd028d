"""The sample lake, counted a second time: rows of text, loops and Python's decimals, nothing of ours."""

import csv
import decimal
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_YEAR,
    between,
    descending,
    growth,
    last_months,
    lines,
    only,
    previous,
    revenue,
    table,
    text,
    total,
    values,
)
from tests.lakes import SAMPLE_LAKE, SPLITS_FILE, STATEMENTS_FILE, snapshot_of

Row = dict[str, str]
DOWNLOADS = ("iTunes Songs", "iTunes Albums", "Bandcamp")
MEASURES = (
    "revenue_usd",
    "gross_usd",
    "deductions_usd",
    "label_share_usd",
    "streams",
    "units",
    "transactions",
    "revenue_per_stream_usd",
)


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return cells(STATEMENTS_FILE)


def cells(name: str) -> list[Row]:
    with (SAMPLE_LAKE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SHARES = cells(SPLITS_FILE)
PERCENT_BY_ISRC = {row["isrc"]: Decimal(row["your_revenue_share"]) for row in SHARES if row["isrc"]}
PERCENT_BY_NAME = {(row["artist"], row["title"]): Decimal(row["your_revenue_share"]) for row in SHARES}
TITLE_BY_ISRC = {row["isrc"]: row["title"] for row in SHARES if row["isrc"]}


def percent(row: Row) -> Decimal:
    by_name = PERCENT_BY_NAME.get((row["Artist"], row["Title"]), Decimal(100))
    return PERCENT_BY_ISRC.get(row["ISRC"], by_name)


def rounded(exact: Decimal) -> Decimal:
    """To twelve places, half to even."""
    return exact.quantize(Decimal("1E-12"), rounding=decimal.ROUND_HALF_EVEN)


def counted(rows: Iterable[Row]) -> tuple[Any, ...]:
    """The measures of some rows, as MEASURES names them."""
    gross = deductions = label = streaming = Decimal(0)
    streams = units = transactions = 0
    for row in rows:
        quantity, usd = int(row["Quantity"]), Decimal(row["Earnings (USD)"])
        transactions += 1
        gross += max(usd, Decimal(0))
        deductions += min(usd, Decimal(0))
        label += usd * percent(row) / 100
        is_money_only = usd < 0 < quantity
        if row["Store"] in DOWNLOADS or row["Song/Album"] == "Album":
            units += 0 if is_money_only else quantity
        else:
            streaming += usd
            streams += 0 if is_money_only else quantity
    rate = rounded(streaming / streams) if streams > 0 else None
    return gross + deductions, gross, deductions, rounded(label), streams, units, transactions, rate


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, tuple[Any, ...]]:
    by_key = defaultdict(list)
    for row in rows:
        by_key[key(row)].append(row)
    return {key: counted(group) for key, group in by_key.items()}


@pytest.fixture(autouse=True)
def _enough_digits() -> Iterable[None]:
    with decimal.localcontext(prec=60):
        yield


def test_the_total(lake: Snapshot, rows: list[Row]) -> None:
    assert tuple(total(revenue(lake, *MEASURES)).values()) == counted(rows)


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        ("platform", lambda row: row["Store"]),
        ("artist", lambda row: row["Artist"]),
        ("country", lambda row: row["Country of Sale"] or None),
        ("release", lambda row: row["UPC"].zfill(12)),
    ],
    ids=["platform", "artist", "country", "release"],
)
def test_groups(dimension: str, key: Callable[[Row], Any], lake: Snapshot, rows: list[Row]) -> None:
    found = revenue(lake, *MEASURES, by=(dimension,))
    assert {name: tuple(rest) for name, *rest in table(found.groups, dimension, *MEASURES)} == grouped(rows, key)


def test_of_the_two_distributors_one_reports_money(lake: Snapshot, rows: list[Row]) -> None:
    found = revenue(lake, *MEASURES, by=("distributor",))
    distrokid, toolost = table(found.groups, "distributor", *MEASURES)
    assert distrokid == ("distrokid", *counted(rows))
    assert toolost == ("toolost", *(0 if name == "transactions" else None for name in MEASURES))


def test_question_01_platforms_by_what_they_paid(lake: Snapshot, rows: list[Row]) -> None:
    found = revenue(lake, "revenue_usd", "share_of_total", by=("platform",), order_by=descending("revenue_usd"))
    expected = sorted(
        ((each[0], store) for store, each in grouped(rows, lambda row: row["Store"]).items()), reverse=True
    )
    assert table(found.groups, "revenue_usd", "platform") == expected
    whole = counted(rows)[0]
    assert values(found.groups, "share_of_total") == pytest.approx(
        [float(usd / whole) for usd, _ in expected], abs=1e-12
    )


def test_question_02_each_artists_months(lake: Snapshot, rows: list[Row]) -> None:
    found = revenue(lake, *MEASURES, by=("artist",), grain=Grain.MONTH)
    expected = grouped(rows, lambda row: (row["Sale Month"], row["Artist"]))
    assert {
        (f"{month:%Y-%m}", artist): tuple(rest)
        for month, artist, *rest in table(found.groups, "date", "artist", *MEASURES)
    } == expected


def test_recordings(lake: Snapshot, rows: list[Row]) -> None:
    found = revenue(lake, *MEASURES, by=("track",))
    expected = grouped(
        rows, lambda row: (row["Title"] or TITLE_BY_ISRC[row["ISRC"]], row["Artist"], row["ISRC"] or None)
    )
    assert {
        (title, artist, isrc): tuple(rest)
        for title, artist, isrc, *rest in table(found.groups, "track", "artist", "isrc", *MEASURES)
    } == expected


def test_quarters_of_platform_groups(lake: Snapshot, rows: list[Row]) -> None:
    def quarter(row: Row) -> str:
        year, month = row["Sale Month"].split("-")
        return f"{year}-{(int(month) - 1) // 3 * 3 + 1:02}-01"

    youtube = [row for row in rows if row["Store"].startswith("YouTube")]
    found = revenue(lake, *MEASURES, where=only("platform_group", "YouTube"), grain=Grain.QUARTER)
    assert {str(date): tuple(rest) for date, *rest in table(found.groups, "date", *MEASURES)} == grouped(
        youtube, quarter
    )


def test_a_filter_a_period_and_two_dimensions(lake: Snapshot, rows: list[Row]) -> None:
    kept = [
        row
        for row in rows
        if row["Artist"] == "HALO B7"
        and row["Country of Sale"] in {"US", "DE"}
        and "2024-03" <= row["Sale Month"] <= "2024-09"
    ]
    found = revenue(
        lake,
        *MEASURES,
        where=(*only("artist", "halo b7"), *only("country", "us", "de")),
        period=between("2024-03-10", "2024-09-01"),
        by=("country", "reporting_month"),
    )
    expected = grouped(kept, lambda row: (row["Country of Sale"], row["Reporting Date"][:7]))
    assert {
        (country, f"{month:%Y-%m}"): tuple(rest)
        for country, month, *rest in table(found.groups, "country", "reporting_month", *MEASURES)
    } == expected
    assert tuple(total(found).values()) == counted(kept)


def test_as_of_a_day(lake: Snapshot, rows: list[Row]) -> None:
    day = between("2024-12-31", "2024-12-31").dates
    assert day
    found = revenue(lake, *MEASURES, as_of=day.end)
    assert tuple(total(found).values()) == counted(row for row in rows if row["Reporting Date"] <= "2024-12-31")


def test_months_against_the_year_before(lake: Snapshot, rows: list[Row]) -> None:
    usd = {month: each[0] for month, each in grouped(rows, lambda row: row["Sale Month"]).items()}
    found = revenue(
        lake, "revenue_usd", grain=Grain.MONTH, period=last_months(6), compare=PREVIOUS_YEAR, growth_of=("revenue_usd",)
    )
    now = ["2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07"]
    then = ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06", "2024-07"]
    assert values(found.groups, "revenue_usd") == [usd[month] for month in now]
    assert previous(found.groups, "revenue_usd") == [usd[month] for month in then]
    changes = [round(float(usd[a] / usd[b] - 1), 6) for a, b in zip(now, then, strict=True)]
    assert growth(found.groups, "revenue_usd") == [*changes[:-1], None]  # July is still to be paid


def test_months_that_are_still_to_be_paid(lake: Snapshot, rows: list[Row]) -> None:
    paid: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        paid[row["Sale Month"]][row["Store"]] += Decimal(row["Earnings (USD)"])
    months = sorted(paid)
    pending = []
    for place, month in enumerate(months[1:], 1):
        usual: dict[str, Decimal] = defaultdict(Decimal)
        for before in months[max(0, place - 3) : place]:
            for store, usd in paid[before].items():
                usual[store] += usd
        weights = {store: max(usd, Decimal(0)) for store, usd in usual.items()}
        if sum(weights[store] for store in weights if store in paid[month]) < Decimal("0.95") * sum(weights.values()):
            pending.append(month)
    assert pending == ["2025-07"]
    assert ", ".join(pending) in text(revenue(lake, "revenue_usd").findings, "PENDING_PAYMENT")


def test_lines_behind_a_sum(lake: Snapshot, rows: list[Row]) -> None:
    kept = [row for row in rows if row["Store"] == "Spotify" and row["Sale Month"] == "2025-05"]
    found = lines(
        lake,
        "quantity",
        "revenue_usd",
        "kind",
        where=only("platform", "spotify"),
        period=between("2025-05-01", "2025-05-31"),
        limit=10_000,
    )
    assert found.total_count == len(kept)
    assert table(found.rows, "quantity", "revenue_usd", "kind") == [
        (quantity, usd, "ADJUSTMENT" if usd < 0 < quantity else "STREAM")
        for row in kept
        for quantity, usd in [(int(row["Quantity"]), Decimal(row["Earnings (USD)"]))]
    ]
