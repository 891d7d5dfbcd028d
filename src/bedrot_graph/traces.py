"""What is done for a request and how long that takes, as spans, where somebody collects them; else nothing."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Self

Value = str | bool | int | float | Sequence[str]


class Span:
    """Something that takes time. Nobody collects this one, nor its parts: `tracing` has those that are collected."""

    __slots__ = ()

    def __enter__(self) -> Self:
        """Begin: what is done from here on is a part of it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End; an error that ends it is told by its code or its class, never by its message."""

    def part(self, _name: str, _told: Mapping[str, Value]) -> "Span":
        """A part of it."""
        return self

    def whole(self, name: str, told: Mapping[str, Value]) -> "Span":
        """The same of what stands for itself, where it is a part of nothing."""
        return self.part(name, told)

    def note(self, **told: Value) -> None:
        """Tell more of it."""

    def fail(self, *codes: str) -> None:
        """Say that it has failed, and with which codes."""

    def link(self, other: "Span") -> None:
        """Point to another span that this one owes something."""

    def end(self) -> None:
        """End it before it is left."""


NOTHING = Span()

WITHIN: ContextVar[Span] = ContextVar("within", default=NOTHING)
"""What is being done."""


def span(name: str, **told: Value) -> Span:
    """A part of what is being done; to be entered. What is told of it holds nothing that was sent, and no number."""
    return WITHIN.get().part(name, told)


def whole(name: str, **told: Value) -> Span:
    """The same of what may also stand for itself."""
    return WITHIN.get().whole(name, told)


def note(**told: Value) -> None:
    """Tell more of what is being done."""
    WITHIN.get().note(**told)


def fail(*codes: str) -> None:
    """Say that what is being done has failed."""
    WITHIN.get().fail(*codes)
