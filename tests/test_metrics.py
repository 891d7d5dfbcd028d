"""What `/metrics` tells."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bedrot_graph import alerting
from bedrot_graph.web.tally import BOUNDS, MOST_OPERATIONS, OTHERS, Tally
from tests.crews import eventually
from tests.house.docs import ROOT
from tests.lakes import STATEMENTS_FILE, day, write_lake
from tests.receivers import SECRET, receiving, status

Serve = Callable[..., TestClient]

LEVELS = ("documents", "frames", "responses")

TOTAL = {"query": "{ streams { total { totalStreams } } }"}
WITHOUT_LINEAGE = {**TOTAL, "extensions": {"lineage": "none"}}
OTHERWISE = {"query": "{ streams { all: total { totalStreams } } }"}


def told(client: TestClient) -> dict[str, float]:
    """The metrics and their values."""
    lines = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.partition(" ") for line in lines)}


def test_what_is_remembered_and_what_is_computed_is_told(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]))
    cold = told(client)
    assert all(
        cold[f'bedrot_graph_cache_{name}{{level="{level}"}}'] == 0 for name in ("entries", "bytes") for level in LEVELS
    )
    for question in (TOTAL, TOTAL, TOTAL, WITHOUT_LINEAGE, OTHERWISE):
        client.post("/graphql", json=question)
    metrics = told(client)
    assert all(metrics.pop(f'bedrot_graph_cache_bytes{{level="{level}"}}') > 0 for level in LEVELS)
    assert {
        name: value for name, value in metrics.items() if name.startswith(("bedrot_graph_cache", "bedrot_graph_an"))
    } == {
        'bedrot_graph_cache_hits_total{level="responses"}': 2,
        'bedrot_graph_cache_misses_total{level="responses"}': 3,
        'bedrot_graph_cache_entries{level="responses"}': 3,
        'bedrot_graph_cache_hits_total{level="documents"}': 1,
        'bedrot_graph_cache_misses_total{level="documents"}': 2,
        'bedrot_graph_cache_entries{level="documents"}': 2,
        'bedrot_graph_cache_hits_total{level="frames"}': 2,
        'bedrot_graph_cache_misses_total{level="frames"}': 1,
        'bedrot_graph_cache_entries{level="frames"}': 1,
        "bedrot_graph_answers_running": 0,
        "bedrot_graph_answers_waiting": 0,
    }


def test_requests_are_counted_by_what_they_executed_and_how_they_ended(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]))
    named = {"query": "query Daily { streams { total { totalStreams } } }"}
    negative = {"query": "{ streams(first: -1) { totalCount } }"}
    bodies: list[object] = [named, named, TOTAL, {"query": "{"}, negative, []]
    for question in bodies:
        client.post("/graphql", json=question)
    metrics = told(client)
    assert metrics['bedrot_graph_request_seconds_count{operation="Daily"}'] == 2
    assert metrics['bedrot_graph_request_seconds_bucket{le="+Inf",operation="Daily"}'] == 2
    assert 0 < metrics['bedrot_graph_request_seconds_sum{operation="Daily"}'] < 30
    assert metrics['bedrot_graph_request_seconds_count{operation=""}'] == 4
    assert metrics['bedrot_graph_requests_total{status="200"}'] == 5
    assert metrics['bedrot_graph_requests_total{status="400"}'] == 1
    errors = {name: value for name, value in metrics.items() if name.startswith("bedrot_graph_errors_total")}
    assert errors == {
        f'bedrot_graph_errors_total{{code="{code}"}}': 1
        for code in ("GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT", "BAD_REQUEST")
    }


def test_names_that_clients_make_up_are_counted_together_when_they_are_too_many() -> None:
    tally = Tally()
    for number in range(MOST_OPERATIONS + 50):
        tally.answered(f"Made{number}", 200, 0.004)
    assert len(tally.latencies) == MOST_OPERATIONS + 1
    assert sum(tally.latencies[OTHERS].counts) == 50
    assert tally.latencies["Made0"].counts[BOUNDS.index(0.005)] == 1


def test_what_the_lake_holds_is_told_and_what_is_wrong_with_it(tmp_path: Path, serve: Serve) -> None:
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1), day("when", "distrokid", 1, 1)])
    (tmp_path / STATEMENTS_FILE).write_bytes(b"")
    client = serve(tmp_path)
    client.post("/graphql", json=TOTAL)
    metrics = {name: value for name, value in told(client).items() if name.startswith("bedrot_graph_dataset")}
    assert metrics == {
        'bedrot_graph_dataset_readable{dataset="distrokid_statements"}': 0,
        'bedrot_graph_dataset_readable{dataset="daily_streams"}': 1,
        'bedrot_graph_dataset_rows{dataset="daily_streams"}': 1,
        'bedrot_graph_dataset_rejects{dataset="daily_streams"}': 1,
        'bedrot_graph_dataset_age_days{dataset="daily_streams"}': 7,
    }


def test_the_dashboard_shows_metrics_that_are_told(sample: TestClient) -> None:
    sample.post("/graphql", json=TOTAL)
    sample.post("/graphql", json={"query": "{"})
    told_here = {name.partition("{")[0] for name in told(sample)}
    dashboard = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
    shown = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"bedrot_graph_\w+", target["expr"])
    }
    assert len(dashboard["panels"]) == 10
    assert shown <= told_here


def test_each_metric_comes_with_its_type_and_meaning(sample: TestClient) -> None:
    response = sample.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# HELP bedrot_graph_answers_waiting Answers that wait for it." in response.text
    assert "# TYPE bedrot_graph_cache_hits_total counter" in response.text


def test_two_applications_count_apart(tmp_path: Path, serve: Serve) -> None:
    lake = write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    asked, other = serve(lake), serve(lake)
    asked.post("/graphql", json=TOTAL)
    misses = 'bedrot_graph_cache_misses_total{level="frames"}'
    assert [told(client)[misses] for client in (asked, other)] == [1, 0]


def test_a_server_that_nobody_watches_loads_nothing_for_it() -> None:
    names = "{'apprise', 'httpx2', 'jwt', 'opentelemetry', 'prometheus_client', 'redis'}"
    code = f"import sys, bedrot_graph.app; print({names} & set(sys.modules)); import redis; print(redis.__name__)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout == "set()\nredis\n"


def test_who_is_told_of_alerts_is_counted_by_channel(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerting, "FIRST_SECONDS", 0)
    lake = write_lake(tmp_path, streams=[day(f"2025-09-0{each}", "distrokid", 10, 1) for each in (1, 5)])
    assert not any("alert" in name for name in told(serve(lake)))
    with receiving(status(410)) as receiver:
        channels = tmp_path / "channels.toml"
        channels.write_text(f'[hook]\nwebhook = "{receiver.url}"\nsecret = "{SECRET}"\n', encoding="utf-8")
        client = serve(lake, channels=channels, state_dir=tmp_path / "state")
        receiver.wait()  # days are missing
        failed = 'bedrot_graph_alert_messages_total{channel="hook",outcome="failed"}'
        assert eventually(lambda: told(client).get(failed) == 1)
