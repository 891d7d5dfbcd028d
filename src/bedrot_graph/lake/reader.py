"""One file of a dataset -> the declared columns and types; what cannot be read is kept apart and counted."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from bedrot_graph.lake import cells, names
from bedrot_graph.lake.dataset import Column, Dataset, Kind
from bedrot_graph.lake.sheet import REJECTS, Sheet, UnreadableFileError, header_key, read_text

_NOT_A = {
    Kind.DECIMAL: "is not an amount",
    Kind.INTEGER: "is not a whole number",
    Kind.DATE: "is not a date",
    Kind.MONTH: "is not a month",
}
LONGEST_SHOWN_CELL = 40


@dataclass(frozen=True)
class Reading:
    """What one file gave.

    `rows`: the accepted rows, one column per declared column (null throughout where the file lacks it) and
    `line`. `rejects`: line and reason of every row that was not accepted.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    missing_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    duplicates: int
    """Rows dropped because another row of the file is the same in every column."""
    restated: int
    """Rows dropped because a later row of the file has the same key."""
    is_unfinished: bool
    ambiguous_dates: tuple[str, ...]
    """Columns whose dates may be day first or month first."""
    has_future_rows: bool
    """Some rows were rejected as from the future: tomorrow the same file may read differently."""
    content: str
    """A digest of the bytes that were read."""


def read(data: bytes, dataset: Dataset, *, is_parquet: bool, today: dt.date) -> Reading:
    """Read one file's bytes. Raises UnreadableFileError where it holds no row of the dataset."""
    sheet = _read_parquet(data) if is_parquet else read_text(data, _known_headers(dataset))
    place_of = dict(_places(sheet, dataset))
    missing = tuple(column.name for column in dataset.columns if column.name not in place_of)
    if lacking := [column.name for column in dataset.columns if column.required and column.name in missing]:
        found = ", ".join(f"'{header}'" for header in sheet.headers if header)
        wanted = ", ".join(f"'{name}'" for name in lacking)
        raise UnreadableFileError(f"it lacks the required {wanted}; its columns are {found}")
    if not sheet.cells.height and not sheet.rejects.height:
        raise UnreadableFileError("it has a header but no rows")

    rows, rejects, ambiguous = _convert(sheet.cells, dataset, place_of)
    rows, from_future = _without_future(rows, dataset, today)
    rejects = pl.concat([sheet.rejects, rejects, from_future]).sort("line")
    if not rows.height:
        line, reason = rejects.row(0)
        raise UnreadableFileError(f"none of its {rejects.height} rows can be read; the first is line {line}: {reason}")
    unknown = {name: sheet.headers[place] for place, name in _unknown(sheet, place_of)}
    distinct = rows.unique(subset=pl.exclude("line"), keep="first", maintain_order=True).drop(unknown)
    latest = _latest_by_key(distinct, dataset)
    return Reading(
        rows=latest,
        rejects=rejects,
        missing_columns=missing,
        unknown_columns=tuple(unknown.values()),
        duplicates=rows.height - distinct.height,
        restated=distinct.height - latest.height,
        is_unfinished=sheet.is_unfinished,
        ambiguous_dates=ambiguous,
        has_future_rows=bool(from_future.height),
        content=hashlib.blake2b(data, digest_size=16).hexdigest(),
    )


def _known_headers(dataset: Dataset) -> frozenset[str]:
    return frozenset(header_key(name) for column in dataset.columns for name in (column.name, *column.aliases))


def _places(sheet: Sheet, dataset: Dataset) -> Iterator[tuple[str, int]]:
    """Where each declared column stands in the file; of two headers that mean one column, the first."""
    keys = [header_key(header) for header in sheet.headers]
    for column in dataset.columns:
        meant = {header_key(name) for name in (column.name, *column.aliases)}
        found = next((place for place, key in enumerate(keys) if key in meant), None)
        if found is not None:
            yield column.name, found


def _unknown(sheet: Sheet, place_of: dict[str, int]) -> list[tuple[int, str]]:
    """Columns that the dataset does not declare: they tell rows apart, and are then left out."""
    return [
        (place, f"cell_{place}")
        for place, header in enumerate(sheet.headers)
        if place not in place_of.values() and header
    ]


def _read_parquet(data: bytes) -> Sheet:
    """A Parquet file as a sheet of text, so that one set of rules reads both."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFileError("it is not a whole Parquet file") from error
    floats = pl.selectors.float()
    texts = frame.with_columns(floats.fill_nan(None)).select(pl.all().cast(pl.String, strict=False).fill_null(""))
    renamed = texts.rename({name: f"cell_{place}" for place, name in enumerate(texts.columns)})
    return Sheet(
        headers=tuple(frame.columns),
        cells=renamed.with_columns(pl.all().str.strip_chars()).with_row_index("line", 1),
        rejects=pl.DataFrame(schema=REJECTS),
        is_unfinished=False,
    )


def _convert(
    sheet_cells: pl.DataFrame, dataset: Dataset, place_of: dict[str, int]
) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """The declared columns (and the unknown ones, as text), the rejects, and the columns with ambiguous dates."""
    columns = [sheet_cells["line"]]
    problems: list[pl.Series] = []
    ambiguous = []
    has_decimal_comma = any(
        cells.shows_decimal_comma(sheet_cells[f"cell_{place_of[column.name]}"])
        for column in dataset.columns
        if column.kind is Kind.DECIMAL and column.name in place_of
    )
    for column in dataset.columns:
        if column.name not in place_of:
            columns.append(pl.Series(column.name, [], dtype_of(column.kind)).extend_constant(None, sheet_cells.height))
            continue
        texts = sheet_cells[f"cell_{place_of[column.name]}"]
        converted = cells.convert(column, texts, has_decimal_comma=has_decimal_comma)
        columns.append(converted.values.alias(column.name).cast(dtype_of(column.kind)))
        problems += _problems(column, texts, converted)
        if converted.is_ambiguous:
            ambiguous.append(column.name)
    known = {f"cell_{place}" for place in place_of.values()}
    columns += [series for series in sheet_cells if series.name != "line" and series.name not in known]
    rows = pl.DataFrame(columns)
    if not problems:
        return rows, pl.DataFrame(schema=REJECTS), tuple(ambiguous)
    reason = pl.select(reason=pl.coalesce(problems)).to_series()
    is_good = reason.is_null()
    rejects = pl.DataFrame({"line": sheet_cells["line"], "reason": reason}).filter(~is_good)
    return rows.filter(is_good), rejects, tuple(ambiguous)


def _problems(column: Column, texts: pl.Series, converted: cells.Values) -> Iterator[pl.Series]:
    """For each thing that is wrong in the column somewhere: the reason in the rows where it is, else null."""
    shown = f"{column.name} '" + texts.str.slice(0, LONGEST_SHOWN_CELL) + "' "
    if converted.unreadable.any():
        yield (shown + _NOT_A[column.kind]).set(~converted.unreadable, None)
    if column.filled and (is_empty := texts == "").any():
        yield (pl.repeat(f"{column.name} is empty", texts.len(), eager=True)).set(~is_empty, None)
    if column.minimum is not None and (too_small := (converted.values < column.minimum).fill_null(value=False)).any():
        yield (shown + f"is below {column.minimum}").set(~too_small, None)
    if column.maximum is not None and (too_large := (converted.values > column.maximum).fill_null(value=False)).any():
        yield (shown + f"is above {column.maximum}").set(~too_large, None)


def dtype_of(kind: Kind) -> pl.DataType:
    """The Polars type that a column of the kind is held in."""
    match kind:
        case Kind.DECIMAL:
            return cells.MONEY
        case Kind.INTEGER:
            return pl.Int64()
        case Kind.DATE | Kind.MONTH:
            return pl.Date()
        case _:
            return pl.String()


def _without_future(rows: pl.DataFrame, dataset: Dataset, today: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows dated after the day of reading, or sold after they were reported, are no facts yet."""
    if not dataset.event_date:
        return rows, pl.DataFrame(schema=REJECTS)
    event = pl.col(dataset.event_date)
    period = pl.col(dataset.period_date or dataset.event_date)
    is_future = (event > today) | (period > event)
    rejects = rows.filter(is_future).select(
        "line",
        reason=pl.when(event > today)
        .then(pl.format(f"{dataset.event_date} {{}} lies after the day of reading", event))
        .otherwise(pl.format(f"{dataset.period_date} {{}} lies after its {dataset.event_date}", period)),
    )
    return rows.filter(~is_future), rejects


def _latest_by_key(rows: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Of the rows that share a key, the later one of the file; names are compared by identity."""
    if not dataset.key:
        return rows
    named = {column.name for column in dataset.columns if column.kind in {Kind.NAME, Kind.ARTIST}}
    keys = {f"key_{name}": names.identity(pl.col(name)) if name in named else pl.col(name) for name in dataset.key}
    return rows.with_columns(**keys).unique(list(keys), keep="last", maintain_order=True).drop(list(keys))
