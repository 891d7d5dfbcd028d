"""The most memory that the server has held, above a process that only imports the same libraries."""

import subprocess
import sys

from benchmarks.data import HUGE, LARGE
from benchmarks.groups.starts import libraries
from benchmarks.load import Effort
from benchmarks.questions import LINES_OF_ONE, MONTHS, TOP_20, TOTAL, lines
from benchmarks.rows import Rows, Skipped, Target, absolute
from benchmarks.servers import FRAMES, SCANNED, peak_mb, product

QUESTIONS = (TOTAL, TOP_20.ours(), MONTHS.ours(), LINES_OF_ONE.ours(), lines(10_000))
STATUS = "print(open('/proc/self/status').read())"


def measure(effort: Effort) -> Rows:
    """After the questions of the other groups, each asked twice."""
    imports = f"{libraries()}\n{STATUS}"
    for what, count, bound in (
        ("the sample lake", None, 60),
        ("1 million lines, scanned", LARGE, 200),
        ("10 million lines, scanned", HUGE, 350),
    ):
        if count == HUGE and effort.is_quick:
            yield Skipped(what, "It is left out of a quick run.")
            continue
        peaks, idle = [], []
        for _ in range(3):
            status = subprocess.run([sys.executable, "-c", imports], check=True, capture_output=True, text=True).stdout
            idle.append(peak_mb(status))
            peaks.append(_peak(count) - idle[-1])
        target = Target(bound, is_floor=False, unit=" MB")
        yield absolute(f"peak memory above the imports, {what}", "the imports alone", peaks, idle, target)


def _peak(count: int | None) -> float:
    with product(count, {**FRAMES, **SCANNED}) as server:
        for ask in (*QUESTIONS, *QUESTIONS):
            ask.to(server.port)
        return server.peak_mb
