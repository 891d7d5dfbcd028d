"""One file of a dataset -> the declared columns and types; what cannot be read is kept apart and counted."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from bedrot_graph.lake import archive, parquet
from bedrot_graph.lake.cells import Cells, conventions, convert, dtype_of, without_blanks
from bedrot_graph.lake.dataset import Column, Dataset, Form
from bedrot_graph.lake.delimited import read_delimited
from bedrot_graph.lake.sheet import REJECTS, Sheet, header_key
from bedrot_graph.lake.unreadable import UnreadableFileError


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


def read(
    data: bytes, dataset: Dataset, *, today: dt.date, name: str = "", forms: tuple[Form, ...] | None = None
) -> Reading:
    """Read one file's bytes in the first of the forms that has all the columns it needs.

    `name`: the file's, for forms that learn from it. Raises UnreadableFileError where it holds no row of the dataset.
    """
    allowed = dataset.forms if forms is None else forms
    sheet = _opened(data, dataset, allowed)
    form = _fitting(sheet, dataset, name, allowed)
    if not sheet.cells.height and not sheet.rejects.height:
        raise UnreadableFileError.without_rows()
    columns = _columns(dataset, form)
    place_of = _places(sheet.headers, columns)
    said = form.said_by(name)
    rows, problems, ambiguous = _convert(sheet.cells, columns, place_of, said, form.blank)
    rows, rejects, totals = _accepted(rows, problems, dataset)
    rows, from_future = _without_future(rows, dataset, today)
    rejects = pl.concat([sheet.rejects, rejects, from_future]).sort("line")
    if not rows.height:
        raise UnreadableFileError.all_rejected(rejects.height, *rejects.row(0))
    distinct = _without_duplicates(rows, has_key=bool(dataset.key_in(form))).select(
        "line", *(column.name for column in columns)
    )
    present = {column.name for column in place_of} | set(said)
    return Reading(
        form=form,
        rows=distinct,
        rejects=rejects,
        missing_columns=tuple(
            column.name for column in columns if column.name not in present and column.same_as not in present
        ),
        unknown_columns=tuple(
            header for place, header in enumerate(sheet.headers) if header and place not in place_of.values()
        ),
        duplicates=rows.height - distinct.height,
        is_unfinished=sheet.is_unfinished,
        ambiguous_dates=ambiguous,
        has_future_rows=bool(from_future.height),
        totals=totals,
        content=hashlib.sha256(data).hexdigest(),
    )


def _opened(data: bytes, dataset: Dataset, forms: tuple[Form, ...]) -> Sheet:
    """The cells of the file, or of the one in it that is wanted where it is an archive."""
    member = next((form.member for form in forms if form.member), None)
    if member and data.startswith(archive.MAGIC):
        data = archive.member_of(data, member)
    read_sheet = parquet.read_parquet if data.startswith(parquet.MAGIC) else read_delimited
    return read_sheet(data, frozenset(key for column in dataset.columns for key in _header_keys(column)))


def _fitting(sheet: Sheet, dataset: Dataset, name: str, forms: tuple[Form, ...]) -> Form:
    """The first form whose columns the file has. Raises UnreadableFileError, by the form that it comes closest to."""
    closest: list[str] | None = None
    for form in forms:
        columns = _columns(dataset, form)
        known = {column.name for column in _places(sheet.headers, columns)} | set(form.said_by(name))
        lacking = [column.name for column in columns if column.required and column.name not in known]
        if not lacking:
            return form
        if closest is None or len(lacking) < len(closest):
            closest = lacking
    raise UnreadableFileError.lacking(closest or [], sheet.headers)


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


def _convert(
    sheet_cells: pl.DataFrame,
    columns: tuple[Column, ...],
    place_of: Mapping[Column, int],
    said: Mapping[str, str],
    blank: str | None,
) -> tuple[pl.DataFrame, list[pl.Series], tuple[str, ...]]:
    """The declared columns, what is wrong with their cells, and the columns with ambiguous dates.

    Columns that the dataset does not declare stay as text: they tell rows apart.
    """
    texts = {column: without_blanks(sheet_cells[f"cell_{place}"], blank) for column, place in place_of.items()}
    for column in columns:
        if column.name in said and column not in texts:
            texts[column] = pl.Series([said[column.name]]).new_from_index(0, sheet_cells.height)
    cells = {column: Cells.of(each) for column, each in texts.items()}
    written = conventions(cells, _day(said.get("since")))
    converted = {column: convert(column, each, written) for column, each in cells.items()}
    present = {column.name for column in cells}
    lacking = [column for column in columns if column.name not in present]
    copying = [column for column in columns if column.same_as in present]
    rows = (
        sheet_cells.select(pl.exclude([f"cell_{place}" for place in place_of.values()]))
        .with_columns(each.values for each in converted.values())
        .with_columns(pl.lit(None, dtype_of(column.kind)).alias(column.name) for column in lacking)
        .with_columns(pl.coalesce(column.same_as, column.name).alias(column.name) for column in copying)
    )
    problems = [each.problems for each in converted.values() if each.problems is not None]
    return rows, problems, tuple(column.name for column, each in converted.items() if each.is_ambiguous)


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
