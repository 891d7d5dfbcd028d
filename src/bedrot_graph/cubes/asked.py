"""What a request asks of a cube: its measures, what they need from the rows, and what tells nodes apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bedrot_graph.cubes.cube import Beside, Cube, Dimension, Look, columns_of, is_readable
from bedrot_graph.cubes.reduce import aggregates_of
from bedrot_graph.cubes.request import Comparison, Request, Shown
from bedrot_graph.errors import AttributionRequired, DatasetError, GrainTooFine
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Aggregate, Measure, ShareOfTotal, Sum
from bedrot_graph.periods import Period


@dataclass(frozen=True)
class Needed:
    """What is to be reduced from the rows for nodes of one kind, on either side of a comparison."""

    now: tuple[Aggregate, ...]
    then: tuple[Aggregate, ...]

    @property
    def both(self) -> tuple[Aggregate, ...]:
        """What either side needs."""
        return _joined(self.now, self.then)


@dataclass(frozen=True)
class Asked:
    """A request in the light of a cube and a snapshot."""

    cube: Cube
    snapshot: Snapshot
    request: Request

    def __post_init__(self) -> None:
        self._check_options()
        grain = self.request.grain
        if grain and grain.is_finer_than(self.cube.finest):
            raise GrainTooFine(self.cube.name, grain.name, self.cube.finest.name)

    def _check_options(self) -> None:
        """Raises AttributionRequired where something is asked that only an option makes known."""
        request, given = self.request, dict(self.request.options)
        named = {*request.by, *(each.dimension for each in request.where), *(each.field for each in request.order_by)}
        for dimension in self.cube.dimensions:
            if dimension.name in named and dimension.needs and dimension.needs not in given:
                option = next(each for each in self.cube.options if each.name == dimension.needs)
                values = (choice.upper() for choice in option.choices)
                raise AttributionRequired(self.cube.name, dimension.name, option.name, values)

    @cached_property
    def is_one(self) -> bool:
        """Whether there is one group, which is the total."""
        return not self.keys and not self.request.grain

    @cached_property
    def groups(self) -> Shown | None:
        """What is looked at of the groups, where they are not the total."""
        return None if self.is_one else self.request.groups

    @cached_property
    def total(self) -> Shown | None:
        """What is looked at of the total."""
        request = self.request
        return request.groups.and_of(request.total) if self.is_one and request.groups else request.total

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The measures of the answer, in declared order."""
        return self.cube.computed(self.request.computed)

    @cached_property
    def faults(self) -> dict[str, DatasetError]:
        """The measures that cannot be computed, and so are null: a dataset of theirs cannot be read."""
        return {
            measure.name: fault
            for measure in self.measures
            for source in measure.sources
            if (fault := self.snapshot.fault_of(source))
        }

    @cached_property
    def lacking(self) -> tuple[str, ...]:
        """The measures that are null because no file has a column that they need."""
        columns = self.cube.lacking(self.snapshot, dict(self.request.options))
        return tuple(measure.name for measure in self.measures if columns & columns_of(measure.aggregates))

    @cached_property
    def computable(self) -> tuple[Measure, ...]:
        """The measures whose datasets can be read, and have the columns."""
        return tuple(each for each in self.measures if each.name not in self.faults and each.name not in self.lacking)

    def computable_of(self, names: Iterable[str]) -> tuple[Measure, ...]:
        """Those of the names that can be computed."""
        wanted = frozenset(names)
        return tuple(each for each in self.computable if each.name in wanted)

    @cached_property
    def ordered_by(self) -> frozenset[str]:
        """What the groups are sorted by: of nodes that nobody looks at, nothing."""
        is_sorted = self.groups is not None and self.groups.has_values
        return frozenset(order.field for order in self.request.order_by) if is_sorted else frozenset()

    @cached_property
    def of_groups(self) -> Needed:
        """What the groups need."""
        return self._needed(self.groups, self.ordered_by)

    @cached_property
    def of_total(self) -> Needed:
        """What the total needs, and what shares of the groups are shares of."""
        needed, groups = self._needed(self.total, ()), self.groups
        if groups is None:
            return needed
        then = self._wholes({*(groups.previous or ()), *groups.growth_of}) if self.of_groups.then else ()
        now = self._wholes({*groups.measures, *self._growing(groups), *self.ordered_by})
        if self.request.grain and self.request.compare is Comparison.PREVIOUS_PERIOD:  # of the same whole
            now, then = _joined(now, then), ()
        return Needed(_joined(needed.now, now), _joined(needed.then, then))

    def _needed(self, shown: Shown | None, further: Iterable[str]) -> Needed:
        if shown is None:
            return Needed((), ())
        now = aggregates_of(self.computable_of([*shown.measures, *self._growing(shown), *further]))
        before = [*(shown.previous or ()), *shown.growth_of] if self.request.compare else ()
        return Needed(now, aggregates_of(self.computable_of(before)))

    def _growing(self, shown: Shown) -> tuple[str, ...]:
        return shown.growth_of if self.request.compare else ()

    def _wholes(self, names: Iterable[str]) -> tuple[Aggregate, ...]:
        formulas = (each.formula for each in self.computable_of(names))
        return tuple(each.part for each in formulas if isinstance(each, ShareOfTotal))

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """All that is to be reduced from the rows."""
        return aggregates_of(self.computable)

    @cached_property
    def own_aggregates(self) -> tuple[Aggregate, ...]:
        """Those of the cube's own rows."""
        return own(self.aggregates)

    def sums_of(self, beside: Beside) -> tuple[Sum, ...]:
        """What is to be reduced from the rows that stand beside."""
        return sums_of(beside, self.aggregates)

    @cached_property
    def besides(self) -> tuple[Beside, ...]:
        """What stands beside: where sums of it are asked for, and where it has groups that the cube does not."""
        return tuple(each for each in self.cube.besides if self.sums_of(each) or self._adds_groups(each))

    def tells(self, beside: Beside) -> bool:
        """Whether its rows know the groups, the filters and the grain."""
        grain = self.request.grain
        filtered = (self.cube.dimension(each.dimension).column for each in self.request.where)
        is_too_fine = grain is not None and grain.is_finer_than(beside.finest)
        return not is_too_fine and set(beside.dimensions).issuperset([*self.keys, *filtered])

    def covers(self, beside: Beside) -> Period | None:
        """From the first to the last date of its rows; None where it has none."""

        def compute() -> Period | None:
            rows, date = beside.rows(self.snapshot, Look(frozenset(), self.request.as_of)), pl.col("date")
            first, last = collect(rows.select(first=date.min(), last=date.max()))[0].row(0)
            return Period(first, last) if first else None

        return self.snapshot.known(f"covered by {self.cube.name} beside {beside.name}", self.request.as_of, compute)

    def _adds_groups(self, beside: Beside) -> bool:
        return beside.always_adds in self.keys and is_readable(beside, self.snapshot)

    @cached_property
    def is_absence_zero(self) -> bool:
        """Whether a group without rows is a zero: it may have had one, where rows or days are lost."""
        table = self.snapshot.tables.get(self.cube.dataset.name)
        return self.cube.is_absence_zero and (table is None or table.tells_all)

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What is grouped by, each once."""
        return tuple(self.cube.dimension(name) for name in dict.fromkeys(self.request.by))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell groups apart."""
        return tuple(dict.fromkeys(dimension.column for dimension in self.dimensions))

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the rows that are needed, those of filters aside."""
        return columns_of(self.own_aggregates) | set(self.keys)


def own(aggregates: tuple[Aggregate, ...]) -> tuple[Aggregate, ...]:
    """Those of a cube's own rows."""
    return tuple(each for each in aggregates if not (isinstance(each, Sum) and each.beside))


def sums_of(beside: Beside, aggregates: tuple[Aggregate, ...]) -> tuple[Sum, ...]:
    """Those of the rows that stand beside."""
    return tuple(each for each in aggregates if isinstance(each, Sum) and each.beside == beside.name)


def _joined(some: tuple[Aggregate, ...], others: tuple[Aggregate, ...]) -> tuple[Aggregate, ...]:
    return tuple(dict.fromkeys([*some, *others]))
