"""Subscriptions, over real connections to the running server, while the files of its lake change."""

import asyncio
import hashlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bedrot_graph.web.keys import KeyFile
from tests.house.test_questions import question
from tests.lakes import day, statement, write_lake
from tests.web.serving import Serving, asked, eventually
from tests.web.serving import serving_lake as serving_files
from tests.web.test_closed import JWT, SECRET
from tests.web.test_sockets import PROTOCOL, begin, begun, closed, heard, say, unread
from tests.web.test_streams import APOLLO, SSE

TYPENAME = {"query": "{ __typename }"}
KPIS: dict[str, Any] = {"query": "subscription { kpiUpdates { id value } }", "extensions": {"lineage": "none"}}
ALERTS = {"query": question("21"), "operationName": "AlertRaised"}
DATASETS = {"query": question("21"), "operationName": "DatasetChanged"}

DAYS = [day(f"2025-08-{number:02}", "distrokid", 100, 50) for number in range(1, 32)]
LINES = [statement("2025-01", "Spotify", 1000, "4.00"), statement("2025-01", "TikTok", 10, "0.50", artist="HALO B7")]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    folder.mkdir()
    return write_lake(folder, statements=LINES, streams=DAYS)


@contextmanager
def serving_lake(lake: Path, **settings: object) -> Iterator[Serving]:
    """A server that looks at the files when it is told to, so that a test can tell before from after."""
    with serving_files(lake, watch="off", **settings) as served:
        yield served


@pytest.fixture
def served(lake: Path) -> Iterator[Serving]:
    with serving_lake(lake) as served:
        yield served


def change(served: Serving, lake: Path, **rows: Any) -> None:  # noqa: ANN401 - as `write_lake` has them
    """Other files, and the server has looked at them."""
    write_lake(lake, **rows)
    look(served)


def look(served: Serving) -> None:
    answer = httpx2.post(f"{served.url}/graphql", json={"query": "mutation { reload { version } }"}, timeout=20).json()
    assert answer["data"]["reload"]["version"]


def told(socket: ClientConnection) -> dict[str, Any]:
    """The payload of the next message."""
    message = heard(socket)
    assert message["type"] == "next", message
    payload: dict[str, Any] = message["payload"]
    return payload


def is_silent(socket: ClientConnection) -> bool:
    """Whether nothing is told: what comes next is the answer to a question that is asked now."""
    say(socket, type="ping", payload={"is": "silent"})
    return heard(socket) == {"type": "pong", "payload": {"is": "silent"}}


def values(payload: dict[str, Any]) -> dict[str, Any]:
    return {kpi["id"]: kpi["value"] for kpi in payload["data"]["kpiUpdates"]}


def counted(spotify: int) -> list[dict[str, str]]:
    """The days, of which the last has another count."""
    return [*DAYS[:-1], day("2025-08-31", "distrokid", spotify, 50)]


def listening(served: Serving) -> int:
    """How many subscriptions are followed."""
    return len(served.app.feeds)


# --- over WebSockets ---


def test_all_kpis_are_told_first_and_then_those_that_have_changed(served: Serving, lake: Path) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=KPIS)
        first = values(told(socket))
        assert len(first) == 13
        assert (first["streams"], first["total_revenue"], first["artist_count"]) == (31 * 150, 4.5, 2)
        change(served, lake, streams=counted(101))
        assert values(told(socket)) == {"streams": 31 * 150 + 1}
        look(served)
        assert is_silent(socket)


def test_what_the_client_completes_is_told_no_more_and_its_id_is_free(served: Serving, lake: Path) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=KPIS)
        told(socket)
        assert listening(served) == 1
        say(socket, type="complete", id="1")
        assert eventually(lambda: listening(served) == 0)
        change(served, lake, streams=counted(101))
        assert is_silent(socket)
        say(socket, type="subscribe", id="1", payload=KPIS)
        assert values(told(socket))["streams"] == 31 * 150 + 1


def test_how_many_listen_is_told_to_prometheus(served: Serving) -> None:
    def gauge() -> str:
        page = httpx2.get(f"{served.url}/metrics", timeout=20).text
        return next(line for line in page.splitlines() if line.startswith("bedrot_graph_subscriptions_open "))

    with begun(served) as socket:
        for number in range(3):
            say(socket, type="subscribe", id=str(number), payload=(KPIS, ALERTS, DATASETS)[number])
        assert eventually(lambda: gauge() == "bedrot_graph_subscriptions_open 3.0")
    assert eventually(lambda: gauge() == "bedrot_graph_subscriptions_open 0.0")


def test_who_leaves_is_followed_for_no_longer(served: Serving) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=KPIS)
        told(socket)
    assert eventually(lambda: listening(served) == 0)
    assert eventually(lambda: served.is_idle)


def test_subscriptions_that_have_nothing_to_tell_hold_up_no_answer(served: Serving) -> None:
    with begun(served) as socket:
        for number in range(50):
            say(socket, type="subscribe", id=str(number), payload=KPIS)
        assert {heard(socket)["id"] for _ in range(50)} == {str(number) for number in range(50)}
        say(socket, type="subscribe", id="query", payload=TYPENAME)
        assert [heard(socket)["type"], heard(socket)["type"]] == ["next", "complete"]
        say(socket, type="subscribe", id="query", payload=TYPENAME)
        assert heard(socket)["payload"] == {"data": {"__typename": "Query"}}


def test_so_many_subscriptions_are_followed_on_one_socket_and_no_more(lake: Path) -> None:
    with serving_lake(lake, max_socket_operations=3) as served, begun(served) as socket:
        for number in range(4):
            say(socket, type="subscribe", id=str(number), payload=KPIS)
        assert closed(socket) == (4429, "Too many operations: 3 may run at once")
        assert eventually(lambda: listening(served) == 0)


def test_what_cannot_be_listened_to_is_an_error_and_the_socket_stays_open(served: Serving) -> None:
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload={"query": "subscription { kpiUpdates { nothing } }"})
        message = heard(socket)
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "GRAPHQL_VALIDATION_FAILED")
        assert is_silent(socket)


def test_when_the_server_stops_sockets_with_subscriptions_are_closed_at_once(lake: Path) -> None:
    with serving_lake(lake, shutdown_seconds=20) as served, begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=KPIS)
        told(socket)
        begun_at = time.monotonic()
        served.server.should_exit = True
        with pytest.raises(ConnectionClosed) as found:
            socket.recv(timeout=10)  # no 'complete' comes before, after which a client would not subscribe again
        assert found.value.rcvd
        assert (found.value.rcvd.code, found.value.rcvd.reason) == (1001, "The server is going away")
    assert time.monotonic() - begun_at < 5


@contextmanager
def hesitant(served: Serving) -> Iterator[ClientConnection]:
    """A socket whose client has room for little that it has not been asked for yet."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(served.address)
    url = served.url.replace("http", "ws")
    protocols = [Subprotocol(PROTOCOL)]
    with connect(
        f"{url}/graphql", sock=connection, subprotocols=protocols, max_queue=1, max_size=None, compression=None
    ) as client:
        begin(client)
        yield client


def test_who_stops_reading_holds_up_nobody_and_is_told_the_newest_state_when_it_reads_again(lake: Path) -> None:
    wide = {"query": "subscription { datasetChanged { name rows rowPage(first: 10000) { nodes } } }"}
    lines = [statement("2025-01", "Spotify", n, "0.01", title="x" * 300) for n in range(9000)]
    write_lake(lake, statements=lines)
    with serving_lake(lake) as served, hesitant(served) as slow, begun(served) as quick:
        say(slow, type="subscribe", id="1", payload=wide)
        say(quick, type="subscribe", id="1", payload=KPIS)
        told(quick)
        waiting = []
        for fewer in range(1, 9):
            change(served, lake, statements=lines[:-fewer])
            assert "total_revenue" in values(told(quick))
            waiting.append(unread(served))
        assert waiting[-1] > 0  # the slow one does not read
        assert len(set(waiting[-4:])) == 1  # and no more waits for it, whatever changes
        rows: list[int] = []
        missed = 0
        while rows[-1:] != [9000 - 8]:
            message = told(slow)
            missed += message.get("extensions", {}).get("missed", 0)
            if message["data"]["datasetChanged"]["name"] == "distrokid_statements":
                rows.append(message["data"]["datasetChanged"]["rows"])
        assert rows == sorted(rows, reverse=True)
        assert len(rows) + missed <= 9
        assert missed >= 3
        assert is_silent(slow)


# --- as streams ---


@contextmanager
def streamed(served: Serving, payload: dict[str, Any], accept: str = SSE, **headers: str) -> Iterator[Iterator[Any]]:
    """The messages of a stream; then "complete", where it says so, and None."""
    with (
        httpx2.Client(timeout=20) as client,
        client.stream("POST", f"{served.url}/graphql", json=payload, headers={"accept": accept, **headers}) as response,
    ):
        assert response.status_code == 200, response.read()
        yield events(response.iter_lines()) if accept == SSE else parts(response.iter_lines())


def events(lines: Iterator[str]) -> Iterator[Any]:
    for line in lines:
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))
        elif line == "event: complete":
            yield "complete"
    yield None


def parts(lines: Iterator[str]) -> Iterator[Any]:
    for line in lines:
        if line.startswith("{"):
            yield json.loads(line)
    yield None


def test_messages_are_events(served: Serving, lake: Path) -> None:
    with streamed(served, KPIS) as messages:
        assert len(values(next(messages))) == 13
        change(served, lake, streams=counted(101))
        assert values(next(messages)) == {"streams": 31 * 150 + 1}
        assert listening(served) == 1
    assert eventually(lambda: listening(served) == 0)
    assert eventually(lambda: served.is_idle)


@pytest.mark.parametrize(("accept", "within"), [("multipart/mixed", None), (APOLLO, "payload")])
def test_messages_are_parts(accept: str, within: str | None, served: Serving, lake: Path) -> None:
    def of(part: dict[str, Any]) -> dict[str, Any]:
        assert within or part["hasNext"]
        return values(part[within] if within else part)

    with streamed(served, KPIS, accept) as messages:
        assert len(of(next(messages))) == 13
        change(served, lake, streams=counted(101))
        assert of(next(messages)) == {"streams": 31 * 150 + 1}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        # as Apollo and urql ask, who like JSON as well
        (f"{APOLLO},application/graphql-response+json,application/json;q=0.9", "multipart/mixed"),
        (f"application/graphql-response+json, application/json, {SSE}, multipart/mixed", SSE),
        (f"application/json, {SSE};q=0.1", SSE),
    ],
)
def test_who_takes_a_stream_at_all_gets_one_as_nothing_else_would_do(
    accept: str, media_type: str, served: Serving
) -> None:
    with httpx2.stream("POST", f"{served.url}/graphql", json=KPIS, headers={"accept": accept}, timeout=20) as response:
        assert response.headers["content-type"].startswith(media_type)
        assert "kpiUpdates" in next(line for line in response.iter_lines() if "{" in line)


def test_nothing_is_streamed_to_who_asks_for_the_head_alone(served: Serving) -> None:
    headers = {"accept": SSE, "graphql-require-preflight": "1"}
    refused = httpx2.head(f"{served.url}/graphql", params={"query": KPIS["query"]}, headers=headers, timeout=20)
    assert refused.status_code == 406
    assert listening(served) == 0


def test_what_may_not_be_held_for_so_long_is_refused(served: Serving) -> None:
    long = {**KPIS, "variables": {"further": "x" * 2000}}
    refused = httpx2.post(f"{served.url}/graphql", json=long, headers={"accept": SSE}, timeout=20)
    assert "2,000 is the most" in refused.text
    with begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=long)
        message = heard(socket)
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")
        say(socket, type="subscribe", id="x" * 1000, payload=KPIS)
        assert told(socket)
        say(socket, type="subscribe", id="x" * 1001, payload=KPIS)
        assert closed(socket) == (4400, "Invalid message: 'id' is longer than 1000 characters")


def test_one_address_has_so_many_streams_and_no_more(lake: Path) -> None:
    with serving_lake(lake, max_streams=2) as served:
        with streamed(served, KPIS) as one, streamed(served, DATASETS, APOLLO) as other:
            assert next(one)
            assert next(other)
            refused = httpx2.post(f"{served.url}/graphql", json=KPIS, headers={"accept": SSE})
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "TOO_MANY_STREAMS")
            queried = httpx2.post(f"{served.url}/graphql", json=TYPENAME, headers={"accept": SSE})
            assert queried.status_code == 200  # what ends by itself is none
        assert eventually(lambda: listening(served) == 0)
        with streamed(served, KPIS) as again:
            assert next(again)


@pytest.mark.parametrize("settings", [{}, {"allowed_origins": "https://dashboard.example"}])
@pytest.mark.parametrize("accept", [SSE, "multipart/mixed", APOLLO])
def test_when_the_server_stops_streams_end_at_once_and_without_an_ending(
    accept: str, settings: dict[str, str], lake: Path
) -> None:
    with serving_lake(lake, shutdown_seconds=20, **settings) as served, streamed(served, KPIS, accept) as messages:
        assert next(messages)
        begun_at = time.monotonic()
        served.server.should_exit = True
        assert next(messages) is None
    assert time.monotonic() - begun_at < 5


def test_a_reader_that_does_not_read_holds_up_no_stopping_server(lake: Path) -> None:
    write_lake(lake, statements=[statement("2025-01", "Spotify", n, "0.01", title="x" * 900) for n in range(9000)])
    query = "subscription { datasetChanged { name rowPage(first: 10000) { nodes } } }"
    with serving_lake(lake, shutdown_seconds=20) as served, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(served.address)
        client.sendall(asked(query, f"accept: {SSE}"))
        assert eventually(lambda: unread(served) > 0)
        begun_at = time.monotonic()
        served.server.should_exit = True
        assert eventually(lambda: not served.server.server_state.connections)
    assert time.monotonic() - begun_at < 5


def test_what_is_asked_behind_a_stream_holds_up_no_stopping_server(lake: Path) -> None:
    with serving_lake(lake, shutdown_seconds=20) as served, socket.create_connection(served.address, 20) as client:
        client.sendall(asked(KPIS["query"], f"accept: {SSE}"))
        while b"event: next" not in client.recv(65536):
            pass
        client.sendall(asked("{ __typename }"))
        time.sleep(0.2)  # until it has been read, and waits
        begun_at = time.monotonic()
        served.server.should_exit = True
        assert eventually(lambda: not served.server.server_state.connections)
    assert time.monotonic() - begun_at < 5


def test_a_subscription_is_not_answered_in_json_and_it_is_told_how_it_is(served: Serving) -> None:
    for accept in ("application/json", "application/graphql-response+json", "*/*"):
        refused = httpx2.post(f"{served.url}/graphql", json=KPIS, headers={"accept": accept})
        error = refused.json()["errors"][0]
        assert (refused.status_code, error["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")
        assert "text/event-stream" in error["message"]
        assert "graphql-transport-ws" in error["message"]


def test_a_page_of_this_site_listens_with_an_event_source_and_one_of_another_cannot(served: Serving) -> None:
    address, query = f"{served.url}/graphql", {"query": KPIS["query"]}
    asks: list[dict[str, str]] = [{"sec-fetch-site": "same-origin"}, {"graphql-require-preflight": "1"}]
    for headers in asks:
        with httpx2.stream("GET", address, params=query, headers={"accept": SSE, **headers}, timeout=20) as response:
            assert response.headers["content-type"].startswith(SSE)
            assert len(values(next(events(response.iter_lines())))) == 13
    for site in ("cross-site", "same-site", "none"):
        refused = httpx2.get(address, params=query, headers={"accept": SSE, "sec-fetch-site": site})
        assert refused.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"


# --- who may listen, and for how long ---


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_who_may_not_ask_any_more_is_told_so_and_nothing_else(lake: Path, tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    revoked, key = keys.create("panel", ("read",))
    with (
        serving_lake(lake, state_dir=tmp_path) as served,
        begun(served, bearer(key)) as socket,
        streamed(served, KPIS, **bearer(key)) as messages,
        streamed(served, KPIS, APOLLO, **bearer(key)) as apollo,
    ):
        say(socket, type="subscribe", id="1", payload=KPIS)
        assert told(socket)
        assert next(messages)
        assert next(apollo)
        keys.revoke(revoked.id)
        assert closed(socket)[0] == 4403
        assert next(messages)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert list(messages) == ["complete", None]
        assert next(apollo)["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert next(apollo) is None
        assert eventually(lambda: listening(served) == 0)


def test_a_token_that_expires_ends_what_was_begun_with_it(lake: Path) -> None:
    claims = {"sub": "anna", "aud": "bedrot", "iss": "login", "scope": "read", "exp": time.time() + 2}
    token = jwt.encode(claims, SECRET, "HS256")
    with (
        serving_lake(lake, **JWT) as served,
        begun(served, bearer(token)) as socket,
        streamed(served, KPIS, **bearer(token)) as messages,
    ):
        say(socket, type="subscribe", id="1", payload=KPIS)
        assert told(socket)
        assert next(messages)
        assert closed(socket)[0] == 4403
        assert next(messages)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


EVERYTHING = (
    KPIS,
    {"query": "subscription { alertRaised { id kind severity title message raisedAt } }"},
    {"query": "subscription { datasetChanged { name available rows coversFrom coversThrough } }"},
)


def heard_out(socket: ClientConnection) -> list[Any]:
    """What is told of until nothing more is: three times as long as anything took."""
    messages: list[dict[str, Any]] = []
    while True:
        try:
            message = json.loads(socket.recv(timeout=1.5))
        except TimeoutError:
            return sorted(messages, key=lambda each: (each["id"], json.dumps(each["payload"]["data"])))
        for error in message["payload"].pop("errors", ()):
            assert error["extensions"]["code"] in {"DATASET_UNAVAILABLE", "FORBIDDEN"}
        messages.append(message)


def test_an_artist_is_told_what_is_told_over_a_lake_of_its_rows_alone(lake: Path, tmp_path: Path) -> None:
    owl, halo = statement("2025-01", "Spotify", 1000, "4.00"), {"artist": "HALO B7"}
    alone = tmp_path / "alone"
    alone.mkdir()
    write_lake(alone, statements=[owl])
    _, key = KeyFile(tmp_path).create("owl", ("read:artist=OWL 1987",))
    _, admin = KeyFile(tmp_path).create("ops", ("admin",))

    def look_at_both() -> None:
        reload = {"query": "mutation { reload { version } }"}
        for server, headers in ((of_all, bearer(admin)), (of_one, {})):
            assert "data" in httpx2.post(f"{server.url}/graphql", json=reload, headers=headers, timeout=20).json()

    with (
        serving_lake(lake, state_dir=tmp_path) as of_all,
        serving_lake(alone, state_dir=tmp_path / "no keys") as of_one,
        begun(of_all, bearer(key)) as scoped,
        begun(of_one) as whole,
    ):
        for number, payload in enumerate(EVERYTHING):
            for socket_ in (scoped, whole):
                say(socket_, type="subscribe", id=str(number), payload={**payload, "extensions": {"lineage": "none"}})
        assert (first := heard_out(scoped)) == heard_out(whole)
        assert {each["id"] for each in first} >= {"0", "2"}

        write_lake(lake, statements=[owl, statement("2025-02", "TikTok", 70, "9.50", **halo)], streams=DAYS[:-3])
        look_at_both()
        assert heard_out(scoped) == heard_out(whole) == []  # others' rows have changed

        mine = [owl, statement("2025-02", "Spotify", 500, "1.00")]
        write_lake(lake, statements=[*mine, statement("2025-02", "TikTok", 70, "9.50", **halo)])
        write_lake(alone, statements=mine)
        look_at_both()
        assert (then := heard_out(scoped)) == heard_out(whole)
        assert {each["id"] for each in then} >= {"0", "2"}


def test_where_only_trusted_documents_are_answered_one_can_be_listened_to_by_its_hash(
    lake: Path, tmp_path: Path
) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "kpis.graphql").write_text(KPIS["query"])
    name = f"sha256:{hashlib.sha256(KPIS['query'].encode()).hexdigest()}"
    with (
        serving_lake(lake, trusted_documents=documents, only_trusted=True) as served,
        streamed(served, {"documentId": name}) as messages,
        begun(served) as socket,
    ):
        assert len(values(next(messages))) == 13
        say(socket, type="subscribe", id="1", payload={"documentId": name})
        assert len(values(told(socket))) == 13
        say(socket, type="subscribe", id="2", payload=DATASETS)
        assert heard(socket)["payload"][0]["extensions"]["code"] == "UNTRUSTED_DOCUMENT"


def is_refused(served: Serving, query: str) -> bool:
    return httpx2.post(f"{served.url}/graphql", json={"query": query}, timeout=20).status_code == 429


def test_who_has_spent_its_points_is_told_when_there_are_enough_again(lake: Path) -> None:
    with serving_lake(lake, points_per_minute=1800, max_cost=1800) as served, begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=KPIS)
        told(socket)
        for query in ("{ datasets { columns { name } } }", '{ dataset(name: "linktree") { columns { name } } }'):
            texts = (f"{query} # {number}" for number in count())  # a known answer would cost one point
            assert next(text for text in texts if is_refused(served, text))
        begun_at = time.monotonic()
        write_lake(lake, streams=counted(101))
        (feed,) = served.app.feeds._held.values()
        looking = feed._current.reload()
        asyncio.run_coroutine_threadsafe(looking, feed._following.get_loop()).result(10)
        assert values(told(socket)) == {"streams": 31 * 150 + 1}
        assert time.monotonic() - begun_at > 1  # of 63 points about 17 were left, and 30 come in a second


def test_what_somebody_acknowledges_is_told_to_nobody_who_comes_later_until_it_is_taken_back(
    lake: Path, tmp_path: Path
) -> None:
    def say_of(served: Serving, name: str, *, take_back: bool) -> None:
        mutation = "mutation($id: ID!, $back: Boolean!) { acknowledgeAlert(id: $id, takeBack: $back) { id } }"
        asked_for = {"query": mutation, "variables": {"id": name, "back": take_back}}
        answer = httpx2.post(f"{served.url}/graphql", json=asked_for, timeout=20).json()
        assert answer["data"]["acknowledgeAlert"] == {"id": name}, answer

    query = {"query": "subscription { alertRaised { id } }"}
    with serving_lake(lake, state_dir=tmp_path / "state") as served, begun(served) as socket:
        say(socket, type="subscribe", id="1", payload=query)
        ids = [each["payload"]["data"]["alertRaised"]["id"] for each in heard_out(socket)]
        assert ids
        say_of(served, ids[0], take_back=False)
        assert is_silent(socket)
        with begun(served) as late:
            say(late, type="subscribe", id="1", payload=query)
            assert [each["payload"]["data"]["alertRaised"]["id"] for each in heard_out(late)] == ids[1:]
            say_of(served, ids[0], take_back=True)
            assert told(late)["data"]["alertRaised"] == {"id": ids[0]}
        assert told(socket)["data"]["alertRaised"] == {"id": ids[0]}
