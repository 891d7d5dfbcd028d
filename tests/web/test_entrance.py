"""What every request passes."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bedrot_graph.logs import configure_logs
from bedrot_graph.web.entrance import Hosts
from tests.lakes import SAMPLE_LAKE

Serve = Callable[..., TestClient]

TYPENAME = {"query": "{ __typename }"}


@pytest.mark.parametrize(
    "header",
    ["localhost", "localhost:8000", "LOCALHOST.:1", "127.0.0.1:80", "[::1]:8000", "[::1]", "192.168.0.7", "box"],
)
def test_addresses_and_names_of_this_machine_are_known(header: str) -> None:
    hosts = Hosts.of_this_machine("box")
    for _ in range(2):
        assert hosts.knows(header.encode())


@pytest.mark.parametrize("header", ["", "evil.example", "localhost.evil.example", "evil.example:8000", "1.2.3.4.5"])
def test_other_names_are_not(header: str) -> None:
    assert not Hosts.of_this_machine("127.0.0.1").knows(header.encode("latin-1"))


def test_a_page_that_has_given_its_name_this_address_is_refused(sample: TestClient) -> None:
    for path in ("/", "/graphql", "/schema.graphql", "/health/ready", "/metrics"):
        refused = sample.get(path, headers={"host": "evil.example"})
        assert refused.status_code == 421
        assert refused.json()["errors"][0]["extensions"]["code"] == "HOST_NOT_ALLOWED"


def test_names_that_are_set_are_known_and_no_others(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, allowed_hosts="graph.example, localhost")
    asked = [client.get("/health/live", headers={"host": host}).status_code for host in ("graph.example:443", "box")]
    assert asked == [200, 421]


def test_in_production_any_name_is_known_unless_some_are_set(serve: Serve) -> None:
    assert serve(SAMPLE_LAKE, mode="production").get("/health/live", headers={"host": "any"}).status_code == 200


def test_every_answer_has_the_requests_id(sample: TestClient) -> None:
    ids = {sample.post("/graphql", json=TYPENAME).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[0-9a-f]{16}-\d+", each) for each in ids)
    for path in ("/", "/nothing", "/health/live"):
        assert sample.get(path, headers={"x-request-id": "trace-1"}).headers["x-request-id"] == "trace-1"


@pytest.mark.parametrize("sent", ["", "a" * 65, "a b", "<script>", "a;b"])
def test_an_id_that_is_none_is_replaced(sent: str, sample: TestClient) -> None:
    assert sample.get("/health/live", headers={"x-request-id": sent}).headers["x-request-id"] != sent


def test_nothing_is_to_be_guessed_about_the_type_of_an_answer(sample: TestClient) -> None:
    for path in ("/", "/nothing", "/graphql", "/metrics"):
        assert sample.get(path).headers["x-content-type-options"] == "nosniff"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """`log()`: what has been logged, at the most talkative level."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # the client's own, which would tell what it asks
    configure_logs("DEBUG", tmp_path / "logs", now=lambda: datetime(2025, 9, 8))  # noqa: DTZ001 - local, as the files
    yield lambda: (tmp_path / "logs/dashboard_2025-09-08.log").read_text(encoding="utf-8")
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)


def test_requests_are_logged_with_their_id_and_without_what_was_asked(log: Callable[[], str], serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, log_level="DEBUG", admin_token="t0k3n")
    question = "query ($name: String!) { dataset(name: $name) { name } }"
    headers = {"authorization": "Bearer t0k3n", "x-request-id": "mine"}
    for name in ("s3cr3t", "daily_streams"):
        body = {"query": question, "variables": {"name": name}}
        client.post("/graphql", json=body, headers=headers)
        client.get("/graphql", params={"query": question, "variables": json.dumps({"name": name})}, headers=headers)
    client.get("/nothing?key=s3cr3t")
    told = [json.loads(line) for line in log().splitlines()]
    answered = [each for each in told if each["message"] == "request answered"]
    assert [(each["method"], each["path"], each["status"]) for each in answered] == [
        ("POST", "/graphql", 200),
        ("GET", "/graphql", 200),
    ] * 2 + [("GET", "/nothing", 404)]
    assert {each["request"] for each in answered[:4]} == {"mine"}
    for secret in ("s3cr3t", "t0k3n", "daily_streams($"):
        assert secret not in log()


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_a_fault_of_ours_is_in_the_log_under_the_requests_id(
    accept: str, log: Callable[[], str], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(SAMPLE_LAKE, log_level="DEBUG")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("within")

    monkeypatch.setattr("bedrot_graph.web.endpoint.prepare", broken)
    headers = {"x-request-id": "mine", "accept": accept}
    response = client.post("/graphql", json=TYPENAME, headers=headers)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
    assert "'mine'" in response.text
    assert "within" not in response.text
    (told,) = [json.loads(line) for line in log().splitlines() if "unforeseen" in line]
    assert told["request"] == told["reference"] == "mine"
    assert "within" in told["exception"]
