"""The lake is watched: a changed file becomes a new snapshot by itself, and so does news, and another day.

What the file system tells only wakes the watch. What has changed it sees by looking, so that an event that was lost,
or a file system that tells nothing, costs a second or two and no change.
"""

import asyncio
import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.files import folders
from bedrot_graph.lake.mounts import remote_type
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.writing import Writing
from bedrot_graph.lake.zone import Zone

logger = logging.getLogger(__name__)

BEAT_SECONDS = 0.25
"""How late it is heard what others have seen, and that it is another day."""
POLL_SECONDS = 1.0
"""How often the files are looked at where the file system tells nothing."""
ANYWAY_SECONDS = 2.0
"""The same where it does: for files that are links, folders that are replaced, and events that were lost."""
STEP_SECONDS = 0.2
"""The same while files are changing; and how often what the file system has told is collected."""
COMPANY_SECONDS = 1.0
"""So long files that are ready wait for others that are being written: many at once are one snapshot."""
MARKS_SECONDS = 1.0
"""How late it is heard what people have said at another server of the same lake."""
MOST_LOOKING = 0.05
"""The most of the time that is spent on looking: a folder may have many files, and be far away."""

Places = dict[Path, tuple[int, int]]
"""The folders that are there, and which ones they are: another may have come to the same place."""


@dataclass
class Watch:
    """Sees to it that the current snapshot is one of the files as they are."""

    current: CurrentSnapshot
    zone: Zone
    writing: Writing = field(default_factory=Writing)
    looks: bool = True
    """Whether it looks at files. What others have seen, and that it is another day, it hears anyway."""
    listens: bool = True
    """Whether it listens to the file system too."""
    _folders: list[Path] = field(init=False)
    """Where files lie that matter."""
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the file system has told something."""
    _listening: "asyncio.Task[None] | None" = None
    _listened_to: Places = field(default_factory=dict)
    _looks_at: float = 0.0
    """When it looks again, if nothing is told before."""
    _hears_at: float = 0.0
    """When it asks again what people have said."""
    _rests_until: float = 0.0
    """It does not look before."""
    _ready_since: float | None = None
    _owed: set[str] = field(default_factory=set)
    """The datasets for which a snapshot is still to be taken: taking one may fail when the files have been read."""
    _has_complained: bool = False

    def __post_init__(self) -> None:
        self._folders = folders(self.zone.folder, self.zone.datasets)

    async def run(self) -> None:
        """Watch until cancelled; what goes wrong is told in the log, and tried again."""
        self._stirred = asyncio.Event()  # of this event loop
        try:
            while True:
                await self._wait()
                try:
                    await self._attend()
                except Exception:  # the next look may fare better, and without any the files are looked at by CACHE_TTL
                    self._looks_at = self._rests_until = time.monotonic() + POLL_SECONDS
                    if not self._has_complained:
                        logger.exception("the lake cannot be watched for now")
                    self._has_complained = True
        finally:
            self._stop_listening()

    async def _wait(self) -> None:
        """Until something is to be done."""
        due_at = max(self._looks_at, self._rests_until) if self.looks else math.inf
        with suppress(TimeoutError):
            async with asyncio.timeout(min(due_at - time.monotonic(), BEAT_SECONDS)):
                await self._stirred.wait()
                await asyncio.sleep(self._rests_until - time.monotonic())

    async def _attend(self) -> None:
        if self.current.is_outdated:
            await self.current.renew()
        now = time.monotonic()
        if now >= self._hears_at:
            self._hears_at = now + MARKS_SECONDS
            await self.current.hear_marks()
        if self.looks and now >= self._rests_until and (self._stirred.is_set() or now >= self._looks_at):
            await self._look()

    async def _look(self) -> None:
        self._stirred.clear()
        begun = time.monotonic()
        ready, waiting, places = await asyncio.to_thread(self._seen)
        looked = time.monotonic()
        self._rests_until = looked + (looked - begun) / MOST_LOOKING
        is_changing = bool(ready or waiting)
        if self._owed or self._are_due(ready, waiting, begun):
            self._owed |= ready
            await self._take(begun)
        is_new = await self._listen(places)
        self._has_complained = False
        self._looks_at = time.monotonic() + (STEP_SECONDS if is_changing or is_new else self._pause)

    def _seen(self) -> tuple[set[str], set[str], Places]:
        """The datasets whose files have changed and can be read, those whose files are changing, and the folders."""
        ready, waiting = set[str](), set[str]()
        for dataset, before, found in self.zone.look():
            if before != found:
                (ready if self.writing.is_over(dataset, before, found) else waiting).add(dataset.name)
        return ready, waiting, _places(self._folders)

    def _are_due(self, ready: set[str], waiting: set[str], now: float) -> bool:
        if not ready:
            self._ready_since = None
            return False
        self._ready_since = now if self._ready_since is None else self._ready_since
        return not waiting or now - self._ready_since >= COMPANY_SECONDS

    async def _take(self, begun: float) -> None:
        """Take a snapshot, and rest as long as that took: a lake that never lies still must not keep all cores busy."""
        now = await self.current.renew()
        self._ready_since = None
        taken = time.monotonic()
        self._rests_until = max(self._rests_until, 2 * taken - begun)
        _tell(now, self._owed, taken - begun)
        self._owed = set()

    @property
    def _pause(self) -> float:
        return ANYWAY_SECONDS if self._listening else POLL_SECONDS

    # ── what the file system tells ──

    async def _listen(self, places: Places) -> bool:
        """Listen to these folders; whether that is new, so that what happened before has to be looked for."""
        if not self.listens or places == self._listened_to:
            return False
        self._stop_listening()
        self._listened_to = places
        if not places:
            return False
        if remote := await asyncio.to_thread(remote_type, self.zone.folder):
            self.listens = False
            told = {"folder": str(self.zone.folder), "type": remote, "seconds": POLL_SECONDS}
            logger.info("the lake lies where others may change it unheard, and is looked at every second", extra=told)
            return False
        self._listening = asyncio.create_task(self._hear([*places]))
        return True

    async def _hear(self, places: list[Path]) -> None:
        """Stir whenever a file or folder that matters changes.

        In a thread of its own: the asynchronous way of the library loads what takes as long as many a first answer.
        """
        loop, has_ended = asyncio.get_running_loop(), Event()
        try:
            await loop.run_in_executor(ThreadPoolExecutor(1, "listening"), self._stir, places, has_ended, loop)
        except FileNotFoundError:  # gone since it was looked for; it is looked for again
            self._listened_to = {}
        except Exception as problem:  # noqa: BLE001 - limits of the system, each told in a way of its own
            self.listens = False
            told = {"folder": str(self.zone.folder), "problem": str(problem), "seconds": POLL_SECONDS}
            logger.warning("the system does not tell of changes in the lake; it is looked at every second", extra=told)
        finally:
            has_ended.set()
        self._listening = None

    def _stir(self, places: list[Path], has_ended: Event, loop: asyncio.AbstractEventLoop) -> None:
        step = int(STEP_SECONDS * 1000)
        for _ in watch(
            *places,
            watch_filter=self._matters,
            debounce=step,
            step=step,
            stop_event=has_ended,
            force_polling=False,
            recursive=False,
        ):
            loop.call_soon_threadsafe(self._stirred.set)

    def _matters(self, _: Change, path: str) -> bool:
        changed = Path(path)
        return changed in self._folders or self.zone.names.fullmatch(changed.name.lower()) is not None

    def _stop_listening(self) -> None:
        if self._listening:
            self._listening.cancel()
        self._listening, self._listened_to = None, {}


def _places(folders: list[Path]) -> Places:
    found = {}
    for path in folders:
        with suppress(OSError):
            seen = path.stat()
            found[path] = seen.st_dev, seen.st_ino
    return found


def _tell(snapshot: Snapshot, names: set[str], seconds: float) -> None:
    """Say in the log of which datasets files have changed, and which of these cannot be read now."""
    told = {"datasets": ", ".join(sorted(names)), "as_of": str(snapshot.as_of), "seconds": round(seconds, 2)}
    logger.info("files have changed", extra=told)
    for name in sorted(names & snapshot.faults.keys()):
        logger.warning("dataset cannot be read", extra={"dataset": name, "problem": str(snapshot.faults[name])})
