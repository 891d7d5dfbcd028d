"""The application as a whole: health, one snapshot per request, changed files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bedrot_graph.app import app_of
from bedrot_graph.assembly import assemble
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.settings import Settings, Watched
from tests.askers import client_of
from tests.lakes import SAMPLE_LAKE, STATEMENTS_FILE, STREAMS_FILE, TODAY, day, split, statement, write_lake

Serve = Callable[..., TestClient]

TOTAL = {"query": "{ streams { total { totalStreams } } }"}
RELOAD = {"query": "mutation { reload { asOf datasets { name changed rows } } }"}


def total_streams(client: TestClient) -> int:
    streams: int = client.post("/graphql", json=TOTAL).json()["data"]["streams"]["total"]["totalStreams"]
    return streams


def test_it_is_alive_and_ready(sample: TestClient) -> None:
    assert sample.get("/health/live").json() == {"status": "alive"}
    ready = sample.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["datasets"] == {dataset.name: "ready" for dataset in DATASETS}


def test_a_lake_that_has_no_file_of_a_dataset_is_ready_and_says_so(tmp_path: Path, serve: Serve) -> None:
    ready = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])).get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["datasets"]["daily_streams"] == "ready"
    assert ready.json()["datasets"]["distrokid_statements"] == "absent"


@pytest.mark.parametrize("content", [b"", b"\x00" * 9, None], ids=["empty", "binary", "a folder"])
def test_a_lake_with_a_file_that_cannot_be_read_is_degraded_but_ready(
    content: bytes | None, tmp_path: Path, serve: Serve
) -> None:
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    if content is None:
        (tmp_path / STATEMENTS_FILE).mkdir()
    else:
        (tmp_path / STATEMENTS_FILE).write_bytes(content)
    ready = serve(tmp_path).get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["datasets"]["distrokid_statements"] == "unavailable"


def test_a_lake_in_which_nothing_can_be_read_is_not_ready(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / STATEMENTS_FILE).write_bytes(b"")
    ready = serve(tmp_path).get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    assert ready.json()["datasets"] == {
        dataset.name: "unavailable" if dataset.name == "distrokid_statements" else "absent" for dataset in DATASETS
    }


def test_an_old_lake_is_degraded_but_ready(tmp_path: Path, serve: Serve) -> None:
    lake = write_lake(tmp_path, statements=[statement("2023-01", "Spotify", 1, "1")], streams=[], splits=[{}])
    write_lake(lake, streams=[day("2023-01-01", "distrokid", 10, 1)])
    ready = serve(lake).get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert {name: state for name, state in ready.json()["datasets"].items() if state != "absent"} == {
        "distrokid_statements": "stale",
        "daily_streams": "stale",
        "royalty_splits": "ready",
    }


def test_a_changed_file_is_answered_from_after_a_reload(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]))
    assert total_streams(client) == 11
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1), day("2025-09-02", "distrokid", 20, 2)])
    assert total_streams(client) == 11  # the snapshot still has time
    reloaded = client.post("/graphql", json=RELOAD).json()["data"]["reload"]
    assert reloaded["asOf"] == "2025-09-02"
    assert [each["name"] for each in reloaded["datasets"] if each["changed"]] == ["daily_streams"]
    assert total_streams(client) == 33


def test_what_was_remembered_of_older_data_is_forgotten_with_it(tmp_path: Path) -> None:
    lake = write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    settings = Settings(curated_data_path=lake, watch=Watched.OFF)
    parts = assemble(settings, lambda: TODAY)
    with client_of(app_of(parts, settings)) as client:
        assert total_streams(client) == 11
        client.post("/graphql", json=RELOAD)
        assert len(parts.engine.cache) == 1  # nothing has changed
        write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 20, 1)])
        client.post("/graphql", json=RELOAD)
        assert len(parts.engine.cache) == 0


@pytest.mark.parametrize("setting", ["cache_max_mb", "cache_max_entries"])
def test_a_server_that_may_remember_nothing_answers(setting: str, tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]), **{setting: 0})
    assert [total_streams(client) for _ in range(2)] == [11, 11]


def test_a_changed_file_is_answered_from_at_once_where_nothing_is_remembered(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]), cache_ttl=0)
    assert total_streams(client) == 11
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 30, 1)])
    assert total_streams(client) == 31


def test_a_removed_file_is_an_error_after_a_reload_not_the_old_number(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]))
    assert total_streams(client) == 11
    (tmp_path / STREAMS_FILE).unlink()
    client.post("/graphql", json=RELOAD)
    answer = client.post("/graphql", json=TOTAL).json()
    assert answer["data"]["streams"] is None
    assert answer["errors"][0]["extensions"]["code"] == "DATASET_UNAVAILABLE"


def test_a_file_cut_off_in_the_middle_of_a_row_is_answered_with_a_word_about_it(tmp_path: Path, serve: Serve) -> None:
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1), day("2025-09-02", "distrokid", 20, 2)])
    file = tmp_path / STREAMS_FILE
    file.write_bytes(file.read_bytes()[:-16])  # '2025-09-02,20,2,,distrokid' loses its end
    answer = serve(tmp_path).post("/graphql", json=TOTAL).json()
    assert answer["data"]["streams"]["total"]["totalStreams"] == 11
    codes = {limitation["code"] for limitation in answer["extensions"]["lineage"]["limitations"]}
    assert {"ROWS_REJECTED", "UNFINISHED_FILE"} <= codes


def test_files_that_no_dataset_names_are_never_seen(sample: TestClient) -> None:
    assert (SAMPLE_LAKE / "capitol_one_purchases.csv").is_file()
    everything = "{ datasets { name files { name } filesPassedOver { name } } }"
    assert "capitol" not in sample.post("/graphql", json={"query": everything}).text
    refused = sample.post("/graphql", json={"query": '{ dataset(name: "capitol_one_purchases") { rows } }'}).json()
    assert refused["data"] == {"dataset": None}


def test_the_named_lake_is_no_sample(tmp_path: Path, serve: Serve) -> None:
    shutil.copy(SAMPLE_LAKE / STREAMS_FILE, tmp_path)
    answer = serve(tmp_path).post("/graphql", json=TOTAL).json()
    codes = {limitation["code"] for limitation in answer["extensions"]["lineage"]["limitations"]}
    assert "SAMPLE_DATA" not in codes


def test_an_older_file_is_read_where_the_newest_is_empty_and_every_answer_says_so(tmp_path: Path, serve: Serve) -> None:
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    (tmp_path / STREAMS_FILE).rename(tmp_path / "tidy_daily_streams_20250901.csv")
    (tmp_path / STREAMS_FILE).write_bytes(b"")
    answer = serve(tmp_path).post("/graphql", json=TOTAL).json()
    assert answer["data"]["streams"]["total"]["totalStreams"] == 11
    texts = {each["code"]: each["text"] for each in answer["extensions"]["lineage"]["limitations"]}
    assert texts["OTHER_FILE_READ"] == (
        f"{STREAMS_FILE} should have been read, but it is empty. tidy_daily_streams_20250901.csv is read without it, "
        "and may be older or lack what it holds."
    )


def test_shares_with_a_percent_sign_are_read(tmp_path: Path, serve: Serve) -> None:
    lines = [statement("2025-01", "Spotify", 10, "1.00")]
    client = serve(write_lake(tmp_path, statements=lines, splits=[split(share="80 %")]))
    answer = client.post("/graphql", json={"query": "{ revenue { total { labelShareUsd } } }"}).json()
    assert answer["data"]["revenue"]["total"] == {"labelShareUsd": 0.8}


def test_of_two_shares_of_one_recording_the_later_counts_and_every_answer_says_so(tmp_path: Path, serve: Serve) -> None:
    lines = [statement("2025-01", "Spotify", 10, "1.00")]
    client = serve(write_lake(tmp_path, statements=lines, splits=[split(share="50"), split(share="40")]))
    answer = client.post("/graphql", json={"query": "{ revenue { total { labelShareUsd } } }"}).json()
    assert answer["data"]["revenue"]["total"] == {"labelShareUsd": 0.4}
    assert "RESTATED" in {each["code"] for each in answer["extensions"]["lineage"]["limitations"]}
