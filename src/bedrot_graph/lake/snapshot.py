"""The lake at one moment: every dataset as one frame, or the reason why it cannot be read."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import RLock
from typing import Any

import polars as pl

from bedrot_graph.errors import DatasetError, DatasetUnavailable
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.files import FileVersion, PassedOver
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.periods import last_of_month


@dataclass(frozen=True)
class Table:
    """One dataset as it was read.

    `rows`: one column per declared column, and `line`. `rejects`: line and reason.
    """

    dataset: Dataset
    rows: pl.DataFrame
    rejects: pl.DataFrame
    file: FileVersion
    passed_over: tuple[PassedOver, ...]
    missing_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    duplicates: int
    restated: int
    is_unfinished: bool
    ambiguous_dates: tuple[str, ...]
    version: str
    """Changes exactly when what is answered from the table may change."""

    @cached_property
    def newest_event(self) -> dt.date | None:
        """The newest event date; None where the dataset has none."""
        column = self.dataset.event_date
        newest = self.rows[column].max() if column else None
        return newest if isinstance(newest, dt.date) else None

    @cached_property
    def covers(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last date that the dataset's periods speak of."""
        column = self.dataset.covered_date
        if column is None:
            return None
        first, last = self.rows[column].min(), self.rows[column].max()
        if not isinstance(first, dt.date) or not isinstance(last, dt.date):
            return None
        is_month = any(each.name == column and each.kind is Kind.MONTH for each in self.dataset.columns)
        return first, last_of_month(last) if is_month else last  # a month is held as its first day

    @property
    def failed(self) -> tuple[PassedOver, ...]:
        """The files that come before this one, and could not be read."""
        return tuple(each for each in self.passed_over if each.is_failure)

    def findings(self) -> tuple[Limitation, ...]:
        """What reading the file has shown, that every number built on it must say."""
        name, found = self.file.name, []
        for failed in self.failed:
            text = (
                f"{failed.name} should have been read, but {failed.reason}; {name} is read instead, and may be older."
            )
            found.append(Limitation(Code.OTHER_FILE_READ, text))
        if rejected := self.rejects.height:
            line, reason = self.rejects.row(0)
            all_rows = self.rows.height + rejected + self.duplicates + self.restated
            text = (
                f"{rejected} of {all_rows} rows of {name} could not be read and are not in this number; "
                f"the first is line {line}: {reason}."
            )
            found.append(Limitation(Code.ROWS_REJECTED, text))
        if self.duplicates:
            text = f"{_rows(self.duplicates)} of {name} left out: the same as another row in every column."
            found.append(Limitation(Code.DUPLICATES_DROPPED, text))
        if self.restated:
            key = " and ".join(self.dataset.key)
            text = f"{_rows(self.restated)} of {name} left out: a later row has the same {key}."
            found.append(Limitation(Code.RESTATED, text))
        if self.is_unfinished:
            text = f"The last line of {name} does not end: the file may still be being written, or was cut off."
            found.append(Limitation(Code.UNFINISHED_FILE, text))
        if self.ambiguous_dates:
            text = f"{', '.join(self.ambiguous_dates)} of {name} may be day first; they were read as month/day."
            found.append(Limitation(Code.AMBIGUOUS_DATES, text))
        return tuple(found)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


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
    scanned: set[str] = field(default_factory=set, compare=False)
    """Names of the datasets that were asked for; see `watched`."""
    _memory: dict[str, Any] = field(default_factory=dict, compare=False)
    _lock: RLock = field(default_factory=RLock, compare=False)

    def once(self, name: str, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - each name has its own type
        """What `compute` gives, computed once for this snapshot. For small facts that many answers need."""
        with self._lock:  # two workers of a cold start need the same facts
            if name not in self._memory:
                self._memory[name] = compute()
            return self._memory[name]

    @cached_property
    def as_of(self) -> dt.date | None:
        """The newest event date in the lake; None where no dataset can be read."""
        return max((table.newest_event for table in self.tables.values() if table.newest_event), default=None)

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

    def fault_of(self, dataset: Dataset) -> DatasetError | None:
        """Why the dataset cannot be read; None where it can."""
        return self.faults.get(dataset.name)

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
