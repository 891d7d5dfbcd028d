"""Questions about campaigns, asked through the real application."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.domains.campaigns.ads import CAMPAIGNS, LOG, lifetime, log_day, write

Ask = Callable[..., dict[str, Any]]
Serve = Callable[..., TestClient]


def limitations(answer: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["text"] for each in answer["extensions"]["lineage"]["limitations"]}


def test_another_event_is_asked_for_by_its_name(ask: Ask) -> None:
    answer = ask("""{
      seen: campaigns { total { conversions } }
      clicked: campaigns(conversionEvent: "LinkClick") { total { conversions } }
    }""")
    assert answer["data"] == {"seen": {"total": {"conversions": 2274}}, "clicked": {"total": {"conversions": 4670}}}


def test_an_event_that_no_file_counts_is_null_and_the_nearest_is_named(ask: Ask) -> None:
    answer = ask('{ campaigns(conversionEvent: "Purchases") { total { conversions costPerConversionUsd spendUsd } } }')
    assert answer["data"]["campaigns"]["total"] == {
        "conversions": None,
        "costPerConversionUsd": None,
        "spendUsd": 2100.17,
    }
    found = limitations(answer)
    assert "Did you mean 'Purchase'?" in found["UNKNOWN_VALUE"]
    assert found["COLUMN_MISSING"].startswith("conversions, costPerConversionUsd cannot be told")


def test_the_event_that_counts_as_a_conversion_is_a_setting(serve: Serve, tmp_path: Path) -> None:
    write(tmp_path, LOG, log_day("2025-01-01", "1", "5.00", 2, '{"ViewContent": 5, "LinkClick": 7}'))
    query = {"query": "{ campaigns(period: { lastDays: 1 }) { total { conversions } } }"}
    for event, count in (("ViewContent", 5), ("LinkClick", 7)):
        answer = serve(tmp_path, conversion_event=event).post("/graphql", json=query).json()
        assert answer["data"]["campaigns"]["total"] == {"conversions": count}


def test_ads_do_not_have_the_limitations_of_the_statements_that_know_their_tracks(ask: Ask) -> None:
    answer = ask("{ campaigns(by: [ARTIST]) { nodes { artist spendUsd } } }")
    assert set(answer["extensions"]["lineage"]["datasets"]) == {"meta_ads", "royalty_splits", "distrokid_statements"}
    assert set(limitations(answer)) == {"SAMPLE_DATA"}


def test_the_lineage_says_which_of_the_files_was_read(ask: Ask) -> None:
    files = ask("{ campaigns { total { spendUsd } } }")["extensions"]["lineage"]["datasets"]["meta_ads"]["files"]
    assert [file["name"] for file in files] == ["metaads/ad_performance_20250907.csv"]


def test_lifetime_totals_say_what_they_have_no_column_for(serve: Serve, tmp_path: Path) -> None:
    write(tmp_path, CAMPAIGNS, lifetime("120210000000000001", "OWL1987 - Z2 - BROAD", "5.00", 10))
    query = "{ campaigns(by: [CAMPAIGN]) { nodes { campaignId spendUsd cpcUsd reach conversions } } }"
    answer = serve(tmp_path).post("/graphql", json={"query": query}).json()
    assert answer["data"]["campaigns"]["nodes"] == [
        {"campaignId": "120210000000000001", "spendUsd": 5, "cpcUsd": 0.5, "reach": None, "conversions": None}
    ]
    assert limitations(answer)["COLUMN_MISSING"].startswith("reach, conversions cannot be told")


def test_pages_of_campaigns_follow_each_other(ask: Ask) -> None:
    query = """query ($after: String) {
      campaigns(by: [CAMPAIGN], orderBy: [{ field: SPEND_USD, direction: DESC }], first: 7, after: $after) {
        edges { node { campaignId } } pageInfo { hasNextPage endCursor } totalCount
      }
    }"""
    first = ask(query)["data"]["campaigns"]
    second = ask(query, after=first["pageInfo"]["endCursor"])["data"]["campaigns"]
    ids = [edge["node"]["campaignId"] for page in (first, second) for edge in page["edges"]]
    assert (len(ids), len(set(ids)), first["totalCount"]) == (13, 13, 13)
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
