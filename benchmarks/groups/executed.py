"""A question executed each time, from remembered frames and with all of its lineage."""

from benchmarks import lineup
from benchmarks.asking import parsed
from benchmarks.contest import Rival, contest
from benchmarks.groups.repeated import CONNECTIONS
from benchmarks.load import Effort, Side
from benchmarks.questions import KPIS, TOTAL, with_lineage
from benchmarks.rows import Rows, times_as_fast
from benchmarks.servers import FRAMES, product


def measure(effort: Effort) -> Rows:
    """Beside the same bytes from a route of Starlette's."""
    for what, ask in (("question 13", with_lineage(KPIS)), ("a single total", with_lineage(TOTAL))):
        with product(None, FRAMES) as server:
            ours = Side(server, ask)
            parsed(content := ours.answer())
            with lineup.constant("starlette", content) as starlette:
                rival = Rival(Side(starlette, ask), times_as_fast(0.25))
                rivals = {"Starlette, the same bytes as a constant": rival}
                yield from contest(f"{what}, executed, lineage full", ours, rivals, CONNECTIONS, effort)
