"""The rows behind a sum, page by page."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

import pytest

from bedrot_graph.cubes.request import Order
from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from tests.cubes.asking import ascending, descending, lines, on, table, text, values
from tests.lakes import Rows, statement

Lake = Callable[..., Snapshot]

ROWS: Rows = [
    statement("2025-01", "Tidal", 1, "1.00", reported="2025-02-20"),
    statement("2025-01", "Spotify", 2, "2.00", reported="2025-03-20"),
    statement("2025-02", "Spotify", 3, "2.00", reported="2025-03-21", country=""),
    statement("2025-02", "Deezer", 4, "-8.00", reported="2025-03-21", country="DE"),
]


def test_lines_come_in_the_order_of_the_file(snapshot: Lake) -> None:
    found = lines(snapshot(ROWS), "platform", "quantity", "revenue_usd", "kind")
    assert table(found.rows, "platform", "quantity", "revenue_usd", "kind") == [
        ("Tidal", 1, D("1.00"), "STREAM"),
        ("Spotify", 2, D("2.00"), "STREAM"),
        ("Spotify", 3, D("2.00"), "STREAM"),
        ("Deezer", 4, D("-8.00"), "ADJUSTMENT"),
    ]
    assert found.total_count == 4


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ascending("revenue_usd"), [4, 1, 2, 3]),  # equal amounts stay in the order of the file
        (descending("revenue_usd"), [2, 3, 1, 4]),
        (ascending("country"), [4, 1, 2, 3]),  # nulls last
        (descending("country"), [1, 2, 4, 3]),
        ((Order("reporting_date", is_descending=True), Order("quantity", is_descending=True)), [4, 3, 2, 1]),
    ],
)
def test_lines_can_be_sorted_by_their_columns(order: tuple[Order, ...], expected: list[int], snapshot: Lake) -> None:
    columns = ("quantity", "country", "revenue_usd", "reporting_date")
    assert values(lines(snapshot(ROWS), *columns, order_by=order).rows, "quantity") == expected


def test_pages_follow_each_other_without_overlap(snapshot: Lake) -> None:
    lake = snapshot(ROWS)
    pages = [lines(lake, "line", order_by=descending("line"), offset=offset, limit=3) for offset in (0, 3, 6)]
    assert [values(page.rows, "line") for page in pages] == [[5, 4, 3], [2], []]
    assert [page.total_count for page in pages] == [4, 4, 4]


def test_as_of_leaves_out_lines_that_were_reported_later(snapshot: Lake) -> None:
    lake = snapshot(ROWS)
    assert values(lines(lake, "quantity", as_of=on("2025-03-20")).rows, "quantity") == [1, 2]
    nothing = lines(lake, "quantity", as_of=on("2020-01-01"))
    assert nothing.total_count == 0
    assert text(nothing.findings, "PARTIAL_PERIOD") == "distrokid_statements holds nothing up to 2020-01-01."


def test_lines_do_not_need_the_splits(snapshot: Lake) -> None:
    assert lines(snapshot(ROWS), "title", "isrc").scanned == {"distrokid_statements"}


def test_without_statements_there_are_no_lines_but_an_error(snapshot: Lake) -> None:
    with pytest.raises(DatasetUnavailable):
        lines(snapshot(splits=[{}]), "revenue_usd")
