"""One file of a dataset -> the declared columns and types; what cannot be read is kept apart and counted."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from bedrot_graph.lake import names, parquet
from bedrot_graph.lake.cells import Cells, conventions, convert, dtype_of
from bedrot_graph.lake.dataset import Column, Dataset, Kind
from bedrot_graph.lake.delimited import read_delimited
from bedrot_graph.lake.sheet import REJECTS, header_key
from bedrot_graph.lake.unreadable import UnreadableFileError


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


def read(data: bytes, dataset: Dataset, *, today: dt.date) -> Reading:
    """Read one file's bytes. Raises UnreadableFileError where they hold no row of the dataset."""
    read_sheet = parquet.read_parquet if data.startswith(parquet.MAGIC) else read_delimited
    sheet = read_sheet(data, _known_headers(dataset))
    place_of = _places(sheet.headers, dataset)
    missing = tuple(column for column in dataset.columns if column not in place_of)
    if lacking := [column.name for column in missing if column.required]:
        raise UnreadableFileError.lacking(lacking, sheet.headers)
    if not sheet.cells.height and not sheet.rejects.height:
        raise UnreadableFileError.without_rows()

    rows, rejects, ambiguous = _convert(sheet.cells, dataset, place_of)
    rows, from_future = _without_future(rows, dataset, today)
    rejects = pl.concat([sheet.rejects, rejects, from_future]).sort("line")
    if not rows.height:
        raise UnreadableFileError.all_rejected(rejects.height, *rejects.row(0))
    distinct = _without_duplicates(rows).select("line", *(column.name for column in dataset.columns))
    latest = _latest_by_key(distinct, dataset)
    return Reading(
        rows=latest,
        rejects=rejects,
        missing_columns=tuple(column.name for column in missing),
        unknown_columns=tuple(
            header for place, header in enumerate(sheet.headers) if header and place not in place_of.values()
        ),
        duplicates=rows.height - distinct.height,
        restated=distinct.height - latest.height,
        is_unfinished=sheet.is_unfinished,
        ambiguous_dates=ambiguous,
        has_future_rows=bool(from_future.height),
        content=hashlib.sha256(data).hexdigest(),
    )


def _known_headers(dataset: Dataset) -> frozenset[str]:
    return frozenset(key for column in dataset.columns for key in _header_keys(column))


def _header_keys(column: Column) -> frozenset[str]:
    return frozenset(header_key(name) for name in (column.name, *column.aliases))


def _places(headers: tuple[str, ...], dataset: Dataset) -> dict[Column, int]:
    """Where each declared column stands in the file; of two headers that mean one column, the first."""
    keys = [header_key(header) for header in headers]
    found = {
        column: next((place for place, key in enumerate(keys) if key in _header_keys(column)), None)
        for column in dataset.columns
    }
    return {column: place for column, place in found.items() if place is not None}


def _convert(
    sheet_cells: pl.DataFrame, dataset: Dataset, place_of: Mapping[Column, int]
) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """The declared columns, the rejects, and the columns with ambiguous dates.

    Columns that the dataset does not declare stay as text: they tell rows apart.
    """
    cells = {column: Cells.of(sheet_cells[f"cell_{place}"]) for column, place in place_of.items()}
    written = conventions(cells)
    converted = {column: convert(column, each, written) for column, each in cells.items()}
    known = {f"cell_{place}" for place in place_of.values()}
    rows = sheet_cells.select(
        pl.exclude(known),
        *(pl.lit(None, dtype_of(column.kind)).alias(column.name) for column in dataset.columns if column not in cells),
    ).with_columns(each.values for each in converted.values())
    ambiguous = tuple(column.name for column, each in converted.items() if each.is_ambiguous)
    problems = [each.problems for each in converted.values() if each.problems is not None]
    if not problems:
        return rows, pl.DataFrame(schema=REJECTS), ambiguous
    reason = pl.select(reason=pl.coalesce(problems)).to_series()
    rejects = rows.select("line", reason).filter(reason.is_not_null())
    return rows.filter(reason.is_null()), rejects, ambiguous


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


def _without_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    """The first of the rows that are the same in every column.

    Rows are compared by a hash first, and cell by cell only where two have the same: most files have none.
    """
    hashes = rows.drop("line").hash_rows()
    if hashes.n_unique() == rows.height:
        return rows
    alike = rows.filter(hashes.is_duplicated())
    first = alike.unique(subset=pl.exclude("line"), keep="first")
    repeats = alike.filter(~pl.col("line").is_in(first["line"].implode()))
    return rows.filter(~pl.col("line").is_in(repeats["line"].implode()))


def _latest_by_key(rows: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Of the rows that share a key, the later one of the file; names are compared by identity."""
    if not dataset.key:
        return rows
    named = {column.name for column in dataset.columns if column.kind in {Kind.NAME, Kind.ARTIST}}
    keys = {f"key_{name}": names.identity(pl.col(name)) if name in named else pl.col(name) for name in dataset.key}
    return rows.with_columns(**keys).unique(list(keys), keep="last", maintain_order=True).drop(list(keys))
