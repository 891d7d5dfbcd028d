"""What the lake says of itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.lakes import STATEMENTS_FILE, STREAMS_FILE, day, statement, write_lake

Ask = Callable[..., dict[str, Any]]
Serve = Callable[..., TestClient]


def test_a_dataset_tells_its_files_rows_and_quality(tmp_path: Path, serve: Serve) -> None:
    repeated = day("2025-09-02", "distrokid", 20, 2)
    rows = [
        day("2025-09-01", "distrokid", 10, 1),
        repeated,
        repeated,
        day("2025-09-01", "DistroKid", 11, 1),
        day("2025-09-03", "distrokid", -1, 1),
    ]
    write_lake(tmp_path, streams=rows)
    (tmp_path / "tidy_daily_streams_20250101.csv").write_text("date,spotify_streams,apple_streams,source\n")
    document = """{ dataset(name: "daily_streams") {
      available problem rows rowsRejected duplicatesDropped rowsRestated coversFrom coversThrough newestEvent stale
      files { name } filesPassedOver { name reason } rejects { file line reason } unknownColumns maxAgeDays
    } }"""
    assert serve(tmp_path).post("/graphql", json={"query": document}).json()["data"]["dataset"] == {
        "available": True,
        "problem": None,
        "rows": 2,
        "rowsRejected": 1,
        "duplicatesDropped": 1,
        "rowsRestated": 1,
        "coversFrom": "2025-09-01",
        "coversThrough": "2025-09-02",
        "newestEvent": "2025-09-02",
        "stale": False,
        "files": [{"name": STREAMS_FILE}],
        "filesPassedOver": [{"name": "tidy_daily_streams_20250101.csv", "reason": f"'{STREAMS_FILE}' is preferred"}],
        "rejects": [{"file": STREAMS_FILE, "line": 6, "reason": "spotify_streams '-1' is below 0"}],
        "unknownColumns": [],
        "maxAgeDays": 7,
    }


def test_columns_say_whether_the_file_has_them(ask: Ask) -> None:
    answer = ask('{ dataset(name: "distrokid_statements") { columns { name type present required nullCount } } }')
    columns = {column.pop("name"): column for column in answer["data"]["dataset"]["columns"]}
    assert columns["title"] == {"type": "text", "present": True, "required": True, "nullCount": 451}
    assert columns["recoup_usd"] == {"type": "decimal", "present": False, "required": False, "nullCount": None}


def test_rows_come_as_they_stand_after_cleaning(tmp_path: Path, serve: Serve) -> None:
    rows = [statement("2025-01", "Spotify", 10, "$1,234.50", artist="Owl1987", upc="98000314187", title="")]
    client = serve(write_lake(tmp_path, statements=rows))
    document = '{ dataset(name: "distrokid_statements") { rowPage { columns nodes totalCount } } }'
    response = client.post("/graphql", json={"query": document})
    page = response.json()["data"]["dataset"]["rowPage"]
    row = dict(zip(page["columns"], page["nodes"][0], strict=True))
    assert row == {
        "line": 2,
        "reporting_date": "2025-03-20",
        "sale_month": "2025-01-01",
        "platform": "Spotify",
        "artist": "Owl1987",
        "title": None,
        "isrc": "QZAB02400000",
        "upc": "098000314187",
        "quantity": 10,
        "team_percentage": 100,
        "song_or_album": "Song",
        "country": "US",
        "songwriter_withheld_usd": 0,
        "revenue_usd": 1234.5,
    }
    assert ",1234.5]" in response.text


def test_pages_of_rows_joined_are_the_whole(ask: Ask) -> None:
    document = """query ($after: String) {
      dataset(name: "daily_streams") { rowPage(first: 500, after: $after) {
        nodes pageInfo { hasNextPage endCursor } totalCount
      } }
    }"""
    lines: list[int] = []
    after: str | None = None
    for _ in range(3):
        page = ask(document, after=after)["data"]["dataset"]["rowPage"]
        lines += [row[0] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 1083
        assert page["pageInfo"]["hasNextPage"] == (len(lines) < 1083)
    assert lines == list(range(2, 1085))


def test_an_unknown_dataset_is_an_error_that_names_what_there_is(ask: Ask) -> None:
    answer = ask('{ dataset(name: "daily_steams") { rows } }')
    assert answer["data"] == {"dataset": None}
    assert answer["errors"][0]["message"] == "There is no dataset 'daily_steams'. Did you mean 'daily_streams'?"
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_every_number_has_its_entry_in_the_dictionary(ask: Ask) -> None:
    answer = ask("{ measures { coordinate unit additivity datasets { name } limitations { code } } }")
    entries = {entry.pop("coordinate"): entry for entry in answer["data"]["measures"]}
    assert entries["Revenue.labelShareUsd"] == {
        "unit": "USD",
        "additivity": "ADDITIVE",
        "datasets": [{"name": "distrokid_statements"}, {"name": "royalty_splits"}],
        "limitations": [{"code": "PAYMENT_DELAY"}, {"code": "TOOLOST_NO_REVENUE"}],
    }
    assert len(entries) == 75


def test_measures_come_in_the_order_they_were_asked_for(ask: Ask) -> None:
    asked = ["Stream.totalStreams", "Revenue.units"]
    answer = ask("query ($c: [String!]) { measures(coordinates: $c) { coordinate } }", c=asked)
    assert [entry["coordinate"] for entry in answer["data"]["measures"]] == asked
    assert ask("query ($c: [String!]) { measures(coordinates: $c) { unit } }", c=[])["data"] == {"measures": []}


def test_an_unknown_measure_is_an_error_with_a_hint(ask: Ask) -> None:
    answer = ask('{ measures(coordinates: ["Revenue.revenue"]) { unit } }')
    assert "Did you mean 'Revenue.revenueUsd'?" in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_lake_without_a_dataset_says_why(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / STATEMENTS_FILE).mkdir()
    document = '{ dataset(name: "distrokid_statements") { available problem rows rowPage { totalCount } } }'
    answer = serve(tmp_path).post("/graphql", json={"query": document}).json()
    dataset = answer["data"]["dataset"]
    assert (dataset["available"], dataset["rows"], dataset["rowPage"]) == (False, None, None)
    assert f"'{STATEMENTS_FILE}': it is not a file" in dataset["problem"]
    assert answer["errors"][0]["extensions"]["code"] == "DATASET_UNAVAILABLE"
