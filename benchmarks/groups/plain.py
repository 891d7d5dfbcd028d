"""A list of statement lines, beside plain Strawberry."""

from benchmarks import lineup
from benchmarks.asking import agree, nodes
from benchmarks.contest import Rival, contest
from benchmarks.data import LARGE
from benchmarks.load import Effort, Side
from benchmarks.questions import lines
from benchmarks.rows import Rows, times_as_fast
from benchmarks.servers import RECOMPUTED, RESIDENT, product


def measure(effort: Effort) -> Rows:
    """Recomputed on both sides, by the same services."""
    ask = lines(10_000)
    with product(LARGE, {**RECOMPUTED, **RESIDENT}) as ours, lineup.plain(LARGE) as theirs:
        one, other = Side(ours, ask), Side(theirs, ask)
        agree(nodes(one.answer(), "revenueLines"), nodes(other.answer(), "revenueLines"))
        rivals = {"plain Strawberry over the same services": Rival(other, times_as_fast(45))}
        yield from contest("10,000 rows x 6 fields, recomputed", one, rivals, 1, effort)
