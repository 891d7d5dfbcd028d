"""What several processes remember together, in a Redis: bytes by key, who computes what, who has asked how much."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.lake.news import News
from bedrot_graph.traces import note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis
    from redis.asyncio.lock import Lock

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 0.1
"""What takes longer is taken for no answer, connecting included, where somebody waits for it."""
PATIENT_SECONDS = 1
"""The same of the beat, for which nobody waits: a busy machine, or a TLS connection, may take so long to begin."""
MOST_FAILURES = 3
"""After so many in a row nobody asks any more but the beat, until it is answered."""
BEAT_SECONDS = 0.5
"""How long news from another machine may take, and how late it is seen that Redis is there again."""
CLAIM_SECONDS = 1.5
"""So long after the death of who computes an answer, somebody else does. The living renew their claim."""
LOOK_SECONDS = 0.02
"""How often those who wait look whether the answer is there."""
MOST_BYTES = 4 * 2**20
"""Larger values are not shared: sending them would take as long as computing them, and hold up the others."""
LARGE = 256 * 1024
"""What is done to more bytes than this is done in another thread."""
CONNECTIONS = 16
MOST_ASKING = 64
"""While so many wait for Redis, others compute."""
_PREFIX = "bedrot-graph:"
_SEAL_BYTES = 16
_UNTIL = Struct(">d")
"""When a value is to be forgotten, in front of it: asking Redis for its time too would take as long again."""
_UNKNOWN: bytes | None = b""

T = TypeVar("T")


class Found(NamedTuple):
    """A value, and how many seconds it may still be remembered."""

    value: bytes
    seconds: float


class Shared:
    """A Redis that may be slow, or gone, or full of what others have written: then it knows nothing, and says so once.

    Nothing raises, nothing takes longer than `ANSWER_SECONDS`, and once it is known to be gone nothing is waited for.
    """

    def __init__(self, url: str) -> None:
        """`url`: as redis-py has it. Raises SettingsInvalid."""
        self._make: Callable[[], Redis] = lambda: _client(url)
        _checked(self._make)
        self._client: Redis | None = None
        self.is_reached = False
        self._has_complained = False
        self._failures = 0
        self.hits: dict[str, int] = {}
        """How often something was found, by what stands before the first colon of its key."""
        self.misses: dict[str, int] = {}
        self._asking = 0
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pushed = 0
        self._seen: bytes | None = None

    @asynccontextmanager
    async def running(self) -> "AsyncIterator[None]":
        """While the server runs; before and afterwards nothing is shared."""
        self._client = self._make()
        try:
            yield
        finally:
            await self._end()

    async def _end(self) -> None:
        client, self._client = self._client, None
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if client:
            await client.aclose()

    # ── values ──

    async def find(self, key: str) -> Found | None:
        """The value of the key; None where there is none, or none that can be trusted to be what was kept."""
        if not self.is_reached:
            return None

        async def ask(client: "Redis") -> bytes | None:
            held: Any = await client.get(_PREFIX + key)
            return bytes(held) if held else None

        sealed = await self.ask(ask, None, is_urgent=True)
        found = await _apart(_opened, sealed, key) if sealed else None
        counted = self.misses if found is None else self.hits
        kind = key.partition(":")[0]
        counted[kind] = counted.get(kind, 0) + 1
        return found

    async def keep(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value for so long."""
        until = _UNTIL.pack(time.time() + seconds)
        sealed = await _apart(_sealed, until + value, key)
        await self.ask(lambda client: client.set(_PREFIX + key, sealed, px=int(seconds * 1000)), None)

    def later(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T] | None":
        """Do something that nobody has to wait for; nothing where nothing is shared."""
        if self._client is None:
            work.close()
            return None
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # ── who computes what ──

    async def claim(self, key: str) -> "Claim | None":
        """The right to compute the value of the key alone; None where another has it.

        Where Redis is not reached everybody has it.
        """
        from redis.asyncio.lock import Lock  # noqa: PLC0415 - as below

        async def ask(client: "Redis") -> Claim | None:
            lock = Lock(client, f"{_PREFIX}{key}:claim", timeout=CLAIM_SECONDS, blocking=False, thread_local=False)
            return Claim(self, lock) if await lock.acquire() else None

        return await self.ask(ask, Claim(self, None), is_urgent=True)

    # ── what others have seen, and how much was asked ──

    async def beat(self, news: News) -> None:
        """Look whether Redis is there, bring news from other machines and tell them ours; to be called all the time."""
        key = f"{_PREFIX}state"

        async def ask(client: "Redis") -> bytes | None:
            held: Any = await client.get(key)
            return bytes(held) if held else None

        seen = await self.ask(ask, _UNKNOWN, is_beat=True)
        if seen == _UNKNOWN:
            return
        if seen != self._seen:  # first, as what is told here may be older, and would hide it
            self._seen = seen
            _pass_on(seen, news)
        elif (told := news.told) != self._pushed:

            async def tell(client: "Redis") -> bytes | None:
                held: Any = await client.getset(key, told)
                return bytes(held) if held else None

            before = await self.ask(tell, _UNKNOWN)
            if before != _UNKNOWN:
                self._pushed, self._seen = told, str(told).encode()
                if before != seen:  # told between the two
                    _pass_on(before, news)

    async def spend(self, spent: Mapping[str, float], most: int) -> Mapping[str, float]:
        """Take points from buckets that hold a minute's worth, by name; what is left of each, which may be negative."""

        async def ask(client: "Redis") -> list[Any]:
            pipe = client.pipeline(transaction=False)
            for name, points in spent.items():
                pipe.eval(_SPEND, 1, f"{_PREFIX}rate:{_short(name)}", most, points)
            answers: list[Any] = await pipe.execute()
            return answers

        left: list[Any] = await self.ask(ask, [])
        return {name: float(each) for name, each in zip(spent, left, strict=False)}

    # ── Redis ──

    async def ask(
        self, ask: Callable[["Redis"], Awaitable[T]], otherwise: T, *, is_urgent: bool = False, is_beat: bool = False
    ) -> T:
        """What Redis answers, if it does in time.

        `is_urgent`: somebody waits, who computes sooner than a queue gets shorter. `is_beat`: also where it is gone.
        """
        if self._client is None or not (self.is_reached or is_beat) or (is_urgent and self._asking >= MOST_ASKING):
            return otherwise
        # In a task of its own: an asker who leaves must not leave half of an answer in a connection.
        self._asking += 1
        task = self.later(self._in_time(self._client, ask, otherwise, is_beat=is_beat))
        return await asyncio.shield(task) if task else otherwise

    async def _in_time(
        self, client: "Redis", ask: Callable[["Redis"], Awaitable[T]], otherwise: T, *, is_beat: bool
    ) -> T:
        from redis.exceptions import RedisError  # noqa: PLC0415 - as below

        try:
            async with self._places:
                if not (self.is_reached or is_beat):  # it has gone while this waited
                    return otherwise
                async with asyncio.timeout(PATIENT_SECONDS if is_beat else ANSWER_SECONDS):
                    answer = await ask(client)
        except (RedisError, OSError, TimeoutError) as problem:
            self._has_failed(problem)
            return otherwise
        finally:
            self._asking -= 1
        self._has_answered()
        return answer

    def _has_answered(self) -> None:
        self._failures = 0
        if not self.is_reached:
            self.is_reached = True
            logger.info("answers are shared", extra={"after_failure": self._has_complained})
            self._has_complained = False

    def _has_failed(self, problem: Exception) -> None:
        self._failures += 1
        if self.is_reached and self._failures < MOST_FAILURES:
            return
        self.is_reached = False
        if not self._has_complained:
            self._has_complained = True
            told = str(problem) or type(problem).__name__
            logger.warning("Redis does not answer; answers are not shared until it does", extra={"problem": told})


class Claim:
    """The right to compute a value alone, as long as it is renewed."""

    def __init__(self, shared: Shared, lock: "Lock | None") -> None:
        self._shared, self._lock = shared, lock
        self._renewing = shared.later(self._renew(lock)) if lock else None

    async def end(self) -> None:
        """Leave it to others."""
        if self._renewing:
            self._renewing.cancel()
        if (lock := self._lock) is not None:
            await self._shared.ask(lambda _: _kept(lock.release()), None)

    async def _renew(self, lock: "Lock") -> None:
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            await self._shared.ask(lambda _: _kept(lock.reacquire()), None)


@dataclass(frozen=True)
class Together(Generic[T]):
    """Values that whoever computes one leaves to the others, each computed by one of them at a time.

    What can be packed is shared; of all else each process has its own.
    """

    shared: Shared
    pack: Callable[[T], bytes | None]
    """Blocks."""
    unpack: Callable[[bytes], T | None]
    """Blocks; None for what is no value."""
    name: str
    """What the values depend on beside their keys."""
    seconds: float
    """How long they are remembered."""

    async def computed(self, key: str, compute: Callable[[], Awaitable[T]]) -> tuple[T, float]:
        """The value of the key, computed here where nobody has it; and for how many seconds it may be remembered."""
        name = f"{self.name}:{_short(key)}"
        has_waited = False
        while True:
            if (found := await self.shared.find(name)) is not None:
                value = await asyncio.to_thread(self.unpack, found.value) if found.value else None
                if value is None:
                    return await compute(), self.seconds
                note(remembered="frames in Redis")
                return value, found.seconds
            if claim := await self.shared.claim(name):
                if has_waited and await self.shared.find(name):
                    await claim.end()
                    continue
                break
            has_waited = True
            await asyncio.sleep(LOOK_SECONDS)
        try:
            value = await compute()
        except BaseException:
            self.shared.later(claim.end())
            raise
        self.shared.later(self._kept(name, value, claim))
        return value, self.seconds

    async def _kept(self, name: str, value: T, claim: Claim) -> None:
        packed = await asyncio.to_thread(self.pack, value)
        is_fit = packed is not None and len(packed) <= MOST_BYTES
        await self.shared.keep(name, packed if packed and is_fit else b"", self.seconds)  # b"": each has its own
        await claim.end()


def _pass_on(state: bytes | None, news: News) -> None:
    if state and state.isdigit():
        news.pass_on(int(state) % 2**64)


def _short(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _sealed(value: bytes, key: str) -> bytes:
    return _seal(value, key) + value


def _opened(sealed: bytes, key: str) -> Found | None:
    """The value, if it is the one that was kept under this key."""
    value = sealed[_SEAL_BYTES:]
    if len(value) < _UNTIL.size or sealed[:_SEAL_BYTES] != _seal(value, key):
        return None
    seconds = _UNTIL.unpack_from(value)[0] - time.time()
    return Found(value[_UNTIL.size :], seconds) if seconds > 0 else None


def _seal(value: bytes, key: str) -> bytes:
    """Against what is damaged or out of place; not against whoever may write into Redis, and could forge it."""
    return hashlib.blake2b(value, digest_size=_SEAL_BYTES, key=_short(key).encode()).digest()


async def _apart(work: Callable[[bytes, str], T], value: bytes, key: str) -> T:
    return await asyncio.to_thread(work, value, key) if len(value) > LARGE else work(value, key)


async def _kept(work: Awaitable[object]) -> None:
    """A claim that has run out is another's, which is no failure of Redis."""
    from redis.exceptions import LockError  # noqa: PLC0415 - as below

    with suppress(LockError):
        await work


def _client(url: str) -> "Redis":
    from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415 - not loaded where there is none
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.exceptions import ConnectionError  # noqa: A004, PLC0415 - its own

    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=PATIENT_SECONDS,
        socket_timeout=PATIENT_SECONDS,
        socket_connect_timeout=PATIENT_SECONDS,
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),  # of a Redis that was started again, connections are dead
    )
    return Redis.from_pool(pool)


def _checked(make: Callable[[], "Redis"]) -> None:
    """Raises SettingsInvalid, without the address: it may hold a password."""
    try:
        make()
    except ImportError:
        text = "REDIS_URL is set, and the package 'redis' is not installed. Install 'bedrot-graph[redis]'."
        raise SettingsInvalid(text) from None
    except ValueError:
        text = "REDIS_URL is no address of a Redis. Give one such as redis://localhost:6379/0."
        raise SettingsInvalid(text) from None


_SPEND = """
local most, spent = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local held = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(held[1]) or most, tonumber(held[2]) or now
left = math.min(most, left + math.max(0, now - at) * most / 60) - spent
left = math.max(left, -most)
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], 150000)
return tostring(left)
"""
"""A bucket of points, as `web/rates.py` has it; below zero, as what was spent was spent already."""
