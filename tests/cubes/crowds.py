"""A cube small enough to write its rows by hand: who saw an artist, on which day or ever."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Unpack

import polars as pl

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.cube import Cube, Dimension, Look, Scope
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import (
    Additivity,
    Count,
    DistinctCount,
    Formula,
    Last,
    Measure,
    Only,
    Quotient,
    Sum,
    Unit,
)
from bedrot_graph.periods import Grain
from tests.cubes.asking import Question, ask
from tests.lake.sales import SALES
from tests.lakes import TODAY

SCHEMA: dict[str, pl.DataType] = {
    "date": pl.Date(),
    "artist": pl.String(),
    "city": pl.String(),
    "views": pl.Int64(),
    "people": pl.Int64(),
    "followers": pl.Int64(),
    "spend_usd": pl.Decimal(38, 12),
}

Row = dict[str, object]


def lake() -> Snapshot:
    """A lake that remembers nothing of another cube."""
    return Snapshot({}, {}, {}, TODAY, is_sample=False, version="")


def told(cube: Cube, *measures: str, **asked: Unpack[Question]) -> Answer:
    """What the cube answers."""
    return ask(cube, lake(), *measures, **asked)


def seen(
    date: str | None,
    artist: str | None = "OWL",
    city: str | None = "Berlin",
    *,
    views: int | None = None,
    people: int | None = None,
    followers: int | None = None,
    usd: str | None = None,
) -> Row:
    """A row of a day, or of all time where the date is None."""
    return {
        "date": dt.date.fromisoformat(date) if date else None,
        "artist": artist,
        "city": city,
        "views": views,
        "people": people,
        "followers": followers,
        "spend_usd": Decimal(usd) if usd else None,
    }


def _measure(name: str, formula: Formula, unit: Unit = Unit.COUNT) -> Measure:
    return Measure(name, f"{name}.", "As it says.", unit, Additivity.ADDITIVE, (SALES,), formula)


MEASURES = (
    _measure("views", Sum("views")),
    _measure("rows", Count()),
    _measure("cities", DistinctCount("city")),
    _measure("reach", Only("people")),
    _measure("daily_people", Only("people", of_a_day=True)),
    _measure("followers", Last("followers", per="artist")),
    _measure("spend_usd", Sum("spend_usd"), Unit.USD),
    _measure("cpm_usd", Quotient(Sum("spend_usd"), Sum("views"), per=1000), Unit.USD_PER_THOUSAND),
    _measure("views_per_row", Quotient(Sum("views"), Count(), per=10), Unit.RATIO),
)


def _all_reported(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    return pl.LazyFrame(schema={"date": pl.Date})


def crowds(*rows: Row, is_absence_zero: bool = False, lacking: Iterable[str] = ()) -> Cube:
    """A cube of these rows, of which some may have no date. `lacking`: the columns that no file has."""

    def known(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
        frame = pl.LazyFrame(list(rows), schema=SCHEMA)
        is_known = pl.col("date").is_null() | (pl.col("date") <= (look.as_of or dt.date.max))
        return frame.filter(is_known).with_row_index("line")

    return Cube(
        name="crowds",
        dataset=replace(SALES, name="visits"),
        dimensions=(Dimension("artist", "Who.", matches=("artist",)), Dimension("city", "Where.", matches=("city",))),
        measures=MEASURES,
        finest=Grain.DAY,
        rows=known,
        open_dates=_all_reported,
        findings=lambda _: [],
        is_absence_zero=is_absence_zero,
        has_undated=True,
        lacking=lambda _snapshot, _options: frozenset(lacking),
    )
