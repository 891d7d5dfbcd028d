import datetime as dt
import io

import polars as pl
import pytest

from bedrot_graph.lake.parquet import read_parquet
from bedrot_graph.lake.unreadable import UnreadableFileError
from tests.lake.sales import HEADER, amounts, column, read_sales, rejects


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


TYPED = pl.DataFrame(
    {
        "Day": [dt.date(2025, 1, 1), dt.date(2025, 1, 2)],
        "Shop": pl.Series(["Spotify", "Tidal"], dtype=pl.Categorical),
        "units": [3, None],
        "usd": [8.1e-06, 1.5],
    }
)


def test_a_typed_parquet_file_reads_as_the_csv_file_of_the_same_rows() -> None:
    reading = read_sales(parquet(TYPED))
    csv = read_sales(HEADER + "2025-01-01,Spotify,3,0.0000081\n2025-01-02,Tidal,,1.5\n")
    assert reading.rows.drop("line").equals(csv.rows.drop("line"))


def test_a_parquet_file_of_text_is_read_by_the_rules_of_text() -> None:
    frame = pl.DataFrame({"day": ["2025-01-01", "x"], "store": ["A", "B"], "units": ["1", "2"], "usd": ["$1.50", "2"]})
    reading = read_sales(parquet(frame))
    assert amounts(reading) == [1.5]
    assert rejects(reading) == [(2, "day 'x' is not a date")]


def test_a_moment_is_read_as_its_day_and_nan_as_empty() -> None:
    frame = TYPED.with_columns(Day=pl.lit(dt.datetime(2025, 1, 1, 23, 59, tzinfo=dt.UTC)), units=pl.lit(float("nan")))
    reading = read_sales(parquet(frame))
    assert column(reading, "day") == [dt.date(2025, 1, 1)] * 2
    assert column(reading, "units") == [None, None]


def test_columns_of_no_text_that_nobody_declared_do_no_harm() -> None:
    frame = TYPED.with_columns(a=pl.lit([1, 2]).implode(), b=pl.lit(b"\xff"), c=pl.struct("units"))
    reading = read_sales(parquet(frame))
    assert reading.rows.height == 2
    assert reading.unknown_columns == ("a", "b", "c")


def test_a_declared_column_of_lists_makes_the_file_unreadable() -> None:
    with pytest.raises(UnreadableFileError, match="holds something that is no text, number or date"):
        read_sales(parquet(TYPED.with_columns(usd=pl.lit([1]).implode())))


def test_a_column_may_be_called_anything() -> None:
    reading = read_sales(parquet(TYPED.with_columns(pl.lit(1).alias("*"), pl.lit(2).alias("^.*$"))))
    assert reading.unknown_columns == ("*", "^.*$")


def test_half_a_parquet_file_is_unreadable() -> None:
    whole = parquet(TYPED)
    for end in range(4, len(whole), 7):
        with pytest.raises(UnreadableFileError, match="it is not a whole Parquet file"):
            read_sales(whole[:end])


def test_a_parquet_file_without_rows_or_columns_is_unreadable() -> None:
    with pytest.raises(UnreadableFileError, match="it has a header but no rows"):
        read_sales(parquet(TYPED.clear()))
    with pytest.raises(UnreadableFileError, match="it lacks the required"):
        read_sales(parquet(pl.DataFrame()))


def test_lines_of_a_parquet_file_are_its_rows() -> None:
    assert column(read_sales(parquet(TYPED)), "line") == [1, 2]


def test_every_other_type_of_column_is_text_or_tells_rows_apart() -> None:
    frame = pl.DataFrame(
        {
            "text": [b"a", None],
            "flag": [True, None],
            "nothing": [None, None],
            "large": pl.Series([1, None], dtype=pl.Int128),
            "price": pl.Series(["1.50", None]).cast(pl.Decimal(10, 2)),
            "length": [dt.timedelta(1), None],
            "picture": [b"\xff", None],
        }
    )
    known = {"text", "flag", "nothing", "large", "price"}
    cells = read_parquet(parquet(frame), known).cells.drop("line")
    assert cells.row(0)[:5] == ("a", "true", "", "1", "1.50")
    assert cells.row(1)[:5] == ("",) * 5
    assert cells["cell_5"].n_unique() == cells["cell_6"].n_unique() == 2
