"""What is wrong with the files: what numbers cannot tell because of how the lake lies there."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from bedrot_graph.cubes.cube import Cube, columns_of
from bedrot_graph.domains.alerts.finding import Finding, Kind, Numbers, Severity, counted
from bedrot_graph.domains.audience import service as audience
from bedrot_graph.domains.campaigns import service as campaigns
from bedrot_graph.domains.streams import service as streams
from bedrot_graph.domains.tiktok import service as tiktok
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.limitations import Code
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table
from bedrot_graph.measures import Unit

CUBES = (streams.CUBE, campaigns.CUBE, tiktok.CUBE, audience.CUBE)
REJECTED_MEASURE = "Dataset.rowsRejected"


def findings(snapshot: Snapshot, as_of: dt.date | None) -> list[Finding]:
    """What is wrong with each dataset that is there. Files are as they lie there now, whichever day is asked about."""
    newest = snapshot.as_of or snapshot.today
    day = min(as_of, newest) if as_of else newest
    found = [*_unreadable(snapshot, day), *_missing_columns(snapshot, day)]
    for table in snapshot.tables.values():
        found += _stale(table, snapshot, as_of or snapshot.today)
        if table.is_whole:  # else what stands in its files is not told
            found += [*_rejected(table, day), *_given_up(table, day)]
    return found


def _unreadable(snapshot: Snapshot, day: dt.date) -> Iterator[Finding]:
    """The datasets that are there, and no file of which can be read."""
    for dataset in DATASETS:
        fault = snapshot.fault_of(dataset)
        if fault and not fault.is_absent:
            yield Finding(
                kind=Kind.DATASET_UNREADABLE,
                severity=Severity.CRITICAL,
                title=f"{dataset.name} cannot be read",
                message=f"{fault} Every number made from it is null until then.",
                raised_at=day,
                dimensions=(("dataset", dataset.name),),
            )


def _given_up(table: Table, day: dt.date) -> Iterator[Finding]:
    """The files that should have been read, and instead of which others are."""
    texts = [each.text for each in table.findings() if each.code is Code.OTHER_FILE_READ]
    for failed, text in zip(table.failed, texts, strict=True):
        yield Finding(
            kind=Kind.DATASET_UNREADABLE,
            severity=Severity.WARNING,
            title=f"{failed.name} cannot be read",
            message=f"{text} Correct the file or export it again.",
            raised_at=day,
            dimensions=(("dataset", table.dataset.name), ("file", failed.name)),
        )


def _rejected(table: Table, day: dt.date) -> Iterator[Finding]:
    """The rows that could not be read; where they are a file's own totals only, nothing is lost."""
    if not table.has_lost_rows:
        return
    count = table.rejects.height
    file, line, reason = table.rejects.row(0)
    is_one = count == 1
    yield Finding(
        kind=Kind.ROWS_REJECTED,
        severity=Severity.WARNING,
        title=f"{counted(count, 'row')} of {table.dataset.name} cannot be read",
        message=(
            f"{counted(count, 'row')} of {table.file_names} cannot be read and {'is' if is_one else 'are'} in no "
            f"number. {'It' if is_one else 'The first'} is line {line} of {file}: {reason}. Correct the file or "
            "export it again."
        ),
        raised_at=_newest(table, day),
        dimensions=(("dataset", table.dataset.name),),
        numbers=Numbers(Unit.COUNT, Decimal(count), Decimal(0), REJECTED_MEASURE),
    )


def _stale(table: Table, snapshot: Snapshot, on: dt.date) -> Iterator[Finding]:
    """The dataset, where its newest date is older than it should be, and was so on the day that is asked about."""
    newest, most = table.newest_event, table.dataset.max_age_days
    if not snapshot.is_stale(table.dataset) or newest is None or most is None or (on - newest).days <= most:
        return
    age = (on - newest).days
    yield Finding(
        kind=Kind.STALE_DATA,
        severity=Severity.WARNING,
        title=f"{table.dataset.name} is {counted(age, 'day')} old",
        message=(
            f"The newest date in {table.dataset.name} is {newest}, {counted(age, 'day')} before {on}; what is older "
            f"than {counted(most, 'day')} is stale. Export it again."
        ),
        raised_at=newest + dt.timedelta(days=most + 1),
        dimensions=(("dataset", table.dataset.name),),
        numbers=Numbers(Unit.DAYS, Decimal(age), Decimal(most)),
    )


def _missing_columns(snapshot: Snapshot, day: dt.date) -> Iterator[Finding]:
    """The datasets whose files lack columns that numbers are made from."""
    for cube in CUBES:
        if table := snapshot.tables.get(cube.dataset.name):
            lacking = cube.lacking(snapshot, {})
            if columns := [name for name in table.missing_columns if name in lacking]:
                yield _missing(columns, lacking, cube, table, day)


def _missing(columns: list[str], lacking: frozenset[str], cube: Cube, table: Table, day: dt.date) -> Finding:
    null = [each.name.replace("_", " ") for each in cube.measures if columns_of(each.aggregates) & lacking]
    named = ", ".join(f"'{name}'" for name in columns)
    return Finding(
        kind=Kind.COLUMN_MISSING,
        severity=Severity.WARNING,
        title=f"{table.dataset.name} lacks {counted(len(columns), 'column')}",
        message=(
            f"{table.file_names} has no {named}, so that these numbers of `{cube.name}` are null: {', '.join(null)}. "
            "Export it with all columns, if there is a way to."
        ),
        raised_at=_newest(table, day),
        dimensions=(("dataset", table.dataset.name),),
        numbers=Numbers(Unit.COUNT, Decimal(len(columns)), Decimal(0)),
    )


def _newest(table: Table, day: dt.date) -> dt.date:
    return min(table.newest_event or day, day)
