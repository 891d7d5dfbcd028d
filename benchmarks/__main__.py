"""`make bench`: everything, or the groups that are named; the table is printed, and stored with `--save`."""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping

from benchmarks import table
from benchmarks.groups import (
    executed,
    guarded,
    lineage,
    lists,
    loop,
    memory,
    million,
    plain,
    ready,
    repeated,
    soak,
    starts,
    subscribers,
    ten_million,
    weights,
)
from benchmarks.load import Effort
from benchmarks.rows import Row, Rows, Skipped, short

GROUPS: Mapping[str, Callable[[Effort], Rows]] = {
    "lists": lists.measure,
    "plain": plain.measure,
    "repeated": repeated.measure,
    "executed": executed.measure,
    "guarded": guarded.measure,
    "lineage": lineage.measure,
    "ready": ready.measure,
    "million": million.measure,
    "ten-million": ten_million.measure,
    "starts": starts.measure,
    "memory": memory.measure,
    "loop": loop.measure,
    "soak": soak.measure,
    "subscribers": subscribers.measure,
    "weights": weights.measure,
}


def main() -> int:
    """Measure, print, and say whether every group came to its end."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as an exception, so that servers are stopped
    effort = Effort(rounds=2, seconds=1, is_quick=True) if asked.quick else Effort()
    measured: dict[str, list[Row | Skipped]] = {}
    begun, failed = time.monotonic(), set[str]()
    for name in asked.groups or GROUPS:
        measured[name] = []
        try:
            for row in GROUPS[name](effort):
                _tell(f"{time.monotonic() - begun:6.0f} s  {name}: {_in_words(row)}")
                measured[name].append(row)
        except Exception as problem:  # noqa: BLE001 - one group that fails does not take the others with it
            traceback.print_exc()
            measured[name].append(Skipped("the rest of this group", f"{type(problem).__name__}: {problem}"))
            failed.add(name)
    print(f"\n{table.markdown(measured)}")
    if asked.save:
        table.save({name: rows for name, rows in measured.items() if name not in failed})
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"what to measure: {', '.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="short rounds, and nothing of ten million lines")
    parser.add_argument("--save", action="store_true", help="store the figures of these groups, and write RESULTS.md")
    asked = parser.parse_args()
    if unknown := set(asked.groups) - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if asked.quick and asked.save:
        parser.error("short rounds are nothing to compare with: --save without --quick")
    return asked


def _in_words(row: Row | Skipped) -> str:
    if isinstance(row, Skipped):
        return f"{row.what}: not measured. {row.why}"
    return f"{row.name}: {short(row.figure)} {row.unit} ({short(row.lowest)} - {short(row.highest)}) {row.target or ''}"


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
