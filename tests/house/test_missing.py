"""Missing is an error, never a zero: take each dataset away in turn."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.lakes import SAMPLE_LAKE, SPLITS_FILE, STATEMENTS_FILE, STREAMS_FILE

Serve = Callable[..., TestClient]

EVERYTHING = """{
  revenue { total { revenueUsd labelShareUsd streams units transactions } }
  revenueLines(first: 1) { totalCount }
  streams { total { totalStreams daysCovered } }
  datasets { name available problem rows }
}"""


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    for name in (STATEMENTS_FILE, STREAMS_FILE, SPLITS_FILE):
        shutil.copy(SAMPLE_LAKE / name, tmp_path)
    return tmp_path


def test_without_statements_money_is_null_and_streams_answer(lake: Path, serve: Serve) -> None:
    (lake / STATEMENTS_FILE).unlink()
    answer = serve(lake).post("/graphql", json={"query": EVERYTHING}).json()
    assert answer["data"]["revenue"] is None
    assert answer["data"]["revenueLines"] is None
    assert answer["data"]["streams"]["total"] == {"totalStreams": 1177960, "daysCovered": 730}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["revenue"], "DATASET_UNAVAILABLE"),
        (["revenueLines"], "DATASET_UNAVAILABLE"),
    ]
    assert "has no readable file matching 'dk_bank_details.csv'" in answer["errors"][0]["message"]


def test_without_daily_streams_they_are_null_and_money_answers(lake: Path, serve: Serve) -> None:
    (lake / STREAMS_FILE).unlink()
    answer = serve(lake).post("/graphql", json={"query": EVERYTHING}).json()
    assert answer["data"]["streams"] is None
    assert answer["data"]["revenue"]["total"]["revenueUsd"] == 2628.65372866
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["DATASET_UNAVAILABLE"]


def test_without_splits_only_the_label_share_is_null(lake: Path, serve: Serve) -> None:
    (lake / SPLITS_FILE).unlink()
    answer = serve(lake).post("/graphql", json={"query": EVERYTHING}).json()
    assert answer["data"]["revenue"]["total"] == {
        "revenueUsd": 2628.65372866,
        "labelShareUsd": None,
        "streams": 844994,
        "units": 54,
        "transactions": 11000,
    }
    (error,) = answer["errors"]
    assert error["path"] == ["revenue"]
    assert error["extensions"] == {
        "code": "DATASET_UNAVAILABLE",
        "dataset": "royalty_splits",
        "coordinates": ["Revenue.labelShareUsd"],
    }


@pytest.mark.parametrize("name", [STATEMENTS_FILE, STREAMS_FILE, SPLITS_FILE])
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"some;other;table\n1;2;3\n", b"<html>login</html>"])
def test_a_file_that_is_no_table_is_an_error_with_a_code(name: str, content: bytes, lake: Path, serve: Serve) -> None:
    (lake / name).write_bytes(content)
    answer = serve(lake).post("/graphql", json={"query": EVERYTHING}).json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DATASET_MALFORMED"}
    assert [dataset["available"] for dataset in answer["data"]["datasets"]].count(True) == 2
    assert all((dataset["rows"] is None) == bool(dataset["problem"]) for dataset in answer["data"]["datasets"])


def test_an_empty_lake_answers_nothing_but_errors(tmp_path: Path, serve: Serve) -> None:
    client = serve(tmp_path)
    answer = client.post("/graphql", json={"query": "{ revenue { total { revenueUsd } } }"}).json()
    assert answer["data"] == {"revenue": None}
    assert answer["errors"][0]["extensions"]["code"] == "DATASET_UNAVAILABLE"
    assert client.get("/health/ready").status_code == 503
