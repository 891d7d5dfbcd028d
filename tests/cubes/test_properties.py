"""What holds of every answer, whatever the rows: parts add up to the whole, by every cut."""

import datetime as dt
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.request import Comparison, Filter, Span
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    PREVIOUS_YEAR,
    Question,
    ascending,
    between,
    descending,
    last_days,
    last_months,
    lines,
    only,
    revenue,
    streams,
    table,
    total,
    values,
)
from tests.lakes import Rows, day, snapshot_of, statement, write_lake

T = TypeVar("T")
MONEY = ("revenue_usd", "gross_usd", "deductions_usd", "label_share_usd")
ADDITIVE = (*MONEY, "streams", "units", "transactions", "share_of_total")
COUNTS = ("total_streams", "spotify_streams", "apple_streams")
DIMENSIONS = (
    "platform",
    "platform_group",
    "artist",
    "track",
    "release",
    "country",
    "distributor",
    "reporting_month",
)
STORES = ("Spotify", "Apple Music", "iTunes Songs", "YouTube (Ads)", "Tidal")
ISRCS = ("QZAB02400001", "QZAB02400002", "")


def check(property_of_lakes: Callable[..., None]) -> Callable[..., None]:
    """A property, held against a few dozen lakes that are the same in every run."""
    few = settings(
        max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    return few(property_of_lakes)


@contextmanager
def lake_of(**rows: Rows) -> Iterator[Snapshot]:
    with tempfile.TemporaryDirectory() as folder:
        yield snapshot_of(write_lake(Path(folder), **rows))


def one_of(*choices: T) -> st.SearchStrategy[T]:
    return st.sampled_from(choices)


AMOUNTS = st.decimals(-5, 20, places=8) | st.decimals(-5, 20, places=12) | one_of(Decimal(0))
STATEMENTS: st.SearchStrategy[Rows] = st.lists(
    st.builds(
        lambda month, store, quantity, earnings, **cells: statement(
            f"2025-{month:02}", store, quantity, f"{earnings:f}", **cells
        ),
        st.integers(1, 5),
        one_of(*STORES),
        st.integers(-3, 500),
        AMOUNTS,
        artist=one_of("OWL1987", "owl 1987", "HALO B7"),
        title=one_of("GLASS ORCHARD", "Hex", ""),
        isrc=one_of(*ISRCS),
        country=one_of("US", "DE", ""),
        upc=one_of("198000000001", ""),
        reported=one_of("2025-06-20", "2025-07-20", "2025-08-01"),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: tuple(row.values()),
)
SPLITS: Rows = [
    {"isrc": ISRCS[0], "title": "GLASS ORCHARD", "your_revenue_share": "50"},
    {"isrc": "", "title": "HEX", "artist": "HALO B7", "your_revenue_share": "33.3333"},
]
DAYS: st.SearchStrategy[Rows] = st.lists(
    st.builds(
        lambda place, source, spotify, apple: day(
            str(dt.date(2024, 12, 20) + dt.timedelta(days=place)), source, spotify, apple
        ),
        st.integers(0, 45),
        one_of("distrokid", "toolost"),
        st.integers(0, 50) | one_of(""),
        st.integers(0, 9) | one_of("", 0),
    ).filter(lambda row: row["spotify_streams"] != "" or row["apple_streams"] != ""),
    min_size=1,
    max_size=60,
    unique_by=lambda row: (row["source"], row["date"]),
)


def summed(found: Answer, measure: str) -> Any:  # noqa: ANN401 - money, a count, or a float
    """The sum over all nodes; null where no node has a value."""
    known = [value for value in values(found.groups, measure) if value is not None]
    return sum(known) if known else None


def assert_adds_up(found: Answer, measures: tuple[str, ...]) -> None:
    """The nodes add up to the total; each label share may be rounded by half of the last place."""
    for measure in measures:
        whole = total(found)[measure]
        if measure == "label_share_usd":
            assert abs(summed(found, measure) - whole) <= found.groups.height * Decimal("1E-12")
        elif measure == "share_of_total":
            assert whole is None or summed(found, measure) == pytest.approx(1.0)
        else:
            assert summed(found, measure) == whole


# ── whatever is asked ────────────────────────────────────────────────────────────────────────────────────────────────

PERIODS = one_of(
    None,
    last_days(1),
    last_days(40),
    last_months(2),
    between("2025-01-10", "2025-02-10"),
    between("2024-12-01", "2025-03-31"),
    between("2030-01-01", "2030-12-31"),
)
COMPARISONS = one_of(None, PREVIOUS_PERIOD, PREVIOUS_YEAR)
DATES = one_of(None, dt.date(2020, 1, 1), dt.date(2025, 1, 15), dt.date(2025, 7, 1))
GRAINS = one_of(None, *Grain)
FILTERS = one_of((), only("platform", "Spotify"), only("platform", "Nobody"), only("distributor", "toolost"))


def assert_answers(found: Answer, *, has_nodes_of_its_own: bool) -> None:
    """One total; the same columns and types on both sides; and without groups, one node equal to it."""
    assert found.total.height == 1
    assert found.groups.columns == found.total.columns
    if not has_nodes_of_its_own:
        assert found.groups.rows() == found.total.rows()
    for node in found.groups.to_dicts():
        assert node["growth"] is None or node["previous"] is not None
        assert node["growth"] is None or all(-1e9 < each < 1e9 for each in node["growth"].values() if each is not None)


@check
@given(STATEMENTS, FILTERS, PERIODS, st.sets(one_of(*DIMENSIONS), max_size=2), GRAINS, COMPARISONS, DATES)
def test_every_question_about_revenue_has_an_answer(
    rows: Rows,
    where: tuple[Filter, ...],
    period: Span | None,
    by: set[str],
    grain: Grain | None,
    compare: Comparison | None,
    as_of: dt.date | None,
) -> None:
    grain = None if grain in {Grain.DAY, Grain.WEEK} else grain
    asked: Question = {"where": where, "period": period, "by": tuple(by), "grain": grain, "as_of": as_of}
    asked |= {"compare": compare, "growth_of": ADDITIVE if compare else ()}
    with lake_of(statements=rows, splits=SPLITS) as lake:
        found = revenue(lake, *ADDITIVE, "revenue_per_stream_usd", "estimated_usd", **asked)
    assert_answers(found, has_nodes_of_its_own=bool(by or grain))


@check
@given(DAYS, FILTERS, PERIODS, st.sets(one_of("distributor", "platform")), GRAINS, COMPARISONS, DATES)
def test_every_question_about_streams_has_an_answer(
    rows: Rows,
    where: tuple[Filter, ...],
    period: Span | None,
    by: set[str],
    grain: Grain | None,
    compare: Comparison | None,
    as_of: dt.date | None,
) -> None:
    asked: Question = {"where": where, "period": period, "by": tuple(by), "grain": grain, "as_of": as_of}
    asked |= {"compare": compare, "growth_of": COUNTS if compare else ()}
    with lake_of(streams=rows) as lake:
        found = streams(lake, *COUNTS, "days_covered", **asked)
    assert_answers(found, has_nodes_of_its_own=bool(by or grain))


# ── revenue ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@check
@given(STATEMENTS, st.lists(one_of(*DIMENSIONS), min_size=1, max_size=3, unique=True))
def test_groups_add_up_to_the_total(rows: Rows, by: list[str]) -> None:
    with lake_of(statements=rows, splits=SPLITS) as lake:
        assert_adds_up(revenue(lake, *ADDITIVE, by=tuple(by)), ADDITIVE)


@check
@given(STATEMENTS, one_of(Grain.MONTH, Grain.QUARTER, Grain.YEAR), one_of((), ("artist",), ("track", "platform")))
def test_buckets_add_up_to_the_total(rows: Rows, grain: Grain, by: tuple[str, ...]) -> None:
    with lake_of(statements=rows, splits=SPLITS) as lake:
        assert_adds_up(revenue(lake, *ADDITIVE, by=by, grain=grain), ADDITIVE)


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
@given(STATEMENTS, st.permutations(("platform", "artist", "country")))
def test_the_order_of_dimensions_changes_no_number(rows: Rows, by: list[str]) -> None:
    with lake_of(statements=rows, splits=SPLITS) as lake:
        order = ascending("platform", "artist", "country")
        one = revenue(lake, *ADDITIVE, by=("platform", "artist", "country"), order_by=order)
        other = revenue(lake, *ADDITIVE, by=tuple(by), order_by=order)
    assert one.groups.equals(other.groups)
    assert one.total.equals(other.total)


@check
@given(STATEMENTS, st.integers(1, 4))
def test_the_parts_of_a_period_add_up_to_it(rows: Rows, last: int) -> None:
    with lake_of(statements=rows, splits=SPLITS) as lake:
        whole = total(revenue(lake, *ADDITIVE, period=between("2025-01-01", "2025-05-31")))
        early = total(revenue(lake, *ADDITIVE, period=between("2025-01-01", f"2025-{last:02}-28")))
        late = total(revenue(lake, *ADDITIVE, period=between(f"2025-{last + 1:02}-01", "2025-05-31")))
    for measure in ("revenue_usd", "gross_usd", "deductions_usd", "streams", "units", "transactions"):
        assert (early[measure] or 0) + (late[measure] or 0) == whole[measure]


@check
@given(STATEMENTS, one_of(*STORES), one_of("owl1987", "Halo.B7"))
def test_a_filter_is_the_same_as_leaving_rows_out_by_hand(rows: Rows, store: str, artist: str) -> None:
    kept = [row for row in rows if row["Store"] == store and _letters(row["Artist"]) == _letters(artist)]
    with lake_of(statements=rows, splits=SPLITS) as lake:
        filtered = total(revenue(lake, *ADDITIVE, where=(*only("platform", store), *only("artist", artist))))
    assert filtered["transactions"] == len(kept)
    if kept:
        with lake_of(statements=kept, splits=SPLITS) as lake:
            assert filtered == total(revenue(lake, *ADDITIVE))
    else:
        assert set(filtered.values()) == {0, None}  # the share of nothing is no number


def _letters(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())


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
@given(DAYS, one_of(*Grain), one_of((), ("distributor",), ("platform",), ("distributor", "platform")))
def test_buckets_of_streams_add_up_to_the_total(rows: Rows, grain: Grain, by: tuple[str, ...]) -> None:
    with lake_of(streams=rows) as lake:
        assert_adds_up(streams(lake, *COUNTS, by=by, grain=grain), COUNTS)
        assert_adds_up(streams(lake, *COUNTS, by=by), COUNTS)


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
@given(DAYS, st.integers(0, 44))
def test_the_parts_of_a_period_of_days_add_up_to_it(rows: Rows, place: int) -> None:
    first, cut, last = dt.date(2024, 12, 20), dt.date(2024, 12, 20) + dt.timedelta(days=place), dt.date(2025, 2, 3)
    with lake_of(streams=rows) as lake:
        whole, early, late = (
            total(streams(lake, *COUNTS, "days_covered", period=between(str(start), str(end))))
            for start, end in ((first, last), (first, cut), (cut + dt.timedelta(days=1), last))
        )
    for measure in (*COUNTS, "days_covered"):
        assert (early[measure] or 0) + (late[measure] or 0) == (whole[measure] or 0)


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
