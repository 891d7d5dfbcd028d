import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bedrot_graph.lake.current import LOOK, CurrentSnapshot
from bedrot_graph.lake.loading import MayRead
from bedrot_graph.lake.marks import Mark
from bedrot_graph.lake.news import News
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.writing import Writing
from bedrot_graph.lake.zone import Progress, Zone
from tests.lake.sales import HEADER, SALES
from tests.lakes import TODAY


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class WatchedZone(Zone):
    """A zone that counts how often it is taken, and lets a test in while it is."""

    takes = 0
    looks = False
    """Whether it was told the last time to take all files as they are."""
    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        self.takes += 1
        self.looks = may_read is None
        snapshot = super().take(progress, may_read)
        self.meanwhile()
        return snapshot


def write(folder: Path, usd: str) -> None:
    (folder / "sales.csv").write_text(f"{HEADER}2025-01-01,Spotify,1,{usd}\n", encoding="utf-8")


def usd(snapshot: Snapshot | None) -> list[float]:
    assert snapshot
    return [float(amount) for amount in snapshot.table(SALES).rows["usd"]]


@pytest.fixture
def zone(tmp_path: Path) -> WatchedZone:
    write(tmp_path, "1")
    os.utime(tmp_path / "sales.csv", (1, 1))
    return WatchedZone(tmp_path, today=lambda: TODAY, datasets=(SALES,))


async def test_a_snapshot_is_kept_until_its_time_is_up(zone: WatchedZone) -> None:
    clock = Clock()
    current = CurrentSnapshot(zone, 300, clock)
    first = await current.get()
    write(zone.folder, "2")
    clock.now += 299
    assert await current.get() is first
    clock.now += 1
    assert usd(await current.get()) == [2]
    assert zone.takes == 2


async def test_a_lake_that_has_not_changed_gives_the_same_snapshot_again(zone: WatchedZone) -> None:
    clock = Clock()
    current = CurrentSnapshot(zone, 300, clock)
    first = await current.get()
    clock.now += 300
    assert await current.get() is first
    clock.now += 299
    assert await current.get() is first
    assert zone.takes == 2


async def test_a_reload_takes_a_snapshot_now_and_gives_both(zone: WatchedZone) -> None:
    current = CurrentSnapshot(zone, 300, Clock())
    await current.get()
    write(zone.folder, "2")
    before, now = await current.reload()
    assert (usd(before), usd(now)) == ([1], [2])
    assert await current.get() is now


async def test_the_first_reload_has_nothing_before_it(zone: WatchedZone) -> None:
    before, now = await CurrentSnapshot(zone, 300, Clock()).reload()
    assert before is None
    assert usd(now) == [1]


async def test_a_reload_starts_the_time_anew(zone: WatchedZone) -> None:
    clock = Clock()
    current = CurrentSnapshot(zone, 300, clock)
    await current.get()
    clock.now += 200
    await current.reload()
    clock.now += 299
    await current.get()
    assert zone.takes == 2


async def test_many_askers_at_once_take_one_snapshot(zone: WatchedZone) -> None:
    current = CurrentSnapshot(zone, 300, Clock())
    snapshots = await asyncio.gather(*(current.get() for _ in range(50)))
    assert len({id(snapshot) for snapshot in snapshots}) == 1
    assert zone.takes == 1


async def test_those_who_ask_while_one_is_taken_wait_for_that_one(zone: WatchedZone) -> None:
    clock = Clock()
    current = CurrentSnapshot(zone, 300, clock)
    is_taking, may_go_on = threading.Event(), threading.Event()

    def meanwhile() -> None:
        is_taking.set()
        may_go_on.wait(5)

    zone.meanwhile = meanwhile
    first = asyncio.ensure_future(current.get())
    await asyncio.to_thread(is_taking.wait, 5)
    clock.now += 10
    second = asyncio.ensure_future(current.get())
    await asyncio.sleep(0)
    may_go_on.set()
    assert await first is await second
    assert zone.takes == 1


async def test_without_time_to_keep_every_asker_gets_a_snapshot_begun_after_it_asked(zone: WatchedZone) -> None:
    clock = Clock()
    current = CurrentSnapshot(zone, 0, clock)
    await current.get()
    clock.now += 1
    write(zone.folder, "2")
    answers = await asyncio.gather(*(current.get() for _ in range(10)))
    assert [usd(answer) for answer in answers] == [[2]] * 10
    assert zone.takes == 2


async def test_the_lake_is_read_off_the_event_loop(zone: WatchedZone) -> None:
    threads: list[int] = []
    zone.meanwhile = lambda: threads.append(threading.get_ident())
    await CurrentSnapshot(zone, 300, Clock()).get()
    assert threads
    assert threads != [threading.get_ident()]


async def test_a_failure_is_not_kept(zone: WatchedZone) -> None:
    def fail() -> None:
        raise MemoryError

    zone.meanwhile = fail
    current = CurrentSnapshot(zone, 300, Clock())
    with pytest.raises(MemoryError):
        await current.get()
    zone.meanwhile = lambda: None
    assert usd(await current.get()) == [1]


async def test_an_asker_that_leaves_takes_nothing_away_from_the_others(zone: WatchedZone) -> None:
    is_taking, may_go_on = threading.Event(), threading.Event()

    def meanwhile() -> None:
        is_taking.set()
        may_go_on.wait(5)

    zone.meanwhile = meanwhile
    current = CurrentSnapshot(zone, 300, Clock())
    leaving, staying = asyncio.ensure_future(current.get()), asyncio.ensure_future(current.get())
    await asyncio.to_thread(is_taking.wait, 5)
    leaving.cancel()
    may_go_on.set()
    assert usd(await staying) == [1]


async def test_a_reload_goes_on_although_one_of_those_who_asked_for_it_has_left(zone: WatchedZone) -> None:
    is_taking, may_go_on = threading.Event(), threading.Event()
    current = CurrentSnapshot(zone, 300, Clock())
    await current.get()
    write(zone.folder, "2")

    def meanwhile() -> None:
        is_taking.set()
        may_go_on.wait(5)

    zone.meanwhile = meanwhile
    leaving, staying = asyncio.ensure_future(current.reload()), asyncio.ensure_future(current.reload())
    await asyncio.to_thread(is_taking.wait, 5)
    leaving.cancel()
    may_go_on.set()
    before, now = await staying
    assert (usd(before), usd(now)) == ([1], [2])
    assert zone.takes == 2


async def test_a_reload_takes_one_that_was_begun_after_it_was_asked_for(zone: WatchedZone) -> None:
    is_taking, may_go_on = threading.Event(), threading.Event()

    def meanwhile() -> None:
        is_taking.set()
        may_go_on.wait(5)

    zone.meanwhile = meanwhile
    clock = Clock()
    current = CurrentSnapshot(zone, 300, clock)
    first = asyncio.ensure_future(current.get())
    await asyncio.to_thread(is_taking.wait, 5)
    write(zone.folder, "2")
    clock.now += 1
    reload = asyncio.ensure_future(current.reload())
    await asyncio.sleep(0)
    may_go_on.set()
    before, now = await reload
    assert (usd(before), usd(now)) == ([1], [2])
    assert before is await first


async def test_who_was_told_to_look_looks_also_where_the_first_look_has_failed(zone: WatchedZone) -> None:
    news, asked = News(), list[bool]()

    def meanwhile() -> None:
        asked.append(zone.looks)
        if len(asked) == 2:
            raise MemoryError

    zone.meanwhile = meanwhile
    current = CurrentSnapshot(zone, 300, news=news, writing=Writing())
    await current.get()
    news.pass_on(1 << 32 | LOOK)
    with pytest.raises(MemoryError):
        await current.get()
    await current.get()
    assert asked == [False, True, True]


async def test_it_is_told_when_the_data_has_changed_and_only_then(zone: WatchedZone) -> None:
    told: list[str] = []

    async def changed() -> None:
        told.append("changed")

    current = CurrentSnapshot(zone, 300, Clock(), changed=changed)
    await current.get()
    await current.reload()
    assert told == []
    write(zone.folder, "2")
    await current.reload()
    assert told == ["changed"]


async def test_who_waits_for_a_newer_one_gets_it_when_somebody_takes_it(zone: WatchedZone) -> None:
    current = CurrentSnapshot(zone, 300)
    first = await current.get()
    waiting = [asyncio.create_task(current.newer(first)) for _ in range(3)]
    await asyncio.sleep(0)
    await current.reload()
    assert not any(task.done() for task in waiting)
    write(zone.folder, "22")
    _, now = await current.reload()
    assert await asyncio.gather(*waiting) == [now, now, now]
    assert await current.newer(first) is now


async def test_what_people_say_of_findings_makes_another_snapshot_of_the_same_data(zone: WatchedZone) -> None:
    marks: dict[str, Mark] = {}
    current = CurrentSnapshot(zone, 300, marks=lambda: {**marks})
    first = await current.get()
    marks["a"] = Mark(acknowledged_by="anna")
    _, marked = await current.reload()
    assert marked.marks == {"a": Mark(acknowledged_by="anna")}
    assert marked is not first
    assert marked.state != first.state
    assert marked.version == first.version
    assert (await current.reload())[1] is marked
    marks.clear()
    _, unmarked = await current.reload()
    assert unmarked.state == first.state
