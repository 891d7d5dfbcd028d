from dataclasses import replace

import polars as pl
import pytest

from bedrot_graph.lake.cells import Cells, conventions, convert, dtype_of
from bedrot_graph.lake.dataset import Column, Kind


def converted(kind: Kind, texts: list[str], **limits: int | bool) -> tuple[list[object], list[str | None]]:
    column = replace(Column("it", kind, "Something."), **limits)  # type: ignore[arg-type]
    cells = Cells.of(pl.Series(texts, dtype=pl.String))
    done = convert(column, cells, conventions({column: cells}))
    problems = done.problems if done.problems is not None else [None] * len(texts)
    return done.values.to_list(), list(problems)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_cell_is_null_and_no_problem_and_of_the_declared_type(kind: Kind) -> None:
    column = Column("it", kind, "Something.")
    for texts in (["", "  "], [""] * 100, []):
        cells = Cells.of(pl.Series(texts, dtype=pl.String))
        done = convert(column, cells, conventions({column: cells}))
        assert done.values.null_count() == len(texts)
        assert done.values.dtype == dtype_of(kind)
        assert done.problems is None


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Kind.DECIMAL, "it 'soon' is not an amount"),
        (Kind.INTEGER, "it 'soon' is not a whole number"),
        (Kind.DATE, "it 'soon' is not a date"),
        (Kind.MONTH, "it 'soon' is not a month"),
    ],
)
def test_what_cannot_be_read_is_null_with_a_reason(kind: Kind, reason: str) -> None:
    assert converted(kind, ["soon", ""]) == ([None, None], [reason, None])


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NAME, Kind.ARTIST])
def test_text_is_stripped_and_no_word_means_nothing(kind: Kind) -> None:
    texts = [" NULL ", "NA", "None", "nan", "1987", "4.20"]
    assert converted(kind, texts) == (["NULL", "NA", "None", "nan", "1987", "4.20"], [None] * 6)


def test_a_code_is_upper_case_letters_and_digits() -> None:
    assert converted(Kind.CODE, ["qz-ab0 2400000", "na", "--"])[0] == ["QZAB02400000", "NA", None]


@pytest.mark.parametrize(
    ("text", "upc"),
    [
        ("198000000000", "198000000000"),
        ("98000314187", "098000314187"),
        ("0198000000000", "198000000000"),
        ("5901234123457", "5901234123457"),
        ("198000000000.0", "198000000000"),
        ("1.98E+11", None),
        ("198,000,000,000", None),
        ("n/a", None),
        ("0", None),
    ],
)
def test_a_upc_has_its_zeros_put_back(text: str, upc: str | None) -> None:
    assert converted(Kind.UPC, [text]) == ([upc], [None])


def test_an_empty_cell_that_must_be_filled_is_a_problem() -> None:
    assert converted(Kind.TEXT, ["a", " "], filled=True)[1] == [None, "it is empty"]


def test_a_number_outside_of_its_limits_is_a_problem() -> None:
    values, problems = converted(Kind.INTEGER, ["-1", "0", "100", "101"], minimum=0, maximum=100)
    assert values == [-1, 0, 100, 101]
    assert problems == ["it '-1' is below 0", None, None, "it '101' is above 100"]


def test_of_a_long_cell_a_reason_shows_the_beginning() -> None:
    assert converted(Kind.DECIMAL, ["x" * 100_000])[1] == [f"it '{'x' * 40}' is not an amount"]


@pytest.mark.parametrize("count", [1, 3, 40_000], ids=["once", "few", "many"])
def test_cells_that_repeat_are_read_as_those_that_do_not(count: int) -> None:
    values, problems = converted(Kind.INTEGER, ["1", " 2", "x", ""] * count)
    assert values == [1, 2, None, None] * count
    assert problems == [None, None, "it 'x' is not a whole number", None] * count
