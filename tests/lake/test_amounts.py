from decimal import Decimal

import polars as pl
import pytest

from bedrot_graph.lake.amounts import decimal_marks, decimals, integers


def shows_decimal_comma(columns: list[pl.Series]) -> bool:
    commas, points = decimal_marks(columns)
    return commas > points


def decimal(text: str, *, has_decimal_comma: bool = False) -> str | None:
    value = decimals(pl.Series([text]), has_decimal_comma=has_decimal_comma)[0]
    return None if value is None else f"{value.normalize():f}"


def integer(text: str, *, has_decimal_comma: bool = False) -> int | None:
    value: int | None = integers(pl.Series([text]), has_decimal_comma=has_decimal_comma)[0]
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", "1.5"),
        ("-1.5", "-1.5"),
        ("+1.5", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("$1,234.56", "1234.56"),
        ("1,234,567.8", "1234567.8"),
        ("US$ 1,000", "1000"),
        ("12.30 USD", "12.3"),
        ("(12.30)", "-12.3"),
        ("($12.30)", "-12.3"),
        ("$ (12.30)", "-12.3"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("\u22125", "-5"),
        ("1 234.5", "1234.5"),
        ("1\u00a0234.5", "1234.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("1'234.5", "1234.5"),
        ("8.1e-06", "0.0000081"),
        ("0.123456789012", "0.123456789012"),
        ("0.20224047000000002", "0.20224047"),
        ("", None),
    ],
)
def test_an_amount_may_be_written_in_many_ways(text: str, value: str | None) -> None:
    assert decimal(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", "1.5"),
        ("1.234,56", "1234.56"),
        ("1.234", "1234"),
        ("1 234,5", "1234.5"),
        ("-0,004", "-0.004"),
        ("(0,5)", "-0.5"),
        ("12", "12"),
        ("0.5", None),
        ("1,234.5", None),
    ],
)
def test_in_a_file_with_decimal_commas_a_point_groups_thousands(text: str, value: str | None) -> None:
    assert decimal(text, has_decimal_comma=True) == value


@pytest.mark.parametrize(
    "text",
    ["n/a", "-", "NULL", "nan", "inf", "1,23", "1,2345", "12,34.5", "1.2.3", "1 2", "12 34", "5$5", "(5", "5)", "(-5)",
     "--5", "1e5", "1.2E+05", "$1.2E+05", "0x10", "1_000", "5 EUR", "5%", "1e400", "1000000000001", "9" * 40],
)  # fmt: skip
def test_what_is_not_clearly_an_amount_is_none(text: str) -> None:
    assert decimal(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("1234", 1234), ("-3", -3), ("1,234", 1234), ("1234.0", 1234), ("1 234", 1234), ("(7)", -7)]
)
def test_a_count_may_be_written_in_many_ways(text: str, value: int) -> None:
    assert integer(text) == value


@pytest.mark.parametrize("text", ["1.5", "1.000", "1e3", "1.2E+05", "1,5", "x", str(-(2**63)), str(10**12 + 1)])
def test_what_is_not_clearly_a_whole_number_is_none(text: str) -> None:
    assert integer(text) is None


def test_beside_decimal_commas_a_count_has_points_for_thousands() -> None:
    assert integer("1.234", has_decimal_comma=True) == 1234
    assert integer("1,000", has_decimal_comma=True) is None


def test_amounts_are_exact() -> None:
    tenth = decimals(pl.Series(["0.1"] * 10), has_decimal_comma=False)
    assert tenth.sum() == Decimal(1)


@pytest.mark.parametrize(
    ("texts", "is_comma"),
    [
        (["0,5"], True),
        (["1.234,56"], True),
        (["0,1234"], True),
        (["0,004"], True),
        (["1.234.567"], False),
        (["1,234"], False),
        (["1,234", "0.5"], False),
        (["1,234.5"], False),
        (["1,234,567"], False),
        (["0.5"], False),
        ([""], False),
        ([], False),
    ],
    ids=str,
)
def test_a_file_shows_whether_its_comma_is_a_decimal_point(texts: list[str], is_comma: bool) -> None:  # noqa: FBT001
    assert shows_decimal_comma([pl.Series(texts, dtype=pl.String)]) is is_comma


def test_one_odd_amount_does_not_change_how_the_others_are_read() -> None:
    assert not shows_decimal_comma([pl.Series(["0.5", "0.25", "3,50"])])
    assert shows_decimal_comma([pl.Series(["0,5", "0,25", "3.50"])])


def test_all_columns_of_amounts_decide_together() -> None:
    assert shows_decimal_comma([pl.Series(["1.234"]), pl.Series(["0,5"])])
