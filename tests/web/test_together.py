"""Servers of the same lake that share a Redis: here two of them in one process."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph.app import create_app
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.lake import shared
from bedrot_graph.lake.news import News
from bedrot_graph.lake.shared import Shared
from bedrot_graph.settings import Settings
from bedrot_graph.web.keys import KeyFile
from bedrot_graph.web.rates import Rates
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.responses import Reply, packed, unpacked
from tests.askers import client_of
from tests.crews import eventually
from tests.house.test_questions import QUESTIONS, VARIABLES
from tests.lakes import SAMPLE_LAKE, TODAY, day, write_lake
from tests.redises import RedisServer, redis_in
from tests.test_metrics import told

Start = Callable[..., TestClient]
STREAMS = {"query": "{ streams { total { totalStreams } } }"}


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_in(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other things takes its time."""
    for name in ("ANSWER_SECONDS", "PATIENT_SECONDS"):
        monkeypatch.setattr(shared, name, 5)


@pytest.fixture
def start(redis_server: RedisServer) -> Iterator[Start]:
    """`start(folder, **settings)`: a client of an application that shares what it remembers, and watches no files."""
    redis_server.say("FLUSHALL")
    with ExitStack() as clients:

        def client(folder: Path, **settings: object) -> TestClient:
            chosen = {"curated_data_path": folder, "redis_url": redis_server.url, "watch": "off", **settings}
            app = create_app(Settings.model_validate(chosen), today=lambda: TODAY)
            return clients.enter_context(client_of(app))

        yield client


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])


def counted(client: TestClient, name: str) -> float:
    return told(client).get(name, 0)


FOUND_FRAMES = 'bedrot_graph_shared_hits_total{level="frames"}'
FOUND_RESPONSES = 'bedrot_graph_shared_hits_total{level="responses"}'


def questions() -> list[dict[str, Any]]:
    return [
        {"query": path.read_text(encoding="utf-8"), "variables": VARIABLES.get(path.stem, {})} for path in QUESTIONS
    ]


@pytest.mark.parametrize(("settings", "found"), [({}, FOUND_RESPONSES), ({"responses_max_mb": 0}, FOUND_FRAMES)])
def test_what_one_has_answered_the_other_answers_in_the_same_words(
    settings: dict[str, int], found: str, start: Start, redis_server: RedisServer, sample: TestClient
) -> None:
    one, other = start(SAMPLE_LAKE, **settings), start(SAMPLE_LAKE, **settings)
    part = ":responses:" if found == FOUND_RESPONSES else ":frames:"
    for asked in questions():
        expected = sample.post("/graphql", json=asked).json()
        before = len(redis_server.keys(part))
        assert one.post("/graphql", json=asked).json() == expected
        # What is left to others is left behind the answer; of some questions nothing is.
        until = time.monotonic() + 0.2
        while len(redis_server.keys(part)) <= before and time.monotonic() < until:
            time.sleep(0.01)
        assert other.post("/graphql", json=asked).json() == expected
    assert counted(other, found) >= 10
    assert counted(other, "bedrot_graph_redis_reached") == 1


def test_answers_that_may_not_be_the_same_are_not_shared(start: Start, lake: Path, redis_server: RedisServer) -> None:
    for settings in ({}, {"page_size": 7}, {"conversion_event": "Purchase"}, {"max_cost": 4999}):
        client = start(lake, **settings)
        client.post("/graphql", json=STREAMS)
        assert eventually(lambda: redis_server.keys(":responses:"))
        assert [counted(client, name) for name in (FOUND_FRAMES, FOUND_RESPONSES)] == [0, 0]


def test_answers_from_other_files_are_not_shared(start: Start, tmp_path: Path, redis_server: RedisServer) -> None:
    for name, count in (("one", 10), ("other", 20)):
        (tmp_path / name).mkdir()
        folder = write_lake(tmp_path / name, streams=[day("2025-09-01", "distrokid", count, 1)])
        answer = start(folder).post("/graphql", json=STREAMS).json()
        assert answer["data"]["streams"]["total"] == {"totalStreams": count + 1}
        assert eventually(lambda: redis_server.keys(":responses:"))


def test_callers_with_other_rights_are_not_answered_from_each_others_memory(start: Start, lake: Path) -> None:
    asked = {"query": "{ __schema { queryType { name } } }"}
    settings = {"mode": "production", "admin_token": "secret"}
    one, other = start(lake, **settings), start(lake, **settings)
    assert one.post("/graphql", json=asked, headers={"authorization": "Bearer secret"}).json()["data"]
    assert other.post("/graphql", json=asked).json()["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"


def test_a_scope_is_not_answered_from_the_memory_of_those_who_see_all(start: Start, tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "state")
    everything, one = (
        keys.create(name, scopes)[1] for name, scopes in (("a", ("read",)), ("o", ("read:artist=owl1987",)))
    )
    question = {"query": "{ revenue(by: [ARTIST]) { nodes { artist } total { revenueUsd } } }"}
    told = []
    for caller, other in ((one, everything), (everything, one), (one, everything)):  # each server hears both
        servers = [start(SAMPLE_LAKE, state_dir=tmp_path / "state") for _ in range(2)]
        for server, key in zip(servers, (caller, other), strict=True):
            answer = server.post("/graphql", json=question, headers={"authorization": f"Bearer {key}"}).json()
            told.append((key == one, answer["data"]["revenue"]["total"]["revenueUsd"]))
    assert set(told) == {(True, 1249.06574052), (False, 2628.65372866)}


def test_a_reload_by_one_server_is_seen_by_the_other_within_a_second(start: Start, lake: Path) -> None:
    one, other = start(lake), start(lake)
    for client in (one, other):
        client.post("/graphql", json=STREAMS)
    write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
    one.post("/graphql", json={"query": "mutation { reload { version } }"})

    def sees_it() -> bool:
        answer = other.post("/graphql", json=STREAMS).json()
        return bool(answer["data"]["streams"]["total"] == {"totalStreams": 501})

    assert eventually(sees_it, seconds=10)


async def test_what_others_have_seen_is_not_hidden_by_what_is_told_here(redis_server: RedisServer) -> None:
    redis_server.say("FLUSHALL")
    one, other = Shared(redis_server.url), Shared(redis_server.url)
    news, others = News(), News()
    async with one.running(), other.running():
        for state in range(1, 20):
            news.tell(2 * state)
            await one.beat(news)
            others.tell(2 * state - 1)  # of a moment ago
            await other.beat(others)
            assert others.latest == 2 * state
            await other.beat(others)
            await one.beat(news)
            assert news.latest == 2 * state - 1


def test_what_is_spent_at_one_server_is_spent_at_the_other(start: Start, lake: Path) -> None:
    one, other = (start(lake, points_per_minute=600, responses_max_mb=0) for _ in range(2))
    cost = {"query": STREAMS["query"], "extensions": {"cost": True}}
    points = 1 + one.post("/graphql", json=cost).json()["extensions"]["cost"]["points"]
    attempts = int(500 / points)  # as many as the other would answer by itself
    while one.post("/graphql", json=STREAMS).status_code == 200:
        pass
    statuses = []
    for _ in range(attempts):
        statuses.append(other.post("/graphql", json=STREAMS).status_code)
        time.sleep(0.7)
    assert statuses[-1] == 429


async def test_points_that_were_taken_elsewhere_are_missing_here(redis_server: RedisServer) -> None:
    redis_server.say("FLUSHALL")
    together = Shared(redis_server.url)
    one, other = (Rates(600, lambda: 0.0) for _ in range(2))
    async with together.running():
        await together.beat(News())
        for each in (one, other):
            await each.exchange(together.spend)
        one.take("10.0.0.1", 590)
        await one.exchange(together.spend)
        other.take("10.0.0.1", 200)  # not known here yet
        other.take("10.0.0.2", 200)
        await other.exchange(together.spend)
        other.take("10.0.0.2", 400)
        with pytest.raises(RefusedError, match="within a minute 0 are left") as refused:
            other.take("10.0.0.1", 1)
    (_, seconds), *_ = refused.value.headers
    assert 17 <= int(seconds) <= 20  # 190 were spent too much, and 10 come back in a second


def test_an_answer_is_the_same_with_redis_gone(
    start: Start, lake: Path, redis_server: RedisServer, sample: TestClient
) -> None:
    client = start(SAMPLE_LAKE)
    redis_server.kill()
    try:
        for asked in questions():
            assert client.post("/graphql", json=asked).json() == sample.post("/graphql", json=asked).json()
        assert start(lake).post("/graphql", json=STREAMS).json()["data"]["streams"]["total"] == {"totalStreams": 11}
        assert counted(client, "bedrot_graph_redis_reached") == 0
    finally:
        redis_server.start()
    assert eventually(lambda: counted(client, "bedrot_graph_redis_reached") == 1)


def test_an_address_without_a_redis_is_refused_in_words(lake: Path) -> None:
    settings = Settings.model_validate({"curated_data_path": lake, "redis_url": "redis://user:secret@host:port"})
    with pytest.raises(SettingsInvalid, match=r"REDIS_URL is no address of a Redis\.") as refused:
        create_app(settings)
    assert "secret" not in str(refused.value)


REPLY = Reply(200, ((b"content-type", b"application/json"), (b"etag", b'"\xff"')), b'{"data":null}\x00', "Money")


def test_a_reply_comes_out_as_it_went_in() -> None:
    assert unpacked(packed(REPLY)) == REPLY


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00\x00\x02{}body",
        packed(REPLY)[:20],
        b"\x00\x00\x00\x1b" + b'{"status":"x","headers":[]}',
        b"\x00\x00\x00\x22" + '{"status":200,"headers":[["ł","a"]]}'.encode(),
    ],
)
def test_what_is_no_reply_is_none(data: bytes) -> None:
    assert unpacked(data) is None


def test_what_is_said_of_an_alert_at_one_is_told_by_all(start: Start, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    lake = write_lake(tmp_path / "lake", streams=[day("2025-06-01", "distrokid", 10, 1)])  # stale by now
    one, other = (start(lake, state_dir=tmp_path / "state") for _ in range(2))
    asked = {"query": "{ alerts { nodes { id acknowledgedBy } } }"}

    def said() -> list[dict[str, Any]]:
        return [client.post("/graphql", json=asked).json()["data"]["alerts"]["nodes"][0] for client in (one, other)]

    (first, second) = said()
    assert first == second
    mutation = "mutation($id: ID!) { acknowledgeAlert(id: $id) { acknowledgedBy } }"
    one.post("/graphql", json={"query": mutation, "variables": {"id": first["id"]}})
    assert eventually(lambda: [each["acknowledgedBy"] for each in said()] == ["testclient"] * 2, seconds=5)
