"""The postman: forms deliveries from what has happened to alerts, and brings each until it arrives or is given up."""

import asyncio
import logging
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from bedrot_graph.delivery.channels import Channel
from bedrot_graph.delivery.message import written
from bedrot_graph.delivery.outcome import Carrier, Outcome
from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.errors import LedgerUnusable
from bedrot_graph.ledger.apart import done
from bedrot_graph.ledger.outbox import Delivery, Outbox, Terms

logger = logging.getLogger(__name__)

HOUR = 60 * 60
SHORTEST_SLEEP = 0.02
LOUD = frozenset({Severity.CRITICAL.value})
"""What waits for no earlier message, and not for the morning."""


@dataclass(frozen=True)
class Pace:
    """When what has not arrived is attempted again."""

    pauses: tuple[float, ...] = (5, 30, 120, 300, 900, 0.5 * HOUR, *(24 * [HOUR]))
    """Seconds after each attempt until the next; after the one behind the last pause it is given up: a day."""
    jitter: float = 0.2
    """Up to which part of itself a pause is made longer, so that receivers that come back are not asked all at once."""
    look_seconds: float = 60
    """How long nothing is looked at where nobody has woken the postman: clocks may be set."""
    failing_seconds: float = 10
    """The same where the ledger cannot be used."""


class Postman:
    """Brings what is to be told to each channel by itself: one that hangs holds up no other.

    At most one postman works at a time for a ledger; whoever runs it sees to that. While there are two for a moment,
    an attempt is made by one of them.
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Sequence[Channel],
        *,
        carriers: Mapping[str, Carrier] | None = None,
        now: Callable[[], float] = time.time,
        pace: Pace | None = None,
    ) -> None:
        """`carriers`: what sends through which channel, where that is not as usual."""
        self._outbox = outbox
        self._channels = tuple(channels)
        self._carriers = {each.name: each.carrier() for each in channels} | dict(carriers or {})
        self._now = now
        self._pace = pace or Pace()
        self._calls = {each.name: asyncio.Event() for each in channels}
        self._failing: set[str] = set()
        self._may_form = False
        """What was kept when the last process ended may be over: the first look at what is true now comes first."""
        self.told: Counter[tuple[str, str]] = Counter()
        """How many attempts ended how, by channel: delivered, postponed or failed."""

    async def run(self, has_happened: asyncio.Event) -> None:
        """Work until cancelled; the event is set by whoever has seen what is true now, and cleared here.

        Before that first time only what was formed earlier is attempted; and nothing before what is for nobody any more
        has been ended.
        """
        self._may_form = False
        while not await self._clear_up():  # noqa: ASYNC110 - what is waited for is a file that can be used
            await asyncio.sleep(self._pace.failing_seconds)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(has_happened))
            group.create_task(self._keep_clear())
            for each in self._channels:
                group.create_task(self._serve(each))

    async def visit(self, channel: Channel, *, may_form: bool) -> float:
        """Form what may be formed and attempt what is due; when there is something to do again."""
        while True:
            now, waits_until = self._now(), None
            if may_form:
                write = partial(written, channel, now=now)
                waits_until = await done(self._outbox.form, _terms(channel, now), now, write)
            delivery = await done(self._outbox.due, channel.name, now)
            if delivery is None:
                break
            if (awake_at := _awake(channel, delivery, now)) > now:  # it was written before, and nobody was there
                await done(self._outbox.put_off, delivery.id, awake_at)
            else:
                await self._attempt(channel, delivery)
        due_at = await done(self._outbox.next_due, channel.name)
        return min((each for each in (waits_until, due_at) if each is not None), default=math.inf)

    async def _listen(self, has_happened: asyncio.Event) -> None:
        while True:
            await has_happened.wait()
            has_happened.clear()
            self._may_form = True
            for each in self._calls.values():
                each.set()

    async def _keep_clear(self) -> None:
        pause: float = HOUR
        while True:
            await asyncio.sleep(pause)
            pause = HOUR if await self._clear_up() else self._pace.failing_seconds

    async def _clear_up(self) -> bool:
        """End what is for nobody any more, and forget what was over long ago; whether that went well."""
        what = "the deliveries"
        with self._going_on(what):
            forms = {each.name: each.form for each in self._channels}
            if given_up := await done(self._outbox.keep_only, forms):
                logger.warning("alerts for channels that are gone are given up", extra={"deliveries": given_up})
            await done(self._outbox.prune, self._now())
        return what not in self._failing

    async def _serve(self, channel: Channel) -> None:
        call = self._calls[channel.name]
        while True:
            call.clear()
            pause = self._pace.failing_seconds
            with self._going_on(channel.name):
                pause = max(SHORTEST_SLEEP, await self.visit(channel, may_form=self._may_form) - self._now())
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, self._pace.look_seconds)):
                    await call.wait()

    async def _attempt(self, channel: Channel, delivery: Delivery) -> None:
        pauses = self._pace.pauses
        is_last = delivery.attempts >= len(pauses)
        pause = pauses[-1 if is_last else delivery.attempts] * random.uniform(1, 1 + self._pace.jitter)  # noqa: S311
        if not await done(self._outbox.begin, delivery, _awake(channel, delivery, self._now() + pause)):
            return  # another postman was first: for a moment there may be two
        try:
            outcome = await self._carriers[channel.name].send(delivery.id, delivery.body)
        except Exception as error:  # noqa: BLE001 - one channel's fault ends no other's; its text may hold an address
            logger.error("alerts cannot be sent", extra={"channel": channel.name, "problem": type(error).__name__})  # noqa: TRY400
            outcome = Outcome(f"Something went wrong with us ({type(error).__name__}).")
        if outcome.problem and is_last:
            outcome = outcome._replace(is_final=True)
        await done(self._note, channel, delivery, outcome, pause)

    def _note(self, channel: Channel, delivery: Delivery, outcome: Outcome, pause: float) -> None:
        now = self._now()
        extra = {"channel": channel.name, "delivery": delivery.id, "attempts": delivery.attempts + 1}
        if outcome.problem is None:
            self._outbox.arrived(delivery.id, now)
            self.told[channel.name, "delivered"] += 1
            logger.info("alerts delivered", extra=extra)
        elif outcome.is_final:
            self._outbox.give_up(delivery.id, outcome.problem)
            self.told[channel.name, "failed"] += 1
            logger.error("alerts not delivered", extra={**extra, "problem": outcome.problem})
        else:
            due_at = now + max(pause, outcome.retry_after or 0)
            self._outbox.try_again(delivery.id, outcome.problem, _awake(channel, delivery, due_at))
            self.told[channel.name, "postponed"] += 1
            logger.warning("alerts not delivered yet", extra={**extra, "problem": outcome.problem})

    @contextmanager
    def _going_on(self, what: str) -> Iterator[None]:
        """While something is done that is done again later, whatever goes wrong with it."""
        try:
            yield
            self._failing.discard(what)
        except Exception as error:
            if what not in self._failing:  # once, not each time
                self._failing.add(what)
                told = {"channel": what, "problem": str(error)}
                is_known = isinstance(error, LedgerUnusable)  # its words say all there is to say
                logger.exception("alerts cannot be told", extra=told, exc_info=None if is_known else error)


def _terms(channel: Channel, now: float) -> Terms:
    quiet_until = channel.quiet.until(now) if channel.quiet else None
    return Terms(
        channel=channel.name,
        severities=channel.severities,
        tells_resolved=channel.tells_resolved,
        loud=LOUD,
        every_seconds=channel.every_seconds,
        quiet_until=quiet_until,
        loud_until=quiet_until if channel.quiet and channel.quiet.is_for_all else None,
    )


def _awake(channel: Channel, delivery: Delivery, due_at: float) -> float:
    """That time; or when the quiet hours end that it would be in."""
    if channel.quiet is None or (delivery.is_loud and not channel.quiet.is_for_all):
        return due_at
    return channel.quiet.until(due_at) or due_at
