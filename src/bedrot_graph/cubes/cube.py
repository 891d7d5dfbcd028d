"""What a cube is: rows, the dimensions they can be grouped by and the measures they add up to."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from bedrot_graph.cubes.window import Window
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.engine import collect, collect_few
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Aggregate, Count, Last, Measure, Sum
from bedrot_graph.periods import Grain, Period


@dataclass(frozen=True)
class Dimension:
    """Something to group by."""

    name: str
    """In the node, and as the enum value in upper case."""
    meaning: str
    key: str = ""
    """The column that tells groups apart; the name unless said otherwise."""
    fixes: tuple[str, ...] = ()
    """Further columns of the rows that are shown with it; of several values, the most frequent."""
    needs: str = ""
    """The option without which nothing can be said by it."""
    matches: tuple[str, ...] = ()
    """The columns that a filter's values are compared with; empty: it cannot be filtered by."""
    is_date: bool = False
    is_artist: bool = False
    """Whether its members are artists, whom a filter also finds by their aliases."""

    @property
    def column(self) -> str:
        """The column that tells its groups apart."""
        return self.key or self.name


@dataclass(frozen=True)
class Option:
    """An argument that a cube has beside the grammar's: a text that its rows depend on."""

    name: str
    meaning: str
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What each value means, where only some can be chosen."""


@dataclass(frozen=True)
class Look:
    """What the rows of a cube are looked at for."""

    wanted: frozenset[str]
    """The columns that are needed."""
    as_of: dt.date | None = None
    """The day whose knowledge is asked for; None: all there is."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The values of the cube's options; one that nobody has set is absent."""


@dataclass(frozen=True)
class Scope:
    """What a request looks at."""

    snapshot: Snapshot
    as_of: dt.date | None
    """The day whose knowledge was asked for; None: all there is."""
    options: Mapping[str, str]
    """As in `Look`."""
    all_rows: pl.LazyFrame
    """Where some rows have no date: those without, or those with one, whichever the request is about."""
    rows: pl.LazyFrame
    """Those of all rows that the filters let through, of any time."""
    window: Window
    compared: Period | None
    """From the first to the last day that growth is about; None where nobody asks for it."""
    measures: frozenset[str]
    columns: frozenset[str]
    """The columns of the rows that are needed."""
    conditions: Mapping[str, tuple[pl.Expr, ...]]
    """What the filters ask of each column."""
    own_rows: pl.LazyFrame
    """All rows; where other rows add groups, those that are let through by what is asked of these."""
    lets_nothing: bool
    """Whether a filter names nothing that any row has."""
    findings: tuple[Limitation, ...]
    """What has to be said of the filters and the period."""
    has_many: bool = False
    """Whether there are many rows, filtered or not."""

    def collected(self, *frames: pl.LazyFrame) -> list[pl.DataFrame]:
        """What has been built on the rows, collected as befits their number."""
        return collect(*frames) if self.has_many else collect_few(*frames)

    def asked_of(self, *columns: str) -> list[pl.Expr]:
        """What the filters ask of the columns; without any, all that they ask."""
        return [each for column in columns or self.conditions for each in self.conditions.get(column, ())]


def is_readable(beside: "Beside", snapshot: Snapshot) -> bool:
    """Whether all datasets that it adds groups from can be read."""
    return not any(snapshot.fault_of(each) for each in beside.needs)


def nothing_lacks(snapshot: Snapshot, options: Mapping[str, str]) -> frozenset[str]:
    """No column is lacking."""
    del snapshot, options
    return frozenset()


@dataclass(frozen=True)
class Beside:
    """Rows of another dataset whose sums stand beside a cube's own; see `Sum.beside`.

    Their growth is not told: they may know a coarser time than the cube.
    """

    name: str
    dimensions: tuple[str, ...]
    """The columns that its rows can be grouped and filtered by; by any other its sums are unknown."""
    finest: Grain
    rows: Callable[[Snapshot, Look], pl.LazyFrame]
    """As `Cube.rows`."""
    findings: Callable[[Scope, Period | None, bool], list[Limitation]]
    """`findings(scope, period, is_told)`: what has to be said. The period is what the cube's own rows know of the one
    that was asked, as whole as the time of the rows beside."""
    adds: tuple[str, ...] = ()
    """Columns by which groups are shown that only its rows have, where sums of it are asked for."""
    always_adds: str = ""
    """The one of them by which they are shown whatever is asked for."""
    needs: tuple[Dataset, ...] = ()
    """The datasets without which it adds none."""
    is_absence_zero: bool = False
    """Whether a named group without rows is a zero, where the whole answer has any."""


@dataclass(frozen=True)
class Cube:
    """A dataset (or a join) with its dimensions and measures, asked through the grammar."""

    name: str
    dataset: Dataset
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    finest: Grain
    rows: Callable[[Snapshot, Look], pl.LazyFrame]
    """`rows(snapshot, look)`: one row per fact, as if nothing later than its `as_of` were known.

    Columns: `date` (the first day of the finest bucket it belongs to) and those of the `wanted` ones that
    measures and dimensions name; what is not wanted may be left out. Options may change what a row counts,
    never which rows there are nor what they are grouped by.
    """
    open_dates: Callable[[Scope, tuple[str, ...]], pl.LazyFrame]
    """`open_dates(scope, keys)`: the dates not completely reported, whose buckets say nothing about change.

    Columns: `date`, and those of the `keys` (columns that groups are told apart by) that it depends on.
    """
    findings: Callable[[Scope], list[Limitation]]
    """What only a look at the rows shows about this answer."""
    is_absence_zero: bool
    """Whether a group without rows, inside the time the data covers, is a zero; else it is unknown."""
    options: tuple[Option, ...] = ()
    besides: tuple[Beside, ...] = ()
    incomplete: Callable[[Scope, tuple[str, ...]], pl.LazyFrame] | None = None
    """As `open_dates`, but of the period only, and with the days that a source has left out: nodes that such a date
    touches are not `complete`. None: its nodes do not say."""
    has_undated: bool = False
    """Whether rows may have a null `date`: totals of all time, which already contain what has a date."""
    lacking: Callable[[Snapshot, Mapping[str, str]], frozenset[str]] = nothing_lacks
    """`lacking(snapshot, options)`: the columns of the rows that none of the current files has; null in every row."""

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name."""
        return next(each for each in self.dimensions if each.name == name)

    def besides_of(self, names: frozenset[str]) -> tuple[str, ...]:
        """What stands beside that the measures of those names need, by name."""
        aggregates = (aggregate for measure in self.computed(names) for aggregate in measure.aggregates)
        return tuple(sorted({each.beside for each in aggregates if isinstance(each, Sum) and each.beside}))

    def computed(self, names: frozenset[str]) -> tuple[Measure, ...]:
        """The measures of those names, in declared order."""
        return tuple(measure for measure in self.measures if measure.name in names)

    def dtype_of(self, field: str) -> pl.DataType:
        """The type of a dimension field."""
        return pl.Date() if any(each.is_date for each in self.dimensions if each.name == field) else pl.String()

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field of a node that tells what it is about: the dimensions and what they fix."""
        named = [field for each in self.dimensions for field in (each.name, *each.fixes)]
        return tuple(dict.fromkeys(named))


def columns_of(aggregates: tuple[Aggregate, ...]) -> frozenset[str]:
    """The columns of the rows that the aggregates read."""
    columns = {each.column for each in aggregates if not isinstance(each, Count)}
    return frozenset(columns | {each.per for each in aggregates if isinstance(each, Last)})
