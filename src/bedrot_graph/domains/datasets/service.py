"""What the lake holds: each dataset's columns, rows, rejects and freshness."""

import polars as pl

from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.detail import Detail
from bedrot_graph.errors import UnknownName
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot


def named(name: str) -> Dataset:
    """The dataset of that name. Raises UnknownName."""
    found = next((dataset for dataset in DATASETS if dataset.name == name), None)
    if found is None:
        raise UnknownName("dataset", name, (dataset.name for dataset in DATASETS))
    return found


def null_counts(snapshot: Snapshot, dataset: Dataset) -> Composed[dict[str, int]]:
    """How many rows have no value, by column. Raises DatasetError where the dataset cannot be read."""
    (nulls,) = collect(snapshot.scan(dataset).null_count())
    return Composed(nulls.row(0, named=True), (), frozenset({dataset.name}))


def rows(snapshot: Snapshot, dataset: Dataset, offset: int, limit: int) -> Detail:
    """A page of the accepted rows, in the order of the files. Raises DatasetError where it cannot be read.

    Columns: `file` where there are several, `line`, and the declared ones that any file has.
    """
    table = snapshot.table(dataset)
    place = [name for name in ("file", "line") if name in table.rows.columns]
    rows = table.rows.lazy().select(*place, pl.exclude(*place, *table.missing_columns))
    (page,) = collect(rows.slice(offset, limit))
    return Detail(page, table.rows.height, (), frozenset({dataset.name}))


def limitations(snapshot: Snapshot, dataset: Dataset) -> list[Limitation]:
    """What the dataset cannot tell: for ever, and as it was read."""
    return [*dataset.limitations, *snapshot.findings(dataset)]
