"""Whose turn it is to compute: a few at once, and in turn those who wait."""

import asyncio
from collections import deque

from bedrot_graph.errors import TooBusy

Turn = asyncio.Future[None]
"""Done when it has come."""


class Turns:
    """A free place goes to the askers one after the other, however many turns each of them waits for.

    A turn is taken, waited for, and ended: when the work is done, or when nobody wants it any more.
    """

    def __init__(self, places: int, most_waiting: int) -> None:
        self._places = places
        self._most_waiting = most_waiting
        self._running: set[Turn] = set()
        self._waiting: dict[Turn, list[object]] = {}
        """Who waits for each turn."""
        self._lines: dict[object, deque[Turn]] = {}
        """What each asker waits for; the one that has waited longest since its last turn comes first."""

    @property
    def running(self) -> int:
        """How many turns have come and not ended."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many turns have not come."""
        return len(self._waiting)

    def take(self, asker: object) -> Turn:
        """A turn for the asker, which may have come already. Raises TooBusy."""
        if self.running >= self._places and self.waiting >= self._most_waiting:
            raise TooBusy(self.waiting)
        turn: Turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = []
        self.join(turn, asker)
        self._call()
        return turn

    def join(self, turn: Turn, asker: object) -> None:
        """Let another asker wait for a turn as well: it comes when the first of them is called."""
        if turn in self._waiting and asker not in self._waiting[turn]:
            self._waiting[turn].append(asker)
            self._lines.setdefault(asker, deque()).append(turn)

    def end(self, turn: Turn) -> None:
        """Give the turn's place to the next, or the turn up where it has not come."""
        self._running.discard(turn)
        self._leave(turn)
        self._call()

    def _call(self) -> None:
        while self._lines and self.running < self._places:
            asker, line = next(iter(self._lines.items()))
            turn = line[0]
            self._leave(turn)
            if line:  # the asker goes behind the others
                self._lines[asker] = self._lines.pop(asker)
            if not turn.done():  # else it was cancelled, and whoever waited is about to end it
                self._running.add(turn)
                turn.set_result(None)

    def _leave(self, turn: Turn) -> None:
        for asker in self._waiting.pop(turn, ()):
            self._lines[asker].remove(turn)
            if not self._lines[asker]:
                del self._lines[asker]
