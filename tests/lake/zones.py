"""A zone of sales files, and what its snapshots say of them."""

import datetime as dt
import os
from pathlib import Path

from bedrot_graph.lake.snapshot import Snapshot, Table
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


def sales(snapshot: Snapshot) -> Table:
    return snapshot.table(SALES)


def usd(snapshot: Snapshot) -> list[float]:
    return [float(amount) for amount in sales(snapshot).rows["usd"]]


def passed_over(snapshot: Snapshot) -> dict[str, str]:
    return {each.name: each.reason for each in snapshot.passed_over[SALES.name]}
