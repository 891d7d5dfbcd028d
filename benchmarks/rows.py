"""A row of the table: our time beside a peer's, as a ratio with its spread, and the target that it should reach."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.load import Times


@dataclass(frozen=True)
class Target:
    """What a figure should be."""

    bound: float
    is_floor: bool
    unit: str = "x"

    def __str__(self) -> str:
        return f"{'≥' if self.is_floor else '≤'} {self.bound:g}{self.unit}"

    def is_reached(self, figure: float) -> bool:
        """Whether it is."""
        return figure >= self.bound if self.is_floor else figure <= self.bound


def times_the_time(bound: float) -> Target:
    """At most so many times the peer's time."""
    return Target(bound, is_floor=False)


def times_as_fast(bound: float) -> Target:
    """At least so many times as fast as the peer."""
    return Target(bound, is_floor=True)


@dataclass(frozen=True)
class Row:
    """A measured figure; `lowest` and `highest` over the rounds."""

    what: str
    against: str
    figure: float
    lowest: float
    highest: float
    unit: str
    ours: str
    theirs: str
    target: Target | None = None

    @property
    def name(self) -> str:
        """What finds it again in the baseline."""
        return f"{self.what}, against {self.against}"


@dataclass(frozen=True)
class Skipped:
    """What could not be measured here, and why."""

    what: str
    why: str


Rows = Iterator[Row | Skipped]


def compared(what: str, against: str, ours: Times, theirs: Times, target: Target | None = None) -> Row:
    """A ratio by round, as the target counts it: of times where less is better, of rates where more is."""
    is_rate = target is None or target.is_floor
    ratios = [other / own if is_rate else own / other for own, other in zip(ours, theirs, strict=True)]
    return Row(
        what,
        against,
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        "x as fast" if is_rate else "x the time",
        shown(statistics.median(ours)),
        shown(statistics.median(theirs)),
        target,
    )


def absolute(what: str, against: str, ours: Times, theirs: Times, target: Target) -> Row:
    """A figure of its own, in the target's unit; the peer's stands beside it."""
    unit, own, other = target.unit.strip(), statistics.median(ours), statistics.median(theirs)
    return Row(what, against, own, min(ours), max(ours), unit, f"{own:.1f} {unit}", f"{other:.1f} {unit}", target)


def short(figure: float) -> str:
    """A figure with three digits."""
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def shown(seconds: float) -> str:
    """A time with three digits, and the rate that it is where that says more."""
    milliseconds = seconds * 1000
    digits = 2 if milliseconds < 10 else 1 if milliseconds < 100 else 0
    return f"{milliseconds:.{digits}f} ms" if seconds >= 0.001 else f"{1 / seconds:,.0f}/s"
