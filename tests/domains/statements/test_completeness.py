"""Which sale months the stores have completely reported."""

from collections.abc import Callable

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements import completeness
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from tests.lakes import Rows, statement

Lake = Callable[..., Snapshot]


def months(lake: Snapshot) -> list[tuple[str, float | None, bool]]:
    found = collect(completeness.by_month(lines(lake, Look(frozenset()))))[0]
    return [
        (f"{month:%m}", coverage and round(coverage, 4), is_complete)
        for month, coverage, is_complete in found.select("date", "coverage", "is_complete").rows()
    ]


def paid(month: int, **by_store: str) -> Rows:
    """What stores paid for a month of 2025."""
    return [
        statement(f"2025-{month:02}", store, 1, earnings, reported="2025-09-01") for store, earnings in by_store.items()
    ]


def test_the_first_month_is_complete(snapshot: Lake) -> None:
    assert months(snapshot(paid(1, Spotify="4.00"))) == [("01", None, True)]


def test_a_month_is_complete_when_stores_of_95_percent_of_the_usual_money_have_reported(snapshot: Lake) -> None:
    assert months(snapshot(paid(1, Spotify="95.00", Tidal="5.00") + paid(2, Spotify="0.01")))[1] == ("02", 0.95, True)
    assert months(snapshot(paid(1, Spotify="94.00", Tidal="6.00") + paid(2, Spotify="0.01")))[1] == ("02", 0.94, False)


def test_the_limit_of_95_percent_is_judged_exactly(snapshot: Lake) -> None:
    # 9.50 of 10.00; as floats, in most orders of adding, a little less.
    rows = paid(1, Spotify="1.56", Deezer="3.97", Flo="3.97", Tidal="0.50")
    rows += paid(2, Spotify="0.01", Deezer="0.01", Flo="0.01")
    assert months(snapshot(rows))[1][2] is True


def test_a_store_weighs_what_it_paid_in_the_three_months_before(snapshot: Lake) -> None:
    #            01    02    03    04    05
    # Spotify  1.00  1.00  1.00  1.00  1.00
    # Tidal    1.00     -     -     -     -
    rows = [row for month in (1, 2, 3, 4, 5) for row in paid(month, Spotify="1.00")] + paid(1, Tidal="1.00")
    assert months(snapshot(rows)) == [
        ("01", None, True),
        ("02", 0.5, False),
        ("03", 0.6667, False),
        ("04", 0.75, False),
        ("05", 1.0, True),  # Tidal last paid four months ago: it is no longer expected
    ]


def test_a_store_that_took_back_more_than_it_paid_weighs_nothing(snapshot: Lake) -> None:
    rows = paid(1, Spotify="1.00", Tidal="-5.00") + paid(2, Spotify="1.00")
    assert months(snapshot(rows))[1] == ("02", 1.0, True)


def test_a_new_store_does_not_matter(snapshot: Lake) -> None:
    rows = paid(1, Spotify="1.00") + paid(2, Tidal="50.00")
    assert months(snapshot(rows))[1] == ("02", 0.0, False)


def test_where_nothing_is_usual_a_month_with_lines_is_complete(snapshot: Lake) -> None:
    rows = paid(1, Spotify="-1.00") + paid(2, Tidal="50.00")
    assert months(snapshot(rows))[1] == ("02", None, True)


def test_a_month_without_lines_is_never_complete(snapshot: Lake) -> None:
    rows = paid(1, Spotify="1.00") + paid(7, Spotify="1.00")
    assert months(snapshot(rows)) == [
        ("01", None, True),
        ("02", 0.0, False),
        ("03", 0.0, False),
        ("04", 0.0, False),
        ("05", 0.0, False),  # nothing was paid for in the three months before
        ("06", 0.0, False),
        ("07", None, True),
    ]
