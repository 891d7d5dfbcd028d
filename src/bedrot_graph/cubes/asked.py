"""What a request asks of a cube: its measures, what they need from the rows, and what tells nodes apart."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bedrot_graph.cubes.cube import Beside, Cube, Dimension, Look, columns_of, is_readable
from bedrot_graph.cubes.reduce import aggregates_of
from bedrot_graph.cubes.request import Request
from bedrot_graph.errors import AttributionRequired, DatasetError, GrainTooFine
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Aggregate, Measure, Sum
from bedrot_graph.periods import Period


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

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What is to be reduced from the rows."""
        return aggregates_of(self.computable)

    @cached_property
    def own_aggregates(self) -> tuple[Aggregate, ...]:
        """Those of the cube's own rows."""
        return tuple(each for each in self.aggregates if not (isinstance(each, Sum) and each.beside))

    def sums_of(self, beside: Beside) -> tuple[Sum, ...]:
        """What is to be reduced from the rows that stand beside."""
        return tuple(each for each in self.aggregates if isinstance(each, Sum) and each.beside == beside.name)

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
        date = pl.col("date")
        rows = beside.rows(self.snapshot, Look(frozenset(), self.request.as_of))

        def compute() -> Period | None:
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
