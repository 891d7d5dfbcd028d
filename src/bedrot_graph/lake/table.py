"""One dataset as it was read: the files that make it up as one frame, each artist and name in one spelling."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bedrot_graph.lake import names
from bedrot_graph.lake.copies import Copy
from bedrot_graph.lake.dataset import Dataset, Form, Key, Kind
from bedrot_graph.lake.digest import digest
from bedrot_graph.lake.engine import collect, collect_few
from bedrot_graph.lake.files import FileVersion, PassedOver
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.reader import Reading
from bedrot_graph.lake.rows import Rows, texts
from bedrot_graph.periods import last_of_month


@dataclass(frozen=True)
class Part:
    """A file that was read, and what it gave."""

    file: FileVersion
    reading: Reading


@dataclass(frozen=True)
class Table:
    """One dataset as it was read.

    `rows`: one column per declared column, `line`, and where several files were read `file`, in the order of the
    files and their lines. `rejects`: file, line and reason.
    """

    dataset: Dataset
    form: Form
    rows: Rows
    rejects: pl.DataFrame
    files: tuple[FileVersion, ...]
    passed_over: tuple[PassedOver, ...]
    missing_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    duplicates: int
    restated: int
    has_lost_rows: bool
    """Whether rows were rejected that are not the file's own totals: what they told is in no number."""
    unfinished: tuple[str, ...]
    """The files whose last line does not end."""
    ambiguous_dates: tuple[str, ...]
    version: str
    """Changes exactly when what is answered from the table may change."""

    @property
    def is_whole(self) -> bool:
        """Whether it has all rows of its files, and may tell of them."""
        return True

    @property
    def file_names(self) -> str:
        """The files that it was read from, in a sentence."""
        return " and ".join(file.name for file in self.files)

    @property
    def events(self) -> tuple[dt.date, dt.date] | None:
        """The oldest and the newest event date; None where the dataset has none."""
        return self._span(self.dataset.event_date)

    @property
    def newest_event(self) -> dt.date | None:
        """The newest event date; None where the dataset has none."""
        return self.events[1] if self.events else None

    @property
    def covers(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last date that the dataset's periods speak of."""
        column = self.dataset.covered_date
        began, ended = self._span(self.dataset.start_date or column), self._span(column)
        if began is None or ended is None:
            return None
        first, last = began[0], ended[1]
        is_month = any(each.name == column and each.kind is Kind.MONTH for each in self.dataset.columns)
        return first, last_of_month(last) if is_month else last  # a month is held as its first day

    def _span(self, column: str | None) -> tuple[dt.date, dt.date] | None:
        return self.rows.facts.spans.get(column) if column else None

    @cached_property
    def holes(self) -> list[tuple[dt.date, dt.date]]:
        """The first and last days of times that lie between those of two files that each tell of a run of days."""
        column = self.dataset.event_date
        if not self.form.replaces or len(self.files) == 1 or column is None:
            return []
        ends = self.rows.lazy().group_by("file").agg(first=pl.col(column).min(), last=pl.col(column).max())
        spans = collect(ends)[0].sort("first")
        told_until = pl.col("last").cum_max().shift()
        day = dt.timedelta(days=1)
        holes = spans.select(start=told_until + day, end=pl.col("first") - day)
        return holes.filter(pl.col("start") <= pl.col("end")).rows()

    @property
    def tells_all(self) -> bool:
        """Whether what is not in it has not happened: no row is lost, and no time between its files."""
        return not self.has_lost_rows and not self.holes

    @property
    def failed(self) -> tuple[PassedOver, ...]:
        """The files that should have been read, and could not be."""
        return tuple(each for each in self.passed_over if each.is_failure)

    def findings(self) -> tuple[Limitation, ...]:
        """What reading the files has shown, that every number built on them must say."""
        name, found = self.file_names, []
        for failed in self.failed:
            text = (
                f"{failed.name} should have been read, but {failed.reason}. {name} is read without it, and may be "
                "older or lack what it holds."
            )
            found.append(Limitation(Code.OTHER_FILE_READ, text))
        if rejected := self.rejects.height:
            file, line, reason = self.rejects.row(0)
            all_rows = self.rows.height + rejected + self.duplicates + self.restated
            where = f"line {line}" if len(self.files) == 1 else f"line {line} of {file}"
            text = (
                f"{rejected} of {all_rows} rows of {name} were rejected and are not in this number; "
                f"the first is {where}: {reason}."
            )
            found.append(Limitation(Code.ROWS_REJECTED, text))
        if self.duplicates:
            text = f"{_rows(self.duplicates)} of {name} left out: the same as another row in every column."
            found.append(Limitation(Code.DUPLICATES_DROPPED, text))
        if self.restated:
            parts = (part if isinstance(part, str) else part[-1] for part in self.dataset.key_in(self.form))
            key = " and ".join(parts)
            text = f"{_rows(self.restated)} of {name} left out: a later row has the same {key}."
            found.append(Limitation(Code.RESTATED, text))
        for first, last in self.holes:
            text = f"No file of {self.dataset.name} tells of {first} to {last}: what is null there is not known."
            found.append(Limitation(Code.PARTIAL_PERIOD, text))
        for file_name in self.unfinished:
            text = f"The last line of {file_name} does not end: the file may still be being written, or was cut off."
            found.append(Limitation(Code.UNFINISHED_FILE, text))
        if self.ambiguous_dates:
            text = f"{', '.join(self.ambiguous_dates)} of {name} may be day first; they were read as month/day."
            found.append(Limitation(Code.AMBIGUOUS_DATES, text))
        return tuple(found)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def table_of(
    dataset: Dataset, parts: tuple[Part, ...], passed_over: tuple[PassedOver, ...], shown_artists: pl.DataFrame
) -> Table:
    """The parts as one table. `shown_artists`: how every artist in them is shown, by identity."""
    readings = [part.reading for part in parts]
    spelled, used = _respelled(_with_ids(_joined(parts), dataset), dataset, shown_artists)
    distinct = _without_repeats(spelled) if len(parts) > 1 else spelled
    latest = _latest_by_key(distinct, dataset, parts)
    rejects = pl.concat(_of_file(part.reading.rejects, part.file.name) for part in parts)
    return Table(
        dataset=dataset,
        form=readings[0].form,
        rows=Rows.held(latest),
        rejects=rejects,
        files=tuple(part.file for part in parts),
        passed_over=passed_over,
        missing_columns=_of_all([each.missing_columns for each in readings]),
        unknown_columns=_of_any([each.unknown_columns for each in readings]),
        duplicates=sum(each.duplicates for each in readings) + spelled.height - distinct.height,
        restated=distinct.height - latest.height,
        has_lost_rows=rejects.height > sum(each.totals for each in readings),
        unfinished=tuple(part.file.name for part in parts if part.reading.is_unfinished),
        ambiguous_dates=_of_any([each.ambiguous_dates for each in readings]),
        version=digest(*(each.content for each in readings), str(rejects.height), *used),
    )


def copied(dataset: Dataset, copy: Copy, passed_over: tuple[PassedOver, ...]) -> Table:
    """The same table as the files make, from a copy that was made of them."""
    kept = copy.kept
    return Table(
        dataset=dataset,
        form=dataset.forms[kept.form],
        rows=copy.rows,
        rejects=copy.rejects,
        files=copy.files,
        passed_over=passed_over,
        missing_columns=kept.missing_columns,
        unknown_columns=kept.unknown_columns,
        duplicates=kept.duplicates,
        restated=kept.restated,
        has_lost_rows=kept.has_lost_rows,
        unfinished=kept.unfinished,
        ambiguous_dates=kept.ambiguous_dates,
        version=kept.version,
    )


def _of_file(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.clone().insert_column(0, pl.Series("file", [name]).new_from_index(0, rows.height))


def _joined(parts: tuple[Part, ...]) -> pl.DataFrame:
    if len(parts) == 1:
        return parts[0].reading.rows
    named = (part.reading.rows.lazy().with_columns(file=pl.lit(part.file.name)) for part in parts)
    return collect(pl.concat(texts(each) for each in named))[0]


def _with_ids(rows: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """The rows, where one has lost its id with the one that other rows of its name have, if they have only one."""
    for id_, name in dataset.ids:
        if not rows[id_].null_count() or not (rows[id_].is_null() & rows[name].is_not_null()).any():
            continue
        only = pl.when(pl.col(id_).drop_nulls().n_unique() == 1).then(pl.col(id_).drop_nulls().first())
        known = rows.drop_nulls([id_, name]).group_by(name).agg(only.alias("only_id"))
        found = rows.join(known, on=name, how="left", maintain_order="left")
        rows = found.with_columns(pl.coalesce(id_, "only_id").alias(id_)).drop("only_id")
    return rows


def _respelled(rows: pl.DataFrame, dataset: Dataset, shown_artists: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The rows with each name in one spelling, and what each spelling became."""
    used = []
    for column in dataset.columns:
        if column.kind not in {Kind.ARTIST, Kind.NAME}:
            continue
        spelled = rows[column.name]
        is_artist = column.kind is Kind.ARTIST
        (by_spelling,) = collect_few(
            names.spellings(spelled, shown_artists) if is_artist else names.own_spellings(spelled)
        )
        used.append(str(by_spelling.rows()))
        if not by_spelling["spelling"].equals(by_spelling["shown"]):
            rows = rows.with_columns(names.respelled(column.name, by_spelling))
    return rows, used


def _without_repeats(rows: pl.DataFrame) -> pl.DataFrame:
    """The newest of the rows that several files hold alike: a newer file may replace all that an older one told."""
    return rows.unique(subset=pl.exclude("line", "file"), keep="last", maintain_order=True)


def _latest_by_key(rows: pl.DataFrame, dataset: Dataset, parts: tuple[Part, ...]) -> pl.DataFrame:
    """Of the rows that share a key, the newer one; after names are in one spelling, as two may be one artist."""
    forms = dict.fromkeys(part.reading.form for part in parts)
    if len(forms) == 1:
        form = parts[0].reading.form
        if form.replaces and len(parts) > 1:
            age = pl.col("file").replace_strict({part.file.name: place for place, part in enumerate(parts)})
            rows = rows.filter(age == age.max().over(_expressions(form.replaces)))
        return _latest(rows, dataset.key_in(form), dataset.newer_by)
    files = {form: [part.file.name for part in parts if part.reading.form == form] for form in forms}
    return pl.concat(
        _latest(rows.filter(pl.col("file").is_in(files[form])), dataset.key_in(form), dataset.newer_by)
        for form in forms
    )


def _latest(rows: pl.DataFrame, key: Key, newer_by: str | None) -> pl.DataFrame:
    if not key:
        return rows
    keys = {f"key_{place}": each for place, each in enumerate(_expressions(key))}
    order = [newer_by, "place"] if newer_by else ["place"]
    latest = (
        rows.lazy()
        .with_row_index("place")
        .with_columns(**keys)
        .sort(order, nulls_last=False)
        .unique(list(keys), keep="last", maintain_order=True)
        .sort("place")
        .select(rows.columns)
    )
    return collect_few(latest)[0]


def _expressions(key: Key) -> list[pl.Expr]:
    return [pl.coalesce(part) for part in key]


def _of_any(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in lists for name in each))


def _of_all(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(name for name in lists[0] if all(name in each for each in lists))
