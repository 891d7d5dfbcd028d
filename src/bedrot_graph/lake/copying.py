"""How a copy is made: in a process of its own, beside the one that answers from the files meanwhile."""

import datetime as dt
import logging
import os
import pickle
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread

import polars as pl

from bedrot_graph.lake import copies
from bedrot_graph.lake.copies import Copies, Kept
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.files import candidates
from bedrot_graph.lake.loading import COARSEST_FILE_TIME_NS, Loaded, load
from bedrot_graph.lake.rows import texts_of
from bedrot_graph.lake.table import Table, table_of

logger = logging.getLogger(__name__)

MOST_REJECTS = 100_000
"""Rejects stand in the footer; a file that has more is no table of this dataset, and not worth a copy."""
MOST_COPIES = 24
UNUSED_SECONDS = 30 * 24 * 60 * 60
"""A copy that nobody has used for so long belongs to a lake that is not looked at any more."""
TORN_SECONDS = 60 * 60
"""What has been half written for so long is of a process that has died."""


@dataclass(frozen=True)
class Job:
    """A copy to be made."""

    dataset: Dataset
    zone: Path
    path: Path
    artists: pl.DataFrame
    """How every artist of the lake is shown, by identity."""
    today: dt.date


@dataclass
class Copyist:
    """Has copies made of what is large and has none; one process for each dataset, tried once for each content."""

    copies: Copies
    _tried: dict[str, str] = field(default_factory=dict)
    _running: dict[str, tuple[Thread, subprocess.Popen[bytes]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _has_complained: bool = False

    def keep(self, zone: Path, loaded: Loaded, table: Table, artists: pl.DataFrame) -> None:
        """See to it that there is a copy of what was loaded. Never raises: what cannot be copied is answered anyway."""
        if loaded.rows_read < self.copies.fewest_rows and not loaded.copy:
            return
        dataset = table.dataset
        path = self.copies.path_of(dataset, zone)
        is_there = loaded.copy is not None and loaded.copy.is_of_these_versions and path.exists()
        state = f"{table.version} {table.files} {loaded.read_on if loaded.may_ripen else ''}"
        has_gone = loaded.copy is not None and not path.exists()
        if is_there or (self._tried.get(dataset.name) == state and not has_gone) or self._is_busy(dataset):
            return
        self._tried[dataset.name] = state
        try:
            job = Job(dataset, zone.resolve(), path.resolve(), artists, loaded.read_on)
            self._start(job)
        except OSError as error:
            self._complain(dataset, str(error))

    def wait(self) -> None:
        """Until all copies that are being made are made."""
        for thread, _ in list(self._running.values()):
            thread.join()

    def stop(self) -> None:
        """Give up on the copies that are being made."""
        for _, process in list(self._running.values()):
            process.kill()

    def _is_busy(self, dataset: Dataset) -> bool:
        return dataset.name in self._running and self._running[dataset.name][0].is_alive()

    def _start(self, job: Job) -> None:
        # Spawned, as a fork after Polars has run hangs; with half of the cores, as answers need the others.
        half = {"POLARS_MAX_THREADS": str(max(1, (os.cpu_count() or 1) // 2))}
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, **half},
        )
        thread = Thread(target=self._attend, args=(process, job), daemon=True)
        self._running[job.dataset.name] = thread, process
        thread.start()

    def _attend(self, process: subprocess.Popen[bytes], job: Job) -> None:
        started = time.monotonic()
        _, complaint = process.communicate(pickle.dumps(job))
        seconds = round(time.monotonic() - started, 1)
        if process.returncode:
            self._complain(job.dataset, complaint.decode(errors="replace").strip() or f"ended by {process.returncode}")
        else:
            logger.info("copy made", extra={"dataset": job.dataset.name, "seconds": seconds})

    def _complain(self, dataset: Dataset, problem: str) -> None:
        """Once: it costs speed, and no answer."""
        with self._lock:
            if not self._has_complained:
                where = str(self.copies.folder)
                logger.warning(
                    "no copy can be kept", extra={"dataset": dataset.name, "folder": where, "problem": problem}
                )
            self._has_complained = True


def main() -> None:
    """Make the copy that is asked for on stdin."""
    with suppress(AttributeError, OSError):
        os.nice(10)
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that has started this one
    make(job)


def make(job: Job) -> None:
    """Read the files as they are now, and keep what they hold; nothing where they do not hold still."""
    job.path.parent.mkdir(parents=True, exist_ok=True)
    _let_age(job)
    loaded = load(job.dataset, job.zone, job.today, None)
    if not loaded.parts or not loaded.is_settled:
        return
    table = table_of(job.dataset, loaded.parts, loaded.passed_over, job.artists)
    if table.rejects.height > MOST_REJECTS:
        return
    write(job.path, job.dataset, loaded, table, job.artists)
    tidy(job.path.parent, keeping=job.path)


def _let_age(job: Job) -> None:
    """Until another writing of the files would show in their times."""
    found = candidates(job.zone, job.dataset).files
    newest = max((each.version.modified_ns for each in found), default=0)
    rest = newest + COARSEST_FILE_TIME_NS - time.time_ns()
    if 0 < rest <= COARSEST_FILE_TIME_NS:
        time.sleep(rest / 1e9)


def write(path: Path, dataset: Dataset, loaded: Loaded, table: Table, artists: pl.DataFrame) -> None:
    """Write the copy beside its place, and put it there when all of it is on the disk."""
    rows = collect(copies.encoded(collect(table.rows.encoded)[0]))[0]
    kept = _kept(dataset, loaded, table, artists, rows)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        rows.write_parquet(unfinished, metadata={copies.FOOTER: copies.written().dump_json(kept).decode()})
        _flush(unfinished)
        unfinished.replace(path)
        _flush(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """To the disk. A folder cannot be flushed everywhere, and need not be."""
    with suppress(PermissionError):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _kept(dataset: Dataset, loaded: Loaded, table: Table, artists: pl.DataFrame, rows: pl.DataFrame) -> Kept:
    counted = loaded.artists(dataset)
    return Kept(
        made_by=copies.made_by(dataset),
        found=copies.versions(loaded.found),
        no_files=loaded.found.passed_over,
        contents={part.file.name: part.reading.content for part in loaded.parts},
        read_on=loaded.read_on,
        may_ripen=loaded.may_ripen,
        passed_over=loaded.passed_over,
        artists=tuple(counted.rows()),
        spelled=copies.spelled(counted, artists),
        facts=replace(table.rows.facts, texts=texts_of(rows)),
        resident_bytes=int(rows.estimated_size()),
        form=dataset.forms.index(table.form),
        rejects=tuple(table.rejects.rows()),
        missing_columns=table.missing_columns,
        unknown_columns=table.unknown_columns,
        duplicates=table.duplicates,
        restated=table.restated,
        has_lost_rows=table.has_lost_rows,
        unfinished=table.unfinished,
        ambiguous_dates=table.ambiguous_dates,
        version=table.version,
    )


def tidy(folder: Path, keeping: Path) -> None:
    """Remove what died half written, and the copies that were not used for long or are too many."""
    now = time.time()
    ages = {each: now - each.stat().st_mtime for each in folder.iterdir() if each.is_file()}
    torn = [each for each, age in ages.items() if each.name.endswith(".unfinished") and age > TORN_SECONDS]
    others = sorted((each for each in ages if each.suffix == ".parquet" and each != keeping), key=ages.__getitem__)
    unused = [each for each in others if ages[each] > UNUSED_SECONDS]
    for gone in {*torn, *unused, *others[MOST_COPIES - 1 :]}:
        with suppress(OSError):
            gone.unlink()


if __name__ == "__main__":
    main()
