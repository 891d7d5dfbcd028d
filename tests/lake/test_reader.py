import datetime as dt
from dataclasses import replace
from io import BytesIO

import pytest

from bedrot_graph.lake.catalogue import DAILY_STREAMS, SPLITS, STATEMENTS
from bedrot_graph.lake.dataset import Column, Kind
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.unreadable import UnreadableFileError
from tests.lake.sales import HEADER, SALES, amounts, column, read_sales, rejects
from tests.lakes import DAY, SPLIT, STATEMENT, TODAY, Rows, csv_text, day, statement


def read_statements(rows: Rows) -> Reading:
    return read(BytesIO(csv_text(STATEMENT, rows).encode()), STATEMENTS, today=TODAY)


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header",
    ["day,store,units,usd", "DAY,Shop,Units,Amount (USD)", " day , STORE , units , amount usd ", "Day,shop,units,USD"],
)
def test_columns_are_found_by_any_of_their_names_without_case_blanks_and_punctuation(header: str) -> None:
    reading = read_sales(f"{header}\n2025-01-01,Spotify,3,1.50\n")
    assert reading.rows.select("day", "store", "units").row(0) == (dt.date(2025, 1, 1), "Spotify", 3)
    assert amounts(reading) == [1.5]


def test_columns_may_come_in_any_order() -> None:
    reading = read_sales("usd,units,day,store\n1.50,3,2025-01-01,Spotify\n")
    assert reading.rows.columns == ["line", "day", "store", "units", "usd"]
    assert reading.rows.select("units", "store").row(0) == (3, "Spotify")


def test_columns_nobody_declared_are_named_and_not_read() -> None:
    reading = read_sales("day,mood,store,units,usd,mood 2\n2025-01-01,good,Spotify,1,2,bad\n")
    assert reading.unknown_columns == ("mood", "mood 2")
    assert reading.rows.columns == ["line", "day", "store", "units", "usd"]


def test_of_two_columns_with_one_meaning_the_first_is_read_and_the_other_named() -> None:
    reading = read_sales("day,store,units,usd,Amount (USD),usd\n2025-01-01,Spotify,1,2,3,4\n")
    assert amounts(reading) == [2]
    assert reading.unknown_columns == ("Amount (USD)", "usd")


def test_an_optional_column_that_is_missing_is_null_throughout_and_named() -> None:
    reading = read_sales("day,store,usd\n2025-01-01,Spotify,2\n")
    assert reading.missing_columns == ("units",)
    assert column(reading, "units") == [None]
    assert reading.rows.schema == read_sales(HEADER + "2025-01-01,Spotify,1,2\n").rows.schema


def test_a_required_column_that_is_missing_is_an_error_that_names_it() -> None:
    with pytest.raises(UnreadableFileError, match="it lacks the required 'usd'; its columns are 'day', 'store'"):
        read_sales("day,store,units\n2025-01-01,Spotify,1\n")


# ── rejects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_cell_costs_its_row_and_says_so() -> None:
    reading = read_sales(
        HEADER
        + "2025-01-01,Spotify,1,1\n"  # 2
        + "2025-01-02,Spotify,1,abc\n"
        + "2025-02-30,Spotify,1,3\n"
        + "2025-01-04,Spotify,1.5,4\n"  # 5
        + "2025-01-05,Spotify,-1,5\n"
        + "2025-01-06,Spotify,1,\n"
        + "2025-01-07,,,7\n"  # 8
    )
    assert amounts(reading) == [1, 7]
    assert rejects(reading) == [
        (3, "usd 'abc' is not an amount"),
        (4, "day '2025-02-30' is not a date"),
        (5, "units '1.5' is not a whole number"),
        (6, "units '-1' is below 0"),
        (7, "usd is empty"),
    ]


def test_a_row_with_several_bad_cells_is_one_reject() -> None:
    reading = read_sales(HEADER + "soon,Spotify,x,y\n2025-01-01,Spotify,1,1\n")
    assert rejects(reading) == [(2, "day 'soon' is not a date")]


def test_one_bad_cell_in_very_many_rows_is_found() -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=number % 1000) for number in range(20_000)]
    rows = [f"{each},Spotify,1,{number}.5\n" for number, each in enumerate(days)]
    rows[12_345] = rows[12_345].replace("Spotify,1,", "Spotify,1,x")
    reading = read_sales(HEADER + "".join(rows))
    assert reading.rows.height == 19_999
    assert rejects(reading) == [(12_347, "usd 'x12345.5' is not an amount")]


def test_a_row_from_after_the_day_of_reading_is_rejected_and_may_ripen() -> None:
    text = HEADER + "2025-01-01,Spotify,1,1\n2025-01-02,Spotify,1,2\n"
    reading = read_sales(text, today=dt.date(2025, 1, 1))
    assert amounts(reading) == [1]
    assert rejects(reading) == [(3, "day 2025-01-02 lies after the day of reading")]
    assert reading.has_future_rows
    assert not read_sales(text, today=dt.date(2025, 1, 2)).has_future_rows


def test_a_sale_month_after_the_month_it_was_reported_in_is_rejected() -> None:
    reading = read_statements(
        [
            statement("2025-03", "Spotify", 1, "1", reported="2025-03-01"),
            statement("2025-04", "Spotify", 1, "2", reported="2025-03-31"),
        ]
    )
    assert reading.rows["revenue_usd"].to_list() == [1]
    assert rejects(reading) == [(3, "sale_month 2025-04-01 lies after its reporting_date")]


def test_a_row_without_a_date_is_not_from_the_future() -> None:
    undated = replace(SALES, columns=(replace(SALES.columns[0], filled=False), *SALES.columns[1:]))
    assert amounts(read_sales(HEADER + ",Spotify,1,1\n2025-01-01,Tidal,1,2\n", undated)) == [1, 2]


def test_a_file_of_nothing_but_rejects_is_unreadable() -> None:
    with pytest.raises(UnreadableFileError, match="none of its 2 rows can be read; the first is line 2: usd 'x'"):
        read_sales(HEADER + "2025-01-01,Spotify,1,x\n2025-01-02,Spotify,1\n")


# ── rows that are said twice ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_that_repeats_another_in_every_column_is_dropped_and_counted() -> None:
    reading = read_sales(HEADER + "2025-01-01,Spotify,1,1\n2025-01-02,Spotify,1,2\n" + "2025-01-01,Spotify,1,1\n" * 2)
    assert column(reading, "line") == [2, 3]
    assert reading.duplicates == 2


def test_rows_that_differ_in_a_column_nobody_declared_are_two() -> None:
    reading = read_sales("day,store,units,usd,tier\n2025-01-01,Spotify,1,1,free\n2025-01-01,Spotify,1,1,paid\n")
    assert amounts(reading) == [1, 1]
    assert reading.duplicates == 0


def test_rows_that_differ_in_a_column_without_a_name_are_two() -> None:
    reading = read_sales("day,store,units,usd,\n2025-01-01,Spotify,1,1,a\n2025-01-01,Spotify,1,1,b\n")
    assert amounts(reading) == [1, 1]


def test_two_subscription_tiers_of_one_recording_are_two_rows() -> None:
    reading = read_statements([statement("2025-01", "Spotify", 10, "0.04"), statement("2025-01", "Spotify", 7, "0.01")])
    assert reading.rows["quantity"].to_list() == [10, 7]
    assert reading.duplicates == 0


# ── how a file writes numbers and dates ──────────────────────────────────────────────────────────────────────────────


def test_a_file_with_decimal_commas_is_read_with_them() -> None:
    reading = read_sales("day;store;units;usd\n2025-01-01;Spotify;1.234;1.234,50\n2025-01-02;Spotify;1;0,5\n")
    assert amounts(reading) == [1234.5, 0.5]
    assert column(reading, "units") == [1234, 1]


def test_one_amount_with_a_comma_among_many_with_points_is_rejected_alone() -> None:
    reading = read_sales(HEADER + '2025-01-01,A,1,0.25\n2025-01-02,A,1,1.234\n2025-01-03,A,1,"3,5"\n')
    assert amounts(reading) == [0.25, 1.234]
    assert rejects(reading) == [(4, "usd '3,5' is not an amount")]


def test_dates_that_stay_ambiguous_are_read_month_first_and_named() -> None:
    reading = read_sales(HEADER + "03/05/2025,Spotify,1,1\n")
    assert column(reading, "day") == [dt.date(2025, 3, 5)]
    assert reading.ambiguous_dates == ("day",)


def test_a_day_above_12_anywhere_decides_for_the_whole_file() -> None:
    reading = read_sales(HEADER + "03/05/2025,Spotify,1,1\n13/05/2025,Spotify,1,2\n")
    assert column(reading, "day") == [dt.date(2025, 5, 3), dt.date(2025, 5, 13)]
    assert reading.ambiguous_dates == ()


def test_one_date_in_another_order_is_rejected_alone() -> None:
    reading = read_sales(HEADER + "20/03/2025,A,1,1\n21/03/2025,A,1,2\n03/22/2025,A,1,3\n02/03/2025,A,1,4\n")
    assert column(reading, "day") == [dt.date(2025, 3, 20), dt.date(2025, 3, 21), dt.date(2025, 3, 2)]
    assert rejects(reading) == [(4, "day '03/22/2025' is not a date")]


def test_a_sale_month_that_was_saved_as_a_date_follows_the_reporting_dates() -> None:
    reading = read_statements([statement("01/02/2025", "Spotify", 1, "1", reported="20/03/2025")])
    assert reading.rows["sale_month"].to_list() == [dt.date(2025, 2, 1)]


# ── the datasets of the catalogue ────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_line_keeps_its_text_its_codes_and_its_sign() -> None:
    line = statement("2025-01", "iTunes Songs", -1, "-0.70", title="NULL", isrc="qz-ab0-24-00000", country="NA")
    row = read_statements([line | {"UPC": "98000314187"}]).rows.row(0, named=True)
    assert (row["title"], row["country"]) == ("NULL", "NA")
    assert (row["isrc"], row["upc"]) == ("QZAB02400000", "098000314187")
    assert (row["quantity"], float(row["revenue_usd"])) == (-1, -0.7)


def test_a_daily_counter_is_never_negative_and_may_be_empty() -> None:
    rows = [day("2025-01-01", "distrokid", -1, 1), day("2025-01-02", "distrokid", 10, "")]
    reading = read(BytesIO(csv_text(DAY, rows).encode()), DAILY_STREAMS, today=TODAY)
    assert reading.rows["spotify_streams"].to_list() == [10]
    assert reading.rows["apple_streams"].to_list() == [None]
    assert rejects(reading) == [(2, "spotify_streams '-1' is below 0")]


@pytest.mark.parametrize("header", ["your_revenue_share", "royalty_percentage"])
def test_both_readers_names_of_the_label_share_are_known(header: str) -> None:
    text = csv_text(SPLIT, [{"your_revenue_share": "80"}]).replace("your_revenue_share", header)
    assert read(BytesIO(text.encode()), SPLITS, today=TODAY).rows["label_share_percent"].to_list() == [80]


@pytest.mark.parametrize("share", ["101", "-1", ""])
def test_a_share_that_is_none_is_rejected(share: str) -> None:
    text = csv_text(SPLIT, [{}, {"your_revenue_share": share}])
    assert read(BytesIO(text.encode()), SPLITS, today=TODAY).rejects.height == 1


def test_a_release_may_lie_ahead() -> None:
    text = csv_text(SPLIT | {"release_date": ""}, [{"release_date": "2026-01-01"}])
    assert read(BytesIO(text.encode()), SPLITS, today=TODAY).rejects.height == 0


def test_the_digest_is_of_the_bytes() -> None:
    text = HEADER + "2025-01-01,Spotify,1,1\n"
    assert read_sales(text).content == read_sales(text).content
    assert read_sales(text).content != read_sales(text + "\n").content


def test_a_dataset_without_dates_has_no_future() -> None:
    columns = (Column("store", Kind.NAME, "Who."), Column("usd", Kind.DECIMAL, "How much."))
    undated = replace(SALES, columns=columns, event_date=None)
    assert amounts(read_sales("store,usd\nSpotify,1\n", undated)) == [1]
