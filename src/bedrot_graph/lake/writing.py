"""Which files are still being written: until they lie still and end as they should, what was read before is kept."""

import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from bedrot_graph.lake import archive, parquet
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.files import Candidates

STILL_SECONDS = 0.5
"""So long the files of a dataset have to lie still before they are read."""
TORN_SECONDS = 5.0
"""The same of those that end in the middle of something, or are all gone: the rest may be on its way."""
MOST_SECONDS = 60.0
"""The same of those that cannot be opened, or are not filled. After so long all are read as they are."""

END_BYTES = 32
"""More than the last ones of an archive that may all be zero."""


@dataclass
class _Change:
    """Files that look otherwise than when they were read."""

    before: Candidates
    found: Candidates
    begun_at: float
    still_since: float
    still_seconds: float | None = None
    """How long they have to lie still; None where nobody has looked yet."""


class Writing:
    """Knows since when the files of which datasets have been changing. It may be asked from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changes: dict[str, _Change] = {}
        self._lock = Lock()

    def is_over(self, dataset: Dataset, before: Candidates, found: Candidates) -> bool:
        """Whether files that were read as the first ones were, and are now as the second ones are, may be read again.

        Blocks.
        """
        with self._lock:
            now = self._clock()
            change = self._changes.get(dataset.name)
            if change is None or change.before != before:
                change = _Change(before, found, now, now)
            elif change.found != found:
                change = _Change(before, found, change.begun_at, now)
            self._changes[dataset.name] = change
            if now - change.begun_at >= MOST_SECONDS:
                return True
            if now - change.still_since < STILL_SECONDS:
                return False
            if change.still_seconds is None:
                change.still_seconds = _still_seconds(before, found)
            return now - change.still_since >= change.still_seconds


def _still_seconds(before: Candidates, found: Candidates) -> float:
    """How long the files have to lie still."""
    if found.problem or (before.files and not found.files):
        return TORN_SECONDS
    known = {each.version for each in before.files}
    changed = [each.path for each in found.files if each.version not in known]
    return max((_still_seconds_of(path) for path in changed), default=STILL_SECONDS)


def _still_seconds_of(path: Path) -> float:
    try:
        with path.open("rb") as file:
            begin = file.read(4)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - END_BYTES))
            end = file.read()
        if size and not end.strip(b"\0"):
            return MOST_SECONDS  # room that was made for the whole file, and is not filled yet
        return STILL_SECONDS if _is_whole(path, begin, end, size) else TORN_SECONDS
    except OSError:  # whoever writes it lets nobody read it meanwhile
        return MOST_SECONDS


def _is_whole(path: Path, begin: bytes, end: bytes, size: int) -> bool:
    """Whether a file that begins and ends so ends as a whole one does."""
    if begin == archive.MAGIC:
        return zipfile.is_zipfile(path)
    if begin == parquet.MAGIC:
        return end.endswith(parquet.MAGIC) and size > 2 * len(parquet.MAGIC)
    # In UTF-16 there is a zero beside each; more of them are room that is not filled.
    return end.rstrip(b"\0").endswith((b"\n", b"\r")) and not end.endswith(b"\0\0")
