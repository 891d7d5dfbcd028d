"""What processes remember together: here two of them in one, over a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.lake import shared
from bedrot_graph.lake.cache import Cache
from bedrot_graph.lake.news import News
from bedrot_graph.lake.shared import Shared, Together
from tests.redises import RedisServer, redis_in


@dataclass(frozen=True)
class Value:
    """An answer as a text; one that begins with '-' cannot be packed."""

    text: str
    size_bytes: int = 1


def pack(value: Value) -> bytes | None:
    return None if value.text.startswith("-") else value.text.encode()


def unpack(data: bytes) -> Value | None:
    return None if data == b"garbage" else Value(data.decode())


class Process:
    """One of those that remember together."""

    def __init__(self, url: str, *, ttl_seconds: float = 60) -> None:
        self.shared = Shared(url)
        self.news = News()
        together = Together(self.shared, pack, unpack, "frames:x", ttl_seconds)
        self.cache = Cache[Value](ttl_seconds=ttl_seconds, max_entries=100, max_bytes=1000, together=together)
        self.computed: list[str] = []
        self.begun = asyncio.Event()

    async def get(self, key: str, seconds: float = 0, text: str | None = None) -> str:
        async def compute() -> Value:
            self.computed.append(key)
            self.begun.set()
            await asyncio.sleep(seconds)
            return Value(text or key)

        return (await self.cache.get(key, compute)).text

    async def settled(self) -> None:
        """Until what nobody waits for is done."""
        while tasks := self.shared._tasks.copy():
            await asyncio.wait(tasks)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_in(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(redis_server: RedisServer) -> RedisServer:
    redis_server.say("FLUSHALL")
    return redis_server


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other things takes its time."""
    for name in ("ANSWER_SECONDS", "PATIENT_SECONDS"):
        monkeypatch.setattr(shared, name, 5)


@asynccontextmanager
async def two(url: str, **options: float) -> AsyncIterator[tuple[Process, Process]]:
    async with AsyncExitStack() as stack:
        both = Process(url, **options), Process(url, **options)
        for each in both:
            await stack.enter_async_context(each.shared.running())
            await each.shared.beat(each.news)
        yield both


async def test_what_one_has_computed_the_other_has(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        assert await one.get("a", text="computed by one") == "computed by one"
        await one.settled()
        assert await other.get("a") == "computed by one"
        assert await other.get("a") == "computed by one"
        assert (one.computed, other.computed) == (["a"], [])
        assert (other.shared.hits, other.cache.hits) == ({"frames": 1}, 1)


async def test_both_ask_at_once_and_one_computes(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        texts = await asyncio.gather(*(each.get("a", 0.2) for each in (one, other) for _ in range(5)))
        assert (set(texts), one.computed + other.computed) == ({"a"}, ["a"])


async def test_a_claim_is_renewed_for_as_long_as_the_computing_takes(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "CLAIM_SECONDS", 0.6)
    async with two(server.url) as (one, other):
        first = asyncio.ensure_future(one.get("a", 1.5))
        await asyncio.sleep(0.1)
        assert await other.get("a") == "a"
        assert await first == "a"
        assert other.computed == []


async def test_one_that_dies_while_it_computes_costs_the_others_the_time_of_its_claim(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "CLAIM_SECONDS", 0.5)
    server.say("SET", f"bedrot-graph:frames:x:{shared._short('a')}:claim", "of a dead one", "PX", "500")
    async with two(server.url) as (one, _):
        begun = time.monotonic()
        assert await one.get("a") == "a"
        assert 0.2 < time.monotonic() - begun < 5


async def test_a_failure_of_one_is_no_answer_for_the_other(server: RedisServer) -> None:
    async def fail() -> Value:
        raise LookupError

    async with two(server.url) as (one, other):
        with pytest.raises(LookupError):
            await one.cache.get("a", fail)
        assert await other.get("a") == "a"


async def test_one_that_is_left_by_all_who_asked_leaves_the_computing_to_others(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        leaving = asyncio.ensure_future(one.get("a", 60))
        await one.begun.wait()
        leaving.cancel()
        assert await other.get("a") == "a"


async def test_what_cannot_be_packed_each_computes_for_itself_and_waits_for_nobody(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        assert await one.get("a", text="-one") == "-one"
        await one.settled()
        assert await other.get("a", text="-other") == "-other"


async def test_a_value_is_remembered_for_its_time_and_no_longer_by_who_has_it_from_another(server: RedisServer) -> None:
    async with two(server.url, ttl_seconds=0.6) as (one, other):
        await one.get("a", text="first")
        await one.settled()
        await asyncio.sleep(0.3)
        assert await other.get("a") == "first"
        await asyncio.sleep(0.4)
        assert await other.get("a", text="second") == "second"


@pytest.mark.parametrize("garbage", ["", "garbage", "x" * 100])
async def test_what_others_have_written_over_a_value_is_none(garbage: str, server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        await one.get("a")
        await one.settled()
        [key] = server.keys("frames")
        server.say("SET", key, garbage, "EX", "60")
        assert await other.get("a", text="computed anew") == "computed anew"


async def test_a_value_of_another_type_is_none(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        await one.get("a")
        await one.settled()
        [key] = server.keys("frames")
        server.say("DEL", key)
        server.say("LPUSH", key, "a")
        assert await other.get("a", text="computed anew") == "computed anew"


async def test_a_value_under_the_key_of_another_is_none(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        await one.get("a")
        await one.settled()
        [key] = server.keys("frames")
        server.say("RENAME", key, f"bedrot-graph:frames:x:{shared._short('b')}")
        assert await other.get("b") == "b"


async def test_a_value_that_unpacks_to_nothing_is_computed(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        await one.get("a", text="garbage")
        await one.settled()
        assert await other.get("a") == "a"


async def test_large_values_are_kept_and_too_large_ones_are_not(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        await one.get("large", text="x" * (shared.LARGE + 1))
        await one.get("too large", text="x" * (shared.MOST_BYTES + 1))
        await one.settled()
        assert len(await other.get("large")) == shared.LARGE + 1
        assert await other.get("too large") == "too large"


async def test_a_redis_that_is_gone_is_said_once_and_so_is_that_it_is_there_again(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bedrot_graph")
    async with two(server.url) as (one, other):
        try:
            server.kill()
            for key in "abcdefgh":
                assert await one.get(key) == key
            assert not one.shared.is_reached
            for _ in range(3):
                await one.shared.beat(one.news)
        finally:
            server.start()
        await one.shared.beat(one.news)
        assert await one.get("i", text="computed by one") == "computed by one"
        await one.settled()
        assert await other.get("i") == "computed by one"
    told = [record.getMessage() for record in caplog.records]
    gone, there = "Redis does not answer; answers are not shared until it does", "answers are shared"
    assert told == [there, there, gone, there]


async def test_a_redis_that_is_frozen_costs_a_moment_at_first_and_then_nothing(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "ANSWER_SECONDS", 0.1)
    async with two(server.url) as (one, _):
        server.freeze()
        try:
            begun = time.monotonic()
            for key in "abcdefgh":
                assert await one.get(key) == key
            assert time.monotonic() - begun < 3
            assert not one.shared.is_reached
            begun = time.monotonic()
            assert await one.get("i") == "i"
            assert time.monotonic() - begun < 0.1
        finally:
            server.thaw()
        while not one.shared.is_reached:
            await one.shared.beat(one.news)


async def test_before_and_after_it_runs_nothing_is_asked(server: RedisServer) -> None:
    process = Process(server.url)
    assert await process.get("a") == "a"
    async with process.shared.running():
        await process.shared.beat(process.news)
    assert await process.get("b") == "b"
    assert server.keys("") == []


async def test_an_asker_who_leaves_in_the_middle_spoils_no_answer_of_another(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        for key in "abcdefgh":
            await one.get(key)
        await one.settled()
        for _ in range(20):
            leaving = [asyncio.ensure_future(other.get(key)) for key in "abcdefgh"]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            for each in leaving:
                each.cancel()
            await asyncio.wait(leaving)
            await other.cache.clear()
            assert await asyncio.gather(*(other.get(key) for key in "abcdefgh")) == list("abcdefgh")
            await other.cache.clear()


async def test_news_reach_the_other_and_are_not_taken_for_its_own(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        one.news.tell(2**64 - 1)
        for _ in range(2):
            for each in (one, other):
                await each.shared.beat(each.news)
        assert (other.news.latest, other.news.told) == (2**64 - 1, 0)
        server.say("SET", "bedrot-graph:state", "no number")
        await other.shared.beat(other.news)
        assert other.news.latest == 2**64 - 1


async def test_points_are_taken_from_one_bucket(server: RedisServer) -> None:
    async with two(server.url) as (one, other):
        assert dict(await one.shared.spend({"a": 100, "b": 1}, 600)) == {"a": 500, "b": 599}
        left = await other.shared.spend({"a": 500}, 600)
        assert 0 <= left["a"] < 100  # it is filled again by 10 a second
        assert await other.shared.spend({}, 600) == {}


@pytest.mark.parametrize("url", ["redis://host:port/0", "redis://localhost/0?socket_timeout=never"])
def test_an_address_that_is_none_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Shared(url)
    assert url not in str(refused.value)
