"""One question to the server and to its peers, measured in turns."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

from benchmarks.installs import NotInstalled
from benchmarks.load import Effort, Side, side_by_side
from benchmarks.rows import Row, Skipped, Target, compared
from benchmarks.servers import NotStarted, Server


@dataclass(frozen=True)
class Rival:
    """A peer's side, and how we should do beside it."""

    side: Side
    target: Target | None = None


def contest(what: str, ours: Side, rivals: Mapping[str, Rival], connections: int, effort: Effort) -> Iterator[Row]:
    """A row for each rival."""
    sides = {"": ours, **{name: rival.side for name, rival in rivals.items()}}
    times = side_by_side(sides, connections, effort)
    many = f", {connections} connections" if connections > 1 else ""
    for name, rival in rivals.items():
        yield compared(f"{what}{many}", name, times[""], times[name], rival.target)


def entered(
    stack: ExitStack, peers: Mapping[str, Callable[[], AbstractContextManager[Server]]]
) -> tuple[dict[str, Server], list[Skipped]]:
    """The peers that start here, and those that do not; the stack stops them."""
    servers, skipped = {}, []
    for name, start in peers.items():
        try:
            servers[name] = stack.enter_context(start())
        except (NotInstalled, NotStarted) as reason:
            traceback.print_exc()
            skipped.append(Skipped(name, reason.in_short))
    return servers, skipped
