"""What the statements say about money: kinds of lines, sums, rates, shares."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import polars as pl
import pytest

from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    between,
    codes,
    last_months,
    lines,
    on,
    only,
    revenue,
    table,
    text,
    total,
    values,
)
from tests.lakes import statement

Lake = Callable[..., Snapshot]
JAN, FEB, MAR = "2025-01", "2025-02", "2025-03"


# ── kinds of lines ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("store", "kind", "quantity", "earnings", "expected"),
    [
        ("Spotify", "Song", 10, "0.04", "STREAM"),
        ("Spotify", "Song", -10, "-0.04", "STREAM"),  # a reversal takes back both
        ("YouTube (Ads)", "Song", 0, "0.50", "STREAM"),  # money without streams
        ("YouTube (Ads)", "Song", 0, "-0.50", "STREAM"),
        ("Spotify", "Song", 10, "0", "STREAM"),
        ("Spotify", "Song", 10, "-0.01", "ADJUSTMENT"),
        ("iTunes Songs", "Song", 1, "0.70", "DOWNLOAD"),
        ("iTunes Songs", "Song", 1, "-0.70", "DOWNLOAD"),  # asked before the adjustment
        ("itunes songs", "Song", 1, "0.70", "DOWNLOAD"),
        ("iTunes Albums", "Album", 1, "6.00", "DOWNLOAD"),
        ("Bandcamp", "Song", 1, "1.00", "DOWNLOAD"),
        ("Amazon (Downloads)", "Song", 1, "0.70", "DOWNLOAD"),
        ("Amazon (Downloads) DE", "Song", 1, "0.70", "DOWNLOAD"),
        ("Apple Music", "Album", 1, "6.00", "DOWNLOAD"),
        ("Apple Music", "album", 1, "6.00", "DOWNLOAD"),
        ("Apple Music", "", 1, "0.01", "STREAM"),
    ],
)
def test_a_line_is_a_download_else_an_adjustment_else_a_stream(
    store: str, kind: str, quantity: int, earnings: str, expected: str, snapshot: Lake
) -> None:
    lake = snapshot([statement(JAN, store, quantity, earnings, kind=kind)])
    assert values(lines(lake, "kind").rows, "kind") == [expected]


def test_discovery_mode_takes_money_and_repeats_streams_that_are_counted_already(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00"), statement(JAN, "Spotify", 300, "-0.36")])
    assert total(revenue(lake, "revenue_usd", "streams", "transactions")) == {
        "revenue_usd": D("3.64"),
        "streams": 1000,
        "transactions": 2,
    }


def test_downloads_are_units_and_no_streams(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "iTunes Songs", 3, "2.10"), statement(JAN, "Spotify", 1000, "4.00")])
    assert total(revenue(lake, "revenue_usd", "streams", "units")) == {
        "revenue_usd": D("6.10"),
        "streams": 1000,
        "units": 3,
    }


def test_a_refund_takes_back_units_and_money(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "iTunes Songs", 3, "2.10"), statement(JAN, "iTunes Songs", -1, "-0.70")])
    assert total(revenue(lake, "revenue_usd", "units")) == {"revenue_usd": D("1.40"), "units": 2}


def test_a_download_line_that_takes_back_money_only_changes_no_units(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "iTunes Songs", 3, "2.10"), statement(JAN, "iTunes Songs", 1, "-0.10")])
    assert total(revenue(lake, "revenue_usd", "units", "transactions")) == {
        "revenue_usd": D("2.00"),
        "units": 3,
        "transactions": 2,
    }


def test_a_reversal_takes_back_streams(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00"), statement(JAN, "Spotify", -250, "-1.00")])
    assert total(revenue(lake, "revenue_usd", "streams")) == {"revenue_usd": D("3.00"), "streams": 750}


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_gross_and_deductions_add_up_to_net(snapshot: Lake) -> None:
    lake = snapshot(
        [
            statement(JAN, "Spotify", 1000, "4.00"),
            statement(JAN, "Spotify", 300, "-0.36"),
            statement(JAN, "Spotify", -10, "-0.04"),
            statement(JAN, "YouTube (Ads)", 0, "0.50"),
        ]
    )
    assert total(revenue(lake, "gross_usd", "deductions_usd", "revenue_usd")) == {
        "gross_usd": D("4.50"),
        "deductions_usd": D("-0.40"),
        "revenue_usd": D("4.10"),
    }


def test_without_deductions_they_are_zero(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00")])
    assert total(revenue(lake, "deductions_usd", "units")) == {"deductions_usd": D(0), "units": 0}


def test_money_is_exact_to_the_last_of_twelve_places(snapshot: Lake) -> None:
    # As floats these three add up to 1000000.0000000001, or 1000000.0, depending on their order.
    lake = snapshot(
        [
            statement(JAN, "Spotify", 1, "0.000000000001"),
            statement(JAN, "Spotify", 1, "1000000.1"),
            statement(JAN, "Spotify", 1, "-0.1", country="DE"),
        ]
    )
    assert total(revenue(lake, "revenue_usd", "gross_usd", "deductions_usd")) == {
        "revenue_usd": D("1000000.000000000001"),
        "gross_usd": D("1000000.100000000001"),
        "deductions_usd": D("-0.1"),
    }


def test_the_largest_amounts_and_counts_add_up(snapshot: Lake) -> None:
    most, shares = "999999999999.99", [{"your_revenue_share": "50"}]
    rows = [statement(JAN, "Spotify", 4_000_000_000, most, country=country) for country in ("US", "DE", "FR")]
    assert total(revenue(snapshot(rows, splits=shares), "revenue_usd", "label_share_usd", "streams")) == {
        "revenue_usd": D("2999999999999.97"),
        "label_share_usd": D("1499999999999.985"),
        "streams": 12_000_000_000,
    }


def test_no_amount_is_a_float(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00")], splits=[{"your_revenue_share": "50"}])
    money = ["revenue_usd", "gross_usd", "deductions_usd", "label_share_usd", "revenue_per_stream_usd"]
    found = revenue(lake, *money, by=("platform",))
    assert set(found.groups.select(money).dtypes) == {pl.Decimal(38, 12)}
    assert set(found.total.select(money).dtypes) == {pl.Decimal(38, 12)}


# ── rates and shares ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_revenue_per_stream_counts_adjustments_but_no_downloads(snapshot: Lake) -> None:
    lake = snapshot(
        [
            statement(JAN, "Spotify", 1000, "4.00"),
            statement(JAN, "Spotify", 300, "-0.50"),
            statement(JAN, "iTunes Songs", 10, "7.00"),
        ]
    )
    assert total(revenue(lake, "revenue_per_stream_usd")) == {"revenue_per_stream_usd": D("0.0035")}


def test_revenue_per_stream_is_a_ratio_of_sums_not_a_mean_of_ratios(snapshot: Lake) -> None:
    #               revenue  streams   rate
    # Apple Music      9.00     1000  0.009
    # iTunes Match     0.10      100  0.001
    lake = snapshot([statement(JAN, "Apple Music", 1000, "9.00"), statement(JAN, "iTunes Match", 100, "0.24")])
    found = revenue(lake, "revenue_per_stream_usd", by=("platform_group",))
    assert values(found.groups, "revenue_per_stream_usd") == [D("0.0084")]
    assert total(found)["revenue_per_stream_usd"] == D("0.0084")


@pytest.mark.parametrize(
    "rows",
    [
        [statement(JAN, "YouTube (Ads)", 0, "0.50")],
        [statement(JAN, "iTunes Songs", 3, "2.10")],
        [statement(JAN, "Spotify", 10, "0.04"), statement(JAN, "Spotify", -20, "-0.08")],
    ],
    ids=["money only", "downloads only", "more taken back than streamed"],
)
def test_without_streams_there_is_no_rate(rows: list[dict[str, str]], snapshot: Lake) -> None:
    found = revenue(snapshot(rows), "revenue_per_stream_usd", by=("platform",))
    assert values(found.groups, "revenue_per_stream_usd") == [None]
    assert total(found) == {"revenue_per_stream_usd": None}


@pytest.mark.parametrize(
    ("earnings", "expected"),
    [("0.000000000001", "0"), ("0.000000000003", "0.000000000002"), ("-0.000000000003", "-0.000000000002")],
)
def test_a_division_rounds_half_to_even(earnings: str, expected: str, snapshot: Lake) -> None:
    rows = [statement(JAN, "Spotify", 2, "0"), statement(JAN, "YouTube (Ads)", 0, earnings)]
    found = total(revenue(snapshot(rows), "revenue_per_stream_usd"))
    assert found == {"revenue_per_stream_usd": D(expected)}


def test_share_of_total_is_the_part_of_the_whole_answer_not_of_the_lake(snapshot: Lake) -> None:
    lake = snapshot(
        [
            statement(JAN, "Spotify", 1000, "3.00"),
            statement(JAN, "Tidal", 100, "1.00"),
            statement(FEB, "Tidal", 100, "96.00"),
        ]
    )
    found = revenue(lake, "share_of_total", by=("platform",), period=between("2025-01-01", "2025-01-31"))
    assert table(found.groups, "platform", "share_of_total") == [("Spotify", 0.75), ("Tidal", 0.25)]
    assert total(found) == {"share_of_total": 1.0}


def test_there_is_no_share_of_a_total_that_is_not_positive(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "3.00"), statement(JAN, "Tidal", -100, "-3.00")])
    found = revenue(lake, "share_of_total", by=("platform",))
    assert values(found.groups, "share_of_total") == [None, None]


# ── the label's share ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_label_keeps_its_percent_of_earnings_and_of_what_is_taken_back(snapshot: Lake) -> None:
    rows = [statement(JAN, "Spotify", 1000, "4.00"), statement(JAN, "Spotify", 300, "-1.00")]
    lake = snapshot(rows, splits=[{"your_revenue_share": "50"}])
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D("1.50")}


def test_the_team_percentage_is_not_applied_again(snapshot: Lake) -> None:
    rows = [statement(JAN, "Spotify", 1000, "4.00") | {"Team Percentage": "25"}]
    lake = snapshot(rows, splits=[{"your_revenue_share": "50"}])
    assert total(revenue(lake, "label_share_usd", "revenue_usd")) == {
        "revenue_usd": D("4.00"),
        "label_share_usd": D("2.00"),
    }


def test_the_label_share_is_rounded_once_after_summing(snapshot: Lake) -> None:
    # Half of the smallest amount rounds to nothing; half of twice that is one.
    rows = [
        statement(JAN, "Spotify", 1, "0.000000000001"),
        statement(JAN, "Spotify", 1, "0.000000000001", country="DE"),
    ]
    lake = snapshot(rows, splits=[{"your_revenue_share": "50"}])
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D("0.000000000001")}


@pytest.mark.parametrize(
    ("earnings", "expected"),
    [("0.000000000001", "0"), ("0.000000000003", "0.000000000002"), ("-0.000000000001", "0")],
)
def test_the_label_share_rounds_half_to_even(earnings: str, expected: str, snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1, earnings)], splits=[{"your_revenue_share": "50"}])
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D(expected)}


def test_a_percent_may_have_eight_places(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1, "300.00")], splits=[{"your_revenue_share": "33.33333333"}])
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D("99.99999999")}


def test_a_recording_that_is_not_listed_counts_whole_and_the_answer_says_so(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1000, "4.00"),
        statement(JAN, "Spotify", 500, "2.00", title="HEX LULLABY", isrc="QZAB02400001"),
        statement(JAN, "Tidal", 10, "0.10", title="HEX LULLABY", isrc="QZAB02400001"),
    ]
    found = revenue(snapshot(rows, splits=[{"your_revenue_share": "50"}]), "label_share_usd")
    assert total(found) == {"label_share_usd": D("4.10")}
    assert text(found.findings, "SPLITS_ASSUMED") == (
        "1 recording (2 lines, 2.10 USD net) is not in the royalty splits: "
        "the label's share of it is taken to be 100 %."
    )


def test_assumed_splits_are_said_of_what_was_asked_only(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1000, "4.00"),
        statement(FEB, "Spotify", 500, "2.00", title="HEX LULLABY", isrc="QZAB02400001"),
    ]
    lake = snapshot(rows, splits=[{"your_revenue_share": "50"}])
    january = between("2025-01-01", "2025-01-31")
    assert "SPLITS_ASSUMED" not in codes(revenue(lake, "label_share_usd", period=january).findings)
    assert "SPLITS_ASSUMED" not in codes(revenue(lake, "revenue_usd").findings)
    assert "SPLITS_ASSUMED" not in codes(
        revenue(lake, "label_share_usd", where=only("track", "GLASS ORCHARD")).findings
    )
    assert "SPLITS_ASSUMED" in codes(revenue(lake, "label_share_usd").findings)


def test_assumed_splits_are_said_where_the_label_share_is_only_sorted_by_or_compared(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00", isrc="QZAB02400001", title="HEX LULLABY")], splits=[{}])
    found = revenue(lake, "revenue_usd", compare=PREVIOUS_PERIOD, growth_of=("label_share_usd",))
    assert "SPLITS_ASSUMED" in codes(found.findings)


def test_without_splits_only_the_label_share_is_null_and_says_why(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00")])
    found = revenue(lake, "revenue_usd", "label_share_usd", by=("artist",))
    assert table(found.groups, "artist", "revenue_usd", "label_share_usd") == [("OWL1987", D("4.00"), None)]
    assert total(found) == {"revenue_usd": D("4.00"), "label_share_usd": None}
    ((measure, fault),) = found.faults
    assert measure == "label_share_usd"
    assert isinstance(fault, DatasetUnavailable)


def test_without_splits_recordings_can_still_be_grouped_by(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1000, "4.00")])
    found = revenue(lake, "revenue_usd", by=("track",))
    assert table(found.groups, "track", "revenue_usd") == [("GLASS ORCHARD", D("4.00"))]
    assert found.faults == ()


def test_without_statements_the_question_is_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="distrokid_statements"):
        revenue(snapshot(splits=[{}]), "revenue_usd")


# ── dimensions ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("store", "group"),
    [
        ("Spotify", "Spotify"),
        ("Apple Music", "Apple"),
        ("iTunes Match", "Apple"),
        ("YouTube (Ads)", "YouTube"),
        ("YouTube (Audio)", "YouTube"),
        ("YouTube (Red)", "YouTube"),
        ("Amazon Prime (Streaming)", "Amazon"),
        ("Amazon Unlimited (Streaming)", "Amazon"),
        ("TikTok", "TikTok"),
        ("Facebook", "Meta"),
        ("Instagram", "Meta"),
        ("Tidal", "Tidal"),
        ("Deezer", "Deezer"),
        ("Pandora", "Pandora"),
        ("iTunes Songs", "Downloads"),
        ("iTunes Albums", "Downloads"),
        ("Bandcamp", "Downloads"),
        ("Amazon (Downloads)", "Downloads"),
        ("NetEase", "Other"),
        ("Luna", "Other"),
        ("Tencent", "Other"),
        ("SoundCloud", "Other"),
    ],
)
def test_every_store_belongs_to_a_platform_group(store: str, group: str, snapshot: Lake) -> None:
    found = revenue(snapshot([statement(JAN, store, 1, "1.00")]), "revenue_usd", by=("platform", "platform_group"))
    assert table(found.groups, "platform", "platform_group") == [(store, group)]


def test_a_line_that_names_no_store_belongs_to_no_platform_and_still_counts(snapshot: Lake) -> None:
    rows = [statement(JAN, "", 10, "1.00"), statement(JAN, "Spotify", 20, "2.00")]
    found = revenue(snapshot(rows), "revenue_usd", "streams", by=("platform", "platform_group"))
    assert table(found.groups, "platform", "platform_group", "revenue_usd", "streams") == [
        ("Spotify", "Spotify", D("2.00"), 20),
        (None, None, D("1.00"), 10),
    ]


def test_spellings_of_a_store_are_one_platform(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Apple Music", 1, "1.00"),
        statement(JAN, "Apple Music", 1, "2.00"),
        statement(JAN, " apple  music ", 1, "4.00"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("platform",))
    assert table(found.groups, "platform", "revenue_usd") == [("Apple Music", D("7.00"))]


def test_spellings_of_an_artist_are_one_and_shared_credits_are_others(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", artist="HALO B7"),
        statement(JAN, "Spotify", 2, "2.00", artist="HALO B7"),
        statement(JAN, "Spotify", 3, "4.00", artist="halo.b7"),
        statement(JAN, "Spotify", 4, "8.00", artist="HALO B7 & OWL1987"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("artist",))
    assert table(found.groups, "artist", "revenue_usd") == [("HALO B7", D("7.00")), ("HALO B7 & OWL1987", D("8.00"))]


def test_a_release_is_its_upc_and_a_country_its_code(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", upc="98000000001", country="us"),  # a spreadsheet took the zero
        statement(JAN, "Spotify", 2, "2.00", upc="098000000001", country="US"),
        statement(JAN, "Spotify", 3, "4.00", upc="", country=""),
    ]
    lake = snapshot(rows)
    found = revenue(lake, "revenue_usd", by=("release",))
    assert table(found.groups, "release", "revenue_usd") == [("098000000001", D("3.00")), (None, D("4.00"))]
    found = revenue(lake, "revenue_usd", by=("country",))
    assert table(found.groups, "country", "revenue_usd") == [("US", D("3.00")), (None, D("4.00"))]


def test_the_reporting_month_groups_but_periods_speak_of_sale_months(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", reported="2025-03-20"),
        statement(JAN, "YouTube (Red)", 1, "2.00", reported="2025-02-27"),
        statement(FEB, "YouTube (Red)", 1, "4.00", reported="2025-03-25"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("reporting_month",), period=between("2025-01-01", "2025-01-31"))
    assert [(str(month), usd) for month, usd in table(found.groups, "reporting_month", "revenue_usd")] == [
        ("2025-02-01", D("2.00")),
        ("2025-03-01", D("1.00")),
    ]


def test_all_statements_are_distrokids(snapshot: Lake) -> None:
    found = revenue(snapshot([statement(JAN, "Spotify", 1, "1.00")]), "revenue_usd", by=("distributor",))
    assert table(found.groups, "distributor", "revenue_usd") == [("distrokid", D("1.00"))]


def test_revenue_is_not_estimated_yet(snapshot: Lake) -> None:
    found = revenue(snapshot([statement(JAN, "Spotify", 1, "1.00")]), "estimated_usd", by=("distributor",))
    assert values(found.groups, "estimated_usd") == [None]


# ── months still to be paid ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_that_a_usual_store_has_not_reported_is_pending(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1000, "4.00"),
        statement(JAN, "Apple Music", 100, "1.00"),
        statement(FEB, "Apple Music", 100, "1.00"),
    ]
    lake = snapshot(rows)
    assert text(revenue(lake, "revenue_usd").findings, "PENDING_PAYMENT") == (
        "Not all stores have reported 2025-02: the sums of these months may still grow."
    )
    january = revenue(lake, "revenue_usd", period=between("2025-01-01", "2025-01-31"))
    assert "PENDING_PAYMENT" not in codes(january.findings)
    assert "PENDING_PAYMENT" in codes(revenue(lake, "revenue_usd", period=last_months(1)).findings)


def test_what_was_pending_on_a_day_is_still_so_when_asked_as_of_that_day(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1000, "4.00", reported="2025-03-20"),
        statement(JAN, "Apple Music", 100, "1.00", reported="2025-02-27"),
        statement(FEB, "Apple Music", 100, "1.00", reported="2025-03-27"),
        statement(FEB, "Spotify", 1000, "4.00", reported="2025-04-20"),
    ]
    lake = snapshot(rows)
    assert "PENDING_PAYMENT" not in codes(revenue(lake, "revenue_usd").findings)
    assert "2025-02" in text(revenue(lake, "revenue_usd", as_of=on("2025-04-01")).findings, "PENDING_PAYMENT")
