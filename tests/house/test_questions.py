"""The contract with clients: these documents run unchanged, and their numbers are these."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

CONTRACT = sorted((Path(__file__).parent.parent / "questions").glob("*.graphql"))
QUESTIONS = [path for path in CONTRACT if path.stem != "21-subscriptions"]
"""Those that have one answer."""
VARIABLES: dict[str, dict[str, Any]] = {
    "09-spotify-audience": {"artist": "halo b7"},
    "16-dataset-rows": {"name": "daily_streams"},
    "17-revenue-lines": {"first": 2, "where": {"artist": {"eq": "owl 1987"}}},
    "20-acknowledge": {"id": "2d91fdd52489a09ca46e"},  # a release lift, which no other question is about
}

Ask = Callable[..., dict[str, Any]]


def question(number: str) -> str:
    return next(path for path in CONTRACT if path.name.startswith(number)).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_every_question_runs_unchanged_and_without_an_error(path: Path, ask: Ask) -> None:
    answer = ask(path.read_text(encoding="utf-8"), **VARIABLES.get(path.stem, {}))
    assert "errors" not in answer
    assert answer["data"]


def test_01_platforms_come_by_what_they_paid(ask: Ask) -> None:
    revenue = ask(question("01"))["data"]["revenue"]
    assert revenue["totalCount"] == 19
    assert revenue["pageInfo"]["hasNextPage"] is False
    assert revenue["nodes"][0] == {
        "platform": "Spotify",
        "revenueUsd": 2223.23862913,
        "grossUsd": 2244.45011506,
        "deductionsUsd": -21.21148593,
        "streams": 770910,
        "units": 0,
        "transactions": 5656,
        "revenuePerStreamUsd": 0.002883914632,
        "shareOfTotal": pytest.approx(0.8457708236312),
    }
    assert revenue["total"] == {
        "revenueUsd": 2628.65372866,
        "grossUsd": 2650.55521459,
        "deductionsUsd": -21.90148593,
        "streams": 844994,
        "units": 54,
        "transactions": 11000,
        "revenuePerStreamUsd": 0.003055133495,
    }


def test_02_each_artist_has_every_month(ask: Ask) -> None:
    revenue = ask(question("02"), artists=["owl-1987", "Halo B7"])["data"]["revenue"]
    assert len(revenue["nodes"]) == 2 * 23
    assert [node["date"] for node in revenue["nodes"][:3]] == ["2023-09-01", "2023-09-01", "2023-10-01"]
    assert [node["artist"] for node in revenue["nodes"][:3]] == ["HALO B7", "OWL1987", "HALO B7"]


def test_03_a_distributor_without_statements_has_an_estimate_and_the_answer_says_so(ask: Ask) -> None:
    answer = ask(question("03"))
    assert answer["data"]["revenue"] == {
        "nodes": [
            {"distributor": "distrokid", "revenueUsd": 2628.65372866, "estimatedUsd": None, "streams": 844994},
            {"distributor": "toolost", "revenueUsd": None, "estimatedUsd": 651.53222482302, "streams": None},
        ],
        "total": {"revenueUsd": 2628.65372866, "estimatedUsd": 651.53222482302},
    }
    assert [node["distributor"] for node in answer["data"]["streams"]["nodes"]] == ["distrokid", "toolost"]
    assert {"ESTIMATED", "TOOLOST_NO_REVENUE"} <= set(codes(answer))


def test_04_months_are_compared_like_for_like_and_only_where_they_are_complete(ask: Ask) -> None:
    answer = ask(question("04"), period={"lastMonths": 4})
    payments = answer["data"]["payments"]
    told = [(month["month"][:7], month["status"], month["varianceUsd"]) for month in payments["months"]]
    assert told == [
        ("2025-06", "PAID", 2.221321695386),
        ("2025-07", "PARTIAL", None),
        ("2025-08", "PENDING", None),
        ("2025-09", "PENDING", None),
    ]
    assert (payments["latestCompleteMonth"], payments["overdueUsd"]) == ("2025-06-01", 0)
    assert {"ESTIMATED", "PENDING_PAYMENT", "PARTIAL_PERIOD"} <= set(codes(answer))


def test_05_every_group_has_a_rate_and_says_which(ask: Ask) -> None:
    rates = {each["platformGroup"]: each for each in ask(question("05"))["data"]["streamRates"]}
    assert rates["Spotify"] == {
        "platformGroup": "Spotify",
        "observedUsd": 0.002872909152,
        "observedGrossUsd": 0.00290832727,
        "referenceUsd": 0.002274,
        "usedUsd": 0.002872909152,
        "basis": "OBSERVED",
        "streams": 598888,
    }
    assert "Downloads" not in rates
    assert {each["basis"] for each in rates.values()} <= {"OBSERVED", "REFERENCE"}


def test_06_thirty_days_end_at_the_newest_day_and_add_up_both_distributors(ask: Ask) -> None:
    streams = ask(question("06"))["data"]["streams"]
    assert len(streams["nodes"]) == 30
    assert streams["nodes"][0]["date"] == "2025-08-08"
    # 2025-09-04: DistroKid 1932 and no Apple yet, TooLost 735 and 41.
    assert streams["nodes"][27] == {
        "date": "2025-09-04",
        "spotifyStreams": 2667,
        "appleStreams": 41,
        "totalStreams": 2708,
    }
    # 2025-09-06: TooLost ended on the 4th, and DistroKid's Apple counter on the 3rd.
    assert streams["nodes"][29] == {
        "date": "2025-09-06",
        "spotifyStreams": 1898,
        "appleStreams": None,
        "totalStreams": 1898,
    }
    assert streams["total"]["totalStreams"] == sum(node["totalStreams"] for node in streams["nodes"])


def test_07_the_open_month_has_no_growth(ask: Ask) -> None:
    answer = ask(question("07"))
    nodes = answer["data"]["streams"]["nodes"]
    assert len(nodes) == 12
    assert nodes[-1]["date"] == "2025-09-01"
    assert nodes[-1]["total"] is None
    assert nodes[-2]["total"] == pytest.approx(86794 / 89376 - 1)
    assert "NOT_COMPARABLE" in codes(answer)


def test_08_artists_share_all_that_was_counted_and_the_answer_says_that_it_is_an_estimate(ask: Ask) -> None:
    answer = ask(question("08"))
    nodes = answer["data"]["streams"]["nodes"]
    august = {node["artist"]: node["totalStreams"] for node in nodes if node["date"] == "2025-08-01"}
    assert august == {"HALO B7": 49680, "OWL1987": 37114}  # of 86,794, by the shares of June
    assert {"ESTIMATED", "NO_ARTIST_ATTRIBUTION"} <= set(codes(answer))


def test_09_an_artists_listeners_are_told_day_by_day(ask: Ask) -> None:
    answer = ask(question("09"), artist="halo b7")
    nodes = answer["data"]["spotifyAudience"]["nodes"]
    assert len(nodes) == 28
    assert nodes[0] == {"date": "2025-09-06", "artist": None, "listeners": 1254, "streams": 1995, "followers": 1564}
    assert nodes[27]["date"] == "2025-08-10"
    assert {"NOT_ADDITIVE", "SPOTIFY_DOUBLE_COUNT"} <= codes(answer)


def test_11_what_came_back_stands_beside_what_was_spent_and_is_said_to_be_blended(ask: Ask) -> None:
    answer = ask(question("11"))
    nodes = {node["artist"]: node for node in answer["data"]["campaigns"]["nodes"]}
    assert nodes["HALO B7"] == {
        "artist": "HALO B7",
        "spendUsd": 1265.28,
        "clicks": 3627,
        "labelShareUsd": 846.96869002,
        "blendedRoas": pytest.approx(846.96869002 / 1265.28),
        "blendedRoi": pytest.approx(846.96869002 / 1265.28 - 1),
    }
    assert nodes["MIRAGE"]["labelShareUsd"] == 0  # advertised, and in no statement
    assert nodes[None]["labelShareUsd"] is None  # a campaign that names no artist
    assert "BLENDED_NOT_ATTRIBUTED" in codes(answer)


def test_12_followers_are_the_last_of_the_week_and_only_a_new_number_tells_new_ones(ask: Ask) -> None:
    nodes = ask(question("12"))["data"]["tiktokMetrics"]["nodes"]
    assert len(nodes) == 2 * 55
    assert nodes[-5] == {
        "date": "2025-08-18",
        "artist": "OWL1987",
        "videoViews": 1873,
        "profileViews": 15,
        "likes": 139,
        "comments": 4,
        "shares": 7,
        "followers": 5030,
        "newFollowers": 20,
        "engagementRate": pytest.approx(150 / 1873),
        "growth": pytest.approx(1873 / 2278 - 1),
    }
    # The week after has no new number of followers, and the last week has not ended.
    assert [(node["date"], node["followers"], node["newFollowers"]) for node in nodes[-4:]] == [
        ("2025-08-25", 12255, None),
        ("2025-08-25", 5030, None),
        ("2025-09-01", 12279, 24),
        ("2025-09-01", 5043, 13),
    ]
    assert [node["growth"] for node in nodes[-2:]] == [None, None]
    assert len(ask(question("12"), artist="halo.b7")["data"]["tiktokMetrics"]["nodes"]) == 55


def test_13_numbers_stand_against_their_targets_over_whole_times(ask: Ask) -> None:
    data = ask(question("13"))["data"]
    kpis = {kpi["id"]: kpi for kpi in data["kpis"]}
    assert kpis["revenue"] == {
        "id": "revenue",
        "name": "Revenue of a sale month",
        "value": 197.77590876,
        "unit": "USD",
        "previous": 218.97071406,
        "growth": pytest.approx(197.77590876 / 218.97071406 - 1),
        "target": 500,
        "progress": pytest.approx(197.77590876 / 500),
        "status": "AT_RISK",
        "period": {"from": "2025-06-01", "to": "2025-06-30"},
        "asOf": "2025-08-29",
    }
    assert (kpis["streams"]["value"], kpis["streams"]["period"]["from"]) == (86794, "2025-08-01")
    assert (kpis["top_artist"]["name"], kpis["top_artist"]["value"]) == ("HALO B7", 1379.58798814)
    assert [goal["id"] for goal in data["goals"]] == ["revenue", "streams", "spotify_followers"]


def test_14_what_somebody_should_look_at_comes_and_nothing_else(ask: Ask) -> None:
    alerts = ask(question("14"))["data"]["alerts"]
    assert [(each["kind"], each["period"]["from"]) for each in alerts["nodes"]] == [
        ("SOURCE_LAGGING", "2025-09-04"),
        ("ANOMALY", "2025-05-10"),
        ("MISSING_DAYS", "2024-11-11"),
    ]
    assert alerts["totalCount"] == 3


def test_17_statement_lines_are_found_by_any_spelling_of_the_artist(ask: Ask) -> None:
    lines = ask(question("17"), first=2, where={"artist": {"eq": "owl 1987"}})["data"]["revenueLines"]
    assert lines["totalCount"] == 5757
    assert lines["nodes"][0] == {
        "reportingDate": "2025-08-29",
        "saleMonth": "2025-07-01",
        "platform": "Apple Music",
        "artist": "OWL1987",
        "title": "1987",
        "isrc": "QZWF12507919",
        "upc": "198000104729",
        "country": "US",
        "kind": "STREAM",
        "quantity": 36,
        "revenueUsd": 0.24023159,
    }


def test_money_leaves_as_the_exact_digits_of_the_file(sample: TestClient) -> None:
    text = sample.post("/graphql", json={"query": question("01")}).text
    assert '"revenueUsd":2628.65372866,' in text


def codes(answer: dict[str, Any]) -> set[str]:
    return {limitation["code"] for limitation in answer["extensions"]["lineage"]["limitations"]}


def test_19_one_screen_is_the_same_as_its_parts(ask: Ask) -> None:
    screen = ask(question("19"))["data"]
    assert len(screen["kpis"]) == 13
    assert len(screen["revenue"]["nodes"]) == 12
    assert len(screen["streams"]["nodes"]) == 90
    assert len(screen["top"]["nodes"]) == 5
    assert len(screen["alerts"]["nodes"]) == 5
    spend = next(kpi for kpi in screen["kpis"] if kpi["id"] == "ad_spend")["value"]
    assert screen["campaigns"]["total"]["spendUsd"] >= spend  # of 30 days, of 28


def test_20_an_acknowledgement_is_kept_once_and_told(ask: Ask) -> None:
    known = VARIABLES["20-acknowledge"]
    first, again = (ask(question("20-ack"), **known)["data"]["acknowledgeAlert"] for _ in range(2))
    assert first == again == {**known, "acknowledgedAt": first["acknowledgedAt"]}
    assert first["acknowledgedAt"].endswith("+00:00")
    told = ask("{ alerts(where: {acknowledged: {eq: true}}) { nodes { id acknowledgedAt } } }")
    assert told["data"]["alerts"]["nodes"] == [first]


def test_21_the_present_state_is_told_first(sample: TestClient) -> None:
    def told(name: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
        """What the operation's first message tells."""
        payload = {"query": question("21"), "operationName": name, "variables": variables}
        with sample.websocket_connect("ws://localhost/graphql", subprotocols=["graphql-transport-ws"]) as socket:
            socket.send_json({"type": "connection_init"})
            assert socket.receive_json() == {"type": "connection_ack"}
            socket.send_json({"type": "subscribe", "id": "1", "payload": payload})
            message = socket.receive_json()
        assert message["type"] == "next"
        assert "errors" not in message["payload"]
        return message["payload"]["data"]

    kpis = {kpi["id"]: kpi for kpi in told("KpiUpdates")["kpiUpdates"]}
    assert len(kpis) == 13
    assert kpis["revenue"] == {
        "id": "revenue",
        "value": 197.77590876,
        "growth": pytest.approx(197.77590876 / 218.97071406 - 1),
        "status": "AT_RISK",
        "asOf": "2025-08-29",
    }
    alert = told("AlertRaised", severity=["WARNING", "INFO"])["alertRaised"]
    assert (alert["kind"], alert["severity"], alert["raisedAt"]) == ("SOURCE_LAGGING", "WARNING", "2025-09-06")
    dataset = told("DatasetChanged")["datasetChanged"]
    assert dataset["name"]
    assert dataset["version"]


def test_22_the_pulse_is_of_the_newest_day_that_every_live_source_has_reported(ask: Ask) -> None:
    pulse = ask(question("22"))["data"]["pulse"]
    assert (pulse["date"], pulse["newestDate"]) == ("2025-09-03", "2025-09-06")
    assert pulse["current"] == {"totalStreams": 2686, "spotifyStreams": 2570, "appleStreams": 116}
    assert pulse["growthOnDay"] == pytest.approx(2686 / 2746 - 1)
    assert pulse["growthOnWeekday"] == pytest.approx(2686 / 2609 - 1)
    assert len(pulse["sources"]) == 4
