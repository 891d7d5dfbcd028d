"""The postman: what has happened to alerts reaches real receivers, whatever these do meanwhile."""

import asyncio
import datetime as dt
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bedrot_graph.delivery.channels import Channel
from bedrot_graph.delivery.message import written
from bedrot_graph.delivery.outcome import ARRIVED, Outcome
from bedrot_graph.delivery.postman import HOUR, LOUD, Pace, Postman
from bedrot_graph.delivery.quiet import Quiet
from bedrot_graph.delivery.webhooks import Hook, Patience
from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.outbox import Delivery, Outbox, Terms
from tests.delivery.posts import ALL, Post, seen
from tests.receivers import SECRET, Receiver, close, hang, mail_server, ok, receiving, status

QUICK = Pace(pauses=(0.05, 0.05, 0.05, 0.05), look_seconds=0.2, failing_seconds=0.1)
SHORT = Patience(connect=1, read=0.3, total=0.5)
NIGHT = Quiet(dt.time(22), dt.time(7), ZoneInfo("UTC"))
EVENING = dt.datetime(2026, 11, 26, 21, 59, tzinfo=dt.UTC).timestamp()
"""A minute before it."""
MORNING = EVENING + 60 + 9 * HOUR


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path, now=EVENING)


def hook(receiver: Receiver, name: str = "hook", **settings: object) -> Channel:
    given = {"every_seconds": 0, "webhook": receiver.url, "secrets": (SECRET,), **settings}
    return Channel(name, **given)  # type: ignore[arg-type] # as the test says


def postman(post: Post, *channels: Channel, pace: Pace = QUICK, now: Callable[[], float] = time.time) -> Postman:
    carriers = {each.name: Hook(each.webhook, each.secrets, SHORT) for each in channels if each.webhook}
    return Postman(post.outbox, channels, carriers=carriers, now=now, pace=pace)


@asynccontextmanager
async def working(postman: Postman, has_happened: asyncio.Event | None = None) -> AsyncIterator[asyncio.Event]:
    """While it works; gives what tells it that something has happened, as it has unless another one is given."""
    if has_happened is None:
        has_happened = asyncio.Event()
        has_happened.set()
    task = asyncio.ensure_future(postman.run(has_happened))
    yield has_happened
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def deliveries(post: Post) -> list[Delivery]:
    """The oldest first."""
    return post.outbox.page(0, 1000)[0][::-1]


async def until(holds: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for is in a file
            await asyncio.sleep(0.01)


def states(post: Post) -> list[str]:
    return [each.state.value for each in deliveries(post)]


# --- it arrives ---


async def test_what_is_raised_is_told_as_soon_as_the_postman_is_woken(post: Post) -> None:
    with receiving() as receiver:
        man = postman(post, hook(receiver), pace=Pace())
        async with working(man) as has_happened:
            await asyncio.sleep(0.3)
            post.finds(seen("a"))
            begun = time.monotonic()
            has_happened.set()
            await asyncio.to_thread(receiver.wait)
            assert time.monotonic() - begun < 2
            await until(lambda: states(post) == ["DELIVERED"])
    assert receiver.received[0].alerts == [("a", "RAISED")]
    (delivery,) = deliveries(post)
    assert (delivery.id, delivery.body) == (receiver.received[0].id, receiver.received[0].body.decode())
    assert man.told == {("hook", "delivered"): 1}


async def test_two_hundred_alerts_at_once_are_one_digest(post: Post) -> None:
    with receiving() as receiver:
        man = postman(post, hook(receiver, most_shown=20))
        post.finds(*(seen(f"{number:03}", "CRITICAL" if number == 150 else "WARNING") for number in range(200)))
        async with working(man):
            await until(lambda: states(post) == ["DELIVERED"])
        (received,) = receiver.received
    assert received.type == "alerts.digest"
    assert received.payload["data"]["notShown"] == 180
    assert len(received.alerts) == 20
    assert received.alerts[0][0] == "150"
    assert len(deliveries(post)[0].alerts) == 200


@pytest.mark.parametrize("fault", [status(500), status(401), hang, close, status(302, location="/")], ids=str)
async def test_what_does_not_arrive_is_sent_again_until_it_does(post: Post, fault: Callable[..., None]) -> None:
    with receiving(fault, fault, ok) as receiver:
        post.finds(seen("a"))
        man = postman(post, hook(receiver))
        async with working(man):
            await until(lambda: states(post) == ["DELIVERED"])
        received = receiver.received
    assert len(received) == 3
    assert len({each.id for each in received}) == len({each.body for each in received}) == 1
    (delivery,) = deliveries(post)
    assert (delivery.attempts, delivery.problem) == (3, None)
    assert man.told == {("hook", "delivered"): 1, ("hook", "postponed"): 2}


async def test_a_receiver_that_is_not_there_is_told_when_it_comes(post: Post) -> None:
    with receiving() as gone:
        channel = hook(gone)
    post.finds(seen("a"))
    async with working(postman(post, channel, pace=Pace(pauses=(0.05,) * 100))):
        await until(lambda: deliveries(post) and deliveries(post)[0].attempts > 1)
        with receiving(port=gone.port) as back:
            assert back.url == channel.webhook
            await until(lambda: states(post) == ["DELIVERED"])
            assert back.received[0].alerts == [("a", "OPEN")]


async def test_mail_and_chat_are_told_too(post: Post) -> None:
    with mail_server() as server:
        post.finds(seen("a"))
        async with working(postman(post, Channel("mail", apprise=server.url))):
            await until(lambda: states(post) == ["DELIVERED"])
        assert [mail["subject"] for mail in server.box.mails] == ["WARNING: Days of a are missing"]


async def test_before_anybody_has_seen_what_is_true_now_only_what_was_formed_is_sent(post: Post) -> None:
    with receiving() as receiver:
        man = postman(post, hook(receiver))
        post.finds(seen("a"))
        post.outbox.form(Terms("hook", ALL), time.time(), lambda told: written(hook(receiver), told, 0))
        post.finds(seen("a"), seen("b"))
        async with working(man, asyncio.Event()) as has_happened:
            await until(lambda: states(post) == ["DELIVERED"])
            await asyncio.sleep(0.5)
            assert [each.alerts for each in receiver.received] == [[("a", "OPEN")]]
            has_happened.set()
            await until(lambda: states(post) == ["DELIVERED", "DELIVERED"])


async def test_who_works_again_forms_nothing_either_before_somebody_has_seen_what_is_true_now(post: Post) -> None:
    with receiving() as receiver:
        man = postman(post, hook(receiver))
        post.finds(seen("a"))
        async with working(man):
            await until(lambda: states(post) == ["DELIVERED"])
        post.finds(seen("a"), seen("b"))
        has_happened = asyncio.Event()
        async with working(man, has_happened):
            await asyncio.sleep(0.5)
            assert states(post) == ["DELIVERED"]
            has_happened.set()
            await until(lambda: states(post) == ["DELIVERED", "DELIVERED"])
    assert receiver.received[1].alerts == [("b", "RAISED")]


async def test_what_was_written_for_another_kind_of_channel_is_never_sent(post: Post) -> None:
    class Slow(Outbox):
        def keep_only(self, channels: Mapping[str, str]) -> int:
            time.sleep(0.3)
            return super().keep_only(channels)

    with receiving() as receiver:
        post.outbox = Slow(post.file)
        post.finds(seen("a"))
        mail = Channel("hook", apprise="mailto://somebody@label.example")
        post.outbox.form(Terms("hook", ALL), time.time(), lambda told: written(mail, told, 0))
        async with working(postman(post, hook(receiver))):
            await until(lambda: states(post) == ["FAILED"])
            await asyncio.sleep(0.3)
        assert receiver.received == []
    (delivery,) = deliveries(post)
    assert delivery.attempts == 0


# --- it does not ---


async def test_what_never_arrives_is_given_up_after_the_last_attempt(post: Post) -> None:
    with receiving(status(500)) as receiver:
        post.finds(seen("a"))
        man = postman(post, hook(receiver))
        async with working(man):
            await until(lambda: states(post) == ["FAILED"])
        assert len(receiver.received) == 5
    (delivery,) = deliveries(post)
    assert (delivery.attempts, delivery.problem) == (5, "The receiver has answered 500.")
    assert man.told == {("hook", "failed"): 1, ("hook", "postponed"): 4}


async def test_who_is_gone_is_not_asked_again(post: Post) -> None:
    with receiving(status(410)) as receiver:
        post.finds(seen("a"))
        async with working(postman(post, hook(receiver))):
            await until(lambda: states(post) == ["FAILED"])
        assert len(receiver.received) == 1


async def test_the_usual_pauses_grow_and_last_a_day() -> None:
    pauses = Pace().pauses
    assert sorted(pauses) == list(pauses)
    assert 24 * HOUR <= sum(pauses) < 25 * HOUR


async def test_who_wants_to_be_asked_later_is_asked_then(post: Post) -> None:
    with receiving(status(429, retry_after="300")) as receiver:
        post.finds(seen("a"))
        channel = hook(receiver)
        man = postman(post, channel, now=post.clock)
        await man.visit(channel, may_form=True)
    (delivery,) = deliveries(post)
    assert (delivery.state, delivery.due_at) == ("PENDING", post.now + 300)


async def test_each_pause_is_a_little_longer_than_it_has_to_be(post: Post) -> None:
    with receiving(status(500)) as receiver:
        post.finds(seen("a"))
        channel = hook(receiver)
        man = postman(post, channel, pace=Pace(), now=post.clock)
        for pause in (5, 30, 120):
            await man.visit(channel, may_form=True)
            due_at = deliveries(post)[0].due_at
            assert post.now + pause <= due_at <= post.now + 1.2 * pause
            post.now = due_at
        assert len(receiver.received) == 3


# --- together ---


async def test_one_that_hangs_holds_up_no_other(post: Post) -> None:
    with receiving(hang) as slow, receiving() as quick:
        post.finds(seen("a"))
        channels = (hook(slow, "slow"), hook(quick, "quick"))
        man = Postman(post.outbox, channels, pace=QUICK)
        async with working(man) as has_happened:
            await asyncio.to_thread(slow.wait)
            for number in range(3):
                post.finds(seen("a"), seen(f"{number}"))
                has_happened.set()
                await asyncio.to_thread(quick.wait, number + 2)
            assert len(slow.received) == 1


async def test_a_channel_is_told_one_thing_after_the_other(post: Post) -> None:
    running, most = 0, 0

    class Counting:
        async def send(self, id_: str, body: str) -> Outcome:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1
            return ARRIVED

    channel = Channel("hook", every_seconds=0, webhook="https://hooks.example")
    man = Postman(post.outbox, [channel], carriers={"hook": Counting()}, pace=QUICK)
    async with working(man) as has_happened:
        for number in range(10):
            post.finds(*(seen(f"{each}", "CRITICAL") for each in range(number + 1)))
            has_happened.set()
            await asyncio.sleep(0.01)
        every = [f"{each}" for each in range(10)]
        await until(lambda: sorted(name for each in deliveries(post) for name in each.alerts) == every)
        await until(lambda: set(states(post)) == {"DELIVERED"})
    assert most == 1


async def test_of_two_postmen_one_makes_an_attempt(post: Post, tmp_path: Path) -> None:
    sent: list[str] = []

    class Counting:
        async def send(self, id_: str, body: str) -> Outcome:
            sent.append(id_)
            return ARRIVED

    channel = Channel("hook", every_seconds=0, webhook="https://hooks.example")
    outboxes = (post.outbox, Outbox(LedgerFile(tmp_path)))
    men = [Postman(each, [channel], carriers={"hook": Counting()}) for each in outboxes]
    for number in range(20):
        post.finds(*(seen(f"{each}") for each in range(number + 1)))
        await asyncio.gather(*(each.visit(channel, may_form=True) for each in men))
    assert sorted(sent) == sorted(each.id for each in deliveries(post))
    assert [each.alerts for each in deliveries(post)] == [(f"{number}",) for number in range(20)]


async def test_a_fault_of_ours_ends_nothing(post: Post) -> None:
    class Broken:
        async def send(self, id_: str, body: str) -> Outcome:
            raise ZeroDivisionError

    with receiving() as receiver:
        post.finds(seen("a"))
        channels = (hook(receiver, "broken"), hook(receiver))
        man = Postman(post.outbox, channels, carriers={"broken": Broken()}, pace=QUICK)
        async with working(man):
            await until(lambda: sorted(states(post)) == ["DELIVERED", "FAILED"])
    assert [each.problem for each in deliveries(post) if each.problem] == [
        "Something went wrong with us (ZeroDivisionError)."
    ]


async def test_where_the_ledger_cannot_be_used_it_is_tried_again(post: Post, tmp_path: Path) -> None:
    post.finds(seen("a"))
    post.file.close()
    (tmp_path / "alerts.db").rename(tmp_path / "kept")
    for each in ("alerts.db-wal", "alerts.db-shm"):
        (tmp_path / each).unlink(missing_ok=True)
    (tmp_path / "alerts.db").mkdir()
    with receiving() as receiver:
        async with working(postman(post, hook(receiver))):
            await asyncio.sleep(0.3)
            assert receiver.received == []
            (tmp_path / "alerts.db").rmdir()
            (tmp_path / "kept").rename(tmp_path / "alerts.db")
            await asyncio.to_thread(receiver.wait)


async def test_it_stops_at_once_while_somebody_hangs(post: Post) -> None:
    with receiving(hang) as receiver:
        post.finds(seen("a"))
        man = Postman(post.outbox, [hook(receiver), hook(receiver, "other")])
        async with working(man):
            await asyncio.to_thread(receiver.wait, 2)
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
    assert states(post) == ["PENDING", "PENDING"]


async def test_what_has_arrived_while_it_stops_is_noted(post: Post) -> None:
    answered = asyncio.Event()

    class Slow:
        async def send(self, id_: str, body: str) -> Outcome:
            answered.set()
            return ARRIVED

    post.finds(seen("a"))
    channel = Channel("hook", webhook="https://hooks.example")
    async with working(Postman(post.outbox, [channel], carriers={"hook": Slow()}, pace=QUICK)):
        await answered.wait()
    await until(lambda: states(post) == ["DELIVERED"])


# --- quiet hours, on a clock that is set by hand ---


async def test_at_night_only_what_is_critical_is_told(post: Post) -> None:
    with receiving() as receiver:
        channel = hook(receiver, quiet=NIGHT)
        man = postman(post, channel, now=post.clock)
        await man.visit(channel, may_form=True)
        post.now = EVENING + 60
        post.finds(seen("a"))
        await man.visit(channel, may_form=True)
        post.now += 2 * HOUR
        post.finds(seen("a"), seen("b"))
        await man.visit(channel, may_form=True)
        assert receiver.received == []
        post.finds(seen("a"), seen("b"), seen("c", "CRITICAL"))
        await man.visit(channel, may_form=True)
        assert [each.alerts for each in receiver.received] == [[("c", "RAISED"), ("a", "RAISED"), ("b", "RAISED")]]
        post.finds(seen("a"), seen("b"), seen("c", "CRITICAL"), seen("d"))
        post.now = MORNING - 1
        await man.visit(channel, may_form=True)
        assert len(receiver.received) == 1
        post.now = MORNING
        await man.visit(channel, may_form=True)
        assert receiver.received[1].alerts == [("d", "RAISED")]


async def test_who_wants_to_sleep_is_told_all_of_it_in_the_morning(post: Post) -> None:
    with receiving() as receiver:
        quiet = Quiet(NIGHT.start, NIGHT.end, NIGHT.zone, is_for_all=True)
        channel = hook(receiver, quiet=quiet)
        man = postman(post, channel, now=post.clock)
        post.now = EVENING + 60
        for number in range(3):
            post.finds(*(seen(f"{each}", "CRITICAL") for each in range(number + 1)))
            await man.visit(channel, may_form=True)
            post.now += HOUR
        assert receiver.received == []
        post.now = MORNING
        await man.visit(channel, may_form=True)
        (received,) = receiver.received
    assert received.alerts == [("0", "OPEN"), ("1", "OPEN"), ("2", "OPEN")]


async def test_what_does_not_arrive_in_the_evening_is_sent_again_in_the_morning(post: Post) -> None:
    with receiving(status(500)) as receiver:
        channel = hook(receiver, quiet=NIGHT)
        man = postman(post, channel, pace=Pace(pauses=(120, 120)), now=post.clock)
        post.finds(seen("a"))
        await man.visit(channel, may_form=True)
        (delivery,) = deliveries(post)
        assert (len(receiver.received), delivery.due_at) == (1, MORNING)


async def test_what_nobody_lives_to_note_in_the_evening_is_sent_again_in_the_morning(post: Post) -> None:
    due: list[float] = []

    class Looking:
        async def send(self, id_: str, body: str) -> Outcome:
            due.append(deliveries(post)[0].due_at)
            return ARRIVED

    channel = Channel("hook", webhook="https://hooks.example", quiet=NIGHT)
    pace = Pace(pauses=(120,))
    man = Postman(post.outbox, [channel], carriers={"hook": Looking()}, now=post.clock, pace=pace)
    post.finds(seen("a"))
    await man.visit(channel, may_form=True)
    assert due == [MORNING]


@pytest.mark.parametrize(
    ("severity", "is_for_all", "at_night"), [("WARNING", False, 0), ("CRITICAL", False, 1), ("CRITICAL", True, 0)]
)
async def test_who_comes_back_at_night_sends_what_waits_from_the_evening_in_the_morning(
    post: Post,
    severity: str,
    *,
    is_for_all: bool,
    at_night: int,
) -> None:
    with receiving() as receiver:
        channel = hook(receiver, quiet=Quiet(NIGHT.start, NIGHT.end, NIGHT.zone, is_for_all))
        man = postman(post, channel, now=post.clock)
        post.finds(seen("a", severity))
        terms = Terms("hook", ALL, loud=LOUD)
        post.outbox.form(terms, post.now, lambda told: written(channel, told, post.now))
        post.now += 2 * HOUR
        wakes_at = await man.visit(channel, may_form=False)
        assert len(receiver.received) == at_night
        post.now = MORNING
        await man.visit(channel, may_form=False)
        assert len(receiver.received) == 1
    assert wakes_at == (math.inf if at_night else MORNING)
    assert deliveries(post)[0].attempts == 1


async def test_what_is_critical_is_sent_again_at_night(post: Post) -> None:
    with receiving(status(500)) as receiver:
        channel = hook(receiver, quiet=NIGHT)
        man = postman(post, channel, pace=Pace(pauses=(120, 120), jitter=0), now=post.clock)
        post.finds(seen("a", "CRITICAL"))
        await man.visit(channel, may_form=True)
        assert deliveries(post)[0].due_at == post.now + 120


async def test_in_the_morning_what_is_over_by_then_is_not_told(post: Post) -> None:
    with receiving() as receiver:
        channel = hook(receiver, quiet=NIGHT, severity=Severity.INFO)
        man = postman(post, channel, now=post.clock)
        await man.visit(channel, may_form=True)
        post.now = EVENING + 60
        post.finds(seen("a"), seen("b"))
        await man.visit(channel, may_form=True)
        post.finds(seen("b"))
        post.now = MORNING
        await man.visit(channel, may_form=True)
        assert [each.alerts for each in receiver.received] == [[("b", "RAISED")]]
