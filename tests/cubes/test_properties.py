"""What holds of every answer about revenue and about streams, beside the grammar that all cubes share."""

import datetime as dt
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrot_graph.cubes.request import Comparison, Span
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    Question,
    ascending,
    descending,
    lines,
    revenue,
    streams,
    table,
    total,
    values,
)
from tests.cubes.subjects import DAYS, PERIODS, REVENUE, SPLITS, STATEMENTS, check, one_of
from tests.lakes import Rows, snapshot_of, write_lake

ADDITIVE = REVENUE.additive
COUNTS = ("total_streams", "spotify_streams", "apple_streams")
COMPARISONS = one_of(None, *Comparison)
GRAINS = one_of(None, *Grain)


@contextmanager
def lake_of(**rows: Rows) -> Iterator[Snapshot]:
    with tempfile.TemporaryDirectory() as folder:
        yield snapshot_of(write_lake(Path(folder), **rows))


# ── revenue ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@check
@given(STATEMENTS)
def test_the_total_is_the_sum_of_the_cells(rows: Rows) -> None:
    with lake_of(statements=rows, splits=SPLITS) as lake:
        found = total(revenue(lake, "revenue_usd", "gross_usd", "deductions_usd", "transactions"))
    earnings = [Decimal(row["Earnings (USD)"]) for row in rows]
    assert found == {
        "revenue_usd": sum(earnings),
        "gross_usd": sum(each for each in earnings if each > 0),
        "deductions_usd": sum(each for each in earnings if each < 0),
        "transactions": len(rows),
    }


@check
@given(STATEMENTS, one_of(dt.date(2025, 6, 30), dt.date(2025, 7, 31)))
def test_as_of_is_the_same_as_if_later_lines_were_not_there(rows: Rows, as_of: dt.date) -> None:
    known = [row for row in rows if row["Reporting Date"] <= str(as_of)]
    if not known:
        return
    question: Question = {"by": ("platform",), "grain": Grain.MONTH, "compare": PREVIOUS_PERIOD}
    question |= {"growth_of": ("revenue_usd", "streams")}
    known_then: Question = question | {"as_of": as_of}
    with lake_of(statements=rows, splits=SPLITS) as lake:
        then = revenue(lake, *ADDITIVE, **known_then)
    with lake_of(statements=known, splits=SPLITS) as lake:
        truncated = revenue(lake, *ADDITIVE, **question)
    assert then.groups.equals(truncated.groups)
    assert then.total.equals(truncated.total)
    assert then.findings == truncated.findings


@check
@given(STATEMENTS, st.lists(one_of("revenue_usd", "streams", "country", "revenue_per_stream_usd"), max_size=3))
def test_every_order_is_total_and_puts_nulls_last(rows: Rows, by: list[str]) -> None:
    with lake_of(statements=rows) as lake:
        asked: Question = {"by": ("country", "track"), "order_by": descending(*by)}
        found = revenue(lake, "revenue_usd", "streams", "revenue_per_stream_usd", **asked)
        again = revenue(snapshot_again(lake), "revenue_usd", "streams", "revenue_per_stream_usd", **asked)
    assert found.groups.equals(again.groups)
    for field in by[:1]:
        column = values(found.groups, field)
        known = [value for value in column if value is not None]
        assert column == sorted(known, reverse=True) + [None] * (len(column) - len(known))


def snapshot_again(lake: Snapshot) -> Snapshot:
    """The same snapshot, with nothing remembered."""
    return Snapshot(lake.tables, lake.faults, lake.passed_over, lake.today, lake.is_sample, lake.version)


@check
@given(STATEMENTS, st.integers(1, 7), one_of("revenue_usd", "platform", "country", "sale_month"))
def test_pages_of_lines_joined_are_all_lines(rows: Rows, size: int, order: str) -> None:
    columns = ("line", "revenue_usd", "platform", "country", "sale_month")
    with lake_of(statements=rows) as lake:
        whole = lines(lake, *columns, order_by=ascending(order))
        pages = [
            lines(lake, *columns, order_by=ascending(order), offset=offset, limit=size)
            for offset in range(0, len(rows), size)
        ]
    joined = list(itertools.chain.from_iterable(table(page.rows, "line") for page in pages))
    assert joined == table(whole.rows, "line")
    assert len(set(joined)) == whole.total_count == len(rows)


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@check
@given(DAYS)
def test_days_are_the_sums_of_the_cells_but_for_late_zeros(rows: Rows) -> None:
    counted: dict[str, int] = defaultdict(int)
    for row in rows:
        counted[row["date"]] += int(row["spotify_streams"] or 0) + int(row["apple_streams"] or 0)
    with lake_of(streams=rows) as lake:
        found = streams(lake, "total_streams", grain=Grain.DAY)
    for date, streamed in table(found.groups, "date", "total_streams"):
        assert (streamed or 0) == counted.get(str(date), 0)


@check
@given(DAYS)
def test_days_covered_are_the_different_dates_of_the_file(rows: Rows) -> None:
    with lake_of(streams=rows) as lake:
        found = streams(lake, "days_covered", by=("distributor",))
    assert total(found) == {"days_covered": len({row["date"] for row in rows})}
    assert dict(table(found.groups, "distributor", "days_covered")) == {
        source: len([row for row in rows if row["source"] == source]) for source in {row["source"] for row in rows}
    }


@check
@given(
    DAYS, st.integers(0, 45), one_of(Grain.DAY, Grain.WEEK, Grain.MONTH), one_of((), ("distributor",), ("platform",))
)
def test_streams_as_of_a_day_are_the_same_as_if_later_days_were_not_there(
    rows: Rows, place: int, grain: Grain, by: tuple[str, ...]
) -> None:
    as_of = dt.date(2024, 12, 20) + dt.timedelta(days=place)
    known = [row for row in rows if row["date"] <= str(as_of)]
    if not known:
        return
    question: Question = {"by": by, "grain": grain, "compare": PREVIOUS_PERIOD, "growth_of": COUNTS}
    known_then: Question = question | {"as_of": as_of}
    with lake_of(streams=rows) as lake:
        then = streams(lake, *COUNTS, "days_covered", **known_then)
    with lake_of(streams=known) as lake:
        truncated = streams(lake, *COUNTS, "days_covered", **question)
    assert then.groups.equals(truncated.groups)
    assert then.total.equals(truncated.total)
    assert then.findings == truncated.findings


@check
@given(DAYS, PERIODS, COMPARISONS, GRAINS, one_of(("distributor",), ("platform",)))
def test_what_is_grouped_by_changes_nothing_about_the_total(
    rows: Rows, period: Span | None, compare: Comparison | None, grain: Grain | None, by: tuple[str, ...]
) -> None:
    question: Question = {"period": period, "compare": compare, "growth_of": COUNTS if compare else ()}
    grouped: Question = question | {"by": by, "grain": grain}
    with lake_of(streams=rows) as lake:
        whole = streams(lake, *COUNTS, **question).total
        assert streams(lake, *COUNTS, **grouped).total.equals(whole)


@check
@given(DAYS, one_of(Grain.DAY, Grain.WEEK, Grain.MONTH), one_of((), ("distributor",)))
def test_growth_is_the_change_against_what_is_shown_as_previous(rows: Rows, grain: Grain, by: tuple[str, ...]) -> None:
    with lake_of(streams=rows) as lake:
        found = streams(
            lake, "total_streams", by=by, grain=grain, compare=PREVIOUS_PERIOD, growth_of=("total_streams",)
        )
    shown = {tuple(row[:-1]): row[-1] for row in table(found.groups, "date", "distributor", "total_streams")}
    for node in found.groups.to_dicts():
        change = node["growth"] and node["growth"]["total_streams"]
        before = node["previous"] and node["previous"]["total_streams"]
        if node["previous"] and (key := (node["previous"]["date"], node["distributor"])) in shown:
            assert before == shown[key]
        if change is not None:
            assert change == pytest.approx((node["total_streams"] - before) / before)
