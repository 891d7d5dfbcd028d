"""What it takes to know who asks, and how much: with a token and a rate, beside the same server without."""

from dataclasses import replace

from benchmarks.contest import Rival, contest
from benchmarks.groups.repeated import CONNECTIONS
from benchmarks.load import Effort, Side
from benchmarks.questions import KPIS, TOTAL
from benchmarks.rows import Rows, times_as_fast
from benchmarks.servers import FRAMES, RESPONSES, product

TOKEN = "of-the-benchmarks"
GUARDED = {"ADMIN_TOKEN": TOKEN, "POINTS_PER_MINUTE": "1000000000000"}


def measure(effort: Effort) -> Rows:
    """Small answers, from remembered bytes and executed."""
    for how, remembered in (("repeated", RESPONSES), ("executed", FRAMES)):
        with product(None, {**remembered, **GUARDED}) as guarded, product(None, remembered) as open_to_all:
            for what, ask in (("question 13", KPIS), ("a single total", TOTAL)):
                ours = Side(guarded, replace(ask, authorization=f"Bearer {TOKEN}"))
                rival = Rival(Side(open_to_all, ask), times_as_fast(0.6))
                name = f"{what}, {how}, with a token and a rate"
                yield from contest(name, ours, {"without": rival}, CONNECTIONS, effort)
