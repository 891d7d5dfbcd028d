"""Lists of statement lines, beside Polars straight to JSON bytes."""

from benchmarks import lineup
from benchmarks.asking import Ask, agree, nodes, parsed
from benchmarks.contest import Rival, contest
from benchmarks.data import LARGE
from benchmarks.load import Effort, Side
from benchmarks.questions import lines
from benchmarks.rows import Rows, times_the_time
from benchmarks.servers import FRAMES, RECOMPUTED, RESIDENT, product

BOUNDS = {100: 1.6, 1_000: 1.3, 10_000: 1.15, 100_000: 1.1}


def measure(effort: Effort) -> Rows:
    """Recomputed on both sides, and from frames that both hold."""
    for how, settings, path in (("recomputed", RECOMPUTED, "/answer"), ("from frames held", FRAMES, "/ready")):
        with product(LARGE, {**settings, **RESIDENT}) as ours, lineup.straight(LARGE) as theirs:
            for rows, bound in BOUNDS.items():
                one, other = Side(ours, lines(rows)), Side(theirs, Ask(path=f"{path}?first={rows}"))
                agree(nodes(one.answer(), "revenueLines"), parsed(other.answer()))
                rivals = {"Polars straight to JSON": Rival(other, times_the_time(bound))}
                yield from contest(f"{rows:,} rows x 6 fields, {how}", one, rivals, 1, effort)
