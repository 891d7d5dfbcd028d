"""One file of a dataset -> the declared columns and types; what cannot be read is kept apart and counted."""

import datetime as dt
import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate

import polars as pl

from bedrot_graph.lake import archive, parquet
from bedrot_graph.lake.cells import Cells, Conventions, conventions, convert, dtype_of, without_blanks
from bedrot_graph.lake.dataset import Column, Dataset, Form
from bedrot_graph.lake.delimited import read_delimited, read_pieces
from bedrot_graph.lake.sheet import REJECTS, Sheet, header_key
from bedrot_graph.lake.unreadable import UnreadableFileError

PIECE_BYTES = 2**24
"""A text file larger than two of these is read in pieces of this size: so it is never held as cells at once."""


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
    data: bytes,
    dataset: Dataset,
    *,
    today: dt.date,
    name: str = "",
    forms: tuple[Form, ...] | None = None,
    piece_bytes: int = PIECE_BYTES,
) -> Reading:
    """Read one file's bytes in the first of the forms that has all the columns it needs.

    `name`: the file's, for forms that learn from it. Raises UnreadableFileError where it holds no row of the dataset.
    """
    allowed = dataset.forms if forms is None else forms
    with ThreadPoolExecutor(1) as beside:
        content = beside.submit(_content, data)
        reading = _read_in_pieces(data, dataset, today, name, allowed, piece_bytes)
        if reading is None:
            sheet = _opened(data, dataset, allowed)
            plan = _plan(sheet.headers, dataset, name, allowed, today)
            reading = _reading([_piece(sheet, plan)], plan)
        return replace(reading, content=content.result())


def _content(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


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
    encoded: frozenset[Column] = frozenset()
    """The columns whose texts become categories."""


@dataclass(frozen=True)
class _Piece:
    """What a run of lines gave; as in `Reading`, with the columns that are not declared, repeated rows included."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    totals: int
    has_future_rows: bool
    written: Conventions
    ambiguous: tuple[str, ...]
    lines: int
    is_unfinished: bool


def _plan(headers: tuple[str, ...], dataset: Dataset, name: str, forms: tuple[Form, ...], today: dt.date) -> _Plan:
    form = _fitting(headers, dataset, name, forms)
    columns = _columns(dataset, form)
    return _Plan(dataset, form, headers, columns, _places(headers, columns), form.said_by(name), today)


def _read_in_pieces(  # noqa: PLR0913, PLR0917 - as `read`
    data: bytes, dataset: Dataset, today: dt.date, name: str, forms: tuple[Form, ...], piece_bytes: int
) -> Reading | None:
    """A large text file read a piece at a time, its texts as categories.

    None where a piece cannot be understood without the others, or they do not agree on how they write.
    """
    if data.startswith(parquet.MAGIC) or any(form.member for form in forms):
        return None
    sheets = read_pieces(data, _known_headers(dataset), piece_bytes)
    if not sheets:
        return None
    try:
        first = sheets[0](frozenset())
        plan = _plan(first.headers, dataset, name, forms, today)
        plan = replace(plan, encoded=_repeating(first, plan))
        # Whether a row is blank is asked of its first cell, and what stands instead of nothing of all: both are texts.
        repeating = frozenset() if plan.form.blank else {f"cell_{plan.place_of[column]}" for column in plan.encoded}
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            pieces = list(workers.map(lambda sheet: _piece(sheet(repeating - {"cell_0"}), plan), sheets))
    except pl.exceptions.PolarsError:  # quotes that do not add up
        return None
    return _reading(pieces, plan) if len({piece.written for piece in pieces}) == 1 else None


def _repeating(sheet: Sheet, plan: _Plan) -> frozenset[Column]:
    """The columns whose texts repeat."""
    cells = {column: Cells.of(sheet.cells[f"cell_{place}"]) for column, place in plan.place_of.items()}
    return frozenset(column for column, each in cells.items() if each.codes is not None)


def _piece(sheet: Sheet, plan: _Plan) -> _Piece:
    said, dataset = plan.said, plan.dataset
    texts = {
        column: without_blanks(sheet.cells[f"cell_{place}"], plan.form.blank) for column, place in plan.place_of.items()
    }
    for column in plan.columns:
        if column.name in said and column not in texts:
            texts[column] = pl.Series([said[column.name]]).new_from_index(0, sheet.cells.height)
    cells = {column: Cells.of(each) for column, each in texts.items()}
    written = conventions(cells, _day(said.get("since")))
    converted = {
        column: convert(column, each, written, encodes=column in plan.encoded) for column, each in cells.items()
    }
    rows = _with_columns(sheet.cells, plan, {column: each.values for column, each in converted.items()})
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
        lines=sheet.lines,
        is_unfinished=sheet.is_unfinished,
    )


def _with_columns(cells: pl.DataFrame, plan: _Plan, values: Mapping[Column, pl.Series]) -> pl.DataFrame:
    """The declared columns. Those that the dataset does not declare stay as text: they tell rows apart."""
    present = {column.name for column in values}
    lacking = [column for column in plan.columns if column.name not in present]
    copying = [column for column in plan.columns if column.same_as in present]
    return (
        cells.select(pl.exclude([f"cell_{place}" for place in plan.place_of.values()]))
        .with_columns(values.values())
        .with_columns(pl.lit(None, dtype_of(column.kind)).alias(column.name) for column in lacking)
        .with_columns(pl.coalesce(column.same_as, column.name).alias(column.name) for column in copying)
    )


def _reading(pieces: list[_Piece], plan: _Plan) -> Reading:
    """What the pieces of a file give together. Raises UnreadableFileError."""
    starts = [0, *accumulate(piece.lines for piece in pieces)]
    rejects = _placed([piece.rejects for piece in pieces], starts)
    rows = _placed([piece.rows for piece in pieces], starts)
    if not rows.height:
        if not rejects.height:
            raise UnreadableFileError.without_rows()
        raise UnreadableFileError.all_rejected(rejects.height, *rejects.row(0))
    columns = plan.columns
    distinct = _without_duplicates(rows, has_key=bool(plan.dataset.key_in(plan.form))).select(
        "line", *(column.name for column in columns)
    )
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
        ambiguous_dates=tuple(dict.fromkeys(name for piece in pieces for name in piece.ambiguous)),
        has_future_rows=any(piece.has_future_rows for piece in pieces),
        totals=sum(piece.totals for piece in pieces),
        content="",
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
    keys = [header_key(header) for header in headers]
    found = {
        column: next((place for place, key in enumerate(keys) if key in _header_keys(column)), None)
        for column in columns
    }
    return {column: place for column, place in found.items() if place is not None}


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
    is_future = ((event > today) | (period > event)).fill_null(value=False)
    rejects = rows.filter(is_future).select(
        "line",
        reason=pl.when(event > today)
        .then(pl.format(f"{dataset.event_date} {{}} lies after the day of reading", event))
        .otherwise(pl.format(f"{dataset.period_date} {{}} lies after its {dataset.event_date}", period)),
    )
    return rows.filter(~is_future) if rejects.height else rows, rejects


def _without_duplicates(rows: pl.DataFrame, *, has_key: bool) -> pl.DataFrame:
    """The first of the rows that are the same in every column; the last one where the later row of a key counts.

    Rows are compared by a hash first, and cell by cell only where two have the same: most files have none.
    """
    hashes = rows.drop("line").hash_rows()
    if hashes.n_unique() == rows.height:
        return rows
    alike = rows.filter(hashes.is_duplicated())
    kept = alike.unique(subset=pl.exclude("line"), keep="last" if has_key else "first")
    repeats = alike.filter(~pl.col("line").is_in(kept["line"].implode()))
    return rows.filter(~pl.col("line").is_in(repeats["line"].implode()))
