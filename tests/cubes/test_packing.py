"""Answers as bytes are the same answers again."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.detail import Detail
from bedrot_graph.cubes.packing import packed, unpacked
from bedrot_graph.cubes.request import Order, Span
from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import PREVIOUS_PERIOD, PREVIOUS_YEAR, lines, only, revenue, streams
from tests.lakes import day, statement

Lake = Callable[..., Snapshot]


def again(found: Answer | Detail) -> Answer | Detail:
    data = packed(found)
    assert data
    result = unpacked(data)
    assert result
    return result


def lake_of(snapshot: Lake) -> Snapshot:
    return snapshot(
        statements=[
            statement("2025-01", "Spotify", 2000, "8.00"),
            statement("2025-02", "TikTok", 0, "1.50"),
            statement("2025-02", "Größe \u2028", 1, "-0.000000000001"),
        ],
        streams=[day("2025-01-01", "distrokid", 10, 1), day("2025-01-03", "distrokid", 30, 3)],
    )


QUESTIONS: dict[str, Callable[[Snapshot], Answer]] = {
    "total": lambda lake: revenue(lake, "revenue_usd"),
    "groups": lambda lake: revenue(lake, "revenue_usd", "revenue_per_stream_usd", by=("platform", "artist")),
    "series": lambda lake: streams(lake, "total_streams", grain=Grain.DAY, compare=PREVIOUS_PERIOD),
    "growth": lambda lake: revenue(
        lake,
        "revenue_usd",
        by=("platform",),
        grain=Grain.MONTH,
        compare=PREVIOUS_YEAR,
        growth_of=("revenue_usd",),
        period=Span(last_months=2),
        order_by=(Order("revenue_usd", is_descending=True),),
    ),
    "nothing": lambda lake: revenue(lake, "revenue_usd", by=("platform",), where=only("platform", "nobody")),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_comes_out_as_it_went_in(name: str, snapshot: Lake) -> None:
    found = QUESTIONS[name](lake_of(snapshot))
    same = again(found)
    assert isinstance(same, Answer)
    assert_frame_equal(same.groups, found.groups)
    assert_frame_equal(same.total, found.total)
    assert replace(same, groups=found.groups, total=found.total) == found


def test_a_page_of_rows_comes_out_as_it_went_in(snapshot: Lake) -> None:
    found = lines(lake_of(snapshot), "platform", "revenue_usd", "sale_month", limit=2)
    same = again(found)
    assert isinstance(same, Detail)
    assert_frame_equal(same.rows, found.rows)
    assert replace(same, rows=found.rows) == found


def test_what_tells_of_a_fault_or_is_no_frame_is_not_packed() -> None:
    fault = ("revenue_usd", DatasetUnavailable("statements", ("*.csv",)))
    nothing = pl.DataFrame()
    assert packed(Answer(nothing, nothing, (), (fault,), (), frozenset())) is None
    assert packed(Composed(1, (), frozenset())) is None


@pytest.mark.parametrize("cut", [0, 3, 4, 20, 200, -1])
def test_a_part_of_an_answer_is_none(cut: int, snapshot: Lake) -> None:
    data = packed(revenue(lake_of(snapshot), "revenue_usd"))
    assert data
    assert unpacked(data[:cut]) is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"null",
        b'{"sizes": [], "findings": [], "scanned": []}',
        b'{"sizes": [4], "findings": [], "scanned": []}',
        b'{"sizes": [-1, 99999999], "findings": [], "scanned": []}',
        b'{"sizes": [], "findings": [{"code": "NO_SUCH", "text": ""}], "scanned": []}',
        b'{"sizes": [], "findings": [], "scanned": [], "period": {"start": "yesterday"}}',
    ],
)
def test_what_has_other_facts_than_are_declared_is_none(head: bytes) -> None:
    assert unpacked(len(head).to_bytes(4, "big") + head + b"ARROW1\0\0 and what is none") is None
