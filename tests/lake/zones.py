"""A zone of sales files, and what its snapshots say of them."""

import datetime as dt
import os
from pathlib import Path

from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table
from bedrot_graph.lake.zone import Zone
from tests.lake.sales import HEADER, SALES
from tests.lakes import TODAY

GOOD = HEADER + "2025-01-01,Spotify,1,1\n"
BETTER = HEADER + "2025-01-01,Spotify,1,2\n"
LONG_AGO = 1_700_000_000


def write(path: Path, text: str | bytes, *, modified: float = LONG_AGO) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (modified, modified))


def sales_zone(folder: Path, today: dt.date = TODAY) -> Zone:
    return Zone(folder, today=lambda: today, datasets=(SALES,))


def table_of(folder: Path, dataset: Dataset, today: dt.date = TODAY) -> Table:
    """The dataset as it is read from the folder. Raises DatasetError where it cannot be."""
    return Zone(folder, today=lambda: today, datasets=(dataset,)).take().table(dataset)


def not_read(folder: Path, dataset: Dataset) -> dict[str, str]:
    """The files that are passed over, and why."""
    snapshot = Zone(folder, today=lambda: TODAY, datasets=(dataset,)).take()
    return {each.name: each.reason for each in snapshot.passed_over[dataset.name]}


def sales(snapshot: Snapshot) -> Table:
    return snapshot.table(SALES)


def usd(snapshot: Snapshot) -> list[float]:
    return [float(amount) for amount in sales(snapshot).rows["usd"]]


def passed_over(snapshot: Snapshot) -> dict[str, str]:
    return {each.name: each.reason for each in snapshot.passed_over[SALES.name]}
