"""What a stream brings on each platform group."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bedrot_graph.cubes.request import Span
from bedrot_graph.domains.payments import service
from bedrot_graph.lake.snapshot import Snapshot
from tests.domains.payments.asking import between, booked, on, paid, paid_months, texts, usd
from tests.lakes import statement

Lake = Callable[..., Snapshot]


def rates(lake: Snapshot, span: Span | None = None, as_of: str | None = None) -> dict[str, dict[str, Any]]:
    """Every fact of each platform group."""
    return {row["platform_group"]: row for row in service.stream_rates(lake, span, on(as_of)).value}


def only(lake: Snapshot, **said: str) -> Snapshot:
    """The lake of a label whose goals say these reference rates and no others."""
    known = {group: Decimal(rate) for group, rate in said.items()}
    return replace(lake, goals=lake.goals.model_copy(update={"reference_rates": known}))


JANUARY = paid("2025-01")


def test_the_observed_rate_is_earnings_by_streams(snapshot: Lake) -> None:
    found = rates(snapshot(paid_months("2025-01", "2025-02")))
    assert (found["Spotify"]["observed_usd"], found["Spotify"]["streams"]) == (usd("0.004"), 2000)
    assert (found["Apple"]["observed_usd"], found["Apple"]["streams"]) == (usd("0.01"), 200)


def test_what_is_taken_back_lowers_the_net_rate_and_not_the_gross_one(snapshot: Lake) -> None:
    # 4.00 - 1.00 over 1000 streams: those of Discovery Mode are counted already
    lake = snapshot([*JANUARY, statement("2025-01", "Spotify", 500, "-1.00")])
    spotify = rates(lake)["Spotify"]
    assert (spotify["observed_usd"], spotify["observed_gross_usd"]) == (usd("0.003"), usd("0.004"))
    assert spotify["streams"] == 1000


def test_a_group_is_all_of_its_stores(snapshot: Lake) -> None:
    # 1.00 + 2.00 over 100 + 200 streams
    apple = rates(snapshot([*JANUARY, statement("2025-01", "iTunes Match", 200, "2.00")]))["Apple"]
    assert (apple["observed_usd"], apple["streams"]) == (usd("0.01"), 300)


def test_downloads_have_no_rate_and_are_in_none(snapshot: Lake) -> None:
    albums = [
        statement("2025-01", "iTunes Songs", 1, "0.70"),
        statement("2025-01", "Apple Music", 1, "7.00", kind="Album"),
    ]
    found = rates(snapshot(JANUARY + albums))
    assert "Downloads" not in found
    assert (found["Apple"]["observed_usd"], found["Apple"]["streams"]) == (usd("0.01"), 100)


def test_without_streams_the_reference_rate_is_used_and_the_reason_says_so(snapshot: Lake) -> None:
    tidal = rates(snapshot([*JANUARY, statement("2025-01", "Tidal", 0, "0.50")]))["Tidal"]
    assert (tidal["observed_usd"], tidal["observed_gross_usd"], tidal["streams"]) == (None, None, 0)
    assert (tidal["reference_usd"], tidal["used_usd"], tidal["basis"]) == (usd("0.0125"), usd("0.0125"), "REFERENCE")
    assert (
        tidal["reason"]
        == "The group's reference rate: statements show no streams above zero in 1 complete sale month, 2025-01."
    )


def test_more_streams_taken_back_than_paid_for_are_no_rate(snapshot: Lake) -> None:
    deezer = rates(snapshot([*JANUARY, statement("2025-01", "Deezer", -5, "-0.01")]))["Deezer"]
    assert (deezer["observed_usd"], deezer["basis"], deezer["streams"]) == (None, "REFERENCE", -5)


def test_an_observed_rate_is_used_and_the_reason_says_where_it_was_seen(snapshot: Lake) -> None:
    spotify = rates(snapshot(paid_months("2025-01", "2025-02")))["Spotify"]
    assert (spotify["used_usd"], spotify["reference_usd"]) == (usd("0.004"), usd("0.002274"))
    assert spotify["basis"] == "OBSERVED"
    assert spotify["reason"] == (
        "The observed rate: what the statements show in 2 complete sale months, 2025-01 to 2025-02."
    )


def test_groups_that_were_paid_or_have_a_reference_rate_come_by_streams_and_then_by_name(snapshot: Lake) -> None:
    # Pandora has lines and no reference rate of its own; Amazon, Tidal and YouTube are named in the goals only.
    lake = snapshot([*JANUARY, statement("2025-01", "Pandora", 50, "0.10")])
    assert list(rates(lake)) == ["Spotify", "Apple", "Pandora", "Amazon", "Tidal", "YouTube"]


def test_a_group_without_a_reference_rate_of_its_own_has_the_default_one(snapshot: Lake) -> None:
    pandora = rates(snapshot([*JANUARY, statement("2025-01", "Pandora", 0, "0.10")]))["Pandora"]
    assert pandora["used_usd"] == usd("0.002486")
    assert pandora["reason"] == (
        "The default reference rate: statements show no streams above zero in 1 complete sale month, 2025-01, and the "
        "goals name none for the group."
    )


def test_a_group_with_neither_rate_has_none(snapshot: Lake) -> None:
    lake = only(snapshot([*JANUARY, statement("2025-01", "Pandora", 0, "0.10")]), Spotify="0.003")
    pandora = rates(lake)["Pandora"]
    assert (pandora["used_usd"], pandora["basis"]) == (None, None)
    assert pandora["reason"].startswith("No rate: ")


def test_lines_that_name_no_store_are_of_no_group(snapshot: Lake) -> None:
    assert None not in rates(snapshot([*JANUARY, statement("2025-01", "", 10, "0.10")]))


YEAR = [f"2024-{month:02}" for month in range(1, 13)]


def test_unless_a_period_says_which_the_last_twelve_complete_months_count(snapshot: Lake) -> None:
    found = rates(snapshot(paid("2023-12", "400.00", "100.00") + paid_months(*YEAR)))["Spotify"]
    assert (found["observed_usd"], found["streams"]) == (usd("0.004"), 12000)
    assert found["reason"].endswith("in 12 complete sale months, 2024-01 to 2024-12.")


def test_of_a_period_every_complete_month_counts(snapshot: Lake) -> None:
    found = rates(snapshot(paid("2023-12") + paid_months(*YEAR)), between("2023-12-01", "2024-12-31"))
    assert found["Spotify"]["streams"] == 13000


def test_the_newest_month_does_not_count_while_stores_are_missing(snapshot: Lake) -> None:
    newest = statement("2025-01", "Apple Music", 100, "9.00", reported=booked("2025-01"))
    apple = rates(snapshot([*paid_months(*YEAR), newest]))["Apple"]
    assert (apple["observed_usd"], apple["streams"]) == (usd("0.01"), 1200)


def test_a_period_names_the_months_that_it_leaves_out(snapshot: Lake) -> None:
    newest = statement("2025-01", "Apple Music", 100, "9.00", reported=booked("2025-01"))
    found = service.stream_rates(snapshot([*paid_months(*YEAR), newest]), between("2024-12-01", "2025-01-31"), None)
    assert found.value[0]["streams"] == 1000
    assert texts(found.findings, "PARTIAL_PERIOD") == ["Left out, as not all stores have reported them: 2025-01."]


def test_a_period_without_a_complete_month_has_reference_rates_only(snapshot: Lake) -> None:
    newest = statement("2025-01", "Apple Music", 100, "9.00", reported=booked("2025-01"))
    found = rates(snapshot([*paid_months(*YEAR), newest]), Span(last_months=1))
    assert {(row["basis"], row["streams"]) for row in found.values()} == {("REFERENCE", None)}
    assert found["Apple"]["reason"] == "The group's reference rate: no complete sale month was looked at."


def test_a_period_is_widened_to_whole_months_and_says_so(snapshot: Lake) -> None:
    found = service.stream_rates(snapshot(paid_months(*YEAR)), between("2024-03-15", "2024-04-02"), None)
    assert found.value[0]["streams"] == 2000
    assert texts(found.findings, "PERIOD_WIDENED") == [
        "The data knows whole months only; the period was widened to 2024-03-01 to 2024-04-30."
    ]


def test_as_of_a_day_later_lines_are_not_known(snapshot: Lake) -> None:
    spotify = rates(snapshot(paid_months("2025-01", "2025-02")), as_of="2025-04-01")["Spotify"]
    assert spotify["streams"] == 1000


def test_as_of_a_day_what_is_booked_later_for_a_complete_month_is_not_known(snapshot: Lake) -> None:
    lake = snapshot([*JANUARY, statement("2025-01", "Spotify", 500, "-1.00", reported="2025-06-20")])
    assert [rates(lake, as_of=each)["Spotify"]["observed_usd"] for each in ("2025-06-19", "2025-06-20")] == [
        usd("0.004"),
        usd("0.003"),
    ]


def test_stream_rates_read_the_statements_and_nothing_else(snapshot: Lake) -> None:
    assert service.stream_rates(snapshot(JANUARY, streams=[]), None, None).scanned == {"distrokid_statements"}
