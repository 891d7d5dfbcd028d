"""What a request asks of a cube: its measures, what they need from the rows, and what tells nodes apart."""

from dataclasses import dataclass
from functools import cached_property

from bedrot_graph.cubes.cube import Cube, Dimension, columns_of
from bedrot_graph.cubes.reduce import aggregates_of
from bedrot_graph.cubes.request import Request
from bedrot_graph.errors import DatasetError, GrainTooFine
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Aggregate, Measure


@dataclass(frozen=True)
class Asked:
    """A request in the light of a cube and a snapshot."""

    cube: Cube
    snapshot: Snapshot
    request: Request

    def __post_init__(self) -> None:
        grain = self.request.grain
        if grain and grain.is_finer_than(self.cube.finest):
            raise GrainTooFine(self.cube.name, grain.name, self.cube.finest.name)

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
        return columns_of(self.aggregates) | set(self.keys)
