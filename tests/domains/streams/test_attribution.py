"""Whose streams they may be, by the shares of the statements."""

from collections.abc import Callable
from typing import Any, Unpack

import pytest
from starlette.testclient import TestClient

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.request import Order
from bedrot_graph.domains.streams.service import CUBE
from bedrot_graph.errors import AttributionRequired, DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    Question,
    all_of,
    between,
    each_day,
    growth,
    on,
    only,
    previous,
    streams,
    table,
    text,
    texts,
    total,
)
from tests.lakes import day, statement

Lake = Callable[..., Snapshot]
Ask = Callable[..., dict[str, Any]]
BY_ARTIST = ("artist",)
ATTRIBUTED = (("attribution", "statement_share"),)


def sold(month: str, artist: str, streams: int, store: str = "Spotify", earned: str = "1.00") -> dict[str, str]:
    return statement(month, store, streams, earned, artist=artist, reported="2025-06-20")


#            Spotify      Apple Music
# January    3 to 1       all OWL1987
# February   1 to 1       (none)
STATEMENTS = [
    sold("2025-01", "OWL1987", 300),
    sold("2025-01", "HALO B7", 100),
    sold("2025-01", "OWL1987", 50, "Apple Music", "0.01"),
    sold("2025-02", "OWL1987", 200),
    sold("2025-02", "HALO B7", 200),
]


def attributed(lake: Snapshot, *measures: str, **asked: Unpack[Question]) -> Answer:
    asked.setdefault("by", BY_ARTIST)
    asked["options"] = ATTRIBUTED
    return streams(lake, *(measures or ("total_streams",)), **asked)


def test_a_month_is_shared_as_its_statements_share_it(snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS, streams=[day("2025-01-10", "distrokid", 1000, 20), day("2025-02-10", "toolost", 80, 0)])
    found = attributed(lake, "total_streams", "spotify_streams", "apple_streams", grain=Grain.MONTH)
    assert [(str(month)[:7], *rest) for month, *rest in table(found.groups, "date", "artist", "spotify_streams")] == [
        ("2025-01", "HALO B7", 250),
        ("2025-01", "OWL1987", 750),
        ("2025-02", "HALO B7", 40),
        ("2025-02", "OWL1987", 40),
    ]
    assert table(found.groups, "apple_streams")[:2] == [(None,), (20,)]
    assert total(found) == {"total_streams": 1100, "spotify_streams": 1080, "apple_streams": 20}


def test_streams_are_rounded_once_after_summing(snapshot: Lake) -> None:
    # 25 % of 1 stream a day is no stream on any day, and 8 in all of January
    lake = snapshot(STATEMENTS, streams=each_day("2025-01-01", "distrokid", *[(1, 0)] * 31))
    found = attributed(lake, "spotify_streams")
    assert table(found.groups, "artist", "spotify_streams") == [("HALO B7", 8), ("OWL1987", 23)]
    assert total(found) == {"spotify_streams": 31}


def test_months_that_are_not_completely_reported_are_shared_as_the_latest_before(snapshot: Lake) -> None:
    # March has its Tidal lines only: Spotify, which pays the most, has not reported.
    tidal = [sold(month, "HALO B7", 10, "Tidal", "0.02") for month in ("2025-01", "2025-02", "2025-03")]
    lake = snapshot([*STATEMENTS, *tidal], streams=[day("2025-03-10", "distrokid", 60, 0)])
    found = attributed(lake)
    assert table(found.groups, "artist", "total_streams") == [("HALO B7", 30), ("OWL1987", 30)]
    assert "Spotify in 2025-03: the shares of 2025-02 stand in" in texts(found.findings, "ESTIMATED")[-1]


def test_streams_before_any_statement_have_no_artist_and_it_says_so(snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS, streams=[day("2024-12-31", "distrokid", 9, 0), day("2025-01-01", "distrokid", 4, 0)])
    found = attributed(lake)
    assert table(found.groups, "artist", "total_streams") == [("HALO B7", 1), ("OWL1987", 3), (None, 9)]
    assert "Spotify in 2024-12: the statements name no streams by then" in "".join(texts(found.findings, "ESTIMATED"))


def test_asking_for_artists_changes_no_later_answer(snapshot: Lake) -> None:
    silent = each_day("2024-12-20", "distrokid", *[(0, 0)] * 12)
    counted = each_day("2025-01-01", "distrokid", *[(10, 0)] * 31)
    lake = snapshot(STATEMENTS, streams=silent + counted)
    attributed(lake)
    found = streams(lake, "days_covered")
    assert (total(found), texts(found.findings, "PARTIAL_PERIOD")) == ({"days_covered": 43}, [])


def test_what_no_statement_tells_of_an_artist_is_not_complete(snapshot: Lake) -> None:
    days = each_day("2024-12-01", "distrokid", *[(4, 0)] * 62)
    lake = snapshot(STATEMENTS, streams=days)
    request = all_of(CUBE, "total_streams", complete=True, by=BY_ARTIST, grain=Grain.MONTH, options=ATTRIBUTED)
    found = answer(CUBE, lake, request)
    told = {
        (str(month)[:7], artist): rest for month, artist, *rest in table(found.groups, "date", "artist", "complete")
    }
    assert told["2024-12", "OWL1987"] == [False]
    assert told["2025-01", "OWL1987"] == [True]
    assert found.total["complete"].to_list() == [False]


def test_a_change_from_untold_to_told_is_no_growth(snapshot: Lake) -> None:
    unnamed = sold("2025-01", "", 100)
    days = each_day("2024-12-01", "distrokid", *[(4, 0)] * 62)
    found = attributed(
        snapshot([*STATEMENTS, unnamed], streams=days),
        grain=Grain.MONTH,
        compare=PREVIOUS_PERIOD,
        growth_of=("total_streams",),
    )
    assert set(growth(found.groups, "total_streams")) == {None}


def test_the_answer_says_that_it_is_an_estimate_and_how_it_is_made(snapshot: Lake) -> None:
    found = attributed(snapshot(STATEMENTS, streams=[day("2025-01-10", "distrokid", 4, 0)]))
    assert "share of the streams that the statements of that month" in text(found.findings, "ESTIMATED")
    assert found.scanned == {"daily_streams", "distrokid_statements"}


def test_without_an_artist_nothing_is_estimated(snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS, streams=[day("2025-01-10", "distrokid", 4, 0)])
    found = attributed(lake, by=("platform",))
    assert found.scanned == {"daily_streams"}
    assert not texts(found.findings, "ESTIMATED")


def test_a_filter_by_artist_takes_any_spelling(snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS, streams=[day("2025-01-10", "distrokid", 1000, 20)])
    found = attributed(lake, where=only("artist", "owl-1987"), by=())
    assert total(found) == {"total_streams": 770}
    assert not texts(found.findings, "PARTIAL_PERIOD")


def test_reversals_take_nobody_below_nothing(snapshot: Lake) -> None:
    rows = [sold("2025-01", "OWL1987", 100), sold("2025-01", "HALO B7", -20, earned="-0.10")]
    found = attributed(snapshot(rows, streams=[day("2025-01-10", "distrokid", 50, 0)]))
    assert table(found.groups, "artist", "total_streams") == [("HALO B7", 0), ("OWL1987", 50)]


def test_discovery_mode_lines_are_no_share(snapshot: Lake) -> None:
    rows = [*STATEMENTS[:2], sold("2025-01", "HALO B7", 200, earned="-0.20")]
    found = attributed(snapshot(rows, streams=[day("2025-01-10", "distrokid", 400, 0)]))
    assert table(found.groups, "artist", "total_streams") == [("HALO B7", 100), ("OWL1987", 300)]


def test_as_of_a_day_the_shares_of_what_was_reported_by_then_count(snapshot: Lake) -> None:
    late = sold("2025-01", "HALO B7", 600) | {"Reporting Date": "2025-08-01"}
    lake = snapshot([*STATEMENTS[:2], late], streams=[day("2025-01-10", "distrokid", 100, 0)])
    assert table(attributed(lake).groups, "total_streams") == [(70,), (30,)]
    assert table(attributed(lake, as_of=on("2025-07-01")).groups, "total_streams") == [(25,), (75,)]


def test_a_month_is_compared_with_the_one_before(snapshot: Lake) -> None:
    days = each_day("2025-01-01", "distrokid", *[(4, 0)] * 31, *[(4, 0)] * 28)
    found = attributed(
        snapshot(STATEMENTS, streams=days),
        period=between("2025-02-01", "2025-02-28"),
        compare=PREVIOUS_PERIOD,
        growth_of=("total_streams",),
    )
    assert previous(found.groups, "total_streams") == [31, 93]
    assert growth(found.groups, "total_streams") == [round(56 / 31 - 1, 6), round(56 / 93 - 1, 6)]


@pytest.mark.parametrize(
    "asked", [{"by": ("artist",)}, {"where": only("artist", "OWL1987")}, {"order_by": (Order("artist"),)}]
)
def test_without_an_attribution_an_artist_is_an_error_that_says_what_to_add(asked: Question, snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS, streams=[day("2025-01-10", "distrokid", 4, 0)])
    with pytest.raises(AttributionRequired, match="Add `attribution: STATEMENT_SHARE` for an estimate"):
        streams(lake, "total_streams", **asked)


def test_without_statements_the_question_is_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable, match="distrokid_statements"):
        attributed(snapshot(streams=[day("2025-01-10", "distrokid", 4, 0)]))


def test_the_error_reaches_clients_with_its_code_and_nothing_else_fails(ask: Ask) -> None:
    answer = ask("{ streams(by: [ARTIST]) { totalCount } whole: streams { total { totalStreams } } }")
    assert answer["data"] == {"streams": None, "whole": {"total": {"totalStreams": 1177960}}}
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "ATTRIBUTION_REQUIRED"


def test_artists_add_up_to_what_was_counted(sample: TestClient) -> None:
    query = """{ streams(by: [ARTIST], grain: MONTH, attribution: STATEMENT_SHARE, first: 1000) {
      nodes { date totalStreams } total { totalStreams } } whole: streams(grain: MONTH) { nodes { totalStreams } } }"""
    data = sample.post("/graphql", json={"query": query}).json()["data"]
    months: dict[str, int] = {}
    for node in data["streams"]["nodes"]:
        months[node["date"]] = months.get(node["date"], 0) + node["totalStreams"]
    counted = [node["totalStreams"] for node in data["whole"]["nodes"]]
    assert max(abs(a - b) for a, b in zip(months.values(), counted, strict=True)) <= 1  # each artist is rounded
    assert data["streams"]["total"]["totalStreams"] == sum(counted) == 1177960
