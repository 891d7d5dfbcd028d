"""From process start to the first right answer, beside a process that only imports the same libraries."""

import re
import subprocess
import sys
import time
from functools import cache

from benchmarks.asking import Disagreement
from benchmarks.data import HUGE
from benchmarks.load import Effort
from benchmarks.questions import TOTAL
from benchmarks.rows import Rows, Skipped, compared, times_the_time
from benchmarks.servers import ENVIRONMENT, SCANNED, product

STARTS = 7


def measure(effort: Effort) -> Rows:
    """Over the sample lake, and over ten million lines of which a copy is there."""
    for what, lines, bound in (("the sample lake", None, 1.5), ("10 million lines, scanned", HUGE, 2)):
        if lines and effort.is_quick:
            yield Skipped(what, "It is left out of a quick run.")
            continue
        _, right = _first_answer(lines)
        ours, theirs = [], []
        for _ in range(STARTS):
            theirs.append(_imports())
            seconds, answer = _first_answer(lines)
            if answer != right:
                raise Disagreement(f"{answer!r} is not {right!r}")
            ours.append(seconds)
        against = "a process that only imports the same libraries"
        yield compared(f"process start to the first answer, {what}", against, ours, theirs, times_the_time(bound))


@cache
def libraries() -> str:
    """A program that imports what the server imports until its first answer, and others have written."""
    with product(None, {**SCANNED, "PYTHONPROFILEIMPORTTIME": "1"}, TOTAL) as server:
        names = re.findall(r"^import time:.*\| +(\S+)$", server.output, re.MULTILINE)
    ours = {"bedrot_graph", *sys.stdlib_module_names}
    return _IMPORTS.format(names=[name for name in names if name.partition(".")[0] not in ours])


_IMPORTS = """
import sys
from contextlib import suppress
from importlib import import_module
sys.modules["redis"] = None  # which aiocache would load, and the server lets it not
for name in {names}:
    with suppress(ImportError):  # as of what somebody else looked for in vain
        import_module(name)
"""


def _first_answer(lines: int | None) -> tuple[float, bytes]:
    with product(lines, SCANNED, TOTAL) as server:
        return server.seconds_to_first_answer, server.first_answer


def _imports() -> float:
    program = libraries()
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=ENVIRONMENT)
    return time.perf_counter() - begun
