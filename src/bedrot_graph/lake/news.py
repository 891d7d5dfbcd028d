"""Which state of the files was seen last, by whichever process answers from them."""

from typing import Protocol


class Register(Protocol):
    """Where a number stands that all may read and write."""

    value: int


class _Own:
    """A register that nobody shares."""

    value = 0


class News:
    """What was told last: the number of a snapshot's state; 0 where nothing was. The last one who tells wins.

    Read on every request, so it is a register in memory, which processes may share; whoever brings news from farther
    away writes into it too.
    """

    def __init__(self, register: Register | None = None) -> None:
        self._register = _Own() if register is None else register  # one that holds 0 is false
        self.told = 0
        """What was told here last; 0 where nothing was."""

    @property
    def latest(self) -> int:
        """What was told last, by anybody."""
        return self._register.value

    def tell(self, state: int) -> None:
        """Let all know of a state that was seen here."""
        self.told = state
        self._register.value = state

    def pass_on(self, state: int) -> None:
        """Let all know of a state that was seen elsewhere."""
        self._register.value = state
