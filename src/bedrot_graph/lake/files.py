"""Which file of a dataset is current: by tier, then by the stamp in the name, never by its time on disk."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from bedrot_graph.lake.dataset import Dataset

READ_ATTEMPTS = 3
_DAY_AND_TIME = re.compile(r"(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)(?:[_T-]?(\d{6}))?(?!\d)", re.ASCII)
_SINCE_1970 = re.compile(r"(?<!\d)(1\d{9})(?:\d{3})?(?!\d)", re.ASCII)


@dataclass(frozen=True)
class PassedOver:
    """A file that matches a dataset's patterns and is not read."""

    name: str
    reason: str
    is_failure: bool = False
    """Whether it should have been read, and could not be."""


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


@dataclass(frozen=True)
class Candidates:
    """The files in a folder that a dataset may be read from, the preferred one first, each in its version."""

    paths: tuple[Path, ...] = ()
    versions: tuple[FileVersion, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    """Names that match, and are no files."""


def candidates(folder: Path, dataset: Dataset) -> Candidates:
    """The dataset's files. Raises OSError where the folder cannot be listed."""
    newest_first = sorted(_matching(folder, dataset), key=lambda each: stamp(each[1].name), reverse=True)
    paths, versions, passed_over = [], [], []
    for _, path in sorted(newest_first, key=lambda each: each[0]):
        if not path.is_file():
            passed_over.append(PassedOver(shown_name(path), "it is not a file"))
        elif version := _version_if_there(path):
            paths.append(path)
            versions.append(version)
    return Candidates(tuple(paths), tuple(versions), tuple(passed_over))


def holds_known_file(folder: Path, datasets: tuple[Dataset, ...]) -> bool:
    """Whether any file of any dataset lies in the folder; not if the folder cannot be listed."""
    try:
        return any(candidates(folder, dataset).paths for dataset in datasets)
    except OSError:
        return False


def _matching(folder: Path, dataset: Dataset) -> Iterator[tuple[int, Path]]:
    """What lies in the folder under a name of the dataset's, with the tier of the first pattern that it matches."""
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        if name.startswith((".", "~")):  # hidden files, and what an office program leaves while a file is open
            continue
        for tier, patterns in enumerate(dataset.files):
            if any(fnmatch(name, pattern.lower()) for pattern in patterns):
                yield tier, path
                break


def stamp(name: str) -> str:
    """The moment in a file's name as YYYYMMDDHHMMSS, or "" where it has none.

    Knows 20250907_141945, 20250907T141945, 20250907, 2025-09-07 and seconds or milliseconds since 1970.
    """
    if found := _DAY_AND_TIME.search(name):
        year, month, day, time = found.groups(default="000000")
        return year + month + day + time
    if found := _SINCE_1970.search(name):
        return dt.datetime.fromtimestamp(int(found[1]), dt.UTC).strftime("%Y%m%d%H%M%S")
    return ""


def shown_name(path: Path) -> str:
    """The file's name as text: bytes in it that are none, which file systems allow, become question marks."""
    return path.name.encode(errors="replace").decode()


def version_of(path: Path) -> FileVersion:
    """The version of the file that lies there now. Raises OSError where it cannot be seen."""
    seen = path.stat()
    return FileVersion(shown_name(path), seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)


def _version_if_there(path: Path) -> FileVersion | None:
    try:
        return version_of(path)
    except OSError:  # taken away since the folder was listed, or out of reach
        return None


def read_settled(path: Path) -> tuple[bytes, FileVersion, bool]:
    """The bytes, the version they belong to, and whether the file held still while they were read.

    Raises OSError where it cannot be read.
    """
    for _ in range(READ_ATTEMPTS - 1):
        data, version, is_settled = _read_once(path)
        if is_settled:
            return data, version, True
    return _read_once(path)


def _read_once(path: Path) -> tuple[bytes, FileVersion, bool]:
    before = version_of(path)
    data = path.read_bytes()
    after = version_of(path)
    return data, after, before == after and len(data) == after.size_bytes
