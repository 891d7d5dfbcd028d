"""The state of the lake: which files are read, how good they are, and what has to be put right."""

from collections.abc import Iterator

from rich.filesize import decimal
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table
from bedrot_graph.lake.zone import Zone
from bedrot_graph.report.terminal import count, facts, terminal

REJECTS_SHOWN = 10

DATASETS_QUESTION = """{
  datasets {
    name available problem
    files { name sizeBytes modifiedAt }
    filesPassedOver { name reason }
    rows rowsRejected duplicatesDropped rowsRestated
    rejects(first: 1000) { file line reason }
    columns { name required present }
    unknownColumns
    coversFrom coversThrough newestEvent maxAgeDays stale
    limitations { code text }
  }
}"""
"""The same findings, for programs."""


def read_with_progress(zone: Zone) -> Snapshot:
    """The lake as it is now, with a progress bar where somebody watches."""
    console = terminal(stderr=True)
    what = TextColumn("reading {task.description}")
    with Progress(
        SpinnerColumn(),
        what,
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("the lake", total=len(zone.datasets), completed=-1)
        return zone.take(lambda dataset: progress.update(bar, description=dataset.name, advance=1))


def has_errors(snapshot: Snapshot) -> bool:
    """Whether files of a dataset, a file that should have been read, or a row cannot be read; or nothing at all can."""
    if not snapshot.tables or _faults(snapshot):
        return True
    return any(table.rejects.height or table.failed for table in snapshot.tables.values())


def show_check(zone: Zone, snapshot: Snapshot) -> None:
    """Each dataset with what reading it has shown, and the sum of it."""
    console = terminal()
    console.print(Text(f"Lake: {zone.folder}{' (the sample lake)' if snapshot.is_sample else ''}"))
    for dataset in zone.datasets:
        console.print()
        if snapshot.is_absent(dataset):
            console.print(Text(f"{dataset.name}: no file ({', '.join(dataset.file_names)})", "dim"))
            continue
        state, colour = _state(snapshot, dataset)
        console.print(Text.assemble((dataset.name, "bold"), ": ", (state, colour)))
        console.print(facts(_findings(snapshot, dataset)))
    console.print()
    console.print(_sum(zone, snapshot))


def _state(snapshot: Snapshot, dataset: Dataset) -> tuple[str, str]:
    if dataset.name in snapshot.faults:
        return "cannot be read", "bold red"
    if rejected := snapshot.tables[dataset.name].rejects.height:
        return f"{count(rejected, 'row')} rejected", "bold red"
    if snapshot.tables[dataset.name].failed:
        return "read from another file than it should be", "bold red"
    if snapshot.is_stale(dataset):
        return "good, but stale", "yellow"
    return "good", "green"


def _faults(snapshot: Snapshot) -> list[DatasetError]:
    """What is wrong with datasets that have files, none of which can be read."""
    return [fault for fault in snapshot.faults.values() if not fault.is_absent]


def _sum(zone: Zone, snapshot: Snapshot) -> Text:
    rejected = sum(table.rejects.height for table in snapshot.tables.values())
    from_another = sum(bool(table.failed) for table in snapshot.tables.values())
    faulty = len(_faults(snapshot))
    absent = len(snapshot.faults) - faulty
    has = "has" if absent == 1 else "have"
    problems = [
        *([f"{faulty} cannot be read"] if faulty else []),
        *([f"{from_another} without a file that should have been read"] if from_another else []),
        *([f"{count(rejected, 'row')} rejected"] if rejected else []),
        *([f"{absent} {has} no file"] if absent else []),
    ]
    read = f"{len(snapshot.tables)} of {count(len(zone.datasets), 'dataset')} read"
    return Text(f"{'; '.join([read, *problems])}.", "bold red" if has_errors(snapshot) else "green")


def _findings(snapshot: Snapshot, dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Labels and texts."""
    table = snapshot.tables.get(dataset.name)
    if table is None:
        yield "problem", str(snapshot.faults[dataset.name])
    else:
        for file in table.files:
            yield "file", f"{file.name} ({decimal(file.size_bytes)}, written {file.modified_at:%Y-%m-%d %H:%M} UTC)"
    for each in snapshot.passed_over.get(dataset.name, ()):
        yield "passed over", f"{each.name}: {each.reason}"
    if table is not None:
        yield from _of_the_rows(table)
        yield from _of_the_time(snapshot, table)
        if table.missing_columns:
            yield "missing columns", f"{', '.join(table.missing_columns)} (optional)"
        if table.unknown_columns:
            yield "unknown columns", f"{', '.join(table.unknown_columns)} (not read)"
        for limitation in snapshot.findings(dataset):
            yield "limitations", f"{limitation.code}: {limitation.text}"


def _of_the_rows(table: Table) -> Iterator[tuple[str, str]]:
    found = [
        (table.rejects.height, "rejected"),
        (table.duplicates, "dropped as duplicates"),
        (table.restated, "replaced by later ones"),
    ]
    yield "rows", ", ".join([f"{table.rows.height:,}", *(f"{number:,} {what}" for number, what in found if number)])
    for file, line, reason in table.rejects.head(REJECTS_SHOWN).iter_rows():
        yield "rejects", f"line {line}: {reason}" if len(table.files) == 1 else f"{file}, line {line}: {reason}"
    if (more := table.rejects.height - REJECTS_SHOWN) > 0:
        yield "rejects", f"… and {more:,} more"


def _of_the_time(snapshot: Snapshot, table: Table) -> Iterator[tuple[str, str]]:
    if table.covers:
        yield "covers", f"{table.covers[0]} to {table.covers[1]}"
    if table.newest_event:
        allowed = table.dataset.max_age_days
        age = count((snapshot.today - table.newest_event).days, "day")
        judged = f" ({age} ago; more than {allowed} is stale)" if allowed and not snapshot.is_sample else ""
        yield "newest", f"{table.newest_event}{judged}"
