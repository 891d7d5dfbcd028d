"""Lists of statement lines, beside Mercurius with JIT, which holds them as objects: no filter, no sort, no sum."""

from contextlib import ExitStack
from functools import partial

from benchmarks import lineup
from benchmarks.asking import agree, nodes
from benchmarks.contest import Rival, contest, entered
from benchmarks.data import LARGE
from benchmarks.load import Effort, Side
from benchmarks.questions import lines
from benchmarks.rows import Rows, times_as_fast
from benchmarks.servers import RECOMPUTED, RESIDENT, RESPONSES, product

BOUNDS = {1_000: 1.0, 10_000: 1.1, 100_000: 1.4}
REMEMBERED = 3.0
FLOAT_PLACES = 9
"""Mercurius has floats for numbers."""


def measure(effort: Effort) -> Rows:
    """Recomputed, and from remembered bytes."""
    with ExitStack() as stack:
        recomputed = stack.enter_context(product(LARGE, {**RECOMPUTED, **RESIDENT}))
        remembered = stack.enter_context(product(LARGE, {**RESPONSES, **RESIDENT}))
        held = nodes(lines(max(BOUNDS)).to(recomputed.port), "revenueLines")
        node, skipped = entered(stack, {"Mercurius, ready objects": partial(lineup.mercurius, held)})
        yield from skipped
        for name, server in node.items():
            for rows, bound in BOUNDS.items():
                ask = lines(rows)
                agree(held[:rows], nodes(ask.to(server.port), "revenueLines"), FLOAT_PLACES)
                for how, ours, goal in (("recomputed", recomputed, bound), ("remembered", remembered, REMEMBERED)):
                    rivals = {name: Rival(Side(server, ask), times_as_fast(goal))}
                    yield from contest(f"{rows:,} rows x 6 fields, {how}", Side(ours, ask), rivals, 1, effort)
