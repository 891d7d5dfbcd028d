"""What a pipeline of its own gives, which is no answer of a cube, with what has to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.measures import Measure

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Composed(Generic[T_co]):
    """A value, and what was found and scanned on the way to it."""

    value: T_co
    findings: tuple[Limitation, ...]
    scanned: frozenset[str]
    faults: tuple[tuple[str, DatasetError], ...] = ()
    """The names of what is null, and why: a dataset of theirs cannot be read."""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    """The measures, by schema coordinate, that the value was made from although nobody has selected their fields."""
    size_bytes: int = 4096
    """The memory the value holds, roughly: such values are small."""
