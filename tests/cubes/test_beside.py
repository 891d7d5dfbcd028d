"""Sums that stand beside a cube's own, and shares of streams, on lakes at random: parts, wholes and filters agree."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.domains.campaigns import service as campaigns_service
from bedrot_graph.domains.revenue import service as revenue_service
from bedrot_graph.domains.streams import service as streams_service
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import PREVIOUS_PERIOD, Question, between, last_months, only, previous, table, total, values
from tests.cubes.subjects import AD_DAYS, DAYS, SPLITS, STATEMENTS, Row, Subject, check, one_of
from tests.domains.campaigns import ads
from tests.lakes import snapshot_of, write_lake

GRAINS = one_of(Grain.MONTH, Grain.QUARTER, Grain.YEAR)
PERIODS = one_of(
    None,
    last_months(2),
    between("2024-12-25", "2025-01-10"),
    between("2025-01-01", "2025-03-31"),
    between("2030-01-01", "2030-01-31"),
)


@contextmanager
def lake(statements: list[Row], streams: list[Row], spent: list[Row]) -> Iterator[Snapshot]:
    with tempfile.TemporaryDirectory() as folder:
        write_lake(Path(folder), statements=statements, streams=streams, splits=SPLITS)
        ads.write(Path(folder), ads.BY_AD, *spent)
        yield snapshot_of(Path(folder))


def of_lakes(examples: int = 8) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A property of lakes that hold statements, counters and ads."""
    return lambda held: check(given(st.data())(held), examples=examples)


def drawn(data: st.DataObject) -> tuple[list[Row], list[Row], list[Row]]:
    return data.draw(STATEMENTS), data.draw(DAYS), data.draw(AD_DAYS)


def subject(cube: Any, *options: tuple[str, str]) -> Callable[..., Answer]:  # noqa: ANN401 - a Cube
    asked = Subject(cube.name, cube, STATEMENTS, lambda *_: None, lambda rows: rows, (), options=options)
    return asked.ask


REVENUE = subject(revenue_service.CUBE)
STREAMS = subject(streams_service.CUBE, ("attribution", "statement_share"))
CAMPAIGNS = subject(campaigns_service.CUBE, ("conversion_event", "ViewContent"))


def known(frame: pl.DataFrame, column: str) -> list[Any]:
    return [value for value in values(frame, column) if value is not None]


@of_lakes()
def test_estimates_of_groups_and_months_add_up_to_the_whole(data: st.DataObject) -> None:
    dimensions = st.lists(one_of("distributor", "platform_group"), max_size=2, unique=True)
    by, grain, period = data.draw(dimensions), data.draw(one_of(None, Grain.MONTH, Grain.YEAR)), data.draw(PERIODS)
    with lake(*drawn(data)) as snapshot:
        found = REVENUE(snapshot, "estimated_usd", "revenue_usd", by=tuple(by), grain=grain, period=period)
    parts = known(found.groups, "estimated_usd")
    if "distributor" in by or not by:  # a platform group that no line has is not shown by itself
        assert sum(parts, Decimal()) == (total(found)["estimated_usd"] or 0)
    assert sum(known(found.groups, "revenue_usd"), Decimal()) == (total(found)["revenue_usd"] or 0)


@of_lakes()
def test_an_estimate_changes_no_other_number(data: st.DataObject) -> None:
    by, grain = data.draw(one_of((), ("artist",), ("platform",))), data.draw(one_of(None, Grain.MONTH))
    asked: Question = {"by": by, "grain": grain}
    with lake(*drawn(data)) as snapshot:
        alone = REVENUE(snapshot, "revenue_usd", "streams", "transactions", **asked)
        beside = REVENUE(snapshot, "estimated_usd", "revenue_usd", "streams", "transactions", **asked)
    columns = ("date", *by, "revenue_usd", "streams", "transactions")
    assert table(alone.groups, *columns) == table(beside.groups, *columns)


@of_lakes()
def test_a_filter_by_distributor_is_the_group_of_that_name(data: st.DataObject) -> None:
    period = data.draw(PERIODS)
    with lake(*drawn(data)) as snapshot:
        groups = REVENUE(snapshot, "estimated_usd", by=("distributor",), period=period).groups
        for name, usd in table(groups, "distributor", "estimated_usd"):
            where = only("distributor", name)
            assert total(REVENUE(snapshot, "estimated_usd", where=where, period=period))["estimated_usd"] == usd


@of_lakes()
def test_artists_shares_are_those_of_revenue_in_the_months_that_are_touched(data: st.DataObject) -> None:
    period = data.draw(one_of(between("2025-01-05", "2025-02-10"), between("2025-03-01", "2025-03-31")))
    statements, streams, spent = drawn(data)
    ends = [ads.ad_day(date, "OWL1987 - B", "1.00", 1, 1, ad_id="") for date in ("2024-12-01", "2025-05-31")]
    with lake(statements, streams, [*spent, *ends]) as snapshot:
        beside = CAMPAIGNS(snapshot, "label_share_usd", by=("artist",), period=period)
        alone = REVENUE(snapshot, "label_share_usd", by=("artist",), period=period)
    earned = dict(table(alone.groups, "artist", "label_share_usd"))
    for artist, usd in table(beside.groups, "artist", "label_share_usd"):
        if artist is not None and usd is not None:
            assert usd == earned.get(artist, 0)
    assert (total(beside)["label_share_usd"] or 0) == (total(alone)["label_share_usd"] or 0)


@of_lakes()
def test_spend_is_the_same_with_and_without_earnings_beside_it(data: st.DataObject) -> None:
    by, grain = data.draw(one_of((), ("artist",), ("track",))), data.draw(one_of(None, Grain.MONTH))
    asked: Question = {"by": by, "grain": grain}
    with lake(*drawn(data)) as snapshot:
        alone = CAMPAIGNS(snapshot, "spend_usd", **asked)
        beside = CAMPAIGNS(snapshot, "spend_usd", "blended_roas", "label_share_usd", **asked)
    columns = ("date", *by, "spend_usd")
    assert table(alone.groups, *columns) == table(beside.groups, *columns)


@of_lakes()
def test_the_month_before_is_the_month_before(data: st.DataObject) -> None:
    with lake(*drawn(data)) as snapshot:
        asked = {"by": ("distributor",), "grain": Grain.MONTH}
        found = REVENUE(snapshot, "estimated_usd", **asked, compare=PREVIOUS_PERIOD)
    series: dict[str, list[Any]] = {}
    for name, usd in table(found.groups.sort("date"), "distributor", "estimated_usd"):
        series.setdefault(name, []).append(usd)
    for name, usds in series.items():
        of_one = found.groups.filter(distributor=name).sort("date")
        assert previous(of_one, "estimated_usd")[1:] == usds[:-1]


@of_lakes()
def test_artists_add_up_to_what_was_counted(data: st.DataObject) -> None:
    """Each artist's streams are rounded by half a stream at most."""
    by = data.draw(one_of(("artist",), ("artist", "platform"), ("distributor", "artist")))
    grain, period = data.draw(one_of(None, *Grain)), data.draw(PERIODS)
    measures = ("total_streams", "spotify_streams", "apple_streams")
    with lake(*drawn(data)) as snapshot:
        attributed = STREAMS(snapshot, *measures, by=by, grain=grain, period=period)
        counted = STREAMS(snapshot, *measures, grain=grain, period=period)
    for measure in measures:
        assert total(attributed)[measure] == total(counted)[measure]
        parts = known(attributed.groups, measure)
        assert abs(sum(parts) - (total(counted)[measure] or 0)) <= len(parts) / 2
