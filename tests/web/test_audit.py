"""Who has asked for a change, and who was refused."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph.logs import configure_logs
from tests.lakes import SAMPLE_LAKE

Serve = Callable[..., TestClient]
Audit = Callable[[], list[dict[str, Any]]]

RELOAD = {"query": "mutation { again: reload { version } }"}


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    """`audit()`: its lines in a log that tells errors only."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    configure_logs("ERROR", tmp_path / "logs", now=lambda: datetime(2025, 9, 8))  # noqa: DTZ001 - local, as the files

    def lines() -> list[dict[str, Any]]:
        text = (tmp_path / "logs/dashboard_2025-09-08.log").read_text(encoding="utf-8")
        told = [json.loads(line) for line in text.splitlines()]
        return [each for each in told if each["logger"] == "bedrot_graph.audit"]

    yield lines
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


def test_a_change_is_noted_with_who_asked_for_it(audit: Audit, serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, admin_token="s3cret")
    client.post("/graphql", json=RELOAD, headers={"authorization": "Bearer s3cret", "x-request-id": "mine"})
    client.post("/graphql", json={"query": "{ __typename }"})
    (told,) = audit()
    assert (told["message"], told["change"], told["who"]) == ("change asked for", "reload", "admin token")
    assert told["request"] == "mine"
    assert "s3cret" not in json.dumps(told)


def test_who_was_refused_is_noted_and_what_was_sent_is_not(audit: Audit, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted/type.graphql").write_text("{ __typename }", encoding="utf-8")
    client = serve(SAMPLE_LAKE, trusted_documents=tmp_path / "trusted", only_trusted=True)
    client.post("/graphql", json={"query": '{ dataset(name: "s3cret") { name } }'})
    client.post("/graphql", json={"query": "{"})
    client.post("/graphql", json=[])
    assert [(each["code"], each["who"]) for each in audit()] == [("UNTRUSTED_DOCUMENT", "testclient")] * 2
    assert "s3cret" not in json.dumps(audit())
