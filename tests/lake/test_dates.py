import datetime as dt

import polars as pl
import pytest

from bedrot_graph.lake.dates import SlashOrder, dates, has_slashes, months, slash_order

THE_DAY = dt.date(2025, 3, 5)


def date(text: str, *, is_day_first: bool = False) -> dt.date | None:
    value: dt.date | None = dates(pl.Series([text]), is_day_first=is_day_first)[0]
    return value


def month(text: str, *, is_day_first: bool = False) -> dt.date | None:
    value: dt.date | None = months(pl.Series([text]), is_day_first=is_day_first)[0]
    return value


@pytest.mark.parametrize(
    "text",
    ["2025-03-05", "2025-3-5", "2025-03-05 00:00:00", "2025-03-05T23:59:59Z", "2025/03/05", "2025.03.05", "05.03.2025",
     "03/05/2025", "3/5/2025", "3/5/25", "3/5/2025 0:00", "Mar 5, 2025", "March 5, 2025", "5 Mar 2025", "5 March 2025",
     "20250305"],
)  # fmt: skip
def test_a_date_may_be_written_in_many_ways(text: str) -> None:
    assert date(text) == THE_DAY


@pytest.mark.parametrize("text", ["05/03/2025", "5/3/25", "05/03/2025 10:00"])
def test_in_a_file_that_writes_the_day_first_it_is(text: str) -> None:
    assert date(text, is_day_first=True) == THE_DAY


@pytest.mark.parametrize(
    "text",
    ["2025-02-30", "2025-13-01", "0025-03-05", "1899-12-31", "2525-03-05", "13/13/2025", "3/5/125", "45721", "soon",
     "2025-03-05x", "20250305000000", "2025"],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert date(text) is None
    assert date(text, is_day_first=True) is None


@pytest.mark.parametrize(
    "text",
    ["2025-03", "2025-3", "2025/03", "03/2025", "Mar 2025", "March 2025", "Mar-25", "202503", "2025-03-31",
     "03/31/2025", "2025-03-01 00:00:00"],
)  # fmt: skip
def test_a_month_may_be_written_in_many_ways_and_is_held_as_its_first_day(text: str) -> None:
    assert month(text) == dt.date(2025, 3, 1)


def test_a_month_written_as_a_date_follows_the_order_of_the_file() -> None:
    assert month("01/03/2025", is_day_first=True) == dt.date(2025, 3, 1)


@pytest.mark.parametrize("text", ["2025-13", "2025-00", "13/2025", "0025-01", "2025", "Q1 2025", "25-Mar"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert month(text) is None


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2025-01-05"], SlashOrder()),
        (["03/05/2025"], SlashOrder()),
        (["03/05/2025", "13/05/2025"], SlashOrder(is_day_first=True, is_certain=True)),
        (["03/05/2025", "05/13/2025"], SlashOrder(is_day_first=False, is_certain=True)),
        (["05/13/2025", "13/05/2025"], SlashOrder(is_mixed=True)),
        ([], SlashOrder()),
    ],
    ids=["no slashes", "nothing shown", "a 13th comes first", "a 13th comes second", "both", "nothing"],
)
def test_a_day_above_12_shows_the_order(texts: list[str], order: SlashOrder) -> None:
    assert slash_order([pl.Series(texts, dtype=pl.String)]) == order


def test_one_odd_date_does_not_change_how_the_others_are_read() -> None:
    order = slash_order([pl.Series(["20/03/2025", "21/03/2025", "03/22/2025"])])
    assert order == SlashOrder(is_day_first=True, is_certain=True, is_mixed=True)


def test_all_columns_of_dates_decide_together() -> None:
    assert slash_order([pl.Series(["01/03/2025"]), pl.Series(["20/04/2025"])]).is_day_first


def test_only_slashes_with_a_year_behind_need_an_order() -> None:
    assert has_slashes(pl.Series(["03/05/25 10:00"]))
    assert not has_slashes(pl.Series(["03/2025", "2025/03/05"]))
