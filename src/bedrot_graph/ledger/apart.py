"""Work on the ledger that is done in a thread, and to its end."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def done(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What the work gives.

    Whoever is told to stop stops when it is done, so that what has happened is noted, and nothing goes on behind them.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *given, **named))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
