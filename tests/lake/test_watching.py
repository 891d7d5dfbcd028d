# ruff: noqa: ASYNC240 - files are written as others write them
"""The lake is watched: what changes in its files becomes a snapshot by itself, once it is quiet and readable.

Real files, real events of the system and real time: bounds are wide, as a machine may be slow.
"""

import asyncio
import datetime as dt
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedrot_graph.lake import writing
from bedrot_graph.lake.current import CurrentSnapshot, number_of
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.loading import MayRead
from bedrot_graph.lake.news import News
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.watching import Watch
from bedrot_graph.lake.writing import Writing
from bedrot_graph.lake.zone import Progress, Zone
from tests.lake.sales import HEADER, SALES
from tests.lake.test_news import Shared
from tests.lakes import TODAY

SOON = 20
"""Seconds within which everything here happens, on however slow a machine. On a quick one it takes one or two."""
LINE = "2025-01-01,Spotify,1,{usd}\n"
OTHERS = Dataset(**{**vars(SALES), "name": "others", "forms": SALES.forms[1:]})


class CountedZone(Zone):
    """A zone that counts how often it is taken, and lets a test in while it is."""

    takes = 0
    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        self.takes += 1
        snapshot = super().take(progress, may_read)
        self.meanwhile()
        return snapshot


@dataclass
class Watched:
    """A folder that is watched."""

    zone: CountedZone
    current: CurrentSnapshot
    watch: Watch

    async def shows(self, *usd: float, seconds: float = SOON) -> bool:
        """Whether a snapshot comes that shows these amounts, and nobody asks for one."""
        seen = self.current._snapshot
        try:
            async with asyncio.timeout(seconds):
                while amounts(seen) != [*usd]:
                    seen = await self.current.newer(seen)
        except TimeoutError:
            return False
        return True

    async def keeps(self, *usd: float, seconds: float) -> bool:
        """Whether for so long no snapshot shows anything else, whoever asks and whatever the age of this one."""
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            self.current._taken_at = 0  # as if its time were up
            if amounts(await self.current.get()) != [*usd]:
                return False
            await asyncio.sleep(0.1)
        return True


def amounts(snapshot: Snapshot | None) -> list[float]:
    """Of all sales; nothing where they cannot be read."""
    if snapshot is None or "sales" not in snapshot.tables:
        return []
    return sorted(float(each) for each in snapshot.tables["sales"].rows["usd"])


@asynccontextmanager
async def watched(
    folder: Path,
    *,
    today: Callable[[], dt.date] = lambda: TODAY,
    datasets: tuple[Dataset, ...] = (SALES,),
    news: News | None = None,
    looks: bool = True,
    listens: bool = True,
) -> AsyncIterator[Watched]:
    zone, judge = CountedZone(folder, today=today, datasets=datasets), Writing()
    current = CurrentSnapshot(zone, 300, news=news, writing=judge)
    await current.get()
    watch = Watch(current, zone, judge, looks=looks, listens=listens)
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(0.6)
    zone.takes = 0
    try:
        yield Watched(zone, current, watch)
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def write(folder: Path, *usd: float, name: str = "sales.csv") -> None:
    """Write the file in place, as a copy does."""
    (folder / name).write_text(HEADER + "".join(LINE.format(usd=each) for each in usd), encoding="utf-8")


def aged(folder: Path) -> Path:
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody likes to wait five seconds."""
    monkeypatch.setattr(writing, "TORN_SECONDS", 2.0)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder with one sale, written long ago."""
    (tmp_path / "lake").mkdir()
    write(tmp_path / "lake", 1)
    return aged(tmp_path / "lake")


LISTENING = pytest.mark.parametrize("listens", [True, False], ids=["events", "polling"])


@LISTENING
async def test_a_file_that_is_changed_in_place_moved_in_or_taken_away_is_seen(lake: Path, listens: bool) -> None:  # noqa: FBT001
    async with watched(lake, listens=listens) as seen:
        write(lake, 1, 2)
        assert await seen.shows(1, 2)
        write(lake.parent, 3)
        (lake.parent / "sales.csv").rename(lake / "sales.csv")
        assert await seen.shows(3)
        shutil.copy2(lake / "sales.csv", lake / "sales_20250101.csv")
        (lake / "sales.csv").unlink()
        assert await seen.shows(3)
        (lake / "sales_20250101.csv").unlink()
        assert await seen.shows()
        assert seen.current._snapshot
        assert "has no readable file" in str(seen.current._snapshot.faults["sales"])
        write(lake, 4)
        assert await seen.shows(4)


@LISTENING
async def test_the_folder_may_be_replaced_or_vanish_and_come_back(lake: Path, listens: bool) -> None:  # noqa: FBT001
    new = lake.with_name("new")
    async with watched(lake, listens=listens) as seen:
        for usd in (2, 3):
            new.mkdir()
            write(new, usd)
            lake.rename(lake.with_name(f"old{usd}"))
            new.rename(lake)
            assert await seen.shows(usd)
        write(lake, 4)
        assert await seen.shows(4)
        shutil.rmtree(lake)
        assert await seen.shows()
        lake.mkdir()
        write(lake, 5)
        assert await seen.shows(5)
        write(lake, 6)
        assert await seen.shows(6)
        assert bool(seen.watch._listening) is listens


async def test_a_folder_that_is_a_link_is_the_one_that_it_leads_to_now(lake: Path) -> None:
    other, link = lake.with_name("other"), lake.with_name("link")
    other.mkdir()
    write(other, 5)
    link.symlink_to(lake)
    async with watched(link) as seen:
        write(lake, 2)
        assert await seen.shows(2)
        lake.with_name("next").symlink_to(other)
        lake.with_name("next").rename(link)
        assert await seen.shows(5)
        write(other, 6)
        assert await seen.shows(6)


async def test_a_file_that_is_a_link_is_seen_where_its_file_changes(lake: Path) -> None:
    elsewhere = lake.with_name("elsewhere")
    elsewhere.mkdir()
    (lake / "sales.csv").rename(elsewhere / "sales.csv")
    (lake / "sales.csv").symlink_to(elsewhere / "sales.csv")
    async with watched(lake) as seen:
        write(elsewhere, 2)
        assert await seen.shows(2)


async def test_a_dataset_that_lies_in_a_folder_of_its_own_is_watched_there(lake: Path) -> None:
    inner = Dataset(**{**vars(SALES), "forms": (type(SALES.forms[0])(("shop/sales.csv",)),)})
    async with watched(lake, datasets=(inner,)) as seen:
        assert amounts(seen.current._snapshot) == []
        (lake / "shop").mkdir()
        write(lake / "shop", 2)
        assert await seen.shows(2)
        write(lake / "shop", 3)
        assert await seen.shows(3)
        assert {path.name for path in seen.watch._listened_to} == {"lake", "shop"}


async def test_files_of_no_dataset_lead_to_no_snapshot_and_no_look(lake: Path) -> None:
    async with watched(lake) as seen:
        for number in range(30):
            for name in ("notes.txt", ".sales.csv.swp", "~sales.csv", f"sales.csv.part{number}"):
                (lake / name).write_text(f"{number}", encoding="utf-8")
            assert not seen.watch._stirred.is_set()
            await asyncio.sleep(0.05)
        assert seen.zone.takes == 0


async def test_many_files_at_once_are_one_snapshot(lake: Path) -> None:
    parts = Dataset(**{**vars(SALES), "forms": (type(SALES.forms[0])(("sales*.csv",), are_parts=True),)})
    async with watched(lake, datasets=(parts, OTHERS)) as seen:
        for number in range(2, 22):
            write(lake, number, name=f"sales_{number:02}.csv")
            await asyncio.sleep(0.02)
        assert await seen.shows(*range(1, 22))
        assert seen.zone.takes <= 2  # a machine that is slow may pause between two of them


async def test_while_a_file_is_written_the_snapshot_in_hand_is_kept_whatever_its_age(lake: Path) -> None:
    async with watched(lake) as seen:
        with (lake / "sales.csv").open("w", encoding="utf-8") as file:
            for piece in (HEADER, LINE.format(usd=7), "2025-01-01,Spot"):
                file.write(piece)
                file.flush()
                assert await seen.keeps(1, seconds=0.4)
            assert await seen.keeps(1, seconds=1.2)  # the last line does not end: more is to come
            file.write("ify,1,8\n")
        assert await seen.shows(7, 8)


async def test_a_reload_looks_at_files_that_are_being_written(lake: Path) -> None:
    async with watched(lake) as seen:
        (lake / "sales.csv").write_text(HEADER + LINE.format(usd=7) + "2025-01-01,Spotify,1,8", encoding="utf-8")
        _, now = await seen.current.reload()
        assert amounts(now) == [7, 8]
        assert "UNFINISHED_FILE" in {each.code for each in now.findings(SALES)}
        write(lake, 7, 80)
        assert await seen.shows(7, 80)


async def test_a_file_that_stays_torn_is_read_as_it_is(lake: Path) -> None:
    async with watched(lake) as seen:
        (lake / "sales.csv").write_text(HEADER + LINE.format(usd=7).strip(), encoding="utf-8")
        assert await seen.keeps(1, seconds=1)
        assert await seen.shows(7)


async def test_a_file_that_is_written_for_long_holds_up_no_other_dataset(lake: Path) -> None:
    sales = Dataset(**{**vars(SALES), "forms": SALES.forms[:1]})
    write(lake, 1, name="sales_1.csv")
    async with watched(lake, datasets=(sales, OTHERS)) as seen:
        write(lake, 2, 3)
        with (lake / "sales_1.csv").open("a", encoding="utf-8") as growing:
            until = asyncio.get_running_loop().time() + SOON
            while amounts(seen.current._snapshot) != [2, 3] and asyncio.get_running_loop().time() < until:
                growing.write(LINE.format(usd=9))
                growing.flush()
                await asyncio.sleep(0.1)
        assert seen.current._snapshot
        assert amounts(seen.current._snapshot) == [2, 3]
        assert seen.current._snapshot.tables["others"].rows.height == 1


async def test_what_changes_while_a_snapshot_is_taken_is_in_the_next(lake: Path) -> None:
    async with watched(lake) as seen:

        def meanwhile() -> None:
            seen.zone.meanwhile = lambda: None
            write(lake, 3)

        seen.zone.meanwhile = meanwhile
        write(lake, 2)
        assert await seen.shows(3)
        assert seen.zone.takes in {2, 3}


async def test_after_midnight_a_snapshot_is_taken_that_reads_nothing(lake: Path) -> None:
    days = [TODAY]
    async with watched(lake, today=lambda: days[-1]) as seen:
        before = seen.current._snapshot
        days.append(TODAY + dt.timedelta(days=1))
        async with asyncio.timeout(SOON):
            now = await seen.current.newer(before)
        assert before
        assert now.today == days[-1]
        assert now.tables["sales"] is before.tables["sales"]
        await asyncio.sleep(1.5)
        assert seen.zone.takes == 1


@pytest.mark.parametrize(("looks", "listens"), [(True, True), (True, False), (False, False)])
async def test_while_nothing_happens_it_costs_next_to_nothing(lake: Path, looks: bool, listens: bool) -> None:  # noqa: FBT001
    for number in range(200):
        (lake / f"notes{number}.txt").touch()
    async with watched(lake, looks=looks, listens=listens) as seen:
        begun = time.process_time()
        await asyncio.sleep(4)
        assert time.process_time() - begun < 0.2
        assert seen.zone.takes == 0


async def test_it_goes_on_although_it_has_failed(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with watched(lake) as seen:

        def fail() -> None:
            if seen.zone.takes == 2:
                seen.zone.meanwhile = lambda: None
            raise MemoryError

        seen.zone.meanwhile = fail
        write(lake, 2)
        assert await seen.shows(2)
    assert [each.message for each in caplog.records if each.levelno >= logging.ERROR] == [
        "the lake cannot be watched for now"
    ]


async def test_it_says_which_datasets_have_changed(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bedrot_graph")
    async with watched(lake) as seen:
        write(lake, 2)
        assert await seen.shows(2)
        (lake / "sales.csv").write_bytes(b"PAR1 this is none\n")
        assert await seen.shows()
        await asyncio.sleep(0.1)
    told = [(each.message, vars(each).get("datasets") or vars(each)["dataset"]) for each in caplog.records]
    assert told == [
        ("files have changed", "sales"),
        ("files have changed", "sales"),
        ("dataset cannot be read", "sales"),
    ]


# ── others ──


async def test_what_others_have_seen_is_looked_for_without_being_asked(lake: Path) -> None:
    """Both look at no files by themselves."""
    register = Shared()
    async with (
        watched(lake, news=News(register), looks=False) as one,
        watched(lake, news=News(register), looks=False) as other,
    ):
        write(lake, 2)
        await asyncio.sleep(1.5)
        assert (one.zone.takes, other.zone.takes) == (0, 0)
        await one.current.reload()
        assert await other.shows(2)


async def test_when_one_is_told_to_look_the_other_looks_too_also_at_what_is_being_written(lake: Path) -> None:
    register = Shared()
    async with watched(lake, news=News(register)) as one, watched(lake, news=News(register)) as other:
        (lake / "sales.csv").write_text(HEADER + LINE.format(usd=7) + "2025-01-01,Spotify,1,8", encoding="utf-8")
        await one.current.reload()
        assert amounts(await other.current.get()) == [7, 8]


async def test_a_renewal_by_one_makes_nobody_read_what_is_being_written(lake: Path) -> None:
    register = Shared()
    async with watched(lake, news=News(register)) as one, watched(lake, news=News(register)) as other:
        (lake / "sales.csv").write_text(HEADER + LINE.format(usd=7).strip(), encoding="utf-8")
        assert amounts(await one.current.renew()) == [1]
        register.value = number_of(await one.current.get()) ^ 2  # somebody sees something else
        assert amounts(await other.current.get()) == [1]
        assert await other.keeps(1, seconds=1)


async def test_two_that_see_different_files_look_once_and_not_for_ever(lake: Path) -> None:
    register, others = Shared(), lake.with_name("others")
    others.mkdir()
    write(others, 5)
    async with watched(lake, news=News(register)) as one, watched(aged(others), news=News(register)) as other:
        await asyncio.sleep(1.5)
        begun = one.zone.takes, other.zone.takes
        await asyncio.sleep(2)
        assert (one.zone.takes, other.zone.takes) == begun
        write(lake, 2)
        assert await one.shows(2)
        await asyncio.sleep(2)
        assert [seen.zone.takes - count for seen, count in zip((one, other), begun, strict=True)] == [1, 1]
        await one.current.reload()
        await other.current.reload()
        await asyncio.sleep(2)
        assert one.zone.takes + other.zone.takes - sum(begun) <= 8


async def test_a_file_that_is_being_written_does_not_make_two_look_in_turn(lake: Path) -> None:
    register = Shared()
    async with watched(lake, news=News(register)) as one, watched(lake, news=News(register)) as other:
        with (lake / "sales.csv").open("a", encoding="utf-8") as growing:
            await one.current.reload()
            begun = one.zone.takes + other.zone.takes
            for usd in range(2, 42):
                growing.write(LINE.format(usd=usd))
                growing.flush()
                await asyncio.sleep(0.1)
            assert one.zone.takes + other.zone.takes - begun <= 4
        assert await one.shows(*range(1, 42))
        assert await other.shows(*range(1, 42))


# ── where the system does not tell of changes ──


async def test_a_folder_that_others_may_change_unheard_is_looked_at_every_second(
    lake: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = lake.with_name("mountinfo")
    mounts.write_text(f"27 1 0:1 / {lake.parent} rw - nfs4 nas:/lake rw\n", encoding="utf-8")
    monkeypatch.setattr("bedrot_graph.lake.mounts.MOUNTS", mounts)
    caplog.set_level(logging.INFO, "bedrot_graph.lake.watching")
    async with watched(lake) as seen:
        assert seen.watch._listening is None
        write(lake, 2)
        assert await seen.shows(2)
    assert [vars(each)["type"] for each in caplog.records if "every second" in each.message] == ["nfs4"]


ALONE = """
import asyncio, logging, sys
from pathlib import Path
from tests.lake.test_watching import watched, write

async def main():
    lake = Path(sys.argv[1])
    async with watched(lake) as seen:
        write(lake, 2)
        assert await seen.shows(2)
        lake.rename(lake.with_name("gone"))
        lake.mkdir()
        write(lake, 3)
        assert await seen.shows(3)

logging.basicConfig(level=logging.WARNING)
asyncio.run(main())
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="The limits are those of a namespace of its own.")
@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_where_the_system_can_tell_no_more_files_are_looked_at_and_that_is_said_once(limit: str, lake: Path) -> None:
    limited = f'echo 0 > /proc/sys/user/{limit} || exit 77; exec "$@"'
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        limited,
        "sh",
        sys.executable,
        "-c",
        ALONE,
        str(lake),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if "unshare" in ran.stderr or ran.returncode == 77:
        pytest.skip("Here nobody may make a namespace.")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("does not tell of changes") == 1
    assert "Traceback" not in ran.stderr
