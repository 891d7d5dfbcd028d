"""How long a connection waits for a client that does not read."""

import asyncio

UNREAD_SECONDS = 30
"""How long a client may read nothing of what has been sent to it."""
LINGER_SECONDS = 2
"""How long a connection that is given up is still read from: closed at once, the client might not get to read why."""


class Patient(asyncio.Protocol):
    """A connection that ends where its client does not read: what waits to be sent would be kept for ever.

    To be named before the class that speaks the protocol.
    """

    transport: asyncio.Transport
    _unread_bytes = 0
    _unread_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._end_waiting()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits than should: the client reads more slowly than it is answered."""
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        self._end_waiting()

    def _wait(self) -> None:
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._end_waiting()
        self._unread_timer = asyncio.get_running_loop().call_later(UNREAD_SECONDS, self._look)

    def _end_waiting(self) -> None:
        if self._unread_timer:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _look(self) -> None:
        if self.transport.get_write_buffer_size() < self._unread_bytes:
            self._wait()
        else:
            self.transport.abort()
