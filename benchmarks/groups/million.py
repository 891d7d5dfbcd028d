"""Questions to a million lines, recomputed, beside databases that hold them in memory."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks import lineup
from benchmarks.asking import Ask, agree, parsed
from benchmarks.contest import Rival, contest, entered
from benchmarks.data import LARGE
from benchmarks.load import Effort, Side
from benchmarks.questions import LINES_OF_ONE, MONTHS, TOP_20, Question
from benchmarks.rows import Rows, Target, times_as_fast
from benchmarks.servers import RECOMPUTED, RESIDENT, product

DUCKDB, ROAPI, GRAPHIQUE = "DuckDB behind Starlette", "ROAPI", "graphique"
PEERS = {
    DUCKDB: partial(lineup.duckdb, LARGE),
    ROAPI: partial(lineup.roapi, LARGE),
    GRAPHIQUE: partial(lineup.graphique, LARGE),
}
CLIENTS = {"": 1, ", each its own": 16, ", all the same": 16}
"""By what they ask. Many that ask the same at once are answered by us with one computation."""
BOUNDS = {(TOP_20, 1): 2.0, (TOP_20, 16): 2.5}
OTHER_BOUND = 1.5


def measure(effort: Effort) -> Rows:
    """By one client and by sixteen."""
    with ExitStack() as stack:
        ours = stack.enter_context(product(LARGE, {**RECOMPUTED, **RESIDENT}))
        peers, skipped = entered(stack, {DUCKDB: PEERS[DUCKDB]} if effort.is_quick else PEERS)
        yield from skipped
        for question in (TOP_20, MONTHS, LINES_OF_ONE):
            for asking, clients in CLIENTS.items():
                differs = asking == ", each its own"
                one = Side(ours, question.ours(since_some_day=differs))
                sides = {name: Side(peer, _asked(name, question, differs=differs)) for name, peer in peers.items()}
                _check(one, sides)
                is_goal = asking != ", all the same"
                rivals = {
                    n: Rival(side, _target(question, n, clients) if is_goal else None) for n, side in sides.items()
                }
                yield from contest(f"{question.what}{asking}", one, rivals, clients, effort)


def _target(question: Question, name: str, clients: int) -> Target | None:
    return times_as_fast(BOUNDS.get((question, clients), OTHER_BOUND)) if name == DUCKDB else None


def _asked(name: str, question: Question, *, differs: bool) -> Ask:
    if name == GRAPHIQUE:
        return question.in_columns(since_some_day=differs)
    return question.in_sql("/sql" if name == DUCKDB else "/api/sql", since_some_day=differs)


def _check(ours: Side, sides: Mapping[str, Side]) -> None:
    (field,) = parsed(ours.answer())["data"].values()
    for side in sides.values():
        theirs = parsed(side.answer())
        agree(field["nodes"], theirs if isinstance(theirs, list) else _rows_of(theirs["data"]))


def _rows_of(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that graphique gives as columns, however deep they lie."""
    while "columns" not in said:
        (said,) = said.values()
    columns = {name: column["values"] for name, column in said["columns"].items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
