"""How a dataset is loaded: which of its files are read, and which are passed over and why."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from bedrot_graph.errors import DatasetError, DatasetMalformed, DatasetUnavailable
from bedrot_graph.lake import names
from bedrot_graph.lake.copies import Copies, Copy
from bedrot_graph.lake.dataset import Dataset, Form, Kind
from bedrot_graph.lake.files import Candidate, Candidates, PassedOver, age, read_settled, seen
from bedrot_graph.lake.reader import read
from bedrot_graph.lake.table import Part
from bedrot_graph.lake.unreadable import UnreadableFileError

logger = logging.getLogger(__name__)

COARSEST_FILE_TIME_NS = 2_000_000_000
"""Some file systems count in steps of two seconds: two writes within one step look like one."""
MayRead = Callable[[Dataset, Candidates, Candidates], bool]
"""Whether a dataset's files, which were read as the first ones were, may be read as the second ones are. Blocks."""
UNFORESEEN = "reading it failed in a way that was not foreseen; the log has the details"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A dataset's files as they were found, and what reading the current ones gave."""

    found: Candidates
    read_on: dt.date
    is_settled: bool
    """As long as the files look the same, reading them again would give the same."""
    passed_over: tuple[PassedOver, ...]
    parts: tuple[Part, ...] = ()
    """What was read; empty where there is a fault, or a copy."""
    copy: Copy | None = None
    """What was made of it when these very files were read before."""
    fault: DatasetError | None = None

    @property
    def may_ripen(self) -> bool:
        """Whether rows were rejected that are good on a later day."""
        return self.copy.may_ripen if self.copy else any(part.reading.has_future_rows for part in self.parts)

    @property
    def has_rows(self) -> bool:
        """Whether any row is known."""
        return bool(self.parts or self.copy)

    @property
    def file_names(self) -> str:
        """The files that it was read from, in a sentence."""
        return " and ".join(part.file.name for part in self.parts)

    @property
    def rows_read(self) -> int:
        """How many rows were read from files."""
        return sum(part.reading.rows.height for part in self.parts)

    def still_holds(self, found: Candidates, today: dt.date) -> bool:
        """Whether reading again would give the same."""
        return self.is_settled and self.found == found and (self.read_on == today or not self.may_ripen)

    def artists(self, dataset: Dataset) -> pl.DataFrame:
        """How often its artists are spelled how; see `names.counted`."""
        if self.copy:
            return self.copy.artists
        named = [column.name for column in dataset.columns if column.kind is Kind.ARTIST]
        return names.counted(*(part.reading.rows[name] for part in self.parts for name in named))


def load(  # noqa: PLR0913 - what it depends on has names
    dataset: Dataset,
    folder: Path,
    today: dt.date,
    before: Loaded | None,
    copies: Copies | None = None,
    *,
    may_read: MayRead | None = None,
) -> Loaded:
    """The dataset as its files in the folder are now; what was loaded before, where that still holds. Blocks.

    A copy of them is used where there is one. `may_read`: else what was loaded before is kept although it holds no
    longer.
    """
    found = seen(folder, dataset)
    if before and may_read and found != before.found and not may_read(dataset, before.found, found):
        return before
    if found.problem:
        reason = f"the curated folder cannot be listed ({found.problem})"
        fault = DatasetUnavailable(dataset.name, dataset.patterns, (reason,))
        return Loaded(found, today, is_settled=False, passed_over=(), fault=fault)
    is_known = before is not None and before.still_holds(found, today)
    if before and is_known and not (copies and before.rows_read >= copies.fewest_rows):
        return before
    if copies and (copy := copies.find(dataset, folder, found, today)):
        return Loaded(found, copy.read_on, has_aged(found), copy.passed_over, copy=copy)
    return before if before and is_known else _Opening(dataset, today).load(found)


def has_aged(found: Candidates) -> bool:
    """Whether the files were written so long ago that another writing would show."""
    now = time.time_ns()
    return all(abs(now - each.version.modified_ns) > COARSEST_FILE_TIME_NS for each in found.files)


@dataclass
class _Opening:
    """One loading of a dataset: a file is opened when its turn comes, and no file twice."""

    dataset: Dataset
    today: dt.date
    opened: dict[Candidate, Part | PassedOver] = field(default_factory=dict)
    malformed: list[PassedOver] = field(default_factory=list)
    """Files that could be opened, and hold nothing that can be read."""
    is_settled: bool = True

    def load(self, found: Candidates) -> Loaded:
        """Read the files of the first form that has any; where none can be read, say why."""
        is_aged = has_aged(found)  # before they are read
        parts = self._parts(found)
        read_files = {part.file.name for part in parts}
        failed = [each for each in self.opened.values() if isinstance(each, PassedOver)]
        left = [each for each in found.files if each.version.name not in read_files | {one.name for one in failed}]
        preferred = " and ".join(f"'{name}'" for name in sorted(read_files))
        verb = "is" if len(read_files) == 1 else "are"
        others = [PassedOver(each.version.name, f"{preferred} {verb} preferred") for each in left] if parts else []
        passed_over = (*found.passed_over, *failed, *others)
        fault = None if parts else self._fault(passed_over)
        return Loaded(found, self.today, is_aged and self.is_settled, passed_over, parts, fault=fault)

    def _parts(self, found: Candidates) -> tuple[Part, ...]:
        for form in self.dataset.forms:
            if parts := self._of_form(found, form):
                beside = [part for other in form.beside for part in self._of_form(found, other)]
                return (*parts, *beside)
        return ()

    def _of_form(self, found: Candidates, form: Form) -> list[Part]:
        """The newest readable file of the form, or all of them where they are parts of a whole, the newest last."""
        parts: list[Part] = []
        for candidate in found.of(form):
            part = self._open(candidate)
            if isinstance(part, Part) and part.reading.form == form:
                parts.append(part)
                if not form.are_parts:
                    break
        return sorted(parts, key=lambda part: age(part.file.name, form))

    def _open(self, candidate: Candidate) -> Part | PassedOver:
        if candidate not in self.opened:
            self.opened[candidate] = self._read(candidate)
        return self.opened[candidate]

    def _read(self, candidate: Candidate) -> Part | PassedOver:
        name = candidate.version.name
        try:
            read_it = partial(read, dataset=self.dataset, today=self.today, name=name, forms=candidate.forms)
            reading, version, held_still = read_settled(candidate.path, name, read_it)
        except UnreadableFileError as error:
            return self._malformed(name, str(error))
        except OSError as error:
            self.is_settled = False  # it may be open in another program for a moment
            return PassedOver(name, f"it cannot be opened ({error.strerror})", is_failure=True)
        except (Exception, pl.exceptions.PanicException):  # not foreseen: this file is at fault, and no other dataset
            logger.exception("file cannot be read", extra={"dataset": self.dataset.name, "file": name})
            return self._malformed(name, UNFORESEEN)
        self.is_settled = self.is_settled and held_still
        return Part(version, reading if held_still else replace(reading, is_unfinished=True))

    def _malformed(self, name: str, reason: str) -> PassedOver:
        passed_over = PassedOver(name, reason, is_failure=True)
        self.malformed.append(passed_over)
        return passed_over

    def _fault(self, passed_over: tuple[PassedOver, ...]) -> DatasetError:
        """Malformed where a file could be opened, by the one that comes first; else unavailable."""
        if self.malformed:
            return DatasetMalformed(self.dataset.name, self.malformed[0].name, self.malformed[0].reason)
        reasons = tuple(f"'{each.name}': {each.reason}" for each in passed_over)
        return DatasetUnavailable(self.dataset.name, self.dataset.patterns, reasons)
