"""A server, loaded: what `serve` does in its own process, and each worker in its own."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    import uvicorn

    from bedrot_graph.assembly import Parts
    from bedrot_graph.lake.news import Register
    from bedrot_graph.settings import Settings

GARBAGE_BEGINS_AT = 10_000
"""So many new objects are looked through at once: one request makes about as many as Python would begin at."""


@dataclass(frozen=True)
class Seat:
    """The place of one worker among those of a server."""

    number: int
    news: "Register"
    """What the workers have seen of the files."""
    figures: "Path"
    """The folder of what they count."""


class Loaded(NamedTuple):
    """What answers, and what serves it."""

    parts: "Parts"
    server: "uvicorn.Server"


def load(settings: "Settings", seat: Seat | None = None) -> Loaded:
    """The server that the settings describe; it reads the lake meanwhile. Raises SettingsInvalid."""
    with loading():
        from bedrot_graph.opening import begin_reading, zone_of  # noqa: PLC0415 - what reads the lake comes first

        zone = zone_of(settings)
        if seat and seat.number:
            zone.copyist = None  # one makes the copies, and all read them
        begin_reading(zone)
        from bedrot_graph.app import app_of, server_of  # noqa: PLC0415
        from bedrot_graph.assembly import assemble  # noqa: PLC0415
        from bedrot_graph.lake.news import News  # noqa: PLC0415

        parts = assemble(settings, zone=zone, news=News(seat.news) if seat else None)
        totals = None
        if seat:
            from bedrot_graph.totals import Totals  # noqa: PLC0415

            totals = Totals(seat.figures, seat.number)
        return Loaded(parts, server_of(app_of(parts, settings, totals), settings))


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded stays: no garbage is looked for meanwhile, nor ever in it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(GARBAGE_BEGINS_AT)
