"""One file of a dataset -> the declared columns and types; what cannot be read is kept apart and counted."""

import datetime as dt
import hashlib
import os
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain
from typing import BinaryIO

import polars as pl

from bedrot_graph.lake import archive, parquet
from bedrot_graph.lake.cells import (
    Cells,
    Conventions,
    NotPlainError,
    as_counts,
    conventions,
    convert,
    dtype_of,
    without_blanks,
)
from bedrot_graph.lake.dataset import Column, Dataset, Form, Kind
from bedrot_graph.lake.delimited import Layout, Types, layout_of, read_delimited
from bedrot_graph.lake.pieces import UncutError, cut
from bedrot_graph.lake.sheet import REJECTS, Sheet, header_key
from bedrot_graph.lake.unreadable import UnreadableFileError

PIECE_BYTES = 2**24
"""A text file larger than two of these is read in pieces of this size."""


@dataclass(frozen=True)
class Reading:
    """What one file gave.

    `rows`: the accepted rows, one column per declared column (null throughout where the file lacks it) and
    `line`. `rejects`: line and reason of every row that was not accepted.
    """

    form: Form
    rows: pl.DataFrame
    rejects: pl.DataFrame
    missing_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    duplicates: int
    """Rows dropped because another row of the file is the same in every column."""
    is_unfinished: bool
    ambiguous_dates: tuple[str, ...]
    """Columns whose dates may be day first or month first."""
    has_future_rows: bool
    """Some rows were rejected as from the future: tomorrow the same file may read differently."""
    totals: int
    """Rejected rows that name nothing: the file's own sums of the others, so that nothing is lost with them."""
    content: str
    """A digest of the bytes that were read."""


def read(  # noqa: PLR0913 - what it depends on has names
    file: BinaryIO,
    dataset: Dataset,
    *,
    today: dt.date,
    name: str = "",
    forms: tuple[Form, ...] | None = None,
    piece_bytes: int = PIECE_BYTES,
) -> Reading:
    """Read a file in the first of the forms that has all the columns it needs.

    `name`: the file's, for forms that learn from it. Raises UnreadableFileError where it holds no row of the dataset.
    """
    allowed = dataset.forms if forms is None else forms
    try:
        return _read_in_pieces(file, dataset, today, name, allowed, piece_bytes)
    except (UncutError, pl.exceptions.PolarsError):  # as of quotes that do not add up
        file.seek(0)
        data = file.read()
    sheet = _opened(data, dataset, allowed)
    plan = _plan(sheet.headers, dataset, name, allowed, today)
    return _reading([_piece(sheet, plan)], plan, hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class _Plan:
    """How a file is read, as its headers show."""

    dataset: Dataset
    form: Form
    headers: tuple[str, ...]
    columns: tuple[Column, ...]
    place_of: Mapping[Column, int]
    said: Mapping[str, str]
    """What the file's name says."""
    today: dt.date
    types: Types = field(default_factory=dict)
    """The cells that are not read as text."""

    def encodes(self, column: Column) -> bool:
        """Whether the column's texts become categories."""
        place = self.place_of.get(column)
        return place is not None and self.types.get(f"cell_{place}") == pl.Categorical


@dataclass(frozen=True)
class _Piece:
    """What a run of lines gave; as in `Reading`, with the columns that are not declared, repeated rows included."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    totals: int
    has_future_rows: bool
    written: Conventions
    ambiguous: tuple[str, ...]
    hashes: pl.Series
    lines: int
    is_unfinished: bool


def _plan(headers: tuple[str, ...], dataset: Dataset, name: str, forms: tuple[Form, ...], today: dt.date) -> _Plan:
    form = _fitting(headers, dataset, name, forms)
    columns = _columns(dataset, form)
    return _Plan(dataset, form, headers, columns, _places(headers, columns), form.said_by(name), today)


def _read_in_pieces(  # noqa: PLR0913, PLR0917 - as `read`
    file: BinaryIO, dataset: Dataset, today: dt.date, name: str, forms: tuple[Form, ...], piece_bytes: int
) -> Reading:
    """A large text file read a piece at a time, its texts as categories.

    Raises UncutError or PolarsError where a piece cannot be understood without the others, or they do not agree on how
    they write.
    """
    if any(form.member for form in forms):
        raise UncutError
    cores = os.cpu_count() or 1
    content, read_pieces, waiting = hashlib.sha256(), list[_Piece](), deque[Future[_Piece]]()
    runs = cut(file, piece_bytes)
    first = next(runs)
    layout, plan = _shown_by(first, dataset, name, forms, today)
    with ThreadPoolExecutor(cores + 1) as workers:  # each of them waits for Python's lock now and then
        for number, piece in enumerate(chain([first], runs)):
            waiting.append(workers.submit(_piece_of, piece, layout, plan, is_first=not number))
            content.update(piece)
            if len(waiting) > cores:  # no more of the file is held than is being read
                read_pieces.append(waiting.popleft().result())
        read_pieces += [each.result() for each in waiting]
    if len({piece.written for piece in read_pieces}) != 1 or read_pieces[0].written.is_mixed:
        raise UncutError
    return _reading(read_pieces, plan, content.hexdigest())


def _shown_by(
    piece: bytes, dataset: Dataset, name: str, forms: tuple[Form, ...], today: dt.date
) -> tuple[Layout, _Plan]:
    """The layout of a file that begins so, and how it is read."""
    if piece.startswith(parquet.MAGIC):
        raise UncutError
    layout = layout_of(piece, _known_headers(dataset))
    plan = _plan(layout.sample.headers, dataset, name, forms, today)
    return layout, replace(plan, types=_types(layout.sample, plan))


def _types(sample: Sheet, plan: _Plan) -> Types:
    """How the cells of a file like the sample are best held: whole numbers as such, texts that repeat as categories."""
    if plan.form.blank:  # what stands instead of nothing is looked for in texts
        return {}
    types: dict[str, pl.DataType] = {}
    for column, place in plan.place_of.items():
        cells = sample.cells[f"cell_{place}"]
        if column.kind is Kind.INTEGER and not cells.cast(pl.Int64, strict=False).null_count():
            types[cells.name] = pl.Int64()
        elif Cells.of(cells).codes is not None:
            types[cells.name] = pl.Categorical()
    return types


def _piece_of(piece: bytes, layout: Layout, plan: _Plan, *, is_first: bool) -> _Piece:
    """What a piece of a file gives. Raises PolarsError where its quotes do not add up."""
    try:
        return _piece(layout.sheet(piece, plan.types, is_first=is_first), plan)
    except NotPlainError:
        texts = {name: dtype for name, dtype in plan.types.items() if dtype == pl.Categorical}
        return _piece(layout.sheet(piece, texts, is_first=is_first), plan)


def _piece(sheet: Sheet, plan: _Plan) -> _Piece:
    said, dataset = plan.said, plan.dataset
    texts = {
        column: without_blanks(sheet.cells[f"cell_{place}"], plan.form.blank) for column, place in plan.place_of.items()
    }
    for column in plan.columns:
        if column.name in said and column not in texts:
            texts[column] = pl.Series([said[column.name]]).new_from_index(0, sheet.cells.height)
    numbers = {column: each for column, each in texts.items() if each.dtype == pl.Int64}
    cells = {column: Cells.of(each) for column, each in texts.items() if column not in numbers}
    written = conventions(cells, _day(said.get("since")))
    converted = {column: convert(column, each, written, encodes=plan.encodes(column)) for column, each in cells.items()}
    values = {
        column: as_counts(column, numbers[column]) if column in numbers else converted[column].values
        for column in texts
    }
    rows = _with_columns(sheet.cells, plan, values).rechunk()  # else all pieces would be, one core doing so
    problems = [each.problems for each in converted.values() if each.problems is not None]
    rows, rejects, totals = _accepted(rows, problems, dataset)
    rows, from_future = _without_future(rows, dataset, plan.today)
    return _Piece(
        rows=rows,
        rejects=pl.concat([sheet.rejects, rejects, from_future]).sort("line"),
        totals=totals,
        has_future_rows=bool(from_future.height),
        written=written,
        ambiguous=tuple(column.name for column, each in converted.items() if each.is_ambiguous),
        hashes=rows[[name for name in rows.columns if name != "line"]].hash_rows(),
        lines=sheet.lines,
        is_unfinished=sheet.is_unfinished,
    )


def _with_columns(cells: pl.DataFrame, plan: _Plan, values: Mapping[Column, pl.Series]) -> pl.DataFrame:
    """The declared columns. Those that the dataset does not declare stay as text: they tell rows apart."""
    present = {column.name for column in values}
    lacking = [column for column in plan.columns if column.name not in present]
    copying = [column for column in plan.columns if column.same_as in present]
    taken = {f"cell_{place}" for place in plan.place_of.values()}
    rows = cells[[name for name in cells.columns if name not in taken]].hstack(list(values.values()))
    if lacking:  # as literals: so they take no memory
        rows = rows.with_columns(pl.lit(None, dtype_of(column.kind)).alias(column.name) for column in lacking)
    if copying:
        rows = rows.with_columns(pl.coalesce(column.same_as, column.name).alias(column.name) for column in copying)
    return rows


def _reading(pieces: list[_Piece], plan: _Plan, content: str) -> Reading:
    """What the pieces of a file give together. Raises UnreadableFileError."""
    starts = [0, *accumulate(piece.lines for piece in pieces)]
    rejects = _placed([piece.rejects for piece in pieces], starts)
    rows = _placed([piece.rows for piece in pieces], starts)
    if not rows.height:
        if not rejects.height:
            raise UnreadableFileError.without_rows()
        raise UnreadableFileError.all_rejected(rejects.height, *rejects.row(0))
    columns = plan.columns
    hashes = pl.concat(piece.hashes for piece in pieces)
    distinct = _without_duplicates(rows, hashes, has_key=bool(plan.dataset.key_in(plan.form)))[
        ["line", *(column.name for column in columns)]
    ]
    present = {column.name for column in plan.place_of} | set(plan.said)
    return Reading(
        form=plan.form,
        rows=distinct,
        rejects=rejects,
        missing_columns=tuple(
            column.name for column in columns if column.name not in present and column.same_as not in present
        ),
        unknown_columns=tuple(
            header for place, header in enumerate(plan.headers) if header and place not in plan.place_of.values()
        ),
        duplicates=rows.height - distinct.height,
        is_unfinished=pieces[-1].is_unfinished,
        ambiguous_dates=tuple(
            column.name for column in columns if any(column.name in piece.ambiguous for piece in pieces)
        ),
        has_future_rows=any(piece.has_future_rows for piece in pieces),
        totals=sum(piece.totals for piece in pieces),
        content=content,
    )


def _placed(frames: list[pl.DataFrame], starts: list[int]) -> pl.DataFrame:
    """The frames below each other, their lines counted from the beginning of the file."""
    if len(frames) == 1:
        return frames[0]
    line = pl.col("line")
    return pl.concat(
        frame.with_columns(line + pl.lit(start, pl.UInt32)) for frame, start in zip(frames, starts, strict=False)
    )


def _known_headers(dataset: Dataset) -> frozenset[str]:
    return frozenset(key for column in dataset.columns for key in _header_keys(column))


def _opened(data: bytes, dataset: Dataset, forms: tuple[Form, ...]) -> Sheet:
    """The cells of the file, or of the one in it that is wanted where it is an archive."""
    member = next((form.member for form in forms if form.member), None)
    if member and data.startswith(archive.MAGIC):
        data = archive.member_of(data, member)
    read_sheet = parquet.read_parquet if data.startswith(parquet.MAGIC) else read_delimited
    return read_sheet(data, _known_headers(dataset))


def _fitting(headers: tuple[str, ...], dataset: Dataset, name: str, forms: tuple[Form, ...]) -> Form:
    """The first form whose columns the file has. Raises UnreadableFileError, by the form that it comes closest to."""
    closest: list[str] | None = None
    for form in forms:
        columns = _columns(dataset, form)
        known = {column.name for column in _places(headers, columns)} | set(form.said_by(name))
        lacking = [column.name for column in columns if column.required and column.name not in known]
        if not lacking:
            return form
        if closest is None or len(lacking) < len(closest):
            closest = lacking
    raise UnreadableFileError.lacking(closest or [], headers)


def _columns(dataset: Dataset, form: Form) -> tuple[Column, ...]:
    """The dataset's columns as a file of the form must have them."""
    return tuple(
        replace(column, required=True, filled=True) if column.name in form.needs else column
        for column in dataset.columns
    )


def _header_keys(column: Column) -> frozenset[str]:
    return frozenset(header_key(name) for name in (column.name, *column.aliases))


def _places(headers: tuple[str, ...], columns: tuple[Column, ...]) -> dict[Column, int]:
    """Where each declared column stands in the file; of two headers that mean one column, the first."""
    place_of: dict[str, int] = {}
    for place, header in enumerate(headers):
        place_of.setdefault(header_key(header), place)
    found = {column: [place_of[key] for key in _header_keys(column) if key in place_of] for column in columns}
    return {column: min(places) for column, places in found.items() if places}


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _accepted(
    rows: pl.DataFrame, problems: list[pl.Series], dataset: Dataset
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """The rows that nothing is wrong with, the rejects, and how many of these are the file's own totals."""
    totals = 0
    if dataset.named_by:
        names = ", ".join(dataset.named_by)
        is_nameless = rows.select(pl.all_horizontal(pl.col(dataset.named_by).is_null())).to_series()
        nameless = pl.lit(f"it names nothing ({names} are empty), as a row of totals does")
        totals = int(is_nameless.sum())
        # First of all: what else is wrong with a row of totals is of no interest.
        problems = [pl.select(pl.when(is_nameless).then(nameless)).to_series(), *problems] if totals else problems
    if not problems:
        return rows, pl.DataFrame(schema=REJECTS), totals
    reason = pl.select(reason=pl.coalesce(problems)).to_series()
    rejects = rows.select("line", reason).filter(reason.is_not_null())
    return rows.filter(reason.is_null()), rejects, totals


def _without_future(rows: pl.DataFrame, dataset: Dataset, today: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows dated after the day of reading, or sold after they were reported, are no facts yet."""
    if not dataset.event_date:
        return rows, pl.DataFrame(schema=REJECTS)
    event = pl.col(dataset.event_date)
    period = pl.col(dataset.period_date or dataset.event_date)
    is_future = rows.select(((event > today) | (period > event)).fill_null(value=False)).to_series()
    if not is_future.any():
        return rows, pl.DataFrame(schema=REJECTS)
    rejects = rows.filter(is_future).select(
        "line",
        reason=pl.when(event > today)
        .then(pl.format(f"{dataset.event_date} {{}} lies after the day of reading", event))
        .otherwise(pl.format(f"{dataset.period_date} {{}} lies after its {dataset.event_date}", period)),
    )
    return rows.filter(~is_future), rejects


def _without_duplicates(rows: pl.DataFrame, hashes: pl.Series, *, has_key: bool) -> pl.DataFrame:
    """The first of the rows that are the same in every column; the last one where the later row of a key counts.

    They are compared by their hashes first, and cell by cell only where two have the same: most files have none.
    """
    if hashes.to_frame().select(pl.all().n_unique()).item() == rows.height:  # by all cores, as it is not of a series
        return rows
    alike = rows.filter(hashes.is_duplicated())
    kept = alike.unique(subset=pl.exclude("line"), keep="last" if has_key else "first")
    repeats = alike.filter(~pl.col("line").is_in(kept["line"].implode()))
    return rows.filter(~pl.col("line").is_in(repeats["line"].implode()))
