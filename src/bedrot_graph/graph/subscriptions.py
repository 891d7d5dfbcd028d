"""One client's subscription: what it was told, what it is to be told next, and what that costs."""

import json
from collections.abc import Callable, Hashable
from dataclasses import replace
from itertools import islice
from types import TracebackType
from typing import Self

from graphql import GraphQLError, located_error

from bedrot_graph.graph.context import Context
from bedrot_graph.graph.documents import LONGEST_VARIABLES, Understood
from bedrot_graph.graph.execution import Answered, Execution, Operation
from bedrot_graph.graph.failures import coded
from bedrot_graph.graph.live import LIVE, Live, Marks, Moment
from bedrot_graph.lake.snapshot import Snapshot

Prepare = Callable[[Operation, Context], Execution]
Write = Callable[[Answered], bytes]
"""What is sent of an answer."""


class Subscription:
    """Tells one client what has changed, one message at a time: when it has read one, it is asked for the next.

    Used as a context manager: outside of it, nothing is followed. As it may wait for days, it holds the text of what is
    asked, and neither its syntax tree nor what has been found out of it: those are for `Documents` to remember.
    """

    def __init__(self, execution: Execution, prepare: Prepare, write: Write) -> None:
        """`execution`: of a subscription that can be executed. Raises GraphQLError where its variables are too long."""
        executor, self._operation = execution.executor, _short(execution.operation)
        assert executor  # noqa: S101 - for the type checker: it can be executed
        root = executor.root_field()
        self._context = replace(execution.context, understood=Understood())
        self._cost = execution.cost
        self._prepare = prepare
        self._write = write
        self._key = root.key
        self._live: Live = root.metadata[LIVE]
        self._arguments = root.arguments
        self._told: Marks = {}
        self._seen: int | None = None
        """The number of the moment that was looked at last."""
        self._missed = 0
        self._has_told_fault = False

    async def __aenter__(self) -> Self:
        """Begin to follow."""
        context, live, arguments = self._context, self._live, self._arguments

        async def look(snapshot: Snapshot) -> Marks:
            return await live.marks(context.anew(snapshot), **arguments)

        self._subject: Hashable = (live, repr(sorted(arguments.items())))
        assert context.feeds is not None  # noqa: S101 - for the type checker: a server has them
        self._feed = context.feeds.join(self._subject, context.artists, look)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Follow no longer."""
        assert self._context.feeds is not None  # noqa: S101 - as above
        self._context.feeds.leave(self._subject, self._context.artists)

    async def news(self) -> None:
        """Wait until there is something to tell, and points to pay for it."""
        now = await self._feed.present() if self._seen is None else self._latest()
        while not self._is_news(now):
            now = await self._feed.after(now.number)
        await self._context.pay(self._cost)

    async def message(self) -> bytes | None:
        """What is to be told now, of the newest state; None where it is not news any more."""
        now = self._latest()
        if not self._is_news(now):
            return None
        missed, self._missed = self._missed, 0
        if now.fault:
            fault, self._has_told_fault, self._told = now.fault, True, {}
            return await self._feed.message((self._asked, missed), now, lambda: self._failed(fault, missed))
        keys = self._keys(now)
        message = await self._feed.message((self._asked, keys, missed), now, lambda: self._made(now, keys, missed))
        told = {**self._told, **{key: now.marks[key] for key in keys}}
        self._told = told if self._keys_beyond(told, now) else self._kept(told, now)
        return message

    def _latest(self) -> Moment:
        latest = self._feed.latest
        assert latest  # noqa: S101 - for the type checker: there has been one
        return latest

    def _is_news(self, now: Moment) -> bool:
        """Whether the moment has anything to tell; it counts as seen."""
        if self._seen is not None:
            self._missed += max(0, now.number - self._seen - 1)
        if now.number != self._seen:
            self._has_told_fault = False
        self._seen = now.number
        if now.fault:
            return not self._has_told_fault
        if self._keys(now):
            return True
        self._told = self._kept(self._told, now)
        return False

    def _kept(self, told: Marks, now: Moment) -> Marks:
        """What the client knows: all of the moment, and what may be true although it is not there."""
        may_hold = self._live.may_hold
        if told is now.marks or may_hold is None or now.snapshot is None:
            return now.marks
        gone = {key: mark for key, mark in told.items() if key not in now.marks and may_hold(mark, now.snapshot)}
        return {**gone, **now.marks} if gone else now.marks

    def _keys(self, now: Moment) -> tuple[str, ...]:
        """What the next message is about."""
        return self._keys_beyond(self._told, now)

    def _keys_beyond(self, told: Marks, now: Moment) -> tuple[str, ...]:
        if told is now.marks:
            return ()
        is_news = self._live.is_news
        keys = (key for key, mark in now.marks.items() if key not in told or is_news(told[key], mark))
        return tuple(keys if self._live.is_together else islice(keys, 1))

    @property
    def _asked(self) -> Hashable:
        """What a message depends on beside what it is about."""
        asked = self._operation
        return asked.query, asked.name, repr(asked.variables), repr(asked.extensions), self._context.rights

    async def _made(self, now: Moment, keys: tuple[str, ...], missed: int) -> bytes:
        assert now.snapshot  # noqa: S101 - for the type checker: there are marks, so it was looked at
        execution = self._prepare(self._operation, self._context.anew(now.snapshot, keys))
        return self._write(_with_missed(await execution.answered(), missed))

    async def _failed(self, fault: Exception, missed: int) -> bytes:
        error = coded(located_error(fault, None, [self._key]), is_valid=True)
        return self._write(_with_missed(Answered({self._key: None}, [error]), missed))


def _short(asked: Operation) -> Operation:
    """The operation without what nobody looks at. Raises GraphQLError where its variables are too long."""
    said = len(json.dumps(asked.variables))
    if said > LONGEST_VARIABLES:
        text = (
            f"The variables of a subscription are {said:,} characters long, and {LONGEST_VARIABLES:,} is the most, as "
            "they are held for as long as it runs. Ask for less at once."
        )
        raise GraphQLError(text, extensions={"code": "BAD_USER_INPUT"})
    known = {name: each for name, each in (asked.extensions or {}).items() if name in {"lineage", "cost"}}
    return replace(asked, extensions=known)


def _with_missed(answered: Answered, missed: int) -> Answered:
    return answered._replace(extensions={**answered.extensions, "missed": missed}) if missed else answered
