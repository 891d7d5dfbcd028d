"""Whole responses, remembered as bytes for as long as the snapshot they were answered from is the current one."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import cache, cached_property
from http import HTTPStatus
from typing import NamedTuple

from pydantic import TypeAdapter

from bedrot_graph.graph.sharing import Sharing
from bedrot_graph.lake.shared import MOST_BYTES, Shared
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.web.rights import Rights


class Asked(NamedTuple):
    """A request, as far as its answer depends on it; equal ones have equal answers from the same data."""

    method: str
    query: bytes
    """The part of the address behind the question mark."""
    body: bytes
    media_type: str | None
    """What to answer in; None where the client takes nothing that there is."""
    coding: str
    """How to compress the answer; empty for not at all."""
    content_type: str
    content_encoding: str
    rights: Rights

    @property
    def is_get(self) -> bool:
        """Whether it is a question in the address, whose answer caches may keep."""
        return self.method in {"GET", "HEAD"}

    @property
    def size_bytes(self) -> int:
        """The memory it holds, roughly."""
        return len(self.query) + len(self.body) + len(self.content_type)


@dataclass(frozen=True)
class Reply:
    """What is sent back."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    operation: str = ""
    """The name of what was executed, for whoever counts."""

    @cached_property
    def head(self) -> bytes:
        """The headers as they are written."""
        return b"".join(b"%s: %s\r\n" % header for header in self.headers)

    @cached_property
    def is_usual(self) -> bool:
        """Whether it has a body, and the connection goes on behind it."""
        return self.status != HTTPStatus.NOT_MODIFIED and CLOSE not in self.headers

    @property
    def size_bytes(self) -> int:
        """The memory it holds, roughly."""
        return len(self.body) + _BYTES_AROUND


CLOSE = (b"connection", b"close")
"""The header of replies behind which nothing more is read."""
_BYTES_AROUND = 2048
"""What a reply and its request take beside their bodies, roughly."""


class _Head(NamedTuple):
    """A reply without its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    operation: str


@cache
def _head() -> TypeAdapter[_Head]:
    """How it is written; made where somebody packs, as it takes long."""
    return TypeAdapter(_Head)


def packed(reply: Reply) -> bytes:
    """The reply as bytes, for other processes."""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers)
    head = _head().dump_json(_Head(reply.status, headers, reply.operation))
    return len(head).to_bytes(4, "big") + head + reply.body


def unpacked(data: bytes) -> Reply | None:
    """The same reply again; None for what is none."""
    end = 4 + int.from_bytes(data[:4], "big")
    try:
        head = _head().validate_json(data[4:end])
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers)
    except ValueError:  # ValidationError and UnicodeError are such
        return None
    return Reply(head.status, headers, data[end:], head.operation)


@dataclass(frozen=True)
class Elsewhere:
    """Where other processes leave their replies."""

    shared: Shared
    name: str
    """What replies depend on beside the request and the snapshot."""
    seconds: float

    def key(self, asked: Asked, snapshot: Snapshot) -> str:
        """What names the reply in every process."""
        of_rights: tuple[object, ...] = asked.rights
        rights = [sorted(each) if isinstance(each, frozenset) else each for each in of_rights]  # a set has no order
        others = [value for name, value in asked._asdict().items() if name != "rights"]
        told = repr((snapshot.state, others, rights)).encode()
        return f"{self.name}:{hashlib.blake2b(told, digest_size=16).hexdigest()}"


class Responses:
    """Replies by what was asked, of one snapshot at a time; the least recently used go first when they are too many."""

    def __init__(self, max_bytes: int, elsewhere: Elsewhere | None = None) -> None:
        self._max_bytes = max_bytes
        self._elsewhere = elsewhere if max_bytes else None
        self._held: OrderedDict[Asked, Reply] = OrderedDict()
        self._snapshot: Snapshot | None = None
        self._sharing: Sharing[Reply] = Sharing()
        self.size_bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        """How many are held."""
        return len(self._held)

    async def shared(self, asked: Hashable, answer: Callable[[], Awaitable[Reply]]) -> Reply:
        """What is replied to requests that are there at the same time: one of them answers for all."""
        return await self._sharing.shared(asked, answer)

    def find(self, asked: Asked, snapshot: Snapshot) -> Reply | None:
        """What was replied to the same request from the same snapshot."""
        reply = self._held.get(asked) if snapshot is self._snapshot else None
        if reply is None:
            self.misses += 1
            return None
        self.hits += 1
        self._held.move_to_end(asked)
        return reply

    async def fetched(self, asked: Asked, snapshot: Snapshot) -> Reply | None:
        """What another process has replied to the same request from the same files."""
        if self._elsewhere is None:
            return None
        found = await self._elsewhere.shared.find(self._elsewhere.key(asked, snapshot))
        reply = unpacked(found.value) if found else None
        if reply:
            self._hold(asked, reply, snapshot)
        return reply

    def keep(self, asked: Asked, reply: Reply, snapshot: Snapshot) -> None:
        """Remember a reply, and leave it to other processes; those of another snapshot are forgotten."""
        self._hold(asked, reply, snapshot)
        if (elsewhere := self._elsewhere) and reply.size_bytes <= MOST_BYTES:
            key = elsewhere.key(asked, snapshot)
            elsewhere.shared.later(elsewhere.shared.keep(key, packed(reply), elsewhere.seconds))

    def _hold(self, asked: Asked, reply: Reply, snapshot: Snapshot) -> None:
        if snapshot is not self._snapshot:
            self._held.clear()
            self._snapshot, self.size_bytes = snapshot, 0
        size = asked.size_bytes + reply.size_bytes
        if size > self._max_bytes or asked in self._held:
            return
        self._held[asked] = reply
        self.size_bytes += size
        while self.size_bytes > self._max_bytes:
            gone, its_reply = self._held.popitem(last=False)
            self.size_bytes -= gone.size_bytes + its_reply.size_bytes
