"""The lake as somebody sees it who may see some artists only: their rows, and nothing that the rows of others show."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import polars as pl

from bedrot_graph.errors import DatasetError, DatasetForbidden, DatasetOfOthers, DatasetUnavailable
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.current import Current
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.digest import digest
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.rows import MANY, Facts, Rows, texts
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table

MOST_VIEWS = 32
"""Of so many scopes the lake is held as they see it; the one that has asked longest ago is made anew when it asks."""

Artists = tuple[str, ...]
"""The identities (see `names`) of the artists that somebody may see, in order."""


@dataclass(frozen=True)
class ScopedTable(Table):
    """Some artists' rows of a table. Its files, rejects and repeats speak of others too, and are not told."""

    said: tuple[Limitation, ...] = ()
    """What reading the files has shown, without a word of what stands in them."""

    @property
    def is_whole(self) -> bool:
        """No."""
        return False

    @property
    def file_names(self) -> str:
        """The dataset's name: files may be named after others."""
        return self.dataset.name

    def findings(self) -> tuple[Limitation, ...]:
        """What reading the files has shown, as far as it is told."""
        return self.said


@dataclass(frozen=True)
class ScopedSnapshot(Snapshot):
    """What some artists' rows are of a snapshot."""

    names: tuple[str, ...] = ()
    """The artists, as they are shown."""
    of: Snapshot | None = field(default=None, compare=False, repr=False)

    @property
    def whole(self) -> Snapshot:
        """The snapshot that it is made of."""
        return self.of or self

    def findings(self, dataset: Dataset) -> tuple[Limitation, ...]:
        """What every number built on the dataset must say; also whose rows it is made of."""
        return (*super().findings(dataset), _excluding(dataset, self.names)) if dataset.name in self.tables else ()


def scoped(whole: Snapshot, artists: Artists) -> ScopedSnapshot:
    """The snapshot as somebody sees it who may see the artists only. Blocks: it looks through all rows.

    A dataset whose rows are of no artist is left out as a whole: a sum over all artists is none of anybody's business.
    """
    shown = whole.artists.filter(pl.col("identity").is_in(artists) | identity(pl.col("shown")).is_in(artists))["shown"]
    known = whole.artists.filter(pl.col("shown").is_in(shown.implode()))
    tables: dict[str, Table] = {}
    faults: dict[str, DatasetError] = {}
    for dataset in _datasets(whole):
        seen = _seen(whole, dataset, known["shown"].unique().sort(), artists)
        if isinstance(seen, DatasetError):
            faults[dataset.name] = seen
        else:
            tables[dataset.name] = seen
    return ScopedSnapshot(
        tables=tables,
        faults=faults,
        passed_over={},
        today=whole.today,
        is_sample=whole.is_sample,
        version=digest(whole.version, repr(artists)),
        artists=known,
        goals=whole.goals,
        names=_names(known, artists),
        of=whole,
    )


def _differ_by_marks(one: Snapshot, other: Snapshot) -> bool:
    """Whether nothing else differs, as one was made of the other."""
    return one.tables is other.tables and one.today == other.today


def _names(known: pl.DataFrame, artists: Artists) -> tuple[str, ...]:
    """How each of the artists is shown; one that no row names, as it is asked for."""
    shown: Mapping[str, str] = dict(known.iter_rows())
    return tuple(dict.fromkeys(shown.get(artist, artist) for artist in artists))


def _datasets(whole: Snapshot) -> list[Dataset]:
    """Every dataset that is known, whether it can be read or not."""
    read = {name: table.dataset for name, table in whole.tables.items()}
    return list({dataset.name: dataset for dataset in (*DATASETS, *read.values())}.values())


def artist_column(dataset: Dataset) -> str | None:
    """The column that says whose a row is; None where none does."""
    return next((column.name for column in dataset.columns if column.kind is Kind.ARTIST), None)


def _seen(whole: Snapshot, dataset: Dataset, shown: pl.Series, artists: Artists) -> Table | DatasetError:
    """The rows of the dataset that may be seen, or why there is none."""
    column = artist_column(dataset)
    if column is None:
        return DatasetForbidden(dataset.name)
    if fault := whole.fault_of(dataset):
        reasons = () if fault.is_absent else ("files that cannot be read",)
        return DatasetUnavailable(dataset.name, dataset.patterns, reasons)
    if dataset.name not in whole.tables:
        return DatasetUnavailable(dataset.name, dataset.patterns)
    table = whole.tables[dataset.name]
    rows = _rows_of(table.rows, column, shown)
    return _table_of(table, rows, artists) if rows.height else DatasetOfOthers(dataset.name)


def _rows_of(rows: Rows, column: str, shown: pl.Series) -> Rows:
    """Those of the rows that are of the artists, on the lines that they would have in a file of their own.

    Which file a row stands in may name others, and on which line, count them.
    """
    mine = rows.encoded.filter(pl.col(column).is_in(shown.implode())).drop("file", "line", strict=False)
    if rows.are_few or collect(mine.select(pl.len()))[0].item() < MANY:
        return Rows.held(collect(texts(mine).with_row_index("line", _FIRST_LINE))[0])
    numbered = mine.with_row_index("line", _FIRST_LINE)
    schema = numbered.collect_schema()
    return Rows(numbered, schema, _facts(numbered, schema), are_few=False, is_encoded=rows.is_encoded)


_FIRST_LINE = 2
"""Below the header."""


def _facts(rows: pl.LazyFrame, schema: pl.Schema) -> Facts:
    """What is known of rows, found out without holding them."""
    dates = [name for name, dtype in schema.items() if dtype == pl.Date]
    ends = [
        end(name).name.suffix(f" {which}") for name in dates for which, end in (("first", pl.min), ("last", pl.max))
    ]
    heights, nulls, spans = collect(rows.select(pl.len()), rows.null_count(), rows.select(ends))
    found = spans.row(0, named=True) if ends else {}
    known = {name: (found[f"{name} first"], found[f"{name} last"]) for name in dates}
    return Facts(
        heights.item(), nulls.row(0, named=True), {name: span for name, span in known.items() if None not in span}
    )


def _table_of(table: Table, rows: Rows, artists: Artists) -> ScopedTable:
    said = tuple(_said(table))
    return ScopedTable(
        dataset=table.dataset,
        form=table.form,
        rows=rows,
        rejects=table.rejects.clear(),
        files=(),
        passed_over=(),
        missing_columns=table.missing_columns,
        unknown_columns=(),
        duplicates=0,
        restated=0,
        has_lost_rows=not table.tells_all,  # whose the rows were is not known
        unfinished=(),
        ambiguous_dates=table.ambiguous_dates,
        version=_version(table, rows, said, artists),
        said=said,
    )


def _version(table: Table, rows: Rows, said: tuple[Limitation, ...], artists: Artists) -> str:
    """A version of these rows: where those of others change, it stays, as nobody is to see that they do."""
    hashed = texts(rows.encoded).select(pl.struct(pl.all()).hash().sum(), pl.len())
    facts = (table.form.files, table.missing_columns, table.ambiguous_dates, table.tells_all, said, artists)
    return digest(*(str(value) for value in collect(hashed)[0].row(0)), *(repr(each) for each in facts))


def _said(table: Table) -> list[Limitation]:
    """What is told of reading the table: no name of a file, nothing that stands in it, no count of rows."""
    name, said = table.dataset.name, []
    if table.failed:
        text = f"A file of {name} should have been read, and could not be: what is read may be older, or lack its rows."
        said.append(Limitation(Code.OTHER_FILE_READ, text))
    if table.rejects.height:
        text = f"Rows of {name} were rejected, and are in no number; whose they are is not known."
        said.append(Limitation(Code.ROWS_REJECTED, text))
    if table.unfinished:
        text = f"The last line of a file of {name} does not end: it may still be being written, or was cut off."
        said.append(Limitation(Code.UNFINISHED_FILE, text))
    if table.ambiguous_dates:
        text = f"{', '.join(table.ambiguous_dates)} of {name} may be day first; they were read as month/day."
        said.append(Limitation(Code.AMBIGUOUS_DATES, text))
    return said


def _excluding(dataset: Dataset, names: tuple[str, ...]) -> Limitation:
    text = f"Of {dataset.name} only rows of {', '.join(names)} are in this number: the key may see no others."
    return Limitation(Code.SCOPE_EXCLUDES, text)


class ScopedCurrent:
    """The current snapshot as a scope sees it; made once of each snapshot, whoever waits for it."""

    def __init__(self, current: Current, artists: Artists, workers: Executor) -> None:
        self._current = current
        self._artists = artists
        self._workers = workers
        self._making: tuple[Snapshot, asyncio.Task[ScopedSnapshot]] | None = None
        self._made: ScopedSnapshot | None = None

    def held(self) -> Snapshot | None:
        """The current snapshot; None where one has to be waited for."""
        whole = self._current.held()
        return self._known(whole) if whole else None

    async def get(self) -> Snapshot:
        """The current snapshot, made where there is none."""
        return await self._of(await self._current.get())

    async def _of(self, whole: Snapshot) -> Snapshot:
        if known := self._known(whole):
            return known
        if not self._making or self._making[0] is not whole:
            self._making = whole, asyncio.ensure_future(self._make(whole))
        return await asyncio.shield(self._making[1])

    def _known(self, whole: Snapshot) -> Snapshot | None:
        """What was made of the snapshot, or of one that differs by no row: people have said something of findings."""
        made = self._made
        if made and made.of and made.of is not whole and _differ_by_marks(made.of, whole):
            made = self._made = replace(made, of=whole)
        return made if made and made.of is whole else None

    async def newer(self, than: Snapshot | None) -> Snapshot:
        """The current snapshot, as soon as it is another than this one."""
        while (now := await self._of(await self._current.newer(than and than.whole))) is than:
            pass  # the one that this was made of has come back
        return now

    async def renew(self) -> Snapshot:
        """One of a snapshot that is begun now."""
        return await self._of(await self._current.renew())

    async def reload(self) -> tuple[Snapshot | None, Snapshot]:
        """The snapshot before and the one taken now."""
        before = self._made
        await self._current.reload()
        return before, await self.get()

    async def _make(self, whole: Snapshot) -> ScopedSnapshot:
        try:
            loop = asyncio.get_running_loop()
            self._made = await loop.run_in_executor(self._workers, scoped, whole, self._artists)
            return self._made
        finally:
            self._making = None  # who asks after a failure tries again


class Views:
    """The current snapshot as each scope sees it."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._held: OrderedDict[Artists, ScopedCurrent] = OrderedDict()
        self._workers = ThreadPoolExecutor(1, "views")  # one at a time: each already uses every processor core

    def of(self, artists: Artists) -> ScopedCurrent:
        """As those see it who may see the artists only."""
        view = self._held.setdefault(artists, ScopedCurrent(self._current, artists, self._workers))
        self._held.move_to_end(artists)
        if len(self._held) > MOST_VIEWS:
            self._held.popitem(last=False)
        return view

    def clear(self) -> None:
        """Forget all: of older data nothing is held."""
        self._held.clear()
