"""Copies on disk: the rows of a large dataset as typed Parquet, so that its files need not be read again.

A copy stands in a cache directory, one for each dataset and lake; in its footer stands all that is known of the
dataset without its rows, and of the very files that it was made from. What does not fit is made anew, never trusted.
"""

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

import polars as pl
from polars import selectors
from pydantic import TypeAdapter, ValidationError

from bedrot_graph import __version__
from bedrot_graph.lake import names
from bedrot_graph.lake.cells import dtype_of
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.digest import digest
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.files import Candidate, Candidates, FileVersion, PassedOver, version_of
from bedrot_graph.lake.rows import MANY, Facts, Rows

logger = logging.getLogger(__name__)

FORMAT = 2
"""Raised where the same files would be read, or kept, differently than before."""
FOOTER = "bedrot-graph"
"""The key in the footer of the Parquet file."""
FEWEST_REPEATS = 10
"""A text that comes less often than this on average is held as it is."""
COUNTED = pl.Schema({"shown": pl.String, "len": pl.UInt32})
REJECTED = pl.Schema({"file": pl.String, "line": pl.UInt32, "reason": pl.String})


@dataclass(frozen=True)
class Kept:
    """What is known of a copy without its rows. The fields of `Table` mean what they mean there."""

    made_by: str
    """The program and the declaration by which the files were read."""
    found: tuple[FileVersion, ...]
    """All files that the dataset might have been read from."""
    no_files: tuple[PassedOver, ...]
    contents: dict[str, str]
    """A digest of each file that was read."""
    read_on: dt.date
    may_ripen: bool
    passed_over: tuple[PassedOver, ...]
    artists: tuple[tuple[str, int], ...]
    spelled: str
    """How its artists are shown, as a digest."""
    facts: Facts
    resident_bytes: int
    """The memory that its rows take."""
    form: int
    """Its place among the dataset's forms."""
    rejects: tuple[tuple[str, int, str], ...]
    missing_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    duplicates: int
    restated: int
    has_lost_rows: bool
    unfinished: tuple[str, ...]
    ambiguous_dates: tuple[str, ...]
    version: str


@cache
def written() -> TypeAdapter[Kept]:
    """How it is written; made where there is a copy, as it takes long."""
    return TypeAdapter(Kept)


@dataclass(frozen=True, eq=False)
class Copy:
    """A copy that was made from the files as they are now."""

    kept: Kept
    path: Path
    rows: Rows
    files: tuple[FileVersion, ...]
    """The files that it was made from, in the versions that lie there now."""
    is_of_these_versions: bool
    """Whether the files look as they did then; else their contents are the same."""

    @property
    def read_on(self) -> dt.date:
        """The day on which the files were read."""
        return self.kept.read_on

    @property
    def may_ripen(self) -> bool:
        """Whether rows were rejected that are good on a later day."""
        return self.kept.may_ripen

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The files that were not read."""
        return self.kept.passed_over

    @property
    def artists(self) -> pl.DataFrame:
        """How often its artists are spelled how in the files."""
        return pl.DataFrame(self.kept.artists, COUNTED, orient="row")

    @property
    def rejects(self) -> pl.DataFrame:
        """File, line and reason of every row that was rejected."""
        return pl.DataFrame(self.kept.rejects, REJECTED, orient="row")

    def shows(self, artists: pl.DataFrame) -> bool:
        """Whether its artists are spelled as they are shown now."""
        return self.kept.spelled == spelled(self.artists, artists)


@dataclass
class Copies:
    """The copies in a cache directory, and how much memory their rows may take."""

    folder: Path
    resident_bytes: int
    """Rows are held in memory up to so many bytes together, and scanned beyond."""
    fewest_rows: int = MANY
    """Of what has fewer no copy is made."""
    _resident: dict[Path, int] = field(default_factory=dict)
    _refused: set[tuple[Path, str]] = field(default_factory=set)

    def path_of(self, dataset: Dataset, zone: Path) -> Path:
        """Where the copy of a dataset of the lake stands, if there is one."""
        return self.folder / f"{dataset.name}-{digest(str(zone.resolve()))}.parquet"

    def find(self, dataset: Dataset, zone: Path, found: Candidates, today: dt.date) -> Copy | None:
        """The copy of what these files hold; None where there is none that can be trusted."""
        path = self.path_of(dataset, zone)
        try:
            file = path.open("rb")
        except OSError:  # most often there is none yet
            return None
        try:
            with file:
                return self._opened(file, path, dataset, found, today)
        # A damaged file can bring the decoder to panic, which is no Exception.
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValidationError) as error:
            logger.warning("copy cannot be used", extra={"dataset": dataset.name, "problem": str(error)})
            return None

    def refuse(self, copy: Copy) -> None:
        """Not to use a copy whose artists are spelled otherwise."""
        self._refused.add((copy.path, copy.kept.spelled))

    def _opened(self, file: IO[bytes], path: Path, dataset: Dataset, found: Candidates, today: dt.date) -> Copy | None:
        text = pl.read_parquet_metadata(file).get(FOOTER)
        file.seek(0)
        if text is None:
            return None
        kept = written().validate_json(text)
        if kept.made_by != made_by(dataset) or (path, kept.spelled) in self._refused:
            return None
        files = _as_they_are_now(kept, found, today)
        if files is None:
            return None
        with suppress(OSError):
            os.utime(path)  # the copies that nobody has used for long go first
        rows = self._rows(file, path, dataset, kept)
        return Copy(kept, path, rows, files, is_of_these_versions=kept.found == versions(found))

    def _rows(self, file: IO[bytes], path: Path, dataset: Dataset, kept: Kept) -> Rows:
        scan = pl.scan_parquet(file)  # it goes on reading this file, whatever becomes of the name
        schema = scan.collect_schema()
        counted = collect(scan.select(pl.len()))[0].item()
        if counted != kept.facts.height or not _is_declared(schema, dataset):
            raise pl.exceptions.SchemaError
        left = self.resident_bytes - sum(size for other, size in self._resident.items() if other != path)
        is_resident = kept.resident_bytes <= left
        self._resident[path] = kept.resident_bytes if is_resident else 0
        plan = held(scan, schema).lazy() if is_resident else scan
        return Rows(plan, schema, kept.facts, are_few=False, is_encoded=True)


def held(scan: pl.LazyFrame, schema: pl.Schema) -> pl.DataFrame:
    """The rows in memory, each column in one piece: Polars groups those of a million rows in a tenth less time.

    One column after the other, as all in pieces and all in one piece would be twice the memory.
    """
    return pl.DataFrame([collect(scan.select(name))[0].to_series().rechunk() for name in schema])


def made_by(dataset: Dataset) -> str:
    """What the rows of a file depend on beside the file: this program, and the declaration."""
    return digest(str(FORMAT), __version__, pl.__version__, repr(dataset))


def spelled(artists: pl.DataFrame, shown: pl.DataFrame) -> str:
    """How the artists of a dataset are shown, as a digest; they are as `names.counted`."""
    return digest(collect(names.spellings(artists["shown"], shown))[0].write_csv())


def versions(found: Candidates) -> tuple[FileVersion, ...]:
    """The files that were found."""
    return tuple(each.version for each in found.files)


def _as_they_are_now(kept: Kept, found: Candidates, today: dt.date) -> tuple[FileVersion, ...] | None:
    """The files that the copy was made from; None where reading them would give something else."""
    if kept.may_ripen and kept.read_on != today:
        return None
    now = {each.version.name: each for each in found.files}
    before = {each.name: each for each in kept.found}
    if list(before) != list(now) or kept.no_files != found.passed_over:
        return None
    other = [each for name, each in now.items() if each.version != before[name]]
    if not all(_is_same(each, before[each.version.name], kept) for each in other):
        return None
    return tuple(now[name].version for name in kept.contents)


def _is_same(file: Candidate, before: FileVersion, kept: Kept) -> bool:
    """Whether a file that looks different was read, and still holds what it did."""
    version, content = file.version, kept.contents.get(file.version.name)
    if content is None or version.size_bytes != before.size_bytes:
        return False
    with file.path.open("rb") as opened:
        is_same = hashlib.file_digest(opened, "sha256").hexdigest() == content
    return is_same and version_of(file.path, version.name) == version


def _is_declared(schema: Mapping[str, pl.DataType], dataset: Dataset) -> bool:
    """Whether the columns are those of the dataset, each of its type."""
    declared = {column.name: dtype_of(column.kind) for column in dataset.columns}
    held = {name: pl.String() if dtype == pl.Categorical else dtype for name, dtype in schema.items()}
    return {name: held.get(name) for name in declared} == declared and set(held) - set(declared) <= {"line", "file"}


def encoded(rows: pl.DataFrame) -> pl.LazyFrame:
    """The rows, with each text once where texts repeat."""
    distinct = rows.select(selectors.string().approx_n_unique()).to_dict(as_series=False)
    repeating = [name for name, (count,) in distinct.items() if count * FEWEST_REPEATS <= rows.height]
    return rows.lazy().with_columns(pl.col(repeating).cast(pl.Categorical))
