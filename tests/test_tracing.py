"""Traces, as a receiver of OTLP gets them from the running server."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.trace import SpanKind

from bedrot_graph import tracing
from bedrot_graph.app import create_app
from bedrot_graph.assembly import assemble
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.graph.execution import Operation
from bedrot_graph.lake import shared
from bedrot_graph.lake.engine import StoppedError
from bedrot_graph.schema import execute
from bedrot_graph.settings import Settings
from bedrot_graph.traces import NOTHING, WITHIN, span, whole
from bedrot_graph.tracing import Tracing
from tests.askers import client_of
from tests.collectors import ERROR, INTERNAL, SERVER, Collector, collecting, sent_to
from tests.crews import crew
from tests.lakes import SAMPLE_LAKE, TODAY, day, write_lake
from tests.processes import free_port
from tests.processes import serving as process
from tests.redises import redis_in
from tests.web.serving import Serving, serving_sample
from tests.web.test_sockets import begun, heard, say

REVENUE = "query Money { revenue(by: [PLATFORM]) { nodes { platform revenueUsd } } }"
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector, sent_to(collector.url):
        yield collector


@pytest.fixture
def served(collector: Collector) -> Iterator[Serving]:
    with serving_sample(traces=True) as served:
        yield served


def post(served: Serving, question: str, variables: object = None, **headers: str) -> httpx2.Response:
    return httpx2.post(f"{served.url}/graphql", json={"query": question, "variables": variables}, headers=headers)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health/live").is_success
    except httpx2.TransportError:
        return False


def is_within(part: Any, whole: Any) -> bool:  # noqa: ANN401 - spans
    return bool(whole.begun <= part.begun <= part.ended <= whole.ended)


def test_a_question_is_a_trace_of_what_takes_time(served: Serving, collector: Collector) -> None:
    assert post(served, REVENUE).status_code == 200
    request = collector.only("POST /graphql")
    assert (request.kind, request.parent, request.status) == (SERVER, "", 0)
    parts = collector.parts_of(request)
    assert list(parts) == ["parse", "validate", "query", "encode", "compress"]
    assert list(collector.parts_of(parts["query"])) == ["answer"]
    answer = collector.parts_of(parts["query"])["answer"]
    assert answer.attributes == {"bedrot.cube": "revenue"}
    assert list(collector.parts_of(answer)) == ["wait for a turn", "compute"]
    compute = collector.parts_of(answer)["compute"]
    assert set(collector.parts_of(compute)) == {"collect"}  # in another thread
    for part, outer in ((parts["query"], request), (answer, parts["query"]), (compute, answer)):
        assert is_within(part, outer)
        assert part.kind == INTERNAL


def test_a_request_is_told_as_the_conventions_have_it(served: Serving, collector: Collector) -> None:
    response = post(served, REVENUE)
    request = collector.only("POST /graphql")
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "http.response.header.x-request-id": (response.headers["x-request-id"],),
        "network.protocol.version": "1.1",
        "url.path": "/graphql",
        "url.scheme": "http",
        "graphql.operation.name": "Money",
        "graphql.operation.type": "query",
    }
    assert collector.only("query").attributes == {
        "graphql.operation.name": "Money",
        "graphql.operation.type": "query",
    }
    assert request.resource["service.name"] == "bedrot-graph"
    assert request.resource["service.instance.id"]


def test_an_answer_from_memory_is_one_span_that_says_so(served: Serving, collector: Collector) -> None:
    for _ in range(2):
        post(served, REVENUE)
    assert collector.eventually(lambda: len(collector.named("POST /graphql")) == 2)
    _, again = collector.named("POST /graphql")
    assert not collector.parts_of(again)
    assert again.attributes["bedrot.remembered"] == "responses"
    assert again.attributes["graphql.operation.name"] == "Money"


def test_frames_from_memory_are_told_too(served: Serving, collector: Collector) -> None:
    post(served, REVENUE)
    post(served, REVENUE.replace("Money", "Other"))
    assert collector.eventually(lambda: len(collector.named("query")) == 2)
    _, other = collector.named("query")
    assert other.attributes["bedrot.remembered"] == "frames"
    assert not collector.parts_of(other)


def test_the_callers_trace_goes_on(served: Serving, collector: Collector) -> None:
    post(served, REVENUE, traceparent=f"00-{TRACE_ID}-{SPAN_ID}-01")
    request = collector.only("POST /graphql")
    assert (request.trace, request.parent) == (TRACE_ID, SPAN_ID)
    assert collector.only("compute").trace == TRACE_ID


def test_a_trace_that_the_caller_does_not_collect_is_not_collected_here(served: Serving, collector: Collector) -> None:
    assert post(served, REVENUE, traceparent=f"00-{TRACE_ID}-{SPAN_ID}-00").status_code == 200
    post(served, "{ __typename }")
    collector.only("POST /graphql")
    assert TRACE_ID not in {each.trace for each in collector.spans}


@pytest.mark.parametrize("sent", ["no", "00-0-0-01", f"00-{'0' * 32}-{SPAN_ID}-01", "x" * 4000])
def test_what_is_no_parent_begins_a_trace(
    served: Serving, collector: Collector, sent: str, caplog: pytest.LogCaptureFixture
) -> None:
    post(served, REVENUE, traceparent=sent, tracestate="s3cr3t", baggage="s3cr3t")
    assert collector.only("POST /graphql").parent == ""
    assert "s3cr3t" not in caplog.text


def test_nothing_that_was_sent_is_told(served: Serving, collector: Collector) -> None:
    question = (
        'query ($v: String) { revenue(where: {artist: {eq: "s3cr3t literal"}}) { totalCount } '
        "other: dataset(name: $v) { name } }"
    )
    headers = {
        "authorization": "Bearer s3cr3t-key",
        "cookie": "a=s3cr3t",
        "user-agent": "s3cr3t",
        "baggage": "s3cr3t=1",
    }
    post(served, question, {"v": "s3cr3t variable"}, **headers)
    post(served, 'query { dataset(name: "s3cr3t") { s3cr3tfield } }', **headers)
    post(served, "query ($v: Int) { revenue(first: $v) { totalCount } }", {"v": "s3cr3t"}, **headers)
    post(served, "s3cr3t", **headers)
    parameters = {"query": question, "variables": json.dumps({"v": "s3cr3t"})}
    httpx2.get(f"{served.url}/graphql", params=parameters, headers={**headers, "graphql-require-preflight": "1"})
    assert collector.eventually(lambda: len(collector.named("POST /graphql")) == 4 and collector.named("GET /graphql"))
    assert b"s3cr3t" not in collector.raw
    assert b"127.0.0.1" not in collector.raw
    assert {each.message for each in collector.spans} == {""}
    assert {each.events for each in collector.spans} == {0}


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        ("{", ("GRAPHQL_PARSE_FAILED",)),
        ("{ nothing }", ("GRAPHQL_VALIDATION_FAILED",)),
        ('{ revenue { nodes { revenueUsd } } a: dataset(name: "no") { name } }', ("BAD_USER_INPUT",)),
    ],
)
def test_errors_are_told_by_their_codes(
    served: Serving, collector: Collector, question: str, codes: tuple[str, ...]
) -> None:
    post(served, question)
    request = collector.only("POST /graphql")
    assert request.attributes["bedrot.codes"] == codes
    assert request.status == 0  # it was answered: the fault is the question's
    for operation in collector.named("query"):
        assert (operation.status, operation.attributes["error.type"]) == (ERROR, codes[0])


def test_what_cannot_be_computed_is_told_where_it_failed(collector: Collector, tmp_path: Path) -> None:
    lake = write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    with client_of(create_app(Settings(curated_data_path=lake, traces=True), today=lambda: TODAY)) as client:
        asked = client.post("/graphql", json={"query": "{ revenue { totalCount } streams { totalCount } }"}).json()
    assert asked["data"] == {"revenue": None, "streams": {"totalCount": 1}}
    operation = collector.only("query")
    told = {each.attributes["bedrot.cube"]: each for each in collector.named("answer")}
    failed = [operation, told["revenue"], collector.parts_of(told["revenue"])["compute"]]
    assert [(each.status, each.attributes["error.type"]) for each in failed] == [(ERROR, "DATASET_UNAVAILABLE")] * 3
    assert (told["streams"].status, collector.only("POST /graphql").status) == (0, 0)
    assert str(tmp_path).encode() not in collector.raw


def test_who_is_refused_is_told_by_the_code(collector: Collector) -> None:
    with serving_sample(traces=True, max_body_kb=1) as served:
        assert post(served, REVENUE + " " * 2000).status_code == 413
        request = collector.only("POST /graphql")
    assert request.attributes["http.response.status_code"] == 413
    assert request.attributes["bedrot.codes"] == ("BODY_TOO_LARGE",)
    assert request.status == 0


def test_a_fault_of_ours_is_a_failure(served: Serving, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("s3cr3t")

    monkeypatch.setattr("bedrot_graph.web.endpoint.prepare", broken)
    assert post(served, REVENUE).status_code == 500
    request = collector.only("POST /graphql")
    assert (request.status, request.attributes["error.type"]) == (ERROR, "INTERNAL")
    assert b"s3cr3t" not in collector.raw


def test_reading_the_lake_is_a_part_of_who_waits_for_it(served: Serving, collector: Collector) -> None:
    at_start = collector.only("read the lake")
    assert (at_start.parent, at_start.kind) == ("", INTERNAL)
    collector.spans.clear()
    post(served, "mutation { reload { version } }")
    change = collector.only("mutation")
    assert list(collector.parts_of(change)) == ["read the lake"]


def test_operations_over_a_websocket_are_traces_of_their_own(served: Serving, collector: Collector) -> None:
    with begun(served) as socket:
        for number, query in (("1", REVENUE), ("2", "{ nothing }")):
            say(socket, id=number, type="subscribe", payload={"query": query})
            while heard(socket)["type"] == "next":
                pass
    refused = collector.only("GraphQL Operation")
    operation = next(each for each in collector.named("query") if each.kind == SERVER)
    assert (operation.name, operation.kind, operation.parent) == ("query", SERVER, "")
    assert operation.attributes["graphql.operation.name"] == "Money"
    assert operation.attributes["network.protocol.name"] == "websocket"
    assert list(collector.parts_of(operation)) == ["parse", "validate", "query", "encode"]
    assert refused.trace != operation.trace
    assert (refused.status, refused.attributes["error.type"]) == (ERROR, "GRAPHQL_VALIDATION_FAILED")


def test_streams_are_spans_until_their_end(served: Serving, collector: Collector) -> None:
    post(served, REVENUE, accept="text/event-stream")
    request = collector.only("POST /graphql")
    operation = collector.only("query")
    assert (operation.trace, operation.parent) == (request.trace, request.id)


def test_other_addresses_are_no_traces(served: Serving, collector: Collector) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/schema.graphql", "/", "/nothing"):
        httpx2.get(f"{served.url}{path}")
    post(served, REVENUE)
    collector.only("POST /graphql")
    assert not [each for each in collector.spans if each.name.startswith("GET")]


async def asked_together(*questions: str) -> None:
    app = create_app(Settings(curated_data_path=SAMPLE_LAKE, traces=True), today=lambda: TODAY)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")
    async with app.router.lifespan_context(app), client:
        await asyncio.gather(*(client.post("/graphql", json={"query": each}) for each in questions))


async def test_who_waits_for_the_same_request_points_to_the_one_that_answers(collector: Collector) -> None:
    await asked_together(REVENUE, REVENUE)
    one, other = collector.named("POST /graphql")
    waiting, answering = sorted((one, other), key=lambda each: "query" in collector.parts_of(each))
    assert list(collector.parts_of(waiting)) == ["wait for the same request"]
    assert collector.parts_of(waiting)["wait for the same request"].links == (answering.id,)
    assert waiting.trace != answering.trace
    assert waiting.attributes["graphql.operation.name"] == "Money"


async def test_who_waits_for_the_same_frames_points_to_the_one_that_computes(collector: Collector) -> None:
    await asked_together(REVENUE, REVENUE.replace("Money", "Other"))
    answers = collector.named("answer")
    computing = next(each for each in answers if "compute" in collector.parts_of(each))
    (waiting,) = [each for each in answers if each is not computing]
    assert not collector.parts_of(waiting)
    assert waiting.links == (computing.id,)
    assert waiting.trace != computing.trace


@pytest.mark.parametrize("flags", ["00", "01"])
def test_the_log_has_the_id_of_the_trace(collector: Collector, tmp_path: Path, flags: str) -> None:
    environment = {"TRACES": "true", "LOG_DIR": str(tmp_path), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    port = free_port()
    with process(port, "--curated", SAMPLE_LAKE, **environment):
        url = f"http://127.0.0.1:{port}"
        assert Collector.eventually(lambda: answers(url))
        (file,) = tmp_path.glob("dashboard_*.log")

        def told(request: str) -> list[dict[str, Any]]:
            """What is logged of a request."""
            return [each for each in map(json.loads, file.read_text().splitlines()) if each.get("request") == request]

        httpx2.get(f"{url}/health/live", headers={"x-request-id": "health"})
        headers = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-{flags}", "x-request-id": "question"}
        httpx2.post(f"{url}/graphql", json={"query": REVENUE}, headers=headers)
        assert Collector.eventually(lambda: told("question"))
        assert {each["trace_id"] for each in told("question")} == {TRACE_ID}
        assert not [each for each in told("health") if "trace_id" in each]


def test_the_environment_says_how_many_and_by_whom(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "label")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging,service.version=7")
    with serving_sample(traces=True) as served:
        post(served, REVENUE)
        resource = collector.only("POST /graphql").resource
    assert (resource["service.name"], resource["service.version"]) == ("label", "7")
    assert resource["deployment.environment.name"] == "staging"
    collector.spans.clear()
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    with serving_sample(traces=True) as served:
        post(served, REVENUE)
    assert not collector.spans


# --- when nobody receives them ---


def test_a_receiver_that_is_gone_costs_no_answer_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(sent_to(f"http://127.0.0.1:{port}", OTEL_EXPORTER_OTLP_TIMEOUT="2"))
        stack.enter_context(caplog.at_level(logging.INFO))
        served = stack.enter_context(serving_sample(traces=True))
        for _ in range(4):
            assert post(served, REVENUE).status_code == 200
            time.sleep(0.4)

        def told(text: str) -> list[logging.LogRecord]:
            return [each for each in caplog.records if text in each.getMessage()]

        assert Collector.eventually(lambda: told("traces cannot be sent"))
        with collecting(port) as collector:
            assert Collector.eventually(lambda: post(served, REVENUE).is_success and told("traces are sent again"))
            collector.status = 401
            assert Collector.eventually(
                lambda: post(served, REVENUE).is_success and len(told("traces cannot be sent")) == 2
            )
            before = collector.requests
            assert Collector.eventually(lambda: post(served, REVENUE).is_success and collector.requests > before + 3)
        first, second = told("traces cannot be sent")
    assert (vars(first)["problem"], vars(second)["problem"]) == ("ConnectionError", "401 Unauthorized")
    assert not [each for each in caplog.records if each.name.startswith("opentelemetry")]


def test_a_receiver_that_hangs_holds_up_neither_answers_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FLUSH_SECONDS", 0.5)
    with collecting() as collector, sent_to(collector.url, OTEL_EXPORTER_OTLP_TIMEOUT="60"):
        collector.hangs_for = 60
        with serving_sample(traces=True) as served:
            post(served, REVENUE)
            time.sleep(0.2)  # by now the first ones are on their way
            begun_at = time.monotonic()
            for _ in range(20):
                assert post(served, REVENUE).status_code == 200
            assert time.monotonic() - begun_at < 20
            begun_at = time.monotonic()
        assert time.monotonic() - begun_at < 20


def test_what_has_been_collected_is_sent_at_the_end(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    with serving_sample(traces=True) as served:
        post(served, REVENUE)
        assert not collector.spans
    assert collector.named("POST /graphql")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks at processes as Linux shows them")
def test_each_worker_sends_its_own(collector: Collector) -> None:
    environment = {
        "TRACES": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    with crew(SAMPLE_LAKE, **environment) as asked:
        asked.meet()
        asked.of_all(REVENUE)
        assert collector.eventually(lambda: len(collector.named("POST /graphql")) == 2)
    instances = {each.resource["service.instance.id"] for each in collector.named("POST /graphql")}
    assert len(instances) == 2


# --- when nobody wants them ---


def run(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | variables, check=False)


def test_nothing_of_it_is_loaded_where_nobody_wants_it() -> None:
    code = """
import sys
from starlette.testclient import TestClient
from bedrot_graph.app import create_app
from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE
with TestClient(create_app(Settings(curated_data_path=SAMPLE_LAKE)), base_url="http://localhost") as client:
    client.post("/graphql", json={"query": "{ revenue { totalCount } }"})
print([name for name in sys.modules if name.startswith(("opentelemetry", "bedrot_graph.tracing"))])
"""
    assert run(code, PYTHONPATH=".").stdout == "[]\n"


def test_without_the_extra_the_setting_is_refused_in_one_line() -> None:
    code = """
import sys
sys.modules["opentelemetry"] = None
from bedrot_graph.cli import main
main(["serve", "--port", "18765"])
"""
    done = run(code, TRACES="true")
    text = (
        "error: TRACES is 'true' (the environment): OpenTelemetry is not installed. Install 'bedrot-graph[traces]', or "
        "leave it empty.\n"
    )
    assert (done.returncode, done.stderr) == (2, text)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin', which is not there"),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "1"}, "a variable OTEL_… cannot be used: max_export_batch_size must be"),
        ({"OTEL_SPAN_EVENT_COUNT_LIMIT": "few"}, "a variable OTEL_… cannot be used: OTEL_SPAN_EVENT_COUNT_LIMIT"),
    ],
)
def test_what_the_environment_wishes_for_in_vain_is_refused(
    variables: Mapping[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid, match=message):
        create_app(Settings(curated_data_path=SAMPLE_LAKE, traces=True))


def test_what_another_process_has_left_is_told(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANSWER_SECONDS", "PATIENT_SECONDS"):  # the machine may be busy
        monkeypatch.setattr(shared, name, 5)
    with redis_in(tmp_path) as redis:
        one, other = (
            create_app(Settings(curated_data_path=SAMPLE_LAKE, redis_url=redis.url, traces=True), today=lambda: TODAY)
            for _ in range(2)
        )
        with client_of(one) as client:
            client.post("/graphql", json={"query": REVENUE})
            time.sleep(0.5)  # by then it has been left there
        with client_of(other) as client:
            client.post("/graphql", json={"query": REVENUE})
            client.post("/graphql", json={"query": REVENUE.replace("Money", "Other")})
    _, response, frames = collector.named("POST /graphql")
    assert response.attributes["bedrot.remembered"] == "responses in Redis"
    assert response.attributes["graphql.operation.name"] == "Money"
    (operation,) = (each for each in collector.named("query") if each.parent == frames.id)
    answer = collector.parts_of(operation)["answer"]
    assert answer.attributes == {"bedrot.cube": "revenue", "bedrot.remembered": "frames in Redis"}


async def test_what_is_given_up_is_no_failure(collector: Collector) -> None:
    traces, may_end = Tracing(), threading.Event()
    parts = assemble(Settings(curated_data_path=SAMPLE_LAKE), today=lambda: TODAY)

    def slow() -> Any:  # noqa: ANN401 - never an answer
        may_end.wait(20)
        raise StoppedError

    place = WITHIN.set(tracing._Beside(traces, SpanKind.SERVER, tracing.Told, {}))
    with whole("request"):
        asking = asyncio.ensure_future(parts.context().answer("key", slow, "cube"))
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.wait([asking])
    WITHIN.reset(place)
    may_end.set()
    await traces.aclose()
    left = [collector.only("answer"), collector.only("compute")]
    assert [(each.status, each.attributes["bedrot.cancelled"]) for each in left] == [(0, True), (0, True)]


async def test_what_is_executed_for_no_request_is_a_trace_of_its_own(collector: Collector) -> None:
    traces = Tracing()
    parts = assemble(Settings(curated_data_path=SAMPLE_LAKE), today=lambda: TODAY)
    place = WITHIN.set(tracing._Beside(traces, SpanKind.SERVER, tracing.Told, {}))  # as over a WebSocket
    for _ in range(2):
        await execute(Operation("{ pulse { date } }"), parts.context())
    WITHIN.reset(place)
    await traces.aclose()
    first, second = collector.named("query")
    assert (first.kind, first.parent, second.parent) == (SERVER, "", "")
    assert first.trace != second.trace
    assert "answer" in collector.parts_of(first)


def test_what_goes_on_after_its_whole_has_ended_stands_for_itself(collector: Collector) -> None:
    traces = Tracing()
    with tracing._Beside(traces, SpanKind.INTERNAL, tracing.Told, {}).whole("request", {}):
        whole = WITHIN.get()
    with whole.part("left", {}):
        assert WITHIN.get() is not whole
    assert span("nobody") is NOTHING
    asyncio.run(traces.aclose())
    request, left = collector.only("request"), collector.only("left")
    assert (left.parent, left.links) == ("", (request.id,))
    assert left.trace != request.trace
