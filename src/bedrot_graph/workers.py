"""Several workers behind one listening socket: processes that are started, watched, replaced and stopped together."""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from ctypes import c_bool, c_uint64
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from bedrot_graph.logs import configure_logs
from bedrot_graph.serving import Seat, load
from bedrot_graph.settings import Settings

logger = logging.getLogger(__name__)

SOUND_SECONDS = 10
"""A worker that has lived so long was sound; the next one in its place is started at once."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts at one place, where what is started dies at once; they begin at one, and double."""
GRACE_SECONDS = 5
"""What a worker has beyond the settings' time to stop in."""


@dataclass
class _Place:
    """The place of one worker, whichever process has it."""

    number: int
    process: SpawnProcess | None = None
    started_at: float = 0
    failures: int = 0
    """How many workers have died here one after the other, none of them sound."""
    due_at: float = 0
    """When the next one is to be started."""


class Crew:
    """The workers of one server. They are spawned: a fork after Polars has run hangs."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._context = multiprocessing.get_context("spawn")
        self._places = [_Place(number) for number in range(settings.workers)]
        # One machine word: written and read in one piece, without a lock that a dying worker could keep.
        self._news: Any = self._context.Value(c_uint64, 0, lock=False)
        self._serving: Any = self._context.Array(c_bool, settings.workers, lock=False)
        """Which of them have begun to answer."""
        self._has_served = False

    def run(self) -> bool:
        """Keep them answering until a signal says to stop; whether they have answered at all."""
        heard, signalled = self._context.Pipe(duplex=False)
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(each, lambda *_: signalled.send_bytes(b"!")) for each in signals]
        with TemporaryDirectory(prefix="bedrot-graph-", ignore_cleanup_errors=True) as figures:
            try:
                self._watch(heard, Path(figures))
            finally:
                self._stop()
                for each, handler in zip(signals, before, strict=True):
                    signal.signal(each, handler)
        return self._has_served

    def _watch(self, heard: Connection, figures: Path) -> None:
        while True:
            self._start_due(figures)
            alive = [each.process.sentinel for each in self._places if each.process]
            is_told = heard in wait([heard, *alive], timeout=self._until_next())
            self._has_served = self._has_served or any(self._serving)
            if is_told:
                return
            self._bury()
            if not self._has_served and any(each.failures for each in self._places):
                return  # the others would fare no better; the log has said why

    def _start_due(self, figures: Path) -> None:
        for each in self._places:
            if each.process is None and each.due_at <= time.monotonic():
                self._serving[each.number] = False
                seat = Seat(each.number, self._news, figures)
                given = (self._settings, self._listener, seat, self._serving)
                each.process = self._context.Process(target=work, args=given, name=f"worker-{each.number}")
                each.started_at = time.monotonic()
                each.process.start()

    def _until_next(self) -> float | None:
        """Seconds until something is to be done without having been heard of."""
        waiting = [each.due_at - time.monotonic() for each in self._places if each.process is None]
        return max(0, min(waiting)) if waiting else None

    def _bury(self) -> None:
        for each in self._places:
            if each.process is None or each.process.is_alive():
                continue
            lived = time.monotonic() - each.started_at
            each.failures = 0 if lived >= SOUND_SECONDS and self._serving[each.number] else each.failures + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (each.failures - 2)) if each.failures > 1 else 0
            told = {"worker": each.number, "code": each.process.exitcode, "seconds": round(lived, 1), "pause": pause}
            logger.warning("worker ended", extra=told)
            each.process.close()
            each.process, each.due_at = None, time.monotonic() + pause

    def _stop(self) -> None:
        processes = [each.process for each in self._places if each.process]
        for process in processes:
            process.terminate()
        until = time.monotonic() + self._settings.shutdown_seconds + GRACE_SECONDS
        for process in processes:
            process.join(max(0, until - time.monotonic()))
            if process.is_alive():
                logger.warning("worker does not stop, and is ended", extra={"worker": process.name})
                process.kill()
                process.join()
        logger.info("workers stopped", extra={"workers": len(processes)})


def work(settings: Settings, listener: socket.socket, seat: Seat, serving: Any) -> None:  # noqa: ANN401 - ctypes' array
    """Be one of the workers, until told to stop. `serving`: which of them answer."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn stops, and raises again what has stopped it
    has_started = False
    with suppress(KeyboardInterrupt):
        configure_logs(settings.log_level, settings.log_dir)
        server = load(settings, seat).server

        def attend() -> None:
            parent = multiprocessing.parent_process()
            while parent and not server.started and parent.is_alive():
                time.sleep(0.02)
            serving[seat.number] = server.started
            if parent:
                parent.join()
                os.kill(os.getpid(), signal.SIGTERM)  # whoever would start another in its place is gone

        Thread(target=attend, daemon=True).start()
        try:
            server.run(sockets=[listener])
        finally:
            has_started = server.started
    sys.exit(0 if has_started else 1)
