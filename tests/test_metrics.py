"""What `/metrics` tells."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from tests.lakes import day, write_lake

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
    assert set(told(client).values()) == {0}
    for question in (TOTAL, TOTAL, TOTAL, WITHOUT_LINEAGE, OTHERWISE):
        client.post("/graphql", json=question)
    metrics = told(client)
    assert all(metrics.pop(f'bedrot_graph_cache_bytes{{level="{level}"}}') > 0 for level in LEVELS)
    assert metrics == {
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
    code = "import sys, bedrot_graph.app; print('prometheus_client' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout == "False\n"
