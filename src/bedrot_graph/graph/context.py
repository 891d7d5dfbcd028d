"""What a request carries through its resolvers: one snapshot, the engine, the limits, and its lineage so far."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from graphql import GraphQLError
from graphql.pyutils import Path as ResponsePath

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.composed import Composed
from bedrot_graph.cubes.detail import Detail
from bedrot_graph.errors import (
    AlertsNotKept,
    DatasetError,
    LedgerUnusable,
    NegativePageSize,
    OutOfTime,
    PageTooLarge,
    ResponseTooLarge,
    Unauthenticated,
)
from bedrot_graph.graph.documents import Documents, Question, Understood
from bedrot_graph.graph.live import Feeds
from bedrot_graph.lake.current import Current
from bedrot_graph.lake.engine import Engine
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.ledger.ledger import Ledger
from bedrot_graph.measures import Measure
from bedrot_graph.traces import span

logger = logging.getLogger(__name__)

T = TypeVar("T")

Result = Answer | Detail | Composed[Any]
"""What the engine's pipelines give, and its cache remembers."""


async def _nothing(_: int) -> None:
    pass


@dataclass(frozen=True)
class Limits:
    """How much one request may ask for."""

    page_size: int = 100
    max_page_size: int = 1000
    max_lines_page_size: int = 10_000
    max_seconds: float | None = None
    """How long a request may wait for what is read and computed; None for as long as it takes."""
    max_response_bytes: int | None = None
    """How large an answer may be; None for as large as it gets."""

    def page(self, first: int | None, most: int) -> int:
        """The number of rows of a page. Raises PageTooLarge or NegativePageSize."""
        if first is None:
            return self.page_size
        if first < 0:
            raise NegativePageSize(first)
        if first > most:
            raise PageTooLarge(first, most)
        return first


class Used(NamedTuple):
    """What one field of the response was made from."""

    root: str
    """Its key in the response, or that of the root field it stands below."""
    measures: Mapping[str, Measure] = MappingProxyType({})
    """The measures that were selected, by schema coordinate."""
    datasets: frozenset[str] = frozenset()
    findings: tuple[Limitation, ...] = ()


@dataclass
class Context:
    """The context of one request."""

    current: Current
    engine: Engine[Result]
    limits: Limits
    documents: Documents
    may_mutate: bool = True
    is_columnar: bool = True
    """Whether lists are written from columns; else value by value, to the same answer."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """The values of cubes' options, by their names, where a question does not say."""
    may_introspect: bool = True
    """Whether the caller may know the schema."""
    ledger: Ledger | None = None
    """What is kept of alerts; None where there is no place for it."""
    asker: str = ""
    """Who asks: a key, the subject of a token, or an address."""
    is_lasting: bool = True
    """Whether the answer is the same for as long as the snapshot is."""
    artists: tuple[str, ...] | None = None
    """The artists whose rows the caller may see, by their identities in order; None for all rows."""
    feeds: Feeds | None = None
    """What subscriptions listen to; None where nothing is served."""
    pay: Callable[[int], Awaitable[None]] = _nothing
    """`pay(points)`: takes the points of a message, when there are enough."""
    told: tuple[str, ...] = ()
    """What a message of a subscription is about."""
    understood: Understood = field(default_factory=Understood)
    """Kept with the document, so that it is found out once."""
    used: dict[str, Used] = field(default_factory=dict)
    """What each field was made from, by its path, in the order of the document."""
    errors: list[GraphQLError] = field(default_factory=list)
    """Errors that belong to many nodes at once, told once."""
    written_bytes: int = 0
    """Of the lists that have been written so far."""
    _snapshot: Snapshot | None = None
    _taking: "asyncio.Future[Snapshot] | None" = None
    _deadline: float | None = None
    """By the event loop's clock, once something has been waited for."""

    @property
    def rights(self) -> tuple[object, ...]:
        """What answers depend on of who asks."""
        return self.may_mutate, self.may_introspect, self.artists

    def anew(self, snapshot: Snapshot, told: tuple[str, ...] = ()) -> "Context":
        """A context for one message of a subscription, to be answered from the snapshot."""
        return replace(
            self, told=told, used={}, errors=[], written_bytes=0, _snapshot=snapshot, _taking=None, _deadline=None
        )

    async def ask(self, path: ResponsePath, question: Question) -> Any:  # noqa: ANN401 - each field has its type
        """The answer to what a root field asks; the next time its operation is asked, no resolver is needed."""
        self.understood.questions[str(path.key)] = question
        return await question(self, path)

    def count(self, written_bytes: int) -> None:
        """Count what a list takes in the response, from whichever thread. Raises ResponseTooLarge."""
        self.written_bytes += written_bytes
        if self.is_too_large:
            raise ResponseTooLarge(self.limits.max_response_bytes or 0)

    @property
    def is_too_large(self) -> bool:
        """Whether the lists alone take more than a response may."""
        most = self.limits.max_response_bytes
        return most is not None and self.written_bytes > most

    def begin(self, path: ResponsePath) -> str:
        """Keep a field's place in the order of the document, whichever is answered first; gives its key."""
        key = ".".join(str(part) for part in path.as_list())
        self.used[key] = Used(str(path.as_list()[0]))
        return key

    def note(
        self, key: str, measures: dict[str, Measure], datasets: frozenset[str], findings: tuple[Limitation, ...]
    ) -> None:
        """Say what the field was made from."""
        self.used[key] = Used(self.used[key].root, measures, datasets, findings)

    def note_measures(self, key: str, measures: Mapping[str, Measure]) -> None:
        """Say of which measures the field's values are, where no field of theirs is selected."""
        self.used[key] = self.used[key]._replace(measures={**self.used[key].measures, **measures})

    def note_faults(self, key: str, faults: Iterable[tuple[str, DatasetError]], type_name: str = "") -> None:
        """Say, once for each dataset that cannot be read, which of the field's numbers are null for it."""
        named: dict[str, tuple[DatasetError, list[str]]] = {}
        for name, fault in faults:
            named.setdefault(str(fault), (fault, []))[1].append(name)
        for text, (fault, names) in named.items():
            coordinates = {"coordinates": [f"{type_name}.{name}" for name in names]} if type_name else {}
            message = f"{', '.join(names)} cannot be computed and is null. {text}"
            extensions = {**fault.extensions, **coordinates}
            self.errors.append(GraphQLError(message, path=[self.used[key].root], extensions=extensions))

    async def snapshot(self) -> Snapshot:
        """The snapshot that all of the request is answered from. Raises OutOfTime."""
        if self._snapshot is None:
            self._snapshot = self.current.held()
        if self._snapshot is None:
            with span("wait for the lake"):
                self._taking = self._taking or asyncio.ensure_future(self.current.get())
                self._snapshot = await self._in_time(asyncio.shield(self._taking))
        return self._snapshot

    async def answer(self, key: str, pipeline: Callable[[], Result], of: str = "") -> Result:
        """The pipeline's answer, remembered under the key. Raises what the pipeline raises, OutOfTime or TooBusy.

        `of`: what is asked, in a word for traces.
        """
        known = await self.engine.cache.known(key)
        if known is None:
            known = await self._in_time(self.engine.answer(key, pipeline, asker=id(self), of=of))
        return known

    def answered_from(self) -> Snapshot | None:
        """The snapshot that the request was answered from, if it has needed one."""
        return self._snapshot

    async def reload(self) -> tuple[Snapshot | None, Snapshot]:
        """Take a new snapshot, and answer the rest of the request from it. Raises Unauthenticated."""
        self.permit_change()
        before, now = await self._in_time(self.current.reload())
        self._snapshot = now
        return before, now

    async def renew(self) -> None:
        """Answer the rest of the request from a snapshot that has what people have said by now. Raises OutOfTime."""
        self._snapshot = await self._in_time(self.current.renew())

    def permit_change(self) -> None:
        """Raise Unauthenticated where the caller may not change the server's state."""
        if not self.may_mutate:
            raise Unauthenticated

    def changing(self) -> Ledger:
        """What is kept of alerts, to be changed. Raises Unauthenticated or AlertsNotKept."""
        self.permit_change()
        return self.keeping

    @property
    def keeping(self) -> Ledger:
        """What is kept of alerts. Raises AlertsNotKept."""
        if self.ledger is None:
            raise AlertsNotKept
        return self.ledger

    async def kept(self, work: Awaitable[T]) -> T:
        """What the ledger says. Raises AlertsNotKept or OutOfTime."""
        try:
            return await self._in_time(work)
        except LedgerUnusable as problem:
            logger.exception("ledger cannot be used")
            raise AlertsNotKept from problem

    async def _in_time(self, work: Awaitable[T]) -> T:
        """What the work gives, if the request's time suffices for it; else the work is left."""
        loop, seconds = asyncio.get_running_loop(), self.limits.max_seconds
        if seconds is not None and self._deadline is None:
            self._deadline = loop.time() + seconds
        time = asyncio.timeout_at(self._deadline)
        try:
            async with time:
                return await work
        except TimeoutError:
            if seconds is None or not time.expired():
                raise
            raise OutOfTime(seconds) from None
