"""Nodes and totals: what an answer consists of, whatever it is about."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import pytest

from bedrot_graph.errors import GrainTooFine
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    ascending,
    between,
    codes,
    descending,
    each_day,
    on,
    only,
    revenue,
    streams,
    table,
    text,
    total,
    values,
)
from tests.lakes import Rows, statement

Lake = Callable[..., Snapshot]
JAN, FEB = "2025-01", "2025-02"

#            JAN   FEB
# Spotify   4.00  2.00
# Tidal     1.00     -
TWO_STORES: Rows = [
    statement(JAN, "Spotify", 1000, "4.00"),
    statement(JAN, "Tidal", 100, "1.00", artist="HALO B7"),
    statement(FEB, "Spotify", 500, "2.00", country="DE"),
]


# ── nodes and total ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_by_and_grain_there_is_one_node_equal_to_the_total(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", "streams")
    assert found.groups.rows() == found.total.rows()
    assert total(found) == {"revenue_usd": D("7.00"), "streams": 1600}


def test_the_total_is_over_everything_that_the_filter_lets_through(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", by=("country",), where=only("platform", "Spotify"))
    assert table(found.groups, "country", "revenue_usd") == [("DE", D("2.00")), ("US", D("4.00"))]
    assert total(found) == {"revenue_usd": D("6.00")}


def test_two_dimensions_group_by_each_pair_that_has_rows(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", by=("platform", "country"))
    assert table(found.groups, "platform", "country", "revenue_usd") == [
        ("Spotify", "DE", D("2.00")),
        ("Spotify", "US", D("4.00")),
        ("Tidal", "US", D("1.00")),
    ]


def test_a_dimension_that_is_named_twice_is_grouped_by_once(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", by=("platform", "platform"))
    assert values(found.groups, "platform") == ["Spotify", "Tidal"]


def test_a_dimension_field_is_null_unless_grouped_by_or_fixed(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", by=("platform",), where=only("artist", "HALO B7"))
    (node,) = found.groups.to_dicts()
    fields = ("date", "artist", "track", "isrc", "release", "country", "distributor", "reporting_month")
    assert node["platform"] == "Tidal"
    assert {node[field] for field in (*fields, "platform_group")} == {None}
    assert {found.total.row(0, named=True)[field] for field in (*fields, "platform")} == {None}


def test_rows_without_a_member_are_a_group_of_their_own(snapshot: Lake) -> None:
    rows = [statement(JAN, "Spotify", 1, "1.00", country=""), statement(JAN, "Spotify", 1, "2.00", country="US")]
    lake = snapshot(rows)
    found = revenue(lake, "revenue_usd", by=("country",), order_by=ascending("revenue_usd"))
    assert table(found.groups, "country", "revenue_usd") == [(None, D("1.00")), ("US", D("2.00"))]
    found = revenue(lake, "revenue_usd", by=("country",), grain=Grain.MONTH, compare=None)
    assert table(found.groups, "country", "revenue_usd") == [("US", D("2.00")), (None, D("1.00"))]


def test_only_what_was_asked_for_is_computed(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "streams", by=("platform",))
    assert "revenue_usd" not in found.groups.columns
    assert found.scanned == {"distrokid_statements"}


def test_nothing_but_dimensions_can_be_asked_for(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), by=("platform",))
    assert values(found.groups, "platform") == ["Spotify", "Tidal"]


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_an_order_nodes_come_by_date_and_then_by_their_dimensions(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", by=("platform",), grain=Grain.MONTH)
    assert [(f"{date:%b}", platform) for date, platform in table(found.groups, "date", "platform")] == [
        ("Jan", "Spotify"),
        ("Jan", "Tidal"),
        ("Feb", "Spotify"),
        ("Feb", "Tidal"),
    ]


def test_ties_are_broken_by_the_dimensions_whatever_the_direction(snapshot: Lake) -> None:
    rows = [statement(JAN, store, 1, "1.00") for store in ("Tidal", "Deezer", "Spotify", "Flo")]
    found = revenue(snapshot(rows), "revenue_usd", by=("platform",), order_by=descending("revenue_usd"))
    assert values(found.groups, "platform") == ["Deezer", "Flo", "Spotify", "Tidal"]


def test_recordings_of_one_title_are_put_in_order_by_their_isrc(snapshot: Lake) -> None:
    rows = [statement(JAN, "Spotify", 1, "1.00", isrc=f"QZAB0240000{last}", title="HEX") for last in (3, 1, 2)]
    found = revenue(snapshot(rows), "revenue_usd", by=("track",), order_by=ascending("track"))
    assert values(found.groups, "isrc") == ["QZAB02400001", "QZAB02400002", "QZAB02400003"]


@pytest.mark.parametrize("is_descending", [False, True])
def test_nulls_come_last_in_either_direction(*, is_descending: bool, snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1000, "4.00"),
        statement(JAN, "Tidal", 100, "1.00"),
        statement(JAN, "iTunes Songs", 1, "0.70"),  # no rate per stream
    ]
    order = (descending if is_descending else ascending)("revenue_per_stream_usd")
    found = revenue(snapshot(rows), "revenue_usd", by=("platform",), order_by=order)
    expected = ["Tidal", "Spotify"] if is_descending else ["Spotify", "Tidal"]
    assert values(found.groups, "platform") == [*expected, "iTunes Songs"]


def test_several_orders_apply_one_after_the_other(snapshot: Lake) -> None:
    found = revenue(
        snapshot(TWO_STORES),
        "revenue_usd",
        by=("platform",),
        grain=Grain.MONTH,
        order_by=(*descending("date"), *ascending("revenue_usd")),
    )
    assert table(found.groups, "platform", "revenue_usd") == [
        ("Tidal", D(0)),
        ("Spotify", D("2.00")),
        ("Tidal", D("1.00")),
        ("Spotify", D("4.00")),
    ]


def test_an_order_by_what_is_not_grouped_by_changes_nothing(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", by=("platform",), order_by=descending("country"))
    assert values(found.groups, "platform") == ["Spotify", "Tidal"]


# ── as of ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_as_of_leaves_out_what_was_reported_later(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "YouTube (Red)", 1, "1.00", reported="2025-02-27"),
        statement(JAN, "Spotify", 1, "2.00", reported="2025-03-20"),
    ]
    lake = snapshot(rows)
    assert total(revenue(lake, "revenue_usd", as_of=on("2025-02-27"))) == {"revenue_usd": D("1.00")}
    assert total(revenue(lake, "revenue_usd", as_of=on("2025-03-20"))) == {"revenue_usd": D("3.00")}
    assert total(revenue(lake, "revenue_usd", as_of=on("2030-01-01"))) == {"revenue_usd": D("3.00")}


def test_as_of_a_day_before_any_data_there_is_nothing_and_the_answer_says_so(snapshot: Lake) -> None:
    lake = snapshot(TWO_STORES)
    found = revenue(lake, "revenue_usd", "transactions", as_of=on("2024-01-01"))
    assert total(found) == {"revenue_usd": None, "transactions": 0}
    assert found.groups.rows() == found.total.rows()
    assert text(found.findings, "PARTIAL_PERIOD") == "distrokid_statements holds nothing up to 2024-01-01."
    assert revenue(lake, "revenue_usd", by=("platform",), as_of=on("2024-01-01")).groups.is_empty()
    assert revenue(lake, "revenue_usd", grain=Grain.MONTH, as_of=on("2024-01-01")).groups.is_empty()


def test_as_of_a_day_before_any_data_unknown_values_are_still_named(snapshot: Lake) -> None:
    found = revenue(snapshot(TWO_STORES), "revenue_usd", where=only("platform", "Napster"), as_of=on("2024-01-01"))
    assert codes(found.findings) == ["UNKNOWN_VALUE", "PARTIAL_PERIOD"]


def test_as_of_a_day_streams_are_read_as_they_were_to_be_read_then(snapshot: Lake) -> None:
    #           01 02 03 04 05
    # Apple     10 10 10  0 10      on the 4th its zero could have been a late report
    lake = snapshot(streams=each_day("2025-01-01", "distrokid", (9, 10), (9, 10), (9, 10), (9, 0), (9, 10)))
    now = streams(lake, "apple_streams", grain=Grain.DAY)
    assert values(now.groups, "apple_streams") == [10, 10, 10, 0, 10]
    then = streams(lake, "apple_streams", grain=Grain.DAY, as_of=on("2025-01-04"))
    assert values(then.groups, "apple_streams") == [10, 10, 10, None]


# ── what cannot be asked ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.WEEK])
def test_statements_know_nothing_finer_than_months(grain: Grain, snapshot: Lake) -> None:
    with pytest.raises(GrainTooFine, match="Ask for MONTH"):
        revenue(snapshot(TWO_STORES), "revenue_usd", grain=grain)


def test_a_page_is_cut_from_the_same_order_every_time(snapshot: Lake) -> None:
    rows = [statement(JAN, "Spotify", 1, "1.00", country=f"{a}{b}") for a in "ABCDEF" for b in "ABCDEF"]
    lake = snapshot(rows)
    first, second = (
        values(revenue(lake, "revenue_usd", by=("country",), order_by=descending("revenue_usd")).groups, "country")
        for _ in range(2)
    )
    assert first == second == sorted(first)


def test_periods_and_filters_meet(snapshot: Lake) -> None:
    found = revenue(
        snapshot(TWO_STORES),
        "revenue_usd",
        where=(*only("platform", "Spotify", "Tidal"), *only("country", "US")),
        period=between("2025-01-01", "2025-01-31"),
        by=("artist",),
    )
    assert table(found.groups, "artist", "revenue_usd") == [("HALO B7", D("1.00")), ("OWL1987", D("4.00"))]
