"""The grammar over HTTP: arguments, pages, and what bad input gets."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.lakes import statement, write_lake

Ask = Callable[..., dict[str, Any]]


def code_of(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        ("first: 1001", "PAGE_TOO_LARGE", "Ask for 1000 at most"),
        ("first: -1", "BAD_USER_INPUT", "Ask for 0 rows or more"),
        ('after: "nonsense"', "INVALID_CURSOR", "Start again from the first page"),
        ('after: "YWJjOjE="', "INVALID_CURSOR", "belongs to another question"),
        ('after: ""', "INVALID_CURSOR", "Start again"),
        ("grain: DAY", "GRAIN_TOO_FINE", "Ask for MONTH"),
        ("grain: WEEK", "GRAIN_TOO_FINE", "Ask for MONTH"),
        ('period: { dates: { from: "2025-02-01", to: "2025-01-01" } }', "INVALID_PERIOD", "ends before it begins"),
        ("period: { lastDays: 0 }", "INVALID_PERIOD", "Ask for 1 to"),
        ("period: { lastMonths: -3 }", "INVALID_PERIOD", "Ask for 1 to"),
        ("period: { lastDays: 999999999 }", "INVALID_PERIOD", "Ask for 1 to"),
        ('period: { dates: { from: "0001-01-01", to: "2025-01-01" } }', "INVALID_PERIOD", "from 1900 to 2199"),
        ('period: { dates: { from: "2025-01-01", to: "9999-12-31" } }', "INVALID_PERIOD", "from 1900 to 2199"),
    ],
)
def test_bad_input_is_an_error_with_a_code_and_a_hint(arguments: str, code: str, hint: str, ask: Ask) -> None:
    answer = ask(f"{{ revenue({arguments}) {{ totalCount }} }}")
    assert answer["data"] == {"revenue": None}
    assert code_of(answer) == code
    assert hint in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        'period: { dates: { from: "2025-02-30", to: "2025-03-01" } }',
        "period: { lastDays: 1, lastMonths: 1 }",
        "period: {}",
        'asOf: "yesterday"',
        "by: [MOOD]",
        'where: { mood: { eq: "x" } }',
    ],
)
def test_what_the_schema_does_not_know_is_refused_before_anything_is_read(arguments: str, ask: Ask) -> None:
    answer = ask(f"{{ revenue({arguments}) {{ totalCount }} }}")
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize("date", ["1900-01-01", "2199-12-31"])
@pytest.mark.parametrize("compare", ["PREVIOUS_PERIOD", "PREVIOUS_YEAR"])
@pytest.mark.parametrize("grain", ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
def test_a_period_far_outside_the_data_is_empty(date: str, compare: str, grain: str, ask: Ask) -> None:
    period = f'period: {{ dates: {{ from: "{date}", to: "{date}" }} }}'
    answer = ask(f"{{ streams({period}, compare: {compare}, grain: {grain}) {{ nodes {{ date }} }} }}")
    assert answer["data"] == {"streams": {"nodes": []}}


def test_pages_joined_are_the_whole(ask: Ask) -> None:
    document = """query ($first: Int, $after: String) {
      revenue(by: [COUNTRY, PLATFORM], orderBy: [{ field: UNITS }], first: $first, after: $after) {
        edges { cursor node { country platform } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
        totalCount
      }
    }"""
    whole = ask(document, first=1000)["data"]["revenue"]
    joined, after = [], None
    for _ in range(100):
        page = ask(document, first=99, after=after)["data"]["revenue"]
        joined += page["edges"]
        assert page["totalCount"] == whole["totalCount"]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert joined == whole["edges"]
    assert len(joined) == whole["totalCount"]


def test_a_cursor_fits_the_same_question_whatever_is_selected(ask: Ask) -> None:
    first = ask("{ revenue(by: [PLATFORM], first: 2) { pageInfo { endCursor } } }")
    cursor = first["data"]["revenue"]["pageInfo"]["endCursor"]
    asked = "query ($after: String) { revenue(by: [%s], after: $after) { nodes { platform revenueUsd } } }"
    assert len(ask(asked % "PLATFORM", after=cursor)["data"]["revenue"]["nodes"]) == 17
    assert code_of(ask(asked % "COUNTRY", after=cursor)) == "INVALID_CURSOR"


def test_what_is_selected_is_the_same_whatever_else_is(ask: Ask) -> None:
    grammar = (
        "by: [TRACK], period: { lastMonths: 3 }, compare: PREVIOUS_PERIOD, orderBy: [{ field: STREAMS }], first: 9"
    )
    whole = ask(f"""{{ revenue({grammar}) {{
      nodes {{ ...All }} total {{ ...All }} totalCount
    }} }}
    fragment All on Revenue {{
      track artist isrc revenueUsd streams shareOfTotal growth(of: REVENUE_USD)
      previous {{ track revenueUsd streams shareOfTotal }}
    }}""")["data"]["revenue"]
    part = ask(f"""query ($no: Boolean = false) {{ revenue({grammar}) {{
      edges {{ node {{ title: track ...Before change: growth(of: REVENUE_USD) streams @include(if: $no) }} }}
      all: total {{ shareOfTotal }} totalCount
    }} }}
    fragment Before on Revenue {{ previous {{ shareOfTotal }} }}""")["data"]["revenue"]
    assert part["totalCount"] == whole["totalCount"]
    assert part["all"] == {"shareOfTotal": whole["total"]["shareOfTotal"]}
    assert [edge["node"] for edge in part["edges"]] == [
        {
            "title": node["track"],
            "previous": node["previous"] and {"shareOfTotal": node["previous"]["shareOfTotal"]},
            "change": node["growth"],
        }
        for node in whole["nodes"]
    ]


def test_a_page_of_nothing_still_counts(ask: Ask) -> None:
    answer = ask(
        "{ revenue(by: [PLATFORM], first: 0) { nodes { platform } totalCount pageInfo { hasNextPage endCursor } } }"
    )
    assert answer["data"]["revenue"] == {
        "nodes": [],
        "totalCount": 19,
        "pageInfo": {"hasNextPage": True, "endCursor": None},
    }


def test_without_by_and_grain_there_is_one_node_equal_to_the_total(ask: Ask) -> None:
    revenue = ask("{ revenue { nodes { revenueUsd streams } total { revenueUsd streams } totalCount } }")["data"][
        "revenue"
    ]
    assert revenue["nodes"] == [revenue["total"]]
    assert revenue["totalCount"] == 1


def test_an_absent_or_null_operator_filters_nothing_and_an_empty_list_lets_nothing_through(ask: Ask) -> None:
    document = """query ($filter: TextFilter) {
      revenue(where: { artist: $filter }, by: [ARTIST]) { nodes { artist } total { revenueUsd } }
    }"""
    everything = ["HALO B7", "OWL1987"]
    for condition in (None, {}, {"eq": None}, {"in": None}):
        nodes = ask(document, filter=condition)["data"]["revenue"]["nodes"]
        assert [node["artist"] for node in nodes] == everything
    assert ask(document, filter={"in": []})["data"]["revenue"] == {"nodes": [], "total": {"revenueUsd": 0}}
    both = ask(document, filter={"eq": "owl1987", "in": ["HALO.B7", "OWL 1987"]})["data"]["revenue"]["nodes"]
    assert both == [{"artist": "OWL1987"}]


def test_an_unknown_value_is_named_with_what_may_be_meant(ask: Ask) -> None:
    answer = ask('{ revenue(where: { platform: { eq: "Spotfy" } }) { total { revenueUsd } } }')
    (unknown,) = [each for each in answer["extensions"]["lineage"]["limitations"] if each["code"] == "UNKNOWN_VALUE"]
    assert unknown["text"] == "No row of revenue has the platform 'Spotfy'. Did you mean 'Spotify'?"
    assert answer["data"]["revenue"]["total"] == {"revenueUsd": 0}


def test_one_response_speaks_of_one_snapshot(ask: Ask) -> None:
    document = "{ " + " ".join(f"a{n}: revenue(by: [PLATFORM], first: {n}) {{ totalCount }}" for n in range(15)) + " }"
    answer = ask(document)
    assert {each["totalCount"] for each in answer["data"].values()} == {19}


def test_lines_have_larger_pages_than_groups(ask: Ask) -> None:
    assert len(ask("{ revenueLines(first: 10000) { nodes { line } } }")["data"]["revenueLines"]["nodes"]) == 10000
    assert code_of(ask("{ revenueLines(first: 10001) { totalCount } }")) == "PAGE_TOO_LARGE"


def test_a_filter_finds_an_artist_by_an_alias(tmp_path: Path, serve: Callable[..., TestClient]) -> None:
    lines = [statement("2025-01", "Spotify", 10, "0.04", artist="OWL1987"), statement("2025-01", "Tidal", 1, "1")]
    lines[1]["Artist"] = "Night Owl"
    aliases = tmp_path / "aliases.toml"
    aliases.write_text('[artists]\n"night owl" = "OWL1987"\n"owly" = "Owl 1987"\n')
    client = serve(write_lake(tmp_path, statements=lines), artist_aliases=aliases)
    for name in ("NIGHT OWL", "owly", "owl1987"):
        where = f'where: {{ artist: {{ eq: "{name}" }} }}'
        document = f"{{ revenue({where}, by: [ARTIST]) {{ nodes {{ artist units streams }} }} }}"
        nodes = client.post("/graphql", json={"query": document}).json()["data"]["revenue"]["nodes"]
        assert nodes == [{"artist": "OWL1987", "units": 0, "streams": 11}]


def test_a_node_that_others_are_compared_with_is_compared_with_none_itself(ask: Ask) -> None:
    document = """{ revenue(period: { lastMonths: 2 }, compare: PREVIOUS_PERIOD) {
      total { previous { revenueUsd previous { revenueUsd } growth(of: REVENUE_USD) } }
    } }"""
    answer = ask(document)
    assert "errors" not in answer
    assert answer["data"]["revenue"]["total"]["previous"] == {
        "revenueUsd": 417.8493892,  # 198.87867514 in April, 218.97071406 in May
        "previous": None,
        "growth": None,
    }


def test_a_filter_of_too_many_values_is_refused(ask: Ask) -> None:
    document = "query ($in: [String!]) { revenue(where: { artist: { in: $in } }) { totalCount } }"
    assert "errors" not in ask(document, **{"in": ["x"] * 1000})
    assert code_of(ask(document, **{"in": ["x"] * 1001})) == "BAD_USER_INPUT"


@pytest.mark.parametrize("place", ["9" * 30, "-1", "1_0", " 5", "²"])
def test_a_forged_cursor_is_refused(place: str, ask: Ask) -> None:
    given = ask("{ revenue(by: [PLATFORM], first: 1) { pageInfo { endCursor } } }")["data"]["revenue"]["pageInfo"]
    question, _, _ = base64.urlsafe_b64decode(given["endCursor"]).decode().partition(":")
    forged = base64.urlsafe_b64encode(f"{question}:{place}".encode()).decode()
    document = "query ($after: String) { revenue(by: [PLATFORM], after: $after) { totalCount } }"
    assert code_of(ask(document, after=forged)) == "INVALID_CURSOR"
