"""Webhooks, sent to a real receiver that verifies, fails, hangs and comes back."""

import asyncio
import datetime as dt
import socket
import time
from email.utils import format_datetime

import pytest

from bedrot_graph.delivery.outcome import ARRIVED, Outcome
from bedrot_graph.delivery.webhooks import Hook, Patience
from tests.delivery.conftest import Log
from tests.receivers import SECRET, Behaviour, Receiver, close, flood, hang, ok, receiving, status, trickle

BODY = '{"type":"alerts.test","data":{"artist":"Sigur Rós"}}'
OTHER = "whsec_" + "A" * 32
SHORT = Patience(connect=1, read=0.3, total=0.6)


async def send(receiver: Receiver, *secrets: str, patience: Patience = SHORT) -> Outcome:
    return await Hook(receiver.url, secrets or (SECRET,), patience).send("msg_1", BODY)


async def test_a_message_arrives_signed_under_its_id_and_as_it_is() -> None:
    with receiving() as receiver:
        assert await send(receiver) == ARRIVED
        (received,) = receiver.received
    assert (received.id, received.body.decode()) == ("msg_1", BODY)
    assert abs(received.timestamp - time.time()) < 10


async def test_each_attempt_is_signed_anew_and_sends_the_same() -> None:
    now = time.time() - 100
    moments = iter([now, now, now + 60, now + 60])
    with receiving() as receiver:
        hook = Hook(receiver.url, (SECRET,), now=lambda: next(moments))
        for _ in range(2):
            assert await hook.send("msg_1", BODY) == ARRIVED
        first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert second.timestamp - first.timestamp == 60


@pytest.mark.parametrize("secret", [SECRET, OTHER])
async def test_while_secrets_are_changed_it_is_signed_with_both(secret: str) -> None:
    with receiving() as receiver:
        receiver.secret = secret
        assert await send(receiver, OTHER, SECRET) == ARRIVED


async def test_a_receiver_notices_a_message_that_is_signed_with_another_secret() -> None:
    with receiving() as receiver:
        assert await send(receiver, OTHER) == ARRIVED
        assert len(receiver.unverified) == 1
        receiver.unverified.clear()


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (status(204), ARRIVED),
        (status(500), Outcome("The receiver has answered 500.")),
        (status(404), Outcome("The receiver has answered 404.")),
        (status(429, retry_after="7"), Outcome("The receiver has answered 429.", retry_after=7)),
        (status(503, retry_after="999999999999"), Outcome("The receiver has answered 503.", retry_after=86400)),
        (status(503, retry_after="soon"), Outcome("The receiver has answered 503.")),
        (
            status(410),
            Outcome("The receiver has answered 410: it is gone for good. Take the channel out.", is_final=True),
        ),
        (hang, Outcome("The receiver has not answered within 0.3 seconds.")),
        (trickle, Outcome("The receiver has not answered within 0.6 seconds.")),
        (
            close,
            Outcome(
                "The receiver has closed the connection, or answers no HTTP: Server disconnected without sending a "
                "response."
            ),
        ),
        (flood, ARRIVED),
    ],
    ids=str,
)
async def test_what_the_receiver_does_is_what_is_told_of_it(behaviour: Behaviour, outcome: Outcome) -> None:
    with receiving(behaviour) as receiver:
        begun = time.monotonic()
        assert await send(receiver) == outcome
        assert time.monotonic() - begun < 3
        assert len(receiver.received) == 1


async def test_a_date_to_come_back_at_is_as_good_as_seconds() -> None:
    now = time.time()
    at = dt.datetime.fromtimestamp(int(now) + 90, dt.UTC)
    with receiving(status(429, retry_after=format_datetime(at, usegmt=True))) as receiver:
        outcome = await Hook(receiver.url, (SECRET,), now=lambda: now).send("msg_1", BODY)
    assert outcome.retry_after == pytest.approx(90, abs=1)


async def test_a_redirect_is_not_followed() -> None:
    with receiving() as elsewhere, receiving(status(307, location=elsewhere.url)) as receiver:
        outcome = await send(receiver)
        assert elsewhere.received == []
    assert outcome == Outcome(
        "The receiver has answered 307: it has moved. Redirects are not followed; write where it is now."
    )


async def test_a_receiver_keeps_nothing_with_the_sender() -> None:
    with receiving(status(200, set_cookie="a=b"), ok) as receiver:
        hook = Hook(receiver.url, (SECRET,))
        for id_ in ("msg_1", "msg_2"):
            assert await hook.send(id_, BODY) == ARRIVED


async def test_where_nobody_listens_it_says_so_and_not_where() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = await Hook(f"http://127.0.0.1:{port}/T0KEN", (SECRET,)).send("msg_1", BODY)
    assert outcome.problem
    assert outcome.problem.startswith("The receiver cannot be reached: ")
    assert str(port) not in outcome.problem


@pytest.mark.parametrize("host", ["nowhere.invalid", f"nowhere{'x' * 70}.invalid", "nowhere..invalid"])
async def test_an_unknown_host_is_told_without_its_name(host: str) -> None:
    outcome = await Hook(f"https://{host}/T0KEN", (SECRET,), SHORT).send("msg_1", BODY)
    assert outcome.problem
    assert "nowhere" not in outcome.problem
    assert "T0KEN" not in outcome.problem


async def test_the_log_shows_neither_address_nor_secret(log: Log) -> None:
    with receiving(ok, status(500), close) as receiver:
        for _ in range(3):
            await send(receiver)
    assert "T0KENT0KEN" not in log.text
    assert SECRET not in log.text


async def test_it_can_be_cancelled_at_once() -> None:
    with receiving(hang) as receiver:
        task = asyncio.ensure_future(Hook(receiver.url, (SECRET,)).send("msg_1", BODY))
        await asyncio.to_thread(receiver.wait)
        begun = time.monotonic()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert time.monotonic() - begun < 1
