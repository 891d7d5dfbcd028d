"""What a pipeline of its own gives, which is no answer of a cube, with what has to be said of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bedrot_graph.errors import DatasetError
from bedrot_graph.lake.limitations import Limitation

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Composed(Generic[T_co]):
    """A value, and what was found and scanned on the way to it."""

    value: T_co
    findings: tuple[Limitation, ...]
    scanned: frozenset[str]
    faults: tuple[tuple[str, DatasetError], ...] = ()
    """The names of what is null, and why: a dataset of theirs cannot be read."""
    size_bytes: int = 4096
    """The memory the value holds, roughly: such values are small."""
