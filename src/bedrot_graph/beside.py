"""What goes on beside the answers for as long as the server runs, and is told in the log where it ends before."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from bedrot_graph.alerting import Alerting
from bedrot_graph.assembly import Parts
from bedrot_graph.health import log_snapshot
from bedrot_graph.lake.shared import BEAT_SECONDS, Shared
from bedrot_graph.web.rates import Rates

logger = logging.getLogger(__name__)


@asynccontextmanager
async def together(parts: Parts, rates: Rates) -> AsyncIterator[None]:
    """While what other processes know is known here; the first snapshot is taken then."""
    if not (shared := parts.shared):
        log_snapshot(await parts.current.get(), parts.zone)
        yield
        return
    async with shared.running():
        await shared.beat(parts.news)
        log_snapshot(await parts.current.get(), parts.zone)
        async with beside(_beat(shared, parts, rates)):
            yield


async def _beat(shared: Shared, parts: Parts, rates: Rates) -> None:
    while True:
        await shared.beat(parts.news)
        await rates.exchange(shared.spend)
        await asyncio.sleep(BEAT_SECONDS)


async def look_after_alerts(parts: Parts) -> None:
    """Evaluate each snapshot and tell people, where this is the process that does; for ever."""
    if parts.ledger:
        deliver = (parts.postman.run,) if parts.postman else ()
        await Alerting(parts.current, parts.engine, parts.ledger, *deliver).run()
    else:
        logger.warning("alerts are not kept", extra={"problem": "There is no place for them. Name one in STATE_DIR."})


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """While the work is done."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(_tell_end)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _tell_end(task: asyncio.Future[None]) -> None:
    """Say in the log what has ended work that goes on for ever; else nobody would know."""
    if not task.cancelled() and (problem := task.exception()):
        logger.error("work beside the answers has ended", exc_info=problem)
