"""Alerts without anybody asking: each snapshot is looked through by one of the processes, and the ledger told."""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress

from bedrot_graph.cubes.composed import Composed
from bedrot_graph.domains.alerts import keeping, service
from bedrot_graph.domains.alerts.finding import Finding
from bedrot_graph.domains.alerts.judging import judged
from bedrot_graph.domains.alerts.queries import key_of_all
from bedrot_graph.errors import DatasetError, LedgerUnusable
from bedrot_graph.graph.context import Result
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.engine import Engine
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.writing import STILL_SECONDS
from bedrot_graph.ledger.alerts import Recorded, record
from bedrot_graph.ledger.apart import done
from bedrot_graph.ledger.holding import Holding
from bedrot_graph.ledger.ledger import Ledger
from bedrot_graph.ledger.marks import next_end, wake

logger = logging.getLogger(__name__)

FIRST_SECONDS = 2
"""So long after the start it begins: the first questions come first."""
HOLDING_SECONDS = 1
"""How often a process tries whether the one that looks after the ledger is gone; and that one, whether it still may."""
LOOK_SECONDS = 1
"""How often it is looked whether a snooze or the day has ended, or a snapshot is too old as nobody has asked."""
SETTLE_SECONDS = 2 * STILL_SECONDS
"""Between two looks at the files before the first judgement: those that have changed are read when they lie still."""
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after a failure; they double."""

Deliver = Callable[[asyncio.Event], Coroutine[None, None, None]]
"""`deliver(has_happened)`: tells people of events. The event is set where there may be new ones, for the first time
when the files have been looked at here; `deliver` clears it.

It runs only where the ledger is looked after, so that nobody is told twice, and is cancelled when that ends.
"""


async def _nothing(_: asyncio.Event) -> None:
    pass


class Alerting:
    """Looks after the ledger, in one process of those that answer from the same lake."""

    def __init__(
        self, current: CurrentSnapshot, engine: Engine[Result], ledger: Ledger, deliver: Deliver = _nothing
    ) -> None:
        """`deliver`: see there."""
        self._current = current
        self._engine = engine
        self._ledger = ledger
        self._deliver = deliver
        self._holding = Holding(ledger.file.path.parent)
        self._has_happened = asyncio.Event()
        self._is_failing = False
        self._day = self._today()

    async def run(self) -> None:
        """Look after it, or wait until whoever does is gone; for ever, whatever fails."""
        pause = SHORTEST_PAUSE
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                if await done(self._holding.take):
                    await self._look_after()
                    pause = SHORTEST_PAUSE
                await asyncio.sleep(HOLDING_SECONDS)
            except Exception as problem:  # noqa: BLE001 - whatever it is, alerts are looked for again
                self._complain(problem)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            finally:
                self._holding.release()

    async def _look_after(self) -> None:
        """Evaluate snapshot after snapshot, for as long as the lock is held here."""
        logger.info("alerts are looked after here", extra={"file": str(self._ledger.file.path)})
        self._has_happened.clear()  # whoever delivers waits until the files have been looked at
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in (self._deliver(self._has_happened), self._evaluate_all())]
            while await done(self._holding.take):  # noqa: ASYNC110 - the lock is the operating system's
                await asyncio.sleep(HOLDING_SECONDS)
            for each in tasks:
                each.cancel()

    async def _evaluate_all(self) -> None:
        snapshot: Snapshot | None = None
        pause = SHORTEST_PAUSE
        is_first = True
        while True:
            try:
                snapshot = await self._next(snapshot)
                await self.evaluate(snapshot)
                if is_first:  # what others have written may not be told of yet
                    self._has_happened.set()
                    is_first = False
                self._is_failing, pause = False, SHORTEST_PAUSE
            except Exception as problem:  # noqa: BLE001 - the next one is evaluated all the same
                self._complain(problem)
                await asyncio.sleep(pause)
                snapshot, pause = None, min(LONGEST_PAUSE, pause * 2)

    async def evaluate(self, snapshot: Snapshot) -> None:
        """Record what is found in a snapshot, and end what was put off until now."""
        recorded = await self._record(snapshot)
        woken = await done(wake, self._ledger.file, self._ledger.now())
        if recorded.events or woken:
            self._has_happened.set()
        if recorded.has_lost_marks or woken:
            await self._current.renew()  # so that all are answered without what holds no more

    async def _record(self, snapshot: Snapshot) -> Recorded:
        try:
            found = await self._engine.answer(
                key_of_all(snapshot), lambda: service.alerts(snapshot, None), asker=id(self), of="alerts"
            )
        except DatasetError:  # there is nothing to judge
            return Recorded()
        assert isinstance(found, Composed)  # noqa: S101 - for the type checker: the key names the pipeline
        findings: tuple[Finding, ...] = found.value
        rules = judged(snapshot)
        return await done(self._written, findings, rules)

    def _written(self, findings: tuple[Finding, ...], rules: frozenset[str]) -> Recorded:
        return record(self._ledger.file, [keeping.seen(each) for each in findings], rules, self._ledger.now())

    async def _next(self, evaluated: Snapshot | None) -> Snapshot:
        """The next snapshot to be evaluated: a newer one, or the same again when a snooze or the day has ended."""
        if evaluated is None:  # whoever looked after it before may have seen newer files than are held here
            await self._current.renew()
            await asyncio.sleep(SETTLE_SECONDS)
            return await self._current.renew()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):  # `wait_for` of Python 3.11 may not hear that it is to stop
                    return await self._current.newer(evaluated)
            if self._day != self._today():
                self._day = self._today()
                return await self._current.renew()
            if await done(self._is_time):
                return evaluated
            await self._current.get()  # takes another one where this one's time is up

    def _is_time(self) -> bool:
        """Whether a snooze has ended."""
        end = next_end(self._ledger.file)
        return end is not None and end <= self._ledger.now()

    def _today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self._ledger.now()).astimezone().date()

    def _complain(self, problem: Exception) -> None:
        """Say it once, until it goes well again."""
        while isinstance(problem, ExceptionGroup):  # of a group of tasks one has failed, and the others were told
            problem = problem.exceptions[0]
        if self._is_failing:
            return
        self._is_failing = True
        if isinstance(problem, LedgerUnusable):
            logger.error("alerts are not kept", extra={"problem": str(problem)})
        else:
            logger.error("alerts cannot be evaluated", exc_info=problem)
