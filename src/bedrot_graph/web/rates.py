"""How much may be asked with each key, or from each address, within a minute."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from ipaddress import IPv6Address, ip_address
from itertools import islice
from weakref import WeakValueDictionary

from bedrot_graph.web.refusals import RefusedError

MOST_ADDRESSES = 100_000
"""Of so many the rate is kept; the one that has asked longest ago is forgotten first, and begins anew."""
MOST_AT_ONCE = 500
"""Of so many it is told at once what they have spent."""

Spend = Callable[[Mapping[str, float], int], Awaitable[Mapping[str, float]]]
"""`spend(points, most)`: takes the points from buckets that others take from too; tells what is left in each."""


class Rates:
    """A bucket of points for each key or address: a minute's worth, filled again as time goes by."""

    def __init__(self, points_per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = points_per_minute
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The points that were left, and when."""
        self._waiting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Where those stand in line who wait for points."""
        self._spent: dict[str, float] | None = None
        """Since it was last told to others, of those who have asked; None where there are no others."""

    def take(self, payer: str, points: int) -> None:
        """Take the points of a question from the address or account. Raises RefusedError where too few are left."""
        left = self._taken(payer, points)
        if left is not None:
            raise self._refused(points, left)

    async def wait(self, payer: str, points: int) -> None:
        """Take them as soon as there are enough; one after the other of those who wait for the same bucket.

        Raises RefusedError where there never will be.
        """
        key = network(payer)
        lock = self._waiting.setdefault(key, asyncio.Lock())
        async with lock:
            while (left := self._taken(payer, points)) is not None:
                if points > self._most:
                    raise self._refused(points, left)
                await asyncio.sleep((points - left) * 60 / self._most)

    def _taken(self, payer: str, points: int) -> float | None:
        """Take the points; gives what is left where that is too little."""
        if not self._most:
            return None
        key, now = network(payer), self._now()
        left, since = self._left.get(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._most / 60)
        is_enough = points <= left
        self._left[key] = (left - points if is_enough else left), now
        self._left.move_to_end(key)
        if self._spent is not None and len(self._spent) < MOST_ADDRESSES:
            self._spent[key] = self._spent.get(key, 0) + (points if is_enough else 0)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        return None if is_enough else left

    async def exchange(self, spend: Spend) -> None:
        """Tell what was spent here since the last time, and hear what is left where others were asked too."""
        spent, self._spent = self._spent or {}, {}
        since_then = self._spent
        for some in _batched(spent.items(), MOST_AT_ONCE):
            for key, left in (await spend(dict(some), self._most)).items():
                own, since = self._left.get(key, (self._most, self._now()))
                now = self._now()
                own = min(self._most, own + (now - since) * self._most / 60)
                self._left[key] = min(own, left - since_then.get(key, 0)), now

    def _refused(self, points: int, left: float) -> RefusedError:
        text = (
            f"This costs {points} points, and of the {self._most} that may be asked for with one key, or from one "
            f"address, within a minute {max(0, int(left))} are left. "
        )
        if points > self._most:
            return RefusedError(429, "RATE_LIMITED", f"{text}Ask for less: it is above what a minute allows.")
        seconds = math.ceil((points - left) * 60 / self._most)
        retry = ((b"retry-after", str(seconds).encode()),)
        return RefusedError(429, "RATE_LIMITED", f"{text}Ask again in {seconds} seconds.", headers=retry)


def _batched(items: Iterable[tuple[str, float]], size: int) -> Iterator[list[tuple[str, float]]]:
    """The items, so many at a time."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def network(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them: they count as one."""
    if ":" not in address:
        return address
    try:
        return str(IPv6Address(int(ip_address(address.partition("%")[0])) >> 64 << 64))
    except ValueError:
        return address
