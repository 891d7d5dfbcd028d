"""The numbers that a label steers by."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph.domains.kpis.kpi import KPIS, Kpi, Status
from bedrot_graph.domains.kpis.service import kpis
from bedrot_graph.goals import usual_goals
from bedrot_graph.graph.dictionary import measured_fields
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Unit
from bedrot_graph.periods import Period
from bedrot_graph.schema import schema
from tests.cubes.asking import each_day, on
from tests.domains.campaigns import ads
from tests.lakes import Rows, audience_day, statement, tiktok_day, write_lake

Lake = Callable[..., Snapshot]
LEVELS = usual_goals().status


def of(lake: Snapshot, name: str, as_of: dt.date | None = None) -> Kpi:
    return next(kpi for kpi in kpis(lake, as_of).value if kpi.id == name)


def sold(month: str, earned: str, store: str = "Spotify", **cells: str) -> dict[str, str]:
    return statement(month, store, 1000, earned, **{"reported": "2025-07-20", **cells})


#          Spotify   Tidal
# January    90.00    9.00
# February  150.00   18.00
# March                4.00   Spotify has not reported
STATEMENTS = [
    sold("2025-01", "90.00"),
    sold("2025-01", "9.00", "Tidal"),
    sold("2025-02", "150.00"),
    sold("2025-02", "18.00", "Tidal", artist="HALO B7"),
    sold("2025-03", "4.00", "Tidal", artist="HALO B7"),
]


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_revenue_is_that_of_the_newest_complete_sale_month_against_the_one_before(snapshot: Lake) -> None:
    kpi = of(snapshot(STATEMENTS), "revenue")
    assert (kpi.value, kpi.previous, kpi.unit) == (Decimal("168.00"), Decimal("99.00"), Unit.USD)
    assert kpi.growth == pytest.approx(168 / 99 - 1)
    assert kpi.period == Period(on("2025-02-01"), on("2025-02-28"))
    assert (kpi.target, kpi.status) == (Decimal(500), Status.AT_RISK)
    assert kpi.progress == pytest.approx(0.336)


def test_numbers_of_all_time_take_all_months_and_have_no_month_before(snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS)
    assert (of(lake, "total_revenue").value, of(lake, "total_streams").value) == (Decimal("271.00"), 5000)
    assert of(lake, "revenue_per_stream").value == Decimal("0.0542")
    assert (of(lake, "total_revenue").previous, of(lake, "total_revenue").growth) == (None, None)


def test_the_top_artist_is_named_and_artists_are_counted(snapshot: Lake) -> None:
    lake = snapshot(STATEMENTS)
    top = of(lake, "top_artist")
    assert (top.name, top.value) == ("OWL1987", Decimal("249.00"))
    assert (of(lake, "artist_count").value, of(lake, "artist_count").unit) == (2, Unit.COUNT)


def test_of_equal_artists_the_first_by_name_is_on_top(snapshot: Lake) -> None:
    rows = [sold("2025-01", "5.00", artist=name) for name in ("OWL1987", "HALO B7")]
    assert of(snapshot(rows), "top_artist").name == "HALO B7"


def test_as_of_a_day_only_what_was_reported_by_then_counts(snapshot: Lake) -> None:
    rows = [STATEMENTS[0] | {"Reporting Date": "2025-03-20"}, *STATEMENTS[1:]]
    kpi = of(snapshot(rows), "total_revenue", on("2025-04-01"))
    assert (kpi.value, kpi.as_of) == (Decimal("90.00"), on("2025-03-20"))


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def counted(days: int, first: str = "2025-01-01") -> Rows:
    return each_day(first, "distrokid", *[(10, 0)] * days)


def test_streams_are_those_of_the_last_closed_month(snapshot: Lake) -> None:
    kpi = of(snapshot(streams=counted(31 + 28 + 10)), "streams")
    assert (kpi.value, kpi.previous, kpi.period) == (280, 310, Period(on("2025-02-01"), on("2025-02-28")))
    assert kpi.growth == pytest.approx(280 / 310 - 1)


def test_the_open_month_is_told_so_far_and_as_it_may_end(snapshot: Lake) -> None:
    kpi = of(snapshot(streams=counted(31 + 28 + 10)), "streams")
    assert (kpi.month_to_date, kpi.projected) == (100, 310)


def test_on_the_last_day_of_a_month_that_month_is_closed(snapshot: Lake) -> None:
    kpi = of(snapshot(streams=counted(31 + 28)), "streams")
    assert (kpi.value, kpi.month_to_date, kpi.projected) == (280, None, None)


def test_a_month_with_a_day_left_out_is_not_projected(snapshot: Lake) -> None:
    rows = counted(31 + 10)
    kpi = of(snapshot(streams=rows[:35] + rows[36:]), "streams")
    assert (kpi.month_to_date, kpi.projected) == (90, None)


def test_a_month_that_lacks_a_day_has_a_value_and_neither_growth_nor_status(snapshot: Lake) -> None:
    rows = counted(31 + 28 + 1)
    kpi = of(snapshot(streams=rows[:40] + rows[41:]), "streams")
    assert (kpi.value, kpi.previous, kpi.growth, kpi.status) == (270, 310, None, None)


def test_against_a_month_that_lacks_days_there_is_no_growth_and_it_says_so(snapshot: Lake) -> None:
    rows = counted(31 + 28 + 1)
    found = kpis(snapshot(streams=rows[:10] + rows[20:]), None)
    kpi = next(each for each in found.value if each.id == "streams")
    assert (kpi.value, kpi.previous, kpi.growth, kpi.status) == (280, 210, None, Status.AT_RISK)
    assert any(
        each.text == "streams: growth is null, as days of 2025-01-01 to 2025-01-31 are missing."
        for each in found.findings
    )


def test_before_any_month_is_closed_the_first_one_has_no_value(snapshot: Lake) -> None:
    kpi = of(snapshot(streams=counted(10, "2025-01-15")), "streams")
    assert (kpi.value, kpi.status, kpi.month_to_date) == (None, None, 100)


# ── audience and ads ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_followers_are_the_last_known_of_each_artist(snapshot: Lake) -> None:
    rows = [
        audience_day(str(on("2025-01-01") + dt.timedelta(days=place)), name, streams=1, followers=followers + place)
        for place in range(56)
        for name, followers in (("owl1987", 1000), ("halo b7", 100))
    ]
    kpi = of(snapshot(audience=rows), "spotify_followers")
    assert (kpi.value, kpi.previous) == (1055 + 155, 1027 + 127)
    assert (kpi.target, kpi.status) == (Decimal(10_000), Status.AT_RISK)
    assert kpi.progress == pytest.approx(0.121)


def test_tiktok_is_of_the_last_four_weeks_and_its_rate_is_of_sums(snapshot: Lake) -> None:
    rows = [
        tiktok_day(
            str(on("2025-01-01") + dt.timedelta(days=place)), "owl1987", views=100 + place, likes=10, followers=9
        )
        for place in range(28)
    ]
    lake = snapshot(tiktok=rows)
    views = sum(range(100, 128))
    assert of(lake, "tiktok_views").value == views
    assert of(lake, "tiktok_engagement").value == pytest.approx(280 / views)
    assert of(lake, "tiktok_followers").value == 9


def test_followers_that_were_stamped_long_ago_are_still_known(snapshot: Lake) -> None:
    rows = [
        tiktok_day("2025-01-01", "owl1987", views=5, followers=77),
        *(
            tiktok_day(str(on("2025-01-02") + dt.timedelta(days=place)), "owl1987", views=5, followers="")
            for place in range(60)
        ),
    ]
    assert of(snapshot(tiktok=rows), "tiktok_followers").value == 77


def test_a_quiet_account_is_not_told_by_its_past(snapshot: Lake) -> None:
    rows = [
        tiktok_day(str(on("2025-01-01") + dt.timedelta(days=place)), "owl1987", views=50 if place < 30 else 0, likes=1)
        for place in range(90)
    ]
    assert of(snapshot(tiktok=rows), "tiktok_views").value is None


def test_clicks_that_nobody_made_cost_nothing_that_can_be_told(tmp_path: Path) -> None:
    days = [ads.ad_day(date, "OWL1987 - B", "10.00", 100, clicks) for date, clicks in _CLICKS]
    lake = ads.ads(tmp_path, ads.BY_AD, *days)
    assert (of(lake, "ad_spend").value, of(lake, "cost_per_click").value) == (Decimal("10.00"), None)


_CLICKS = (("2025-01-01", 5), ("2025-03-01", 0))


def test_ads_are_of_the_last_four_weeks(tmp_path: Path) -> None:
    rows = [ads.ad_day(date, "OWL1987 - B", "10.00", 100, 5) for date in ("2025-01-01", "2025-02-10", "2025-03-01")]
    lake = ads.ads(tmp_path, ads.BY_AD, *rows)
    assert (of(lake, "ad_spend").value, of(lake, "cost_per_click").value) == (Decimal("20.00"), Decimal(2))


def test_ads_that_only_have_totals_are_told_as_they_are(tmp_path: Path) -> None:
    lake = ads.ads(tmp_path, ads.CAMPAIGNS, ads.lifetime("120210000000000001", "OWL1987 - B", "30.00", 5))
    kpi = of(lake, "ad_spend")
    assert (kpi.value, kpi.period) == (Decimal("30.00"), None)


# ── targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (501, Status.ACHIEVED),
        (500, Status.ACHIEVED),
        (Decimal("499.99"), Status.ON_TRACK),
        (375, Status.ON_TRACK),
        (Decimal("374.99"), Status.BEHIND),
        (250, Status.BEHIND),
        (Decimal("249.99"), Status.AT_RISK),
        (-5, Status.AT_RISK),
    ],
)
def test_a_status_begins_exactly_at_its_part_of_the_target(value: Decimal, status: Status) -> None:
    assert Kpi("revenue", "", value, Unit.USD, target=Decimal(500)).against(LEVELS).status is status


def test_progress_may_exceed_the_target() -> None:
    assert Kpi("revenue", "", Decimal(1250), Unit.USD, target=Decimal(500)).progress == 2.5


def test_without_a_target_or_a_value_there_is_neither_progress_nor_status() -> None:
    for kpi in (Kpi("revenue", "", Decimal(5), Unit.USD), Kpi("revenue", "", None, Unit.USD, target=Decimal(5))):
        assert (kpi.progress, kpi.against(LEVELS).status) == (None, None)


# ── what is missing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_needs_a_missing_dataset_is_null_and_the_rest_is_there(snapshot: Lake) -> None:
    found = kpis(snapshot(STATEMENTS), None)
    told = {kpi.id for kpi in found.value if kpi.value is not None}
    assert told == {"revenue", "revenue_per_stream", "total_revenue", "total_streams", "artist_count", "top_artist"}
    assert {name for name, _ in found.faults} == {kpi.id for kpi in found.value} - told


def test_clients_are_told_once_for_each_missing_dataset_which_numbers_are_null(
    serve: Callable[..., TestClient], tmp_path: Path
) -> None:
    client = serve(write_lake(tmp_path, statements=STATEMENTS, streams=counted(40)))
    answer: dict[str, Any] = client.post("/graphql", json={"query": "{ kpis { id value } }"}).json()
    assert len(answer["data"]["kpis"]) == 13
    assert [error["extensions"]["dataset"] for error in answer["errors"]] == [
        "spotify_audience",
        "tiktok_analytics",
        "meta_ads",
    ]
    assert answer["errors"][2]["message"].startswith("ad_spend, cost_per_click cannot be computed and is null.")


def test_targets_are_the_labels_own(serve: Callable[..., TestClient], tmp_path: Path) -> None:
    goals = tmp_path / "goals.toml"
    goals.write_text("[targets]\nrevenue = 168\nstreams = 0\nspotify_followers = 0\ntotal_streams = 10000\n")
    client = serve(write_lake(tmp_path, statements=STATEMENTS), goals=goals)
    query = "{ kpis(withTarget: true) { id target progress status } }"
    assert client.post("/graphql", json={"query": query}).json()["data"]["kpis"] == [
        {"id": "revenue", "target": 168, "progress": 1.0, "status": "ACHIEVED"},
        {"id": "total_streams", "target": 10000, "progress": 0.5, "status": "BEHIND"},
    ]


def test_what_is_not_asked_for_is_neither_computed_nor_missed(snapshot: Lake) -> None:
    found = kpis(snapshot(STATEMENTS), None, with_target=True)
    assert [kpi.id for kpi in found.value] == ["revenue", "streams", "spotify_followers"]
    assert {name for name, _ in found.faults} == {"streams", "spotify_followers"}
    assert set(found.measures) == {"Revenue.revenueUsd", "Stream.totalStreams", "SpotifyAudience.followers"}
    assert found.scanned == {"distrokid_statements", "daily_streams", "spotify_audience"}


def test_findings_say_which_numbers_they_are_of(snapshot: Lake) -> None:
    texts = {each.text for each in kpis(snapshot(STATEMENTS), None).findings}
    assert any(text.startswith("revenue_per_stream, total_revenue, total_streams, artist_count") for text in texts)


# ── lineage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_kpi_names_the_measure_that_it_is() -> None:
    known = {measured.coordinate: measured.measure for measured in measured_fields(schema())}
    assert [known[each.coordinate] for each in KPIS] == [each.measure for each in KPIS]


def test_the_lineage_tells_the_measures_behind_the_values(sample: TestClient) -> None:
    lineage = sample.post("/graphql", json={"query": "{ kpis { id value } }"}).json()["extensions"]["lineage"]
    assert set(lineage["measures"]) == {each.coordinate for each in KPIS}
    assert set(lineage["datasets"]) == {each.cube.dataset.name for each in KPIS}
