"""The lake at one moment: every dataset as one frame, or the reason why it cannot be read."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import RLock
from typing import Any, TypeVar

import polars as pl

from bedrot_graph.errors import DatasetError, DatasetUnavailable
from bedrot_graph.goals import Goals, usual_goals
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.digest import digest
from bedrot_graph.lake.files import PassedOver
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.marks import Marks
from bedrot_graph.lake.table import Table

T = TypeVar("T")

ARTISTS = pl.Schema({"identity": pl.String, "shown": pl.String})


@dataclass(frozen=True)
class Snapshot:
    """All datasets at one moment. One request sees one snapshot."""

    tables: Mapping[str, Table]
    faults: Mapping[str, DatasetError]
    passed_over: Mapping[str, tuple[PassedOver, ...]]
    today: dt.date
    """The day the snapshot was taken: ages are measured to it, nothing else is."""
    is_sample: bool
    version: str
    artists: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ARTISTS), compare=False)
    """How each artist is shown, by every identity it has: its own, and those of its aliases."""
    goals: Goals = field(default_factory=usual_goals)
    """What the label expects of its numbers."""
    marks: Marks = field(default_factory=dict)
    """What people have said about findings."""
    scanned: set[str] = field(default_factory=set, compare=False)
    """Names of the datasets that were asked for; see `watched`."""
    _memory: dict[str, Any] = field(default_factory=dict, compare=False)
    _lock: RLock = field(default_factory=RLock, compare=False)

    def once(self, name: str, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - each name has its own type
        """What `compute` gives, computed once for this snapshot. For small facts that many answers need.

        What is scanned on the way is noted also where the fact is remembered.
        """
        with self._lock:  # two workers of a cold start need the same facts
            if name not in self._memory:
                noted = self.scanned.copy()
                self.scanned.clear()
                try:
                    self._memory[name] = compute(), frozenset(self.scanned)
                finally:
                    self.scanned.update(noted)
            fact, scanned = self._memory[name]
            self.scanned.update(scanned)
            return fact

    def known(self, name: str, as_of: dt.date | None, compute: Callable[[], T]) -> T:
        """What `compute` gives of all that was known on a day; remembered as above where that is everything (None)."""
        if as_of:
            return compute()
        everything: T = self.once(name, compute)
        return everything

    @property
    def whole(self) -> "Snapshot":
        """The snapshot of all rows: itself, unless it shows the rows of some artists only."""
        return self

    @cached_property
    def as_of(self) -> dt.date | None:
        """The newest event date in the lake; None where no dataset can be read."""
        return max((table.newest_event for table in self.tables.values() if table.newest_event), default=None)

    @cached_property
    def state(self) -> str:
        """Differs where any part of an answer may, also what it tells of the files and their ages.

        The same files under the same settings have the same state, whichever process has read them.
        """
        files = [
            f"{name}: {file.name} {file.size_bytes} {file.modified_ns}"
            for name, table in self.tables.items()
            for file in table.files
        ]
        others = [f"{name}: {each}" for name, each in self.passed_over.items()]
        marks = [f"{name}: {mark}" for name, mark in sorted(self.marks.items())]
        return digest(self.version, str(self.today), *files, *others, *marks)

    def watched(self) -> "Snapshot":
        """The same snapshot, noting anew which datasets are scanned."""
        return replace(self, scanned=set())

    def table(self, dataset: Dataset) -> Table:
        """The dataset as it was read. Raises DatasetError where it could not be."""
        self.scanned.add(dataset.name)
        if fault := self.faults.get(dataset.name):
            raise fault.with_traceback(None)  # one error, raised many times: its traceback would grow each time
        if dataset.name not in self.tables:
            raise DatasetUnavailable(dataset.name, dataset.patterns)
        return self.tables[dataset.name]

    def scan(self, dataset: Dataset) -> pl.LazyFrame:
        """The dataset's rows. Raises DatasetError where it could not be read."""
        return self.table(dataset).rows.lazy()

    def scan_encoded(self, dataset: Dataset) -> pl.LazyFrame:
        """The same as they are held: texts of large datasets are categorical."""
        return self.table(dataset).rows.encoded

    def fault_of(self, dataset: Dataset) -> DatasetError | None:
        """Why the dataset cannot be read; None where it can."""
        return self.faults.get(dataset.name)

    def is_absent(self, dataset: Dataset) -> bool:
        """Whether the lake has no file of the dataset, as a label that does without that service has none."""
        fault = self.faults.get(dataset.name)
        return fault is not None and fault.is_absent

    def is_stale(self, dataset: Dataset) -> bool:
        """Whether its newest event is older than the catalogue allows; the sample lake never is."""
        age, most = self._age_days(dataset), dataset.max_age_days
        return not self.is_sample and age is not None and most is not None and age > most

    def findings(self, dataset: Dataset) -> tuple[Limitation, ...]:
        """What every number built on the dataset must say of this snapshot."""
        found = list(self.tables[dataset.name].findings()) if dataset.name in self.tables else []
        if self.is_sample:
            text = "These are the invented artists and amounts of the sample lake; set DATA_LAKE_PATH to your own."
            found.append(Limitation(Code.SAMPLE_DATA, text))
        if self.is_stale(dataset):
            text = (
                f"The newest date in {dataset.name} is {self.tables[dataset.name].newest_event}, "
                f"{self._age_days(dataset)} days ago; more than {dataset.max_age_days} is stale."
            )
            found.append(Limitation(Code.STALE_DATA, text))
        return tuple(found)

    def _age_days(self, dataset: Dataset) -> int | None:
        table = self.tables.get(dataset.name)
        if table is None or table.newest_event is None:
            return None
        return (self.today - table.newest_event).days
