"""What the streams of distributors without statements are worth."""

from collections.abc import Callable
from decimal import Decimal

from bedrot_graph.domains.revenue import service
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    Question,
    between,
    codes,
    growth,
    on,
    only,
    previous,
    revenue,
    table,
    text,
    texts,
    total,
    values,
)
from tests.lakes import day, statement

Lake = Callable[..., Snapshot]
BOTH = ("estimated_usd", "revenue_usd")

#          earned  streams   a stream
# Spotify    4.00     1000      0.004     in each of four months
# Apple      5.00      500      0.01
PAID = [
    statement(f"2025-{month:02}", store, streams, earned, reported=f"2025-{month + 2:02}-20")
    for month in (1, 2, 3, 4)
    for store, streams, earned in (("Spotify", 1000, "4.00"), ("Apple Music", 500, "5.00"))
]
COUNTED = [
    day("2025-01-31", "distrokid", 9, 9),
    day("2025-01-31", "toolost", 100, 10),
    day("2025-04-30", "toolost", 250, 20),
]


def test_a_distributor_without_statements_has_an_estimate_and_no_revenue(snapshot: Lake) -> None:
    # April: 250 x 0.004 + 20 x 0.01, by the rates of January to March.
    found = revenue(
        snapshot(PAID, streams=COUNTED),
        *BOTH,
        "transactions",
        by=("distributor",),
        period=between("2025-04-01", "2025-04-30"),
    )
    assert table(found.groups, "distributor", *BOTH, "transactions") == [
        ("distrokid", None, Decimal("9.00"), 2),
        ("toolost", Decimal("1.20"), None, 0),
    ]
    assert total(found) == {"estimated_usd": Decimal("1.20"), "revenue_usd": Decimal("9.00"), "transactions": 2}


def test_months_without_three_complete_ones_before_are_worth_the_reference_rates_and_say_so(snapshot: Lake) -> None:
    # January: 100 x 0.002274 + 10 x 0.005771
    found = revenue(snapshot(PAID, streams=COUNTED), "estimated_usd", period=between("2025-01-01", "2025-01-31"))
    assert total(found) == {"estimated_usd": Decimal("0.28511")}
    assert "uses reference rates in 2025-01: " in text(found.findings, "ESTIMATED")


def test_by_platform_the_estimate_stands_beside_what_that_store_has_paid(snapshot: Lake) -> None:
    found = revenue(
        snapshot(PAID, streams=COUNTED), *BOTH, by=("platform",), period=between("2025-04-01", "2025-04-30")
    )
    assert table(found.groups, "platform", *BOTH) == [
        ("Apple Music", Decimal("0.20"), Decimal("5.00")),
        ("Spotify", Decimal("1.00"), Decimal("4.00")),
    ]


def test_stores_are_found_however_the_statements_spell_them(snapshot: Lake) -> None:
    spelled = [row | {"Store": row["Store"].upper()} for row in PAID]
    found = revenue(snapshot(spelled, streams=COUNTED), "estimated_usd", by=("platform",))
    assert [name for name, usd in table(found.groups, "platform", "estimated_usd") if usd] == ["APPLE MUSIC", "SPOTIFY"]


def test_the_spelling_of_the_paid_distributor_makes_no_other_one_of_it(snapshot: Lake) -> None:
    rows = [day("2025-04-30", "DistroKid", 100, 10)]
    found = revenue(snapshot(PAID, streams=rows), *BOTH, by=("distributor",))
    assert table(found.groups, "distributor", *BOTH) == [("distrokid", None, Decimal("36.00"))]


def test_by_anything_else_there_is_no_estimate_and_it_says_why(snapshot: Lake) -> None:
    found = revenue(snapshot(PAID, streams=COUNTED), *BOTH, by=("artist",))
    assert table(found.groups, *BOTH) == [(None, Decimal("36.00"))]
    assert total(found)["estimated_usd"] is None
    assert "by DISTRIBUTOR, PLATFORM and PLATFORM_GROUP only" in text(found.findings, "ESTIMATE_NOT_AVAILABLE")


def test_a_filter_by_the_other_distributor_finds_it(snapshot: Lake) -> None:
    found = revenue(snapshot(PAID, streams=COUNTED), *BOTH, where=only("distributor", "TooLost"))
    assert total(found) == {"estimated_usd": Decimal("1.48511"), "revenue_usd": None}
    assert "UNKNOWN_VALUE" not in codes(found.findings)


def test_what_the_other_distributor_earned_is_unknown_however_it_is_asked(snapshot: Lake) -> None:
    lake, where = snapshot(PAID, streams=COUNTED), only("distributor", "toolost")
    for asked in ({}, {"grain": Grain.YEAR}, {"by": ("distributor",)}, {"by": ("platform",), "grain": Grain.MONTH}):
        question: Question = {"where": where, **asked}  # type: ignore[typeddict-item] # each is a part of one
        found = revenue(lake, *BOTH, **question)
        assert set(table(found.groups, "revenue_usd")) == {(None,)}, asked
        assert total(found)["revenue_usd"] is None, asked


def test_a_store_without_lines_in_a_month_is_a_zero_if_it_has_any_and_unknown_if_it_has_none(snapshot: Lake) -> None:
    once = [row for row in PAID if row["Store"] == "Spotify" or row["Sale Month"] == "2025-01"]
    lake, april = snapshot(once, streams=COUNTED), between("2025-04-01", "2025-04-30")
    for asked in ({"period": april}, {"period": april, "grain": Grain.MONTH}, {"grain": Grain.MONTH}):
        question: Question = {"by": ("platform",), **asked}  # type: ignore[typeddict-item]
        of_apple = revenue(lake, *BOTH, **question).groups.filter(platform="Apple Music")
        assert values(of_apple, "revenue_usd")[-1] == 0, asked
    assert total(revenue(lake, *BOTH, where=only("platform", "Apple Music"), period=april))["revenue_usd"] == 0


def test_the_whole_is_compared_with_the_same_whether_it_is_shown_by_month_or_not(snapshot: Lake) -> None:
    rows = [*COUNTED, day("2025-03-31", "toolost", 100, 0)]
    lake, april = snapshot(PAID, streams=rows), between("2025-04-01", "2025-04-30")
    for grain in (None, Grain.MONTH, Grain.QUARTER):
        found = revenue(lake, *BOTH, period=april, grain=grain, compare=PREVIOUS_PERIOD)
        assert previous(found.total, "estimated_usd") == [Decimal("0.2274")], grain
        assert previous(found.total, "revenue_usd") == [Decimal("9.00")], grain


def test_who_is_asked_second_is_told_the_same_datasets(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=COUNTED)
    first, second = (revenue(lake, "revenue_usd", where=only("distributor", "toolost")).scanned for _ in range(2))
    assert first == second == {"daily_streams", "distrokid_statements"}


def test_every_month_of_the_other_distributor_is_shown_and_none_has_revenue(snapshot: Lake) -> None:
    found = revenue(snapshot(PAID, streams=COUNTED), *BOTH, by=("distributor",), grain=Grain.MONTH)
    toolost = [row[1:] for row in table(found.groups, "distributor", *BOTH) if row[0] == "toolost"]
    assert toolost == [(Decimal("0.28511"), None), (None, None), (None, None), (Decimal("1.20"), None)]


def test_which_distributors_are_shown_does_not_depend_on_the_selection(snapshot: Lake) -> None:
    lake = snapshot(PAID, streams=COUNTED)
    found = revenue(lake, "revenue_usd", by=("distributor",))
    assert table(found.groups, "distributor", "revenue_usd") == [("distrokid", Decimal("36.00")), ("toolost", None)]


def test_without_daily_counters_the_paid_distributor_stands_alone(snapshot: Lake) -> None:
    found = revenue(snapshot(PAID), *BOTH, by=("distributor",))
    assert table(found.groups, "distributor", *BOTH) == [("distrokid", None, Decimal("36.00"))]
    assert [name for name, _ in found.faults] == ["estimated_usd"]


def test_streams_of_months_without_statements_are_in_no_estimate_and_it_says_so(snapshot: Lake) -> None:
    rows = [day("2024-11-01", "toolost", 5, 0), *COUNTED, day("2025-06-01", "toolost", 1000, 0)]
    lake = snapshot(PAID, streams=rows)
    found = revenue(lake, "estimated_usd")
    assert total(found) == {"estimated_usd": Decimal("1.48511")}
    (said,) = [each for each in texts(found.findings, "PARTIAL_PERIOD") if "no statements" in each]
    assert said.startswith("Streams are also counted in 2024-11 and 2025-06, of which there are no statements")
    after = revenue(lake, "estimated_usd", period=between("2025-05-01", "2025-06-30"))
    assert total(after) == {"estimated_usd": None}
    assert any("also counted in 2025-06" in each for each in texts(after.findings, "PARTIAL_PERIOD"))


def test_days_that_the_other_distributor_has_left_out_are_told(snapshot: Lake) -> None:
    found = revenue(snapshot(PAID, streams=COUNTED), "estimated_usd", period=between("2025-04-01", "2025-04-30"))
    assert "toolost has not reported 29 of 30 days" in text(found.findings, "PARTIAL_PERIOD")


def test_what_only_the_counters_know_of_a_platform_is_shown_by_platform(snapshot: Lake) -> None:
    spotify = [row for row in PAID if row["Store"] == "Spotify"]
    lake, april = snapshot(spotify, streams=COUNTED), between("2025-04-01", "2025-04-30")
    found = revenue(lake, *BOTH, by=("platform",), period=april)
    assert table(found.groups, "platform", *BOTH) == [
        ("Apple Music", Decimal("0.11542"), None),
        ("Spotify", Decimal("1.00"), Decimal("4.00")),
    ]
    assert total(revenue(lake, "estimated_usd", where=only("platform", "apple music"), period=april)) == {
        "estimated_usd": Decimal("0.11542")
    }
    assert table(revenue(lake, "revenue_usd", by=("platform",)).groups, "platform") == [("Spotify",)]


def test_a_bucket_is_the_same_whether_it_is_shown_or_compared_with(snapshot: Lake) -> None:
    rows = [day("2024-05-31", "toolost", 999, 0), *COUNTED]
    paid = [*PAID, statement("2024-12", "Spotify", 1000, "4.00", reported="2025-02-20")]
    lake, year = snapshot(paid, streams=rows), between("2025-01-01", "2025-12-31")
    asked: Question = {"by": ("distributor",), "grain": Grain.YEAR}
    shown = revenue(lake, "estimated_usd", **asked)
    asked |= {"period": year, "compare": PREVIOUS_PERIOD}
    compared = revenue(lake, "estimated_usd", **asked)
    assert [usd for name, usd in table(shown.groups, "distributor", "estimated_usd")][:2] == [None, None]
    assert set(previous(compared.groups, "estimated_usd")) == {None}


def test_as_of_a_day_only_what_was_counted_by_then_is_worth_anything(snapshot: Lake) -> None:
    found = revenue(snapshot(PAID, streams=COUNTED), "estimated_usd", as_of=on("2025-04-01"))
    assert total(found) == {"estimated_usd": Decimal("0.28511")}


def test_the_month_before_stands_beside_it_and_growth_is_not_told(snapshot: Lake) -> None:
    rows = [*COUNTED, day("2025-03-31", "toolost", 100, 0)]
    found = revenue(
        snapshot(PAID, streams=rows),
        "estimated_usd",
        period=between("2025-04-01", "2025-04-30"),
        compare=PREVIOUS_PERIOD,
        growth_of=("estimated_usd", "revenue_usd"),
    )
    assert previous(found.groups, "estimated_usd") == [Decimal("0.2274")]
    assert growth(found.groups, "revenue_usd") == [0.0]
    assert "Growth of ESTIMATED_USD is null" in texts(found.findings, "NOT_COMPARABLE")[-1]


def test_what_is_owed_and_what_stays_add_up_to_net_revenue(snapshot: Lake) -> None:
    lake = snapshot(PAID, splits=[{"your_revenue_share": "80"}])
    assert total(revenue(lake, "label_share_usd", "owed_usd", "revenue_usd")) == {
        "label_share_usd": Decimal("28.80"),
        "owed_usd": Decimal("7.20"),
        "revenue_usd": Decimal("36.00"),
    }


def test_an_estimate_declares_what_it_is() -> None:
    assert service.ESTIMATED.limitations[0].code == "ESTIMATED"
