"""How often what was asked, how long it took, and what was told instead of an answer."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The latencies are told by these, in seconds."""
MOST_OPERATIONS = 100
"""So many operations are told apart by their names, which clients choose; the others are counted together."""
OTHERS = "(others)"


@dataclass
class Latencies:
    """How long requests took."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """By the first bound that they did not exceed; the last are beyond all of them."""
    seconds: float = 0.0
    """Of all of them together."""


class Tally:
    """Counts requests over HTTP."""

    def __init__(self) -> None:
        self.latencies: dict[str, Latencies] = {}
        """By the name of the operation, which is empty where it has none, or where nothing was executed."""
        self.statuses: Counter[int] = Counter()
        self.errors: Counter[str] = Counter()
        """By code."""

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Count a request that was answered, or refused."""
        latencies = self.latencies.get(operation)
        if latencies is None:
            name = operation if len(self.latencies) < MOST_OPERATIONS else OTHERS
            latencies = self.latencies.setdefault(name, Latencies())
        latencies.counts[bisect_left(BOUNDS, seconds)] += 1
        latencies.seconds += seconds
        self.statuses[status] += 1
