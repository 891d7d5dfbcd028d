"""The curated zone: the folder that the files lie in, and how a snapshot of it is taken."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock

import polars as pl

from bedrot_graph.errors import DatasetMalformed
from bedrot_graph.goals import Goals, usual_goals
from bedrot_graph.lake import names
from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.copies import Copies
from bedrot_graph.lake.copying import Copyist
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.digest import digest
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.files import Candidates, names_in, names_of, seen
from bedrot_graph.lake.loading import UNFORESEEN, Loaded, MayRead, load
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table, copied, table_of

logger = logging.getLogger(__name__)

Progress = Callable[[Dataset], None]


class Zone:
    """A folder of curated files. Files that have not changed are not read again."""

    def __init__(  # noqa: PLR0913 - what it depends on has names
        self,
        folder: Path,
        *,
        is_sample: bool = False,
        artist_aliases: dict[str, str] | None = None,
        goals: Goals | None = None,
        today: Callable[[], dt.date] = dt.date.today,
        datasets: tuple[Dataset, ...] = DATASETS,
        copies: Copies | None = None,
    ) -> None:
        self.folder = folder
        self.datasets = datasets
        self.names = names_of(datasets)
        """What the names of files look like that may be read, in lower case."""
        self._is_sample = is_sample
        self._aliases = artist_aliases or {}
        self._goals = goals or usual_goals()
        self.today = today
        self._copies = copies
        self.copyist = Copyist(copies) if copies else None
        """Who makes copies of what is large."""
        self._loaded: dict[str, Loaded] = {}
        self._snapshot: Snapshot | None = None
        self._lock = Lock()

    def look(self) -> Iterator[tuple[Dataset, Candidates, Candidates]]:
        """Of each dataset that was loaded the files that it was loaded from, and those that are there now. Blocks."""
        loaded = self._loaded

        @cache  # each folder once, for all datasets
        def listed(folder: Path) -> list[str]:
            return [name for name in names_in(folder) if self.names.fullmatch(name.lower())]

        for dataset in self.datasets:
            if dataset.name in loaded:
                yield dataset, loaded[dataset.name].found, seen(self.folder, dataset, listed)

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        """The lake as it is now; the same object as before where nothing has changed. Blocks while it reads.

        `may_read`: whether files that have changed may be read; else the dataset stays as it was.
        """
        with self._lock:
            today = self.today()
            loaded = {}
            for dataset in self.datasets:
                if progress:
                    progress(dataset)
                loaded[dataset.name] = self._load(dataset, today, may_read)
            if self._snapshot is None or self._snapshot.today != today or loaded != self._loaded:
                self._snapshot = self._assemble(loaded, today)
            if self.copyist:
                for name, table in self._snapshot.tables.items():
                    self.copyist.keep(self.folder, self._loaded[name], table, self._snapshot.artists)
            return self._snapshot

    def _load(self, dataset: Dataset, today: dt.date, may_read: MayRead | None = None) -> Loaded:
        before = self._loaded.get(dataset.name)
        return load(dataset, self.folder, today, before, self._copies, may_read=may_read)

    def _assemble(self, loaded: dict[str, Loaded], today: dt.date) -> Snapshot:
        shown = self._shown_artists(loaded)
        for dataset in self.datasets:
            copy = loaded[dataset.name].copy
            if self._copies and copy and not copy.shows(shown):  # aliases have changed
                self._copies.refuse(copy)
                loaded[dataset.name] = self._load(dataset, today)
                shown = self._shown_artists(loaded)  # the file may have changed meanwhile
        known = self._tables_of(loaded, shown)
        self._loaded = loaded
        tables: dict[str, Table] = {}
        faults = {name: each.fault for name, each in loaded.items() if each.fault}
        for dataset in self.datasets:
            if not loaded[dataset.name].has_rows:
                continue
            try:
                tables[dataset.name] = known.get(dataset.name) or _table(dataset, loaded[dataset.name], shown)
            except (Exception, pl.exceptions.PanicException):  # not foreseen: it takes no other dataset with it
                files = loaded[dataset.name].file_names
                logger.exception("table cannot be made", extra={"dataset": dataset.name, "file": files})
                faults[dataset.name] = DatasetMalformed(dataset.name, files, UNFORESEEN)
        versions = [table.version for table in tables.values()]
        return Snapshot(
            tables=tables,
            faults=faults,
            passed_over={name: each.passed_over for name, each in loaded.items()},
            today=today,
            is_sample=self._is_sample,
            version=digest(*versions, *(f"{name}: {fault}" for name, fault in faults.items())),
            artists=shown,
            goals=self._goals,
        )

    def _tables_of(self, loaded: Mapping[str, Loaded], shown: pl.DataFrame) -> dict[str, Table]:
        """The tables of the snapshot before that are still the same."""
        before = self._snapshot
        if before is None or not before.artists.equals(shown):
            return {}
        return {name: table for name, table in before.tables.items() if self._loaded[name] is loaded[name]}

    def _shown_artists(self, loaded: Mapping[str, Loaded]) -> pl.DataFrame:
        """How every artist of the lake is shown, in whichever datasets it occurs."""
        spelled = {dataset.name: loaded[dataset.name].artists(dataset) for dataset in self.datasets}
        in_statements = spelled.pop(STATEMENTS.name, names.counted())
        elsewhere = pl.concat([names.counted(), *spelled.values()])
        return collect_few(names.shown_artists(in_statements, elsewhere, self._aliases))[0]


def _table(dataset: Dataset, loaded: Loaded, shown: pl.DataFrame) -> Table:
    if loaded.copy:
        return copied(dataset, loaded.copy, loaded.passed_over)
    return table_of(dataset, loaded.parts, loaded.passed_over, shown)
