"""Alerts are looked for whether anybody asks or not, by one process at a time, whatever fails."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bedrot_graph import alerting
from bedrot_graph.alerting import Alerting
from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.domains.alerts.queries import key_of_all
from bedrot_graph.domains.alerts.service import alerts
from bedrot_graph.ledger.alerts import Alert, still_open
from bedrot_graph.ledger.events import after
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.holding import Holding
from bedrot_graph.ledger.ledger import Ledger
from bedrot_graph.settings import Settings
from tests.domains.alerts.told import level, without
from tests.lakes import STREAMS_FILE, TODAY, split, write_lake

GAPS = without(level(90), 20, 40)  # two gaps, and old data
SECONDS_OF_A_DAY = 24 * 60 * 60


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "FIRST_SECONDS", 0)
    monkeypatch.setattr(alerting, "HOLDING_SECONDS", 0.02)
    monkeypatch.setattr(alerting, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(alerting, "SHORTEST_PAUSE", 0.02)
    monkeypatch.setattr(alerting, "SETTLE_SECONDS", 0.02)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=GAPS)


def parts_of(lake: Path, state: Path, clock: Clock, **settings: object) -> Parts:
    given = {"curated_data_path": lake, "state_dir": state, **settings}
    parts = assemble(Settings.model_validate(given), lambda: TODAY)
    assert parts.ledger
    parts.ledger.now = clock
    return parts


@pytest.fixture
def parts(lake: Path, tmp_path: Path, clock: Clock) -> Iterator[Parts]:
    parts = parts_of(lake, tmp_path / "state", clock)
    yield parts
    assert parts.ledger
    parts.ledger.file.close()


@asynccontextmanager
async def looking_after(parts: Parts, deliver: alerting.Deliver | None = None) -> AsyncIterator[Ledger]:
    assert parts.ledger
    more = (deliver,) if deliver else ()
    task = asyncio.ensure_future(Alerting(parts.current, parts.engine, parts.ledger, *more).run())
    await parts.current.get()
    try:
        yield parts.ledger
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def kept(ledger: Ledger) -> list[Alert]:
    if not ledger.file.is_there:
        return []
    with ledger.file.reading() as connection:
        return still_open(connection)


def kinds(ledger: Ledger) -> list[str]:
    return sorted(each.kind for each in kept(ledger))


def events(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.file.reading() as connection:
        kind = dict(connection.execute("SELECT id, kind FROM alerts"))
        return [(each.event, kind[each.alert]) for each in after(connection, 0, 1000)]


async def eventually(holds: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(0.01)


async def is_quiet(ledger: Ledger) -> None:
    """Several turns go by in which nothing happens."""
    before = events(ledger)
    await asyncio.sleep(0.3)
    assert events(ledger) == before


ALL = ["MISSING_DAYS", "MISSING_DAYS", "STALE_DATA"]


async def test_what_is_found_is_raised_though_nobody_asks(parts: Parts) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        assert sorted(events(ledger)) == [("RAISED", kind) for kind in ALL]
        await is_quiet(ledger)


async def test_nothing_is_computed_twice(parts: Parts) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        snapshot = await parts.current.get()

        def not_again() -> object:
            raise AssertionError

        remembered: Any = await parts.engine.answer(key_of_all(snapshot), not_again)  # type: ignore[arg-type] # never
        assert remembered.value == alerts(snapshot, None).value


async def test_a_newer_snapshot_is_evaluated_and_what_has_ended_is_resolved(parts: Parts, lake: Path) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        write_lake(lake, streams=without(level(90), 40))
        await parts.current.reload()
        await eventually(lambda: kinds(ledger) == ["MISSING_DAYS", "STALE_DATA"])
        assert events(ledger)[3:] == [("RESOLVED", "MISSING_DAYS")]


async def test_a_dataset_that_cannot_be_read_resolves_nothing_that_it_told(parts: Parts, lake: Path) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        (lake / STREAMS_FILE).write_bytes(b"")
        write_lake(lake, splits=[split()])  # so that the lake is not empty
        await parts.current.reload()
        await eventually(lambda: "DATASET_UNREADABLE" in kinds(ledger))
        await is_quiet(ledger)
        assert kinds(ledger) == ["DATASET_UNREADABLE", *ALL]
        write_lake(lake, streams=GAPS)
        await parts.current.reload()
        await eventually(lambda: kinds(ledger) == ALL)
        assert [each for each in events(ledger) if each[0] == "RESOLVED"] == [("RESOLVED", "DATASET_UNREADABLE")]


async def test_an_empty_lake_resolves_nothing(parts: Parts, lake: Path) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        (lake / STREAMS_FILE).unlink()
        await parts.current.reload()
        await is_quiet(ledger)
        assert kinds(ledger) == ALL


async def test_a_snooze_ends_though_nobody_asks_and_the_snapshot_says_so(parts: Parts, clock: Clock) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        seen = kept(ledger)[0].seen
        await ledger.snooze(seen, clock.now + 60, "ops")
        _, snoozed = await parts.current.reload()
        assert [mark.snoozed_by for mark in snoozed.marks.values()] == ["ops"]
        await is_quiet(ledger)
        clock.now += 60
        awake = await asyncio.wait_for(parts.current.newer(snoozed), 10)
        assert awake.marks == {}
        assert events(ledger)[3:] == [("WOKEN", seen.kind)]


async def test_what_grows_graver_is_not_acknowledged_any_more_for_anybody(parts: Parts, lake: Path) -> None:
    write_lake(lake, streams=level(90, but={83: 100, 84: 100}))  # a quarter less since the second day: a warning
    async with looking_after(parts) as ledger:
        await eventually(lambda: "STREAM_DROP" in kinds(ledger))
        drop = next(each.seen for each in kept(ledger) if each.kind == "STREAM_DROP")
        await ledger.acknowledge(drop, "ops")
        _, marked = await parts.current.reload()
        assert [*marked.marks] == [drop.id]
        write_lake(lake, streams=level(90, but=dict.fromkeys(range(83, 90), 100)))
        await parts.current.reload()
        await eventually(lambda: ("GRAVER", "STREAM_DROP") in events(ledger))
        held = parts.current.held
        await eventually(lambda: (now := held()) and now.marks == {})


async def test_a_new_day_is_looked_at_though_nobody_asks(lake: Path, tmp_path: Path, clock: Clock) -> None:
    write_lake(lake, streams=level(90))
    today = [TODAY]
    settings = Settings(curated_data_path=lake, state_dir=tmp_path / "state", cache_ttl=10**6)
    parts = assemble(settings, lambda: today[0])
    assert parts.ledger
    parts.ledger.now = clock
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ["STALE_DATA"])
        title = kept(ledger)[0].title
        today[0] = TODAY.replace(day=TODAY.day + 1)
        await is_quiet(ledger)
        assert kept(ledger)[0].title == title
        clock.now += SECONDS_OF_A_DAY
        await eventually(lambda: kept(ledger)[0].title != title)
    parts.ledger.file.close()


async def test_one_looks_after_it_and_another_takes_over(
    parts: Parts, lake: Path, tmp_path: Path, clock: Clock
) -> None:
    other = parts_of(lake, tmp_path / "state", clock)
    assert other.ledger
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        async with looking_after(other):
            write_lake(lake, streams=without(level(90), 40))
            await other.current.reload()
            await is_quiet(ledger)  # the one that looks after it has not seen it yet
            assert not Holding(ledger.file.path.parent).take()
            await parts.current.reload()
            await eventually(lambda: kinds(ledger) == ["MISSING_DAYS", "STALE_DATA"])
    async with looking_after(other) as ledger:
        write_lake(lake, streams=level(90))
        await other.current.reload()
        await eventually(lambda: kinds(ledger) == ["STALE_DATA"])
    assert [event for event, _ in events(ledger)] == ["RAISED"] * 3 + ["RESOLVED"] * 2
    other.ledger.file.close()


async def test_whoever_delivers_is_told_of_what_happens_and_ends_with_it(parts: Parts, lake: Path) -> None:
    told: list[int] = []
    ended = asyncio.Event()

    async def deliver(has_happened: asyncio.Event) -> None:
        try:
            while True:
                await has_happened.wait()
                has_happened.clear()
                told.append(len(events(parts.ledger)) if parts.ledger and parts.ledger.file.is_there else 0)
        finally:
            ended.set()

    async with looking_after(parts, deliver) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        await eventually(lambda: told and told[-1] == 3)
        write_lake(lake, streams=without(level(90), 40))
        await parts.current.reload()
        await eventually(lambda: told[-1] == 4)
    assert ended.is_set()


async def test_whoever_fails_to_deliver_is_tried_again(parts: Parts) -> None:
    tries: list[int] = []

    async def deliver(_: asyncio.Event) -> None:
        tries.append(1)
        await asyncio.sleep(0)
        if len(tries) < 3:
            raise OSError

    async with looking_after(parts, deliver) as ledger:
        await eventually(lambda: len(tries) == 3)
        await eventually(lambda: kinds(ledger) == ALL)


async def test_where_nothing_can_be_kept_it_is_said_once_and_tried_again(
    parts: Parts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lakes").write_text("a file, where a folder would have to be made", encoding="utf-8")
    caplog.set_level(logging.ERROR)
    async with looking_after(parts) as ledger:
        await asyncio.sleep(0.5)
        assert [each.message for each in caplog.records] == ["alerts are not kept"]
        (tmp_path / "state" / "lakes").unlink()
        await eventually(lambda: kinds(ledger) == ALL)


async def test_a_ledger_that_is_lost_is_begun_anew(parts: Parts, lake: Path) -> None:
    async with looking_after(parts) as ledger:
        await eventually(lambda: kinds(ledger) == ALL)
        for each in ledger.file.path.parent.iterdir():
            each.unlink()
        write_lake(lake, streams=without(level(90), 40))
        await parts.current.reload()
        await eventually(lambda: kinds(ledger) == ["MISSING_DAYS", "STALE_DATA"])


def test_whose_lock_was_deleted_knows_that_it_is_not_held_any_more(tmp_path: Path) -> None:
    first, second = Holding(tmp_path), Holding(tmp_path)
    assert [first.take(), first.take(), second.take()] == [True, True, False]
    first.path.unlink()
    assert [second.take(), first.take()] == [True, False]
    second.release()
    assert first.take()
    first.release()


def test_a_ledger_file_alone_is_no_place_for_a_lock(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", encoding="utf-8")
    with pytest.raises(Exception, match="No alerts can be kept"):
        Holding(tmp_path / "state").take()
    assert not LedgerFile(tmp_path / "state").is_there


async def test_whoever_takes_over_looks_at_the_files_before_it_judges(lake: Path, tmp_path: Path, clock: Clock) -> None:
    before, now = (parts_of(lake, tmp_path / "state", clock, watch="off") for _ in range(2))
    await now.current.get()  # it holds what the files were
    write_lake(lake, streams=without(level(90), 20, 40, 60))
    async with looking_after(before) as ledger:
        await eventually(lambda: kinds(ledger) == ["MISSING_DAYS", *ALL])
    ledger.file.close()
    async with looking_after(now) as ledger:
        await asyncio.sleep(0.5)
        assert {event for event, _ in events(ledger)} == {"RAISED"}
        assert len(events(ledger)) == 4
    ledger.file.close()
