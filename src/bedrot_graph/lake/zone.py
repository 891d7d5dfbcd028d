"""The curated zone: the folder that the files lie in, and how a snapshot of it is taken."""

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import polars as pl

from bedrot_graph.errors import DatasetError, DatasetMalformed, DatasetUnavailable
from bedrot_graph.lake import names
from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.files import Candidates, FileVersion, PassedOver, candidates, read_settled, shown_name
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.snapshot import Snapshot, Table
from bedrot_graph.lake.unreadable import UnreadableFileError

logger = logging.getLogger(__name__)

Progress = Callable[[Dataset], None]

COARSEST_FILE_TIME_NS = 2_000_000_000
"""Some file systems count in steps of two seconds: two writes within one step look like one."""


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A dataset's files as they were found, and what reading the current one gave."""

    found: Candidates
    read_on: dt.date
    is_settled: bool
    """As long as the files look the same, reading them again would give the same."""
    passed_over: tuple[PassedOver, ...]
    file: FileVersion | None = None
    reading: Reading | None = None
    fault: DatasetError | None = None

    def still_holds(self, found: Candidates, today: dt.date) -> bool:
        """Whether reading again would give the same."""
        may_ripen = self.reading is not None and self.reading.has_future_rows
        return self.is_settled and self.found == found and (self.read_on == today or not may_ripen)


class Zone:
    """A folder of curated files. Files that have not changed are not read again."""

    def __init__(
        self,
        folder: Path,
        *,
        is_sample: bool = False,
        artist_aliases: dict[str, str] | None = None,
        today: Callable[[], dt.date] = dt.date.today,
        datasets: tuple[Dataset, ...] = DATASETS,
    ) -> None:
        self.folder = folder
        self.datasets = datasets
        self._is_sample = is_sample
        self._aliases = artist_aliases or {}
        self._today = today
        self._loaded: dict[str, _Loaded] = {}
        self._snapshot: Snapshot | None = None
        self._lock = Lock()

    def take(self, progress: Progress | None = None) -> Snapshot:
        """The lake as it is now; the same object as before where nothing has changed. Blocks while it reads."""
        with self._lock:
            today = self._today()
            loaded = {}
            for dataset in self.datasets:
                if progress:
                    progress(dataset)
                loaded[dataset.name] = self._load(dataset, today)
            if self._snapshot is None or self._snapshot.today != today or loaded != self._loaded:
                self._loaded = loaded
                self._snapshot = self._assemble(today)
            return self._snapshot

    def _load(self, dataset: Dataset, today: dt.date) -> _Loaded:
        before = self._loaded.get(dataset.name)
        try:
            found = candidates(self.folder, dataset)
        except OSError as error:
            reason = f"the curated folder cannot be listed ({error.strerror})"
            fault = DatasetUnavailable(dataset.name, dataset.patterns, (reason,))
            return _Loaded(Candidates(), today, is_settled=False, passed_over=(), fault=fault)
        if before and before.still_holds(found, today):
            return before
        return _read_current(dataset, found, today)

    def _assemble(self, today: dt.date) -> Snapshot:
        readings = {name: each.reading for name, each in self._loaded.items() if each.reading}
        shown = self._shown_artists(readings)
        tables = {
            dataset.name: _table(dataset, self._loaded[dataset.name], readings[dataset.name], shown)
            for dataset in self.datasets
            if dataset.name in readings
        }
        faults = {name: each.fault for name, each in self._loaded.items() if each.fault}
        versions = [table.version for table in tables.values()]
        return Snapshot(
            tables=tables,
            faults=faults,
            passed_over={name: each.passed_over for name, each in self._loaded.items()},
            today=today,
            is_sample=self._is_sample,
            version=_digest(*versions, *(f"{name}: {fault}" for name, fault in faults.items())),
            artists=shown,
        )

    def _shown_artists(self, readings: Mapping[str, Reading]) -> pl.DataFrame:
        """How every artist of the lake is shown, in whichever datasets it occurs."""
        in_statements = elsewhere = pl.Series(dtype=pl.String)
        for dataset in self.datasets:
            for column in dataset.columns:
                if column.kind is not Kind.ARTIST or dataset.name not in readings:
                    continue
                artists = readings[dataset.name].rows[column.name]
                if dataset.name == STATEMENTS.name:
                    in_statements = artists
                else:
                    elsewhere = pl.concat([elsewhere, artists])
        return names.shown_artists(in_statements, elsewhere, self._aliases)


_UNFORESEEN = "reading it failed in a way that was not foreseen; the log has the details"


def _read_current(dataset: Dataset, found: Candidates, today: dt.date) -> _Loaded:
    """Read the preferred file; where it cannot be read, the next one."""
    now = time.time_ns()
    is_settled = all(abs(now - version.modified_ns) > COARSEST_FILE_TIME_NS for version in found.versions)
    problems: list[PassedOver] = []
    malformed: DatasetMalformed | None = None
    for place, path in enumerate(found.paths):
        try:
            data, version, held_still = read_settled(path)
            reading = read(data, dataset, today=today)
        except UnreadableFileError as error:
            problems.append(PassedOver(shown_name(path), str(error), is_failure=True))
            malformed = malformed or DatasetMalformed(dataset.name, shown_name(path), str(error))
        except (Exception, pl.exceptions.PanicException) as error:
            if not isinstance(error, OSError):  # not foreseen: this file is at fault, and no other dataset
                logger.exception("file cannot be read", extra={"dataset": dataset.name, "file": shown_name(path)})
                problems.append(PassedOver(shown_name(path), _UNFORESEEN, is_failure=True))
                malformed = malformed or DatasetMalformed(dataset.name, shown_name(path), _UNFORESEEN)
                continue
            problems.append(PassedOver(shown_name(path), f"it cannot be opened ({error.strerror})", is_failure=True))
            is_settled = False  # it may be open in another program for a moment
        else:
            if not held_still:
                reading = replace(reading, is_unfinished=True)
            chosen = f"'{version.name}' is preferred"
            others = (PassedOver(shown_name(other), chosen) for other in found.paths[place + 1 :])
            passed_over = (*found.passed_over, *problems, *others)
            return _Loaded(found, today, is_settled and held_still, passed_over, version, reading)
    passed_over = (*found.passed_over, *problems)
    reasons = tuple(f"'{each.name}': {each.reason}" for each in passed_over)
    fault = malformed or DatasetUnavailable(dataset.name, dataset.patterns, reasons)
    return _Loaded(found, today, is_settled, passed_over, fault=fault)


def _table(dataset: Dataset, loaded: _Loaded, reading: Reading, shown_artists: pl.DataFrame) -> Table:
    if loaded.file is None:
        raise AssertionError(dataset.name)
    rows, used = reading.rows, []
    for column in dataset.columns:
        if column.kind not in {Kind.ARTIST, Kind.NAME}:
            continue
        spelled = rows[column.name]
        shown = shown_artists if column.kind is Kind.ARTIST else names.shown_spellings(spelled)
        by_spelling = names.spellings(spelled, shown)
        used.append(by_spelling.write_csv())
        if not by_spelling["spelling"].equals(by_spelling["shown"]):
            rows = rows.with_columns(names.respelled(column.name, by_spelling))
    return Table(
        dataset=dataset,
        rows=rows,
        rejects=reading.rejects,
        file=loaded.file,
        passed_over=loaded.passed_over,
        missing_columns=reading.missing_columns,
        unknown_columns=reading.unknown_columns,
        duplicates=reading.duplicates,
        restated=reading.restated,
        is_unfinished=reading.is_unfinished,
        ambiguous_dates=reading.ambiguous_dates,
        version=_digest(reading.content, str(reading.rejects.height), *used),
    )


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
