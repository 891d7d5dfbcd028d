"""What the lake holds: each dataset's columns, rows, rejects and freshness."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.errors import UnknownName
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Column, Dataset
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table


@dataclass(frozen=True)
class ColumnFacts:
    """A declared column, and what the current file makes of it."""

    column: Column
    is_present: bool
    null_count: int | None
    """Rows without a value; None where the file lacks the column."""


def named(name: str) -> Dataset:
    """The dataset of that name. Raises UnknownName."""
    found = next((dataset for dataset in DATASETS if dataset.name == name), None)
    if found is None:
        raise UnknownName("dataset", name, (dataset.name for dataset in DATASETS))
    return found


def columns(dataset: Dataset, table: Table | None) -> list[ColumnFacts]:
    """The declared columns, in declared order."""
    if table is None:
        return [ColumnFacts(column, is_present=False, null_count=None) for column in dataset.columns]
    nulls = table.rows.null_count().row(0, named=True)
    missing = set(table.missing_columns)
    return [
        ColumnFacts(column, column.name not in missing, None if column.name in missing else nulls[column.name])
        for column in dataset.columns
    ]


def rows(table: Table) -> pl.DataFrame:
    """The accepted rows in the order of the files.

    Columns: `file` where there are several, `line`, and the declared ones that any file has.
    """
    place = [name for name in ("file", "line") if name in table.rows.columns]
    return table.rows.select(*place, pl.exclude(*place, *table.missing_columns))


def limitations(snapshot: Snapshot, dataset: Dataset) -> list[Limitation]:
    """What the dataset cannot tell: for ever, and as it was read."""
    return [*dataset.limitations, *snapshot.findings(dataset)]
