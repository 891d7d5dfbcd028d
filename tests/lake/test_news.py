"""What processes that answer from the same files tell each other."""

import os
from pathlib import Path

import pytest

from bedrot_graph.lake.current import CurrentSnapshot, number_of
from bedrot_graph.lake.news import News
from tests.lake.sales import SALES
from tests.lake.test_current import Clock, WatchedZone, usd, write
from tests.lakes import TODAY


class Shared:
    """A register that several share."""

    value = 0


@pytest.fixture
def zones(tmp_path: Path) -> list[WatchedZone]:
    """The same folder, as two processes read it."""
    write(tmp_path, "1")
    os.utime(tmp_path / "sales.csv", (1, 1))
    return [WatchedZone(tmp_path, today=lambda: TODAY, datasets=(SALES,)) for _ in range(2)]


@pytest.fixture
def both(zones: list[WatchedZone]) -> list[CurrentSnapshot]:
    register, clock = Shared(), Clock()
    return [CurrentSnapshot(zone, 300, clock, news=News(register)) for zone in zones]


async def test_two_that_see_the_same_leave_each_other_alone(
    zones: list[WatchedZone], both: list[CurrentSnapshot]
) -> None:
    states = {(await current.get()).state for current in both for _ in range(3)}
    assert (len(states), [zone.takes for zone in zones]) == (1, [1, 1])


async def test_what_one_reloads_the_other_sees_with_its_next_question(
    zones: list[WatchedZone], both: list[CurrentSnapshot]
) -> None:
    one, other = both
    assert [usd(await current.get()) for current in both] == [[1], [1]]
    write(zones[0].folder, "2")
    await one.reload()
    assert other.held() is None
    assert usd(await other.get()) == [2]
    assert [zone.takes for zone in zones] == [2, 2]


async def test_what_one_sees_when_its_time_is_up_the_other_sees_too(zones: list[WatchedZone]) -> None:
    register, clock = Shared(), Clock()
    one, other = (
        CurrentSnapshot(zone, ttl, clock, news=News(register)) for zone, ttl in zip(zones, (10, 300), strict=True)
    )
    for current in (one, other):
        await current.get()
    write(zones[0].folder, "2")
    clock.now += 10
    assert usd(await other.get()) == [1]
    assert usd(await one.get()) == [2]
    assert usd(await other.get()) == [2]


async def test_a_reload_that_finds_nothing_new_costs_the_others_nothing(
    zones: list[WatchedZone], both: list[CurrentSnapshot]
) -> None:
    one, other = both
    for current in both:
        await current.get()
    await one.reload()
    assert other.held()
    assert [zone.takes for zone in zones] == [2, 1]


async def test_two_that_see_different_files_ask_each_other_once_and_not_for_ever(tmp_path: Path) -> None:
    zones: list[WatchedZone] = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "1")
        os.utime(tmp_path / name / "sales.csv", (len(zones) + 1, 1 + len(zones)))
        zones.append(WatchedZone(tmp_path / name, today=lambda: TODAY, datasets=(SALES,)))
    register, clock = Shared(), Clock()
    both = [CurrentSnapshot(zone, 300, clock, news=News(register)) for zone in zones]
    for _ in range(5):
        for current in both:
            await current.get()
            clock.now += 1
    assert sum(zone.takes for zone in zones) <= 4


async def test_news_that_came_while_a_snapshot_was_taken_make_it_too_old(zones: list[WatchedZone]) -> None:
    register, clock = Shared(), Clock()
    current = CurrentSnapshot(zones[0], 300, clock, news=News(register))
    first = await current.get()

    def meanwhile() -> None:
        clock.now += 1
        register.value = number_of(first) ^ 2
        current.held()
        zones[0].meanwhile = lambda: None

    zones[0].meanwhile = meanwhile
    clock.now += 300
    await current.get()
    assert current.held() is None
    await current.get()
    assert current.held()


async def test_a_file_that_was_written_again_unchanged_is_another_state_of_the_same_version(
    zones: list[WatchedZone], both: list[CurrentSnapshot]
) -> None:
    before = await both[0].get()
    os.utime(zones[0].folder / "sales.csv", (2, 2))
    _, now = await both[0].reload()
    assert (now.version == before.version, now.state == before.state) == (True, False)
