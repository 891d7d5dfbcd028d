"""The top 20 platforms of ten million lines, beside bare Polars on the same form of them."""

import tempfile
from collections.abc import Iterator

from benchmarks import lineup
from benchmarks.asking import agree, nodes, parsed
from benchmarks.contest import Rival, contest
from benchmarks.data import HUGE
from benchmarks.load import Effort, Side
from benchmarks.questions import TOP_20
from benchmarks.rows import Row, Rows, Skipped, compared, times_the_time
from benchmarks.servers import RECOMPUTED, RESIDENT, SCANNED, Server, product

ASK = TOP_20.ours()
WHAT = "top 20 platforms of 10 million lines"
STARTS = 3


def measure(effort: Effort) -> Rows:
    """Resident, scanned, and the first time."""
    if effort.is_quick:
        yield Skipped(WHAT, "It is left out of a quick run.")
        return
    for form, settings, bound in (("resident", RESIDENT, 1.3), ("scanned", SCANNED, 1.2)):
        with product(HUGE, {**RECOMPUTED, **settings}) as ours, lineup.bare(form, HUGE, ASK) as theirs:
            _check(ASK.to(ours.port), theirs)
            rivals = {f"bare Polars, {form}": Rival(Side(theirs, ASK), times_the_time(bound))}
            yield from contest(f"{WHAT}, {form}", Side(ours, ASK), rivals, 1, effort)
    yield from _first_times()


def _first_times() -> Iterator[Row]:
    """From process start to the answer, no copy of the file being there."""
    ours, theirs = [], []
    for _ in range(STARTS):
        with (
            tempfile.TemporaryDirectory() as copies,
            product(HUGE, {**RECOMPUTED, **SCANNED, "COPIES_DIR": copies}, ASK) as server,
        ):
            ours.append(server.seconds_to_first_answer)
        with lineup.bare("csv", HUGE, ASK) as peer:
            theirs.append(peer.seconds_to_first_answer)
            _check(server.first_answer, peer)
    what = f"{WHAT}, first time from CSV, process start included"
    yield compared(what, "bare Polars, scan_csv with typed columns", ours, theirs, times_the_time(3))


def _check(answer: bytes, peer: Server) -> None:
    agree(nodes(answer, "revenue"), parsed(ASK.to(peer.port)))
