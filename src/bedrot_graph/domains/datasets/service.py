"""What the lake holds: each dataset's columns, rows, rejects and freshness."""

from dataclasses import dataclass

import polars as pl

from bedrot_graph.cubes.detail import Detail
from bedrot_graph.errors import UnknownName
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Column, Dataset
from bedrot_graph.lake.engine import collect
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
    nulls = table.rows.facts.null_counts
    missing = set(table.missing_columns)
    return [
        ColumnFacts(column, column.name not in missing, None if column.name in missing else nulls[column.name])
        for column in dataset.columns
    ]


def rows(snapshot: Snapshot, dataset: Dataset, offset: int, limit: int) -> Detail:
    """A page of the accepted rows, in the order of the files. Raises DatasetError where it cannot be read.

    Columns: `file` where there are several, `line`, and the declared ones that any file has.
    """
    table = snapshot.table(dataset)
    place = [name for name in ("file", "line") if name in table.rows.schema]
    rows = table.rows.lazy().slice(offset, limit)
    (page,) = collect(rows.select(*place, pl.exclude(*place, *table.missing_columns)))
    return Detail(page, table.rows.height, (), frozenset({dataset.name}))


def limitations(snapshot: Snapshot, dataset: Dataset) -> list[Limitation]:
    """What the dataset cannot tell: for ever, and as it was read."""
    return [*dataset.limitations, *snapshot.findings(dataset)]
