"""The curated zone: the folder that the files lie in, and how a snapshot of it is taken."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import polars as pl

from bedrot_graph.errors import DatasetError, DatasetMalformed, DatasetUnavailable
from bedrot_graph.lake import names
from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.files import FileVersion, PassedOver, candidates, read_settled, version_of
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.sheet import UnreadableFileError
from bedrot_graph.lake.snapshot import Snapshot, Table

Progress = Callable[[Dataset], None]


@dataclass(frozen=True)
class _Loaded:
    """A dataset's files as they were found, and what reading the current one gave."""

    versions: tuple[FileVersion, ...]
    read_on: dt.date
    passed_over: tuple[PassedOver, ...]
    file: FileVersion | None = None
    reading: Reading | None = None
    fault: DatasetError | None = None

    def still_holds(self, versions: tuple[FileVersion, ...], today: dt.date) -> bool:
        """Whether reading again would give the same."""
        may_ripen = self.reading is not None and self.reading.has_future_rows
        return self.versions == versions and (self.read_on == today or not may_ripen)


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
        try:
            paths, passed_over = candidates(self.folder, dataset)
            versions = tuple(version_of(path) for path in paths)
        except OSError as error:
            reason = f"the curated folder cannot be listed ({error.strerror})"
            fault = DatasetUnavailable(dataset.name, dataset.patterns, (reason,))
            return _Loaded((), today, (), fault=fault)
        before = self._loaded.get(dataset.name)
        if before and before.still_holds(versions, today):
            return before
        return _read_current(dataset, paths, versions, passed_over, today)

    def _assemble(self, today: dt.date) -> Snapshot:
        statements = self._loaded[STATEMENTS.name].reading if STATEMENTS.name in self._loaded else None
        artists = statements.rows["artist"] if statements else pl.Series("artist", [], pl.String)
        shown_artists = names.shown_spellings(artists)
        tables = {
            dataset.name: self._table(dataset, shown_artists)
            for dataset in self.datasets
            if self._loaded[dataset.name].reading
        }
        faults = {name: loaded.fault for name, loaded in self._loaded.items() if loaded.fault}
        versions = [table.version for table in tables.values()]
        return Snapshot(
            tables=tables,
            faults=faults,
            passed_over={name: loaded.passed_over for name, loaded in self._loaded.items()},
            today=today,
            is_sample=self._is_sample,
            version=_digest(*versions, *(f"{name}: {fault}" for name, fault in faults.items())),
        )

    def _table(self, dataset: Dataset, shown_artists: pl.DataFrame) -> Table:
        loaded = self._loaded[dataset.name]
        reading, file = loaded.reading, loaded.file
        if reading is None or file is None:
            raise AssertionError(dataset.name)
        rows, used = reading.rows, []
        for column in dataset.columns:
            if column.kind is Kind.ARTIST:
                by_spelling = names.spellings(rows[column.name], shown_artists, self._aliases)
            elif column.kind is Kind.NAME:
                by_spelling = names.spellings(rows[column.name], names.shown_spellings(rows[column.name]), {})
            else:
                continue
            rows = rows.with_columns(names.respelled(column.name, by_spelling))
            used.append(by_spelling.write_csv())
        return Table(
            dataset=dataset,
            rows=rows,
            rejects=reading.rejects,
            file=file,
            passed_over=loaded.passed_over,
            missing_columns=reading.missing_columns,
            unknown_columns=reading.unknown_columns,
            duplicates=reading.duplicates,
            restated=reading.restated,
            is_unfinished=reading.is_unfinished,
            ambiguous_dates=reading.ambiguous_dates,
            version=_digest(reading.content, str(reading.rejects.height), *used),
        )


def _read_current(
    dataset: Dataset,
    paths: list[Path],
    versions: tuple[FileVersion, ...],
    passed_over: list[PassedOver],
    today: dt.date,
) -> _Loaded:
    """Read the preferred file; where it cannot be read, the next one."""
    problem: tuple[str, str] | None = None
    for path in paths:
        try:
            data, version, is_settled = read_settled(path)
            reading = read(data, dataset, is_parquet=path.suffix.lower() == ".parquet", today=today)
        except (UnreadableFileError, OSError) as error:
            reason = str(error) if isinstance(error, UnreadableFileError) else f"it cannot be opened ({error.strerror})"
            passed_over.append(PassedOver(path.name, reason))
            problem = problem or (path.name, reason)
            continue
        chosen = f"'{path.name}' is preferred"
        passed_over += [PassedOver(other.name, chosen) for other in paths[paths.index(path) + 1 :]]
        if not is_settled:
            reading = Reading(**{**vars(reading), "is_unfinished": True})
        return _Loaded(versions, today, tuple(passed_over), version, reading)
    fault = (
        DatasetMalformed(dataset.name, *problem)
        if problem
        else DatasetUnavailable(
            dataset.name, dataset.patterns, tuple(f"'{each.name}': {each.reason}" for each in passed_over)
        )
    )
    return _Loaded(versions, today, tuple(passed_over), fault=fault)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
