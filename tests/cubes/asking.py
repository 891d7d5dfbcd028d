"""Asking a cube in tests: a question as one would say it, and its answer as plain values."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypedDict, Unpack

import polars as pl

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.detail import Cut, Detail, detail
from bedrot_graph.cubes.request import Comparison, Filter, Order, Request, Shown, Span
from bedrot_graph.domains.audience import service as audience_service
from bedrot_graph.domains.campaigns import service as campaigns_service
from bedrot_graph.domains.revenue import service as revenue_service
from bedrot_graph.domains.streams import service as streams_service
from bedrot_graph.domains.tiktok import service as tiktok_service
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period
from tests.lakes import Rows, day

PREVIOUS_PERIOD, PREVIOUS_YEAR = Comparison.PREVIOUS_PERIOD, Comparison.PREVIOUS_YEAR


class Grammar(TypedDict, total=False):
    """A request, what is looked at aside."""

    where: tuple[Filter, ...]
    period: Span | None
    by: tuple[str, ...]
    grain: Grain | None
    compare: Comparison | None
    order_by: tuple[Order, ...]
    as_of: dt.date | None
    options: tuple[tuple[str, str], ...]


class Question(Grammar, total=False):
    """The same, with the measures whose growth is looked at."""

    growth_of: tuple[str, ...]


def ask(cube: Cube, lake: Snapshot, *measures: str, **asked: Unpack[Question]) -> Answer:
    """What a cube answers."""
    return answer(cube, lake, all_of(cube, *measures, **asked))


def all_of(
    cube: Cube, *measures: str, complete: bool = False, growth_of: tuple[str, ...] = (), **asked: Unpack[Grammar]
) -> Request:
    """A request that looks at all there is of groups and total."""
    shown = Shown(
        fields=tuple(sorted(("date", *cube.fields))),
        measures=tuple(sorted(measures)),
        previous=tuple(sorted(measures)),
        growth_of=tuple(sorted(growth_of)),
        complete=complete,
    )
    return Request(groups=shown, total=shown, **asked)


def revenue(lake: Snapshot, *measures: str, **asked: Unpack[Question]) -> Answer:
    return ask(revenue_service.CUBE, lake, *measures, **asked)


def streams(lake: Snapshot, *measures: str, **asked: Unpack[Question]) -> Answer:
    return ask(streams_service.CUBE, lake, *measures, **asked)


def tiktok(lake: Snapshot, *measures: str, **asked: Unpack[Question]) -> Answer:
    return ask(tiktok_service.CUBE, lake, *measures, **asked)


def audience(lake: Snapshot, *measures: str, **asked: Unpack[Question]) -> Answer:
    return ask(audience_service.CUBE, lake, *measures, **asked)


def lines(lake: Snapshot, *columns: str, offset: int = 0, limit: int = 100, **asked: Unpack[Grammar]) -> Detail:
    """A page of the statement lines behind a sum."""
    return detail(revenue_service.CUBE, lake, Request(**asked), columns, Cut(offset, limit))


def table(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a frame, in its order."""
    return frame.select(columns).rows()


def values(frame: pl.DataFrame, column: str) -> list[Any]:
    """One column of a frame."""
    return frame[column].to_list()


def total(found: Answer) -> dict[str, Any]:
    """The measures of the total."""
    return {name: value for name, value in found.total.row(0, named=True).items() if name in _MEASURES}


def codes(findings: Iterable[Limitation]) -> list[str]:
    """The codes of the limitations that were found."""
    return [str(each.code) for each in findings]


def texts(findings: Iterable[Limitation], code: str) -> list[str]:
    """The texts of the limitations of that code."""
    return [each.text for each in findings if each.code == code]


def text(findings: Iterable[Limitation], code: str) -> str:
    """The text of the one limitation of that code."""
    (found,) = texts(findings, code)
    return found


def only(dimension: str, *names: str) -> tuple[Filter, ...]:
    """A filter that lets through what has any of the names."""
    return (Filter(dimension, names),)


def between(start: str, end: str) -> Span:
    return Span(dates=Period(dt.date.fromisoformat(start), dt.date.fromisoformat(end)))


def last_days(count: int) -> Span:
    return Span(last_days=count)


def last_months(count: int) -> Span:
    return Span(last_months=count)


def descending(*fields: str) -> tuple[Order, ...]:
    return tuple(Order(field, is_descending=True) for field in fields)


def ascending(*fields: str) -> tuple[Order, ...]:
    return tuple(Order(field) for field in fields)


def by_date(frame: pl.DataFrame, column: str) -> dict[str, Any]:
    """One column by the first days of the buckets."""
    return {str(date): value for date, value in frame.select("date", column).rows()}


def previous(frame: pl.DataFrame, column: str) -> list[Any]:
    """One column of what the nodes are compared with; None where there is nothing to compare with."""
    return [node and node[column] for node in frame["previous"].to_list()]


def growth(frame: pl.DataFrame, measure: str) -> list[float | None]:
    """The relative change of a measure, rounded to read well."""
    changes = [node and node[measure] for node in frame["growth"].to_list()]
    return [change if change is None else round(change, 6) for change in changes]


def on(day_of_year: str) -> dt.date:
    return dt.date.fromisoformat(day_of_year)


def each_day(first: str, source: str, *counts: tuple[int | str, int | str]) -> Rows:
    """The counters (Spotify, Apple Music) of a distributor on consecutive days."""
    start = dt.date.fromisoformat(first)
    return [
        day(str(start + dt.timedelta(days=place)), source, spotify, apple)
        for place, (spotify, apple) in enumerate(counts)
    ]


_SERVICES = (audience_service, campaigns_service, revenue_service, streams_service, tiktok_service)
_MEASURES = {each.name for service in _SERVICES for each in service.CUBE.measures}
