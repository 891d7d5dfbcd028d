"""Which files of a folder a dataset may be read from: by form, then by the stamp in the name, never by time on disk."""

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeVar

from bedrot_graph.lake.dataset import Dataset, Form

T = TypeVar("T")

READ_ATTEMPTS = 3
_MOMENTS = re.compile(
    r"(?<!\d)(?P<year>20\d\d)-?(?P<month>\d\d)-?(?P<day>\d\d)(?:[_T-]?(?P<time>\d{6}))?(?!\d)"
    r"|(?<!\d)(?P<epoch>1\d{9})(?:\d{3})?(?!\d)"
    r"|(?<![A-Za-z])(?P<word>[A-Z][a-z]{2})-(?P<word_day>\d{1,2})-(?P<word_year>20\d\d)(?!\d)",
    re.ASCII,
)


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
class Candidate:
    """A file that may be a dataset's, and the forms that its name allows, the preferred one first."""

    path: Path
    version: FileVersion
    forms: tuple[Form, ...]


@dataclass(frozen=True)
class Candidates:
    """The files in a folder that a dataset may be read from, each in its version."""

    files: tuple[Candidate, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    """Names that match, and are no files."""
    problem: str | None = None
    """Why the folder cannot be listed."""

    def of(self, form: Form) -> list[Candidate]:
        """Those whose names allow the form, the newest stamp first."""
        allowed = [each for each in self.files if form in each.forms]
        return sorted(allowed, key=lambda each: age(each.version.name, form), reverse=True)


Listed = Callable[[Path], list[str]]
"""The names of what lies in a folder. Raises OSError."""


def names_in(folder: Path) -> list[str]:
    """The names of all that lies in the folder. Raises OSError."""
    return os.listdir(folder)  # noqa: PTH208 - of thousands of files most are nobody's, and a path costs more than a name


def candidates(folder: Path, dataset: Dataset, listed: Listed = names_in) -> Candidates:
    """The dataset's files. Raises OSError where the folder cannot be listed."""
    found, passed_over = [], []
    for path, forms in _matching(folder, dataset, listed):
        name = shown_name(path, folder)
        if not path.is_file():
            passed_over.append(PassedOver(name, "it is not a file"))
        elif version := _version_if_there(path, name):
            found.append(Candidate(path, version, forms))
    return Candidates(tuple(found), tuple(passed_over))


def seen(folder: Path, dataset: Dataset, listed: Listed = names_in) -> Candidates:
    """The dataset's files; none, and why, where the folder cannot be listed."""
    try:
        return candidates(folder, dataset, listed)
    except OSError as error:
        return Candidates(problem=error.strerror or type(error).__name__)


def names_of(datasets: tuple[Dataset, ...]) -> re.Pattern[str]:
    """What the names of all their files look like, in lower case and in whichever folder."""
    forms = [form for dataset in datasets for in_folder in _forms_by_folder(dataset).values() for form in in_folder]
    return re.compile(f"(?![.~])(?:{'|'.join(sorted({names.pattern for _, names in forms}))})")


def folders(folder: Path, datasets: tuple[Dataset, ...]) -> list[Path]:
    """The zone, and the folders in it that files of the datasets lie in, whether they are there or not."""
    return sorted({folder / inner for dataset in datasets for inner in _forms_by_folder(dataset)} | {folder})


def holds_known_file(folder: Path, datasets: tuple[Dataset, ...]) -> bool:
    """Whether any file of any dataset lies in the folder; not if the folder cannot be listed."""
    try:
        return any(candidates(folder, dataset).files for dataset in datasets)
    except OSError:
        return False


def _matching(folder: Path, dataset: Dataset, listed: Listed) -> Iterator[tuple[Path, tuple[Form, ...]]]:
    """What lies in the zone under a name of the dataset's, with the forms whose patterns it matches."""
    in_zone = listed(folder)  # also where all patterns are of folders in it: the zone itself has to be there
    for inner, forms in _forms_by_folder(dataset).items():
        names = in_zone if inner == "." else listed(folder / inner) if (folder / inner).is_dir() else []
        matching = {name: allowed for name in names if (allowed := _forms_allowing(name, forms))}
        for name in sorted(matching):
            yield folder / inner / name, matching[name]


def _forms_allowing(name: str, forms: list[tuple[Form, re.Pattern[str]]]) -> tuple[Form, ...]:
    """Those that a file of the name may be of; hidden files, and what office programs leave beside one, are of none."""
    lower = name.lower()
    return () if lower.startswith((".", "~")) else tuple(form for form, names in forms if names.fullmatch(lower))


@cache
def _forms_by_folder(dataset: Dataset) -> dict[str, list[tuple[Form, re.Pattern[str]]]]:
    """By the folder in the zone: the forms of files that lie there, each with what their names look like."""
    forms = dict.fromkeys([*dataset.forms, *(beside for form in dataset.forms for beside in form.beside)])
    found: dict[str, list[tuple[Form, re.Pattern[str]]]] = {}
    for form in forms:
        patterns = [PurePosixPath(pattern.lower()) for pattern in form.files]
        for inner in sorted({str(pattern.parent) for pattern in patterns}):
            names = "|".join(translate(pattern.name) for pattern in patterns if str(pattern.parent) == inner)
            found.setdefault(inner, []).append((form, re.compile(names)))
    return found


def age(name: str, form: Form) -> tuple[str, str]:
    """What files of the form are sorted by, the older first: the stamp in the name, "" where it has none.

    Of two without, 'x (1)' is a later download than 'x'.
    """
    return stamp(form.said_by(name).get("stamp", name)), PurePosixPath(name).stem


def stamp(name: str) -> str:
    """The last moment in a file's name as YYYYMMDDHHMMSS, or "" where it has none.

    Knows 20250907_141945, 20250907T141945, 20250907, 2025-09-07, Sep-7-2025 and seconds or milliseconds since 1970.
    """
    moments = [moment for found in _MOMENTS.finditer(name) if (moment := _moment(found))]
    return moments[-1] if moments else ""


def _moment(found: re.Match[str]) -> str:
    if found["epoch"]:
        return dt.datetime.fromtimestamp(int(found["epoch"]), dt.UTC).strftime("%Y%m%d%H%M%S")
    if found["year"]:
        return found["year"] + found["month"] + found["day"] + (found["time"] or "000000")
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    if found["word"].lower() not in months:
        return ""
    return f"{found['word_year']}{months.index(found['word'].lower()) + 1:02}{int(found['word_day']):02}000000"


def shown_name(path: Path, folder: Path) -> str:
    """The file's name in the zone as text: bytes in it that are none, which file systems allow, become question marks.

    With the folder where it lies deeper.
    """
    return path.relative_to(folder).as_posix().encode(errors="replace").decode()


def version_of(path: Path, name: str) -> FileVersion:
    """The version of the file that lies there now. Raises OSError where it cannot be seen."""
    seen = path.stat()
    return FileVersion(name, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)


def _version_if_there(path: Path, name: str) -> FileVersion | None:
    try:
        return version_of(path, name)
    except OSError:  # taken away since the folder was listed, or out of reach
        return None


def read_settled(path: Path, name: str, read: Callable[[BinaryIO], T]) -> tuple[T, FileVersion, bool]:
    """What `read` makes of the file, the version it is of, and whether the file held still meanwhile.

    Raises OSError where it cannot be read, and what `read` raises.
    """
    for _ in range(READ_ATTEMPTS - 1):
        before = version_of(path, name)
        try:
            made, version, is_settled = _read_once(path, name, read)
        except Exception:
            if version_of(path, name) == before:
                raise
        else:
            if is_settled:
                return made, version, True
    return _read_once(path, name, read)


def _read_once(path: Path, name: str, read: Callable[[BinaryIO], T]) -> tuple[T, FileVersion, bool]:
    before = version_of(path, name)
    with path.open("rb") as file:
        made = read(file)
        end = file.tell()
    after = version_of(path, name)
    return made, after, before == after and end == after.size_bytes
