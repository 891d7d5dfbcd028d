"""Who looks after the ledger: one process, whichever holds a lock of the operating system that ends with it."""

import os
import sys
from pathlib import Path

from bedrot_graph.errors import LedgerUnusable

FILE = "alerts.lock"

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Holding:
    """The lock.

    Two hold it until the first looks again, where somebody has deleted its file. Nothing is lost meanwhile: each write
    is a transaction that first looks at what the other has written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether it is held here: since now or before, and by nobody else. Raises LedgerUnusable."""
        if self._is_held():
            return True
        self.release()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as problem:
            raise LedgerUnusable(self.path.parent, problem) from None
        try:
            _lock(descriptor)
        except OSError:  # somebody else has it
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return self._is_held()

    def release(self) -> None:
        """Let another process have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def _is_held(self) -> bool:
        """Whether the file that is locked is still the one that others would lock."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except OSError:
            return False
