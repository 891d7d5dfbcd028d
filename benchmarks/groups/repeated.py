"""A question asked again and again, beside servers that have nothing to compute."""

from contextlib import ExitStack
from functools import partial

from benchmarks import lineup
from benchmarks.asking import parsed
from benchmarks.contest import Rival, contest, entered
from benchmarks.load import Effort, Side
from benchmarks.questions import KPIS, TOTAL
from benchmarks.rows import Rows, times_as_fast
from benchmarks.servers import RESPONSES, product

CONNECTIONS = 32


def measure(effort: Effort) -> Rows:
    """Answered from remembered bytes."""
    for what, ask in (("question 13", KPIS), ("a single total", TOTAL)):
        with ExitStack() as stack:
            ours = Side(stack.enter_context(product(None, RESPONSES)), ask)
            parsed(content := ours.answer())
            starlette = stack.enter_context(lineup.constant("starlette", content))
            asgi = stack.enter_context(lineup.constant("bare", content))
            node, skipped = entered(stack, {"Mercurius, a constant field": partial(lineup.mercurius)})
            yield from skipped
            rivals = {
                "Starlette, the same bytes as a constant": Rival(Side(starlette, ask), times_as_fast(1.1)),
                "ASGI without a framework, the same": Rival(Side(asgi, ask)),
                **{name: Rival(Side(each, lineup.CONSTANT), times_as_fast(0.8)) for name, each in node.items()},
            }
            yield from contest(f"{what}, repeated", ours, rivals, CONNECTIONS, effort)
