"""Which file of a dataset is current: by tier, then by the stamp in the name, never by its time on disk."""

import datetime as dt
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from bedrot_graph.lake.dataset import Dataset

READ_ATTEMPTS = 3


@dataclass(frozen=True)
class PassedOver:
    """A file that matches a dataset's patterns and is not read."""

    name: str
    reason: str


@dataclass(frozen=True)
class FileVersion:
    """What tells one version of a file from the next without opening it."""

    name: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int

    @property
    def modified_at(self) -> dt.datetime:
        """When it was last written."""
        return dt.datetime.fromtimestamp(self.modified_ns / 1e9, dt.UTC)


def candidates(folder: Path, dataset: Dataset) -> tuple[list[Path], list[PassedOver]]:
    """The dataset's files, the preferred one first, and the matching names that are no files to read."""
    found: list[tuple[int, str, Path]] = []
    passed_over = []
    for path in sorted(folder.iterdir()):
        tier = _tier(path.name, dataset)
        if tier is None:
            continue
        if not path.is_file():
            passed_over.append(PassedOver(path.name, "it is not a file"))
        else:
            found.append((tier, stamp(path.name), path))
    newest_first = sorted(found, key=lambda each: each[1], reverse=True)
    return [path for _, _, path in sorted(newest_first, key=lambda each: each[0])], passed_over


def holds_known_file(folder: Path, datasets: tuple[Dataset, ...]) -> bool:
    """Whether any file of any dataset lies in the folder."""
    return any(candidates(folder, dataset)[0] for dataset in datasets)


def _tier(name: str, dataset: Dataset) -> int | None:
    """The tier of the first pattern that the name matches; hidden and lock files match none."""
    if name.startswith((".", "~")):
        return None
    for tier, patterns in enumerate(dataset.files):
        if any(fnmatch(name.lower(), pattern.lower()) for pattern in patterns):
            return tier
    return None


def stamp(name: str) -> str:
    """The moment in a file's name as YYYYMMDDHHMMSS, or "" where it has none.

    Knows 20250907_141945, 20250907T141945, 20250907 and seconds or milliseconds since 1970.
    """
    if found := re.search(r"(?<!\d)(20\d{6})(?:[_T-]?(\d{6}))?(?!\d)", name):
        return found[1] + (found[2] or "000000")
    if found := re.search(r"(?<!\d)(1\d{9})(?:\d{3})?(?!\d)", name):
        return dt.datetime.fromtimestamp(int(found[1]), dt.UTC).strftime("%Y%m%d%H%M%S")
    return ""


def version_of(path: Path) -> FileVersion:
    """The version of the file that lies there now. Raises OSError where it cannot be seen."""
    seen = path.stat()
    return FileVersion(path.name, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)


def read_settled(path: Path) -> tuple[bytes, FileVersion, bool]:
    """The bytes, the version they belong to, and whether the file held still while they were read.

    Raises OSError where it cannot be read.
    """
    for _ in range(READ_ATTEMPTS):
        before = version_of(path)
        data = path.read_bytes()
        after = version_of(path)
        if before == after and len(data) == after.size_bytes:
            return data, after, True
    return data, after, False
