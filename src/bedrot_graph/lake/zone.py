"""The curated zone: the folder that the files lie in, and how a snapshot of it is taken."""

import datetime as dt
import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import polars as pl

from bedrot_graph.errors import DatasetMalformed
from bedrot_graph.goals import Goals, usual_goals
from bedrot_graph.lake import names
from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.loading import UNFORESEEN, Loaded, load
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table, digest, table_of

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
    ) -> None:
        self.folder = folder
        self.datasets = datasets
        self._is_sample = is_sample
        self._aliases = artist_aliases or {}
        self._goals = goals or usual_goals()
        self._today = today
        self._loaded: dict[str, Loaded] = {}
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
                loaded[dataset.name] = load(dataset, self.folder, today, self._loaded.get(dataset.name))
            if self._snapshot is None or self._snapshot.today != today or loaded != self._loaded:
                self._loaded = loaded
                self._snapshot = self._assemble(today)
            return self._snapshot

    def _assemble(self, today: dt.date) -> Snapshot:
        shown = self._shown_artists()
        tables: dict[str, Table] = {}
        faults = {name: each.fault for name, each in self._loaded.items() if each.fault}
        for dataset in self.datasets:
            if not (loaded := self._loaded[dataset.name]).parts:
                continue
            try:
                tables[dataset.name] = table_of(dataset, loaded.parts, loaded.passed_over, shown)
            except (Exception, pl.exceptions.PanicException):  # not foreseen: it takes no other dataset with it
                files = " and ".join(part.file.name for part in loaded.parts)
                logger.exception("table cannot be made", extra={"dataset": dataset.name, "file": files})
                faults[dataset.name] = DatasetMalformed(dataset.name, files, UNFORESEEN)
        versions = [table.version for table in tables.values()]
        return Snapshot(
            tables=tables,
            faults=faults,
            passed_over={name: each.passed_over for name, each in self._loaded.items()},
            today=today,
            is_sample=self._is_sample,
            version=digest(*versions, *(f"{name}: {fault}" for name, fault in faults.items())),
            artists=shown,
            goals=self._goals,
        )

    def _shown_artists(self) -> pl.DataFrame:
        """How every artist of the lake is shown, in whichever datasets it occurs."""
        in_statements = elsewhere = pl.Series(dtype=pl.String)
        for dataset in self.datasets:
            named = [column.name for column in dataset.columns if column.kind is Kind.ARTIST]
            rows = (part.reading.rows for part in self._loaded[dataset.name].parts)
            artists = pl.concat([pl.Series(dtype=pl.String), *(each[name] for each in rows for name in named)])
            if dataset.name == STATEMENTS.name:
                in_statements = artists
            else:
                elsewhere = pl.concat([elsewhere, artists])
        return names.shown_artists(in_statements, elsewhere, self._aliases)
