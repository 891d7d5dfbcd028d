import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from bedrot_graph.lake.cache import Cache


@dataclass(frozen=True)
class Value:
    """An answer of so many bytes."""

    name: str
    size_bytes: int = 1


class Kitchen:
    """Computes values, and counts how often."""

    def __init__(self, size_bytes: int = 1) -> None:
        self.computed: list[str] = []
        self.size_bytes = size_bytes

    def make(self, name: str) -> Callable[[], Awaitable[Value]]:
        async def compute() -> Value:
            await asyncio.sleep(0)
            self.computed.append(name)
            return Value(name, self.size_bytes)

        return compute


def cache(*, ttl_seconds: float = 60, max_entries: int = 100, max_bytes: int = 1000) -> Cache[Value]:
    return Cache(ttl_seconds=ttl_seconds, max_entries=max_entries, max_bytes=max_bytes)


async def asked(cached: Cache[Value], kitchen: Kitchen, keys: str) -> None:
    """Ask for one key after the other."""
    for key in keys:
        assert (await cached.get(key, kitchen.make(key))).name == key


async def test_a_value_is_computed_once_and_handed_out_as_the_same_object() -> None:
    cached, kitchen = cache(), Kitchen()
    assert await cached.get("a", kitchen.make("a")) is await cached.get("a", kitchen.make("a"))
    assert kitchen.computed == ["a"]
    assert (cached.hits, cached.misses) == (1, 1)


async def test_keys_do_not_share_values() -> None:
    cached, kitchen = cache(), Kitchen()
    await asked(cached, kitchen, "abab")
    assert kitchen.computed == ["a", "b"]


async def test_many_askers_at_once_cost_one_computation() -> None:
    cached, kitchen = cache(), Kitchen()
    values = await asyncio.gather(*(cached.get("a", kitchen.make("a")) for _ in range(100)))
    assert len({id(value) for value in values}) == 1
    assert kitchen.computed == ["a"]


async def test_a_value_is_forgotten_when_its_time_is_up() -> None:
    cached, kitchen = cache(ttl_seconds=0.02), Kitchen()
    await asked(cached, kitchen, "aa")
    await asyncio.sleep(0.05)
    await asked(cached, kitchen, "a")
    assert kitchen.computed == ["a", "a"]


async def test_without_time_to_keep_nothing_is_kept_and_askers_still_share() -> None:
    cached, kitchen = cache(ttl_seconds=0), Kitchen()
    await asyncio.gather(*(cached.get("a", kitchen.make("a")) for _ in range(10)))
    await asked(cached, kitchen, "a")
    assert kitchen.computed == ["a", "a"]
    assert len(cached) == 0


async def test_when_it_holds_too_many_the_least_recently_used_goes() -> None:
    cached, kitchen = cache(max_entries=2), Kitchen()
    await asked(cached, kitchen, "ab")
    await asked(cached, kitchen, "a")  # now b is the one that was not asked for the longest
    await asked(cached, kitchen, "c")
    await asked(cached, kitchen, "ac")
    assert kitchen.computed == ["a", "b", "c"]
    await asked(cached, kitchen, "b")
    assert kitchen.computed == ["a", "b", "c", "b"]


async def test_when_it_holds_too_much_the_least_recently_used_go() -> None:
    cached, kitchen = cache(max_bytes=10), Kitchen(size_bytes=4)
    await asked(cached, kitchen, "abc")
    assert (len(cached), cached.size_bytes) == (2, 8)
    await asked(cached, kitchen, "bca")
    assert kitchen.computed == ["a", "b", "c", "a"]


async def test_a_value_as_large_as_all_its_room_is_kept_and_one_that_is_larger_is_not() -> None:
    cached = cache(max_bytes=10)
    await asked(cached, Kitchen(size_bytes=10), "a")
    assert cached.size_bytes == 10
    await asked(cached, Kitchen(size_bytes=11), "b")
    assert (len(cached), cached.size_bytes) == (1, 10)


async def test_with_room_for_no_entry_it_keeps_none() -> None:
    cached, kitchen = cache(max_entries=0), Kitchen()
    await asked(cached, kitchen, "aa")
    assert kitchen.computed == ["a", "a"]
    assert len(cached) == 0


async def test_with_room_for_no_byte_it_keeps_nothing_and_askers_still_share() -> None:
    cached, kitchen = cache(max_bytes=0), Kitchen(size_bytes=0)
    await asyncio.gather(*(cached.get("a", kitchen.make("a")) for _ in range(10)))
    await asked(cached, kitchen, "a")
    assert kitchen.computed == ["a", "a"]
    assert len(cached) == 0


async def test_cleared_it_holds_nothing_and_keeps_what_comes_then() -> None:
    cached, kitchen = cache(), Kitchen(size_bytes=4)
    await asked(cached, kitchen, "ab")
    await cached.clear()
    assert (len(cached), cached.size_bytes) == (0, 0)
    await asked(cached, kitchen, "aa")
    assert kitchen.computed == ["a", "b", "a"]
    assert (len(cached), cached.size_bytes) == (1, 4)


async def test_what_is_forgotten_takes_no_room() -> None:
    cached, kitchen = cache(ttl_seconds=0.02, max_bytes=10), Kitchen(size_bytes=4)
    await asked(cached, kitchen, "ab")
    await asyncio.sleep(0.05)
    await asked(cached, kitchen, "c")
    assert (len(cached), cached.size_bytes) == (1, 4)


async def test_a_value_that_is_computed_anew_counts_once() -> None:
    cached = cache(ttl_seconds=0.02)
    for size in (4, 6):
        await asked(cached, Kitchen(size_bytes=size), "a")
        await asyncio.sleep(0.05)
    await asked(cached, Kitchen(size_bytes=7), "a")
    assert (len(cached), cached.size_bytes) == (1, 7)


async def test_a_failure_reaches_all_who_wait_and_is_not_remembered() -> None:
    cached = cache()

    async def fail() -> Value:
        await asyncio.sleep(0)
        raise ValueError

    failed = await asyncio.gather(*(cached.get("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in failed] == [ValueError] * 3
    assert (await cached.get("a", Kitchen().make("a"))).name == "a"


async def test_an_asker_that_leaves_does_not_cancel_the_others() -> None:
    cached, kitchen = cache(), Kitchen()
    leaving = asyncio.ensure_future(cached.get("a", kitchen.make("a")))
    staying = asyncio.ensure_future(cached.get("a", kitchen.make("a")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).name == "a"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_what_all_askers_have_left_is_not_computed_and_who_asks_then_begins_anew() -> None:
    cached, kitchen = cache(), Kitchen()
    leaving = [asyncio.ensure_future(cached.get("a", kitchen.make("a"))) for _ in range(3)]
    await asyncio.sleep(0)
    for asker in leaving:
        asker.cancel()
    await asyncio.wait(leaving)
    asking = asyncio.ensure_future(cached.get("a", kitchen.make("a")))
    assert (await asking).name == "a"
    assert kitchen.computed == ["a"]


async def test_one_that_asks_in_the_moment_in_which_the_last_one_leaves_is_answered() -> None:
    cached, kitchen = cache(), Kitchen()
    leaving = asyncio.ensure_future(cached.get("a", kitchen.make("a")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await cached.get("a", kitchen.make("a"))).name == "a"
    await asked(cached, kitchen, "a")
    assert kitchen.computed == ["a"]


async def test_a_failure_that_nobody_waits_for_is_no_complaint(caplog: pytest.LogCaptureFixture) -> None:
    cached = cache()

    async def fail() -> Value:
        await asyncio.sleep(0)
        raise ValueError

    leaving = asyncio.ensure_future(cached.get("a", fail))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0.01)
    assert caplog.records == []
