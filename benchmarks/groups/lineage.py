"""What the lineage costs."""

from benchmarks.asking import parsed
from benchmarks.contest import Rival, contest
from benchmarks.load import Effort, Side
from benchmarks.questions import TOTAL, with_lineage
from benchmarks.rows import Rows, times_the_time
from benchmarks.servers import FRAMES, product


def measure(effort: Effort) -> Rows:
    """A small question executed with all of its lineage, beside the same without."""
    with product(None, FRAMES) as server:
        full, none = Side(server, with_lineage(TOTAL)), Side(server, TOTAL)
        parsed(full.answer())
        yield from contest("a single total, lineage full", full, {"none": Rival(none, times_the_time(1.15))}, 1, effort)
