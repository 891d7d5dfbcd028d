"""`extensions.lineage`: for exactly what was selected, at the level that was asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.lakes import STREAMS_FILE, day, split, statement, write_lake

Ask = Callable[..., dict[str, Any]]
Serve = Callable[..., TestClient]


def lineage_of(answer: dict[str, Any]) -> dict[str, Any]:
    lineage: dict[str, Any] = answer["extensions"]["lineage"]
    return lineage


def test_the_whole_lineage_of_one_number(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]))
    answer = client.post("/graphql", json={"query": "{ streams { total { totalStreams } } }"}).json()
    lineage = lineage_of(answer)
    modified_at = lineage["datasets"]["daily_streams"]["files"][0].pop("modifiedAt")
    version = lineage.pop("version")
    assert modified_at.endswith("+00:00")
    assert len(version) == 16
    assert lineage == {
        "asOf": "2025-09-01",
        "measures": {
            "Stream.totalStreams": {
                "meaning": "Streams on Spotify and Apple Music together; other platforms have no daily counters. "
                "Null where no distributor has reported any day.",
                "method": "Sum of the distributors' daily Spotify and Apple Music counters. Zeros at the end of a "
                "counter, after weeks that had streams, are days not reported yet and do not count; an empty cell "
                "beside a filled one is zero up to the day that both platforms have reported through.",
                "additivity": "ADDITIVE",
                "unit": "STREAMS",
                "datasets": ["daily_streams"],
                "limitations": ["NO_ARTIST_ATTRIBUTION", "SPOTIFY_DOUBLE_COUNT"],
            }
        },
        "datasets": {
            "daily_streams": {
                "available": True,
                "rows": 1,
                "rowsRejected": 0,
                "coversFrom": "2025-09-01",
                "coversThrough": "2025-09-01",
                "stale": False,
                "files": [{"name": STREAMS_FILE, "sizeBytes": (tmp_path / STREAMS_FILE).stat().st_size}],
            }
        },
        "limitations": [
            {
                "code": "NO_ARTIST_ATTRIBUTION",
                "kind": "STANDING",
                "text": "The distributors' daily counters carry no artist and no track: by artist there is an "
                "estimate at most, by track nothing.",
                "fields": ["streams"],
            },
            {
                "code": "SPOTIFY_DOUBLE_COUNT",
                "kind": "STANDING",
                "text": "Daily counters, statements and Spotify for Artists see the same streams: compare them, "
                "never add them.",
                "fields": ["streams"],
            },
        ],
    }


@pytest.mark.parametrize(
    ("selection", "measures"),
    [
        ("total { revenueUsd }", {"revenueUsd"}),
        ("nodes { platform }", set()),
        ("edges { node { units } }", {"units"}),
        ("nodes { money: grossUsd }", {"grossUsd"}),
        ("nodes { ...Two }", {"streams", "units"}),
        ("nodes { ... on Revenue { ...Two } }", {"streams", "units"}),
        ("nodes { revenueUsd @skip(if: true) streams @include(if: true) units @include(if: $no) }", {"streams"}),
        ("nodes { previous { units } growth(of: REVENUE_USD) }", {"units", "revenueUsd"}),
        ("nodes { growth(of: $measure) }", {"streams"}),
        ("totalCount", set()),
    ],
)
def test_lineage_names_exactly_the_measures_that_are_selected(selection: str, measures: set[str], ask: Ask) -> None:
    document = f"""
      query ($no: Boolean = false, $measure: RevenueMeasure = STREAMS) {{
        revenue(by: [PLATFORM], first: 1, compare: PREVIOUS_YEAR) {{ {selection} }}
        unused: streams {{ totalCount @include(if: $no) __typename }}
        other: revenue {{ total {{ growth(of: $measure) @skip(if: true) __typename }} }}
      }}
      fragment Two on Revenue {{ streams ...Three }}
      fragment Three on Revenue {{ units }}
    """
    if "...Two" not in selection:
        document = document[: document.index("fragment Two")]
    answer = ask(document)
    assert "errors" not in answer
    assert set(lineage_of(answer)["measures"]) == {f"Revenue.{name}" for name in measures}


def test_fragments_that_multiply_cost_nothing(ask: Ask) -> None:
    fragments = "".join(f"fragment F{n} on Revenue {{ ...F{n + 1} ...F{n + 1} }} " for n in range(40))
    answer = ask("{ revenue { total { ...F0 } } } " + fragments + "fragment F40 on Revenue { units }")
    assert set(lineage_of(answer)["measures"]) == {"Revenue.units"}


def test_a_request_may_ask_for_less(sample: TestClient) -> None:
    def lineage(level: object) -> dict[str, Any] | None:
        request = {"query": "{ streams { total { totalStreams } } }", "extensions": {"lineage": level}}
        found: dict[str, Any] | None = sample.post("/graphql", json=request).json().get("extensions")
        return found

    full, summary = lineage("full"), lineage("summary")
    assert lineage("none") is None
    assert full is not None
    assert summary is not None
    assert "method" in full["lineage"]["measures"]["Stream.totalStreams"]
    assert "method" not in summary["lineage"]["measures"]["Stream.totalStreams"]
    assert "files" not in summary["lineage"]["datasets"]["daily_streams"]
    assert summary["lineage"]["limitations"] == full["lineage"]["limitations"]


@pytest.mark.parametrize("level", ["everything", 7, None, ["full"]])
def test_a_level_of_lineage_that_there_is_not_is_refused(level: object, sample: TestClient) -> None:
    answer = sample.post("/graphql", json={"query": "{ __typename }", "extensions": {"lineage": level}}).json()
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "none, summary, full" in answer["errors"][0]["message"]


def test_a_limitation_names_the_fields_it_concerns(ask: Ask) -> None:
    answer = ask(
        "{ money: revenue { total { revenueUsd } } again: revenue { total { units } } streams { totalCount } }"
    )
    fields = {each["code"]: each["fields"] for each in lineage_of(answer)["limitations"]}
    assert fields["PAYMENT_DELAY"] == ["money", "again"]
    assert fields["SAMPLE_DATA"] == ["money", "again", "streams"]


def test_rejected_rows_are_in_the_lineage_of_every_answer_built_on_them(tmp_path: Path, serve: Serve) -> None:
    lines = [statement("2025-01", "Spotify", 10, "0.04"), statement("2025-01", "Tidal", 10, "many")]
    client = serve(write_lake(tmp_path, statements=lines, splits=[split()]))
    document = "{ revenue { total { revenueUsd } } revenueLines { totalCount } }"
    lineage = lineage_of(client.post("/graphql", json={"query": document}).json())
    assert lineage["datasets"]["distrokid_statements"]["rowsRejected"] == 1
    (rejected,) = [each for each in lineage["limitations"] if each["code"] == "ROWS_REJECTED"]
    assert rejected["fields"] == ["revenue", "revenueLines"]
    assert "line 3: revenue_usd 'many' is not an amount" in rejected["text"]


@pytest.mark.parametrize(
    "document",
    [
        "{ revenue { totalCount } }",
        "{ revenueLines(first: 1) { nodes { title } } }",
        '{ dataset(name: "distrokid_statements") { rowPage(first: 1) { nodes } } }',
    ],
)
def test_what_a_dataset_cannot_tell_is_said_also_where_no_number_of_it_is_selected(document: str, ask: Ask) -> None:
    kinds = {each["code"]: each["kind"] for each in lineage_of(ask(document))["limitations"]}
    assert kinds["PAYMENT_DELAY"] == kinds["TOOLOST_NO_REVENUE"] == "STANDING"
    assert kinds["SAMPLE_DATA"] == "FOUND"
