"""Mail and chat through apprise, to a real mail server and a real receiver."""

import asyncio
import json
import socket
import threading
import time

from bedrot_graph.delivery.channels import Channel
from bedrot_graph.delivery.chat import Chat
from bedrot_graph.delivery.message import written
from bedrot_graph.delivery.outcome import ARRIVED, Outcome, without_secrets
from bedrot_graph.ledger.outbox import Told
from tests.delivery.conftest import Log
from tests.delivery.posts import seen
from tests.receivers import hang, mail_server, receiving, status

MAIL = Channel("mail", apprise="mailto://smtp.example")
TOKEN = "T0KENT0KEN"


def body(*names: str) -> str:
    told = [Told(each, "RAISED", "CRITICAL", seen(each, "CRITICAL", title=f"Ré-export {each}").body) for each in names]
    return written(MAIL, told, 0).body


async def test_a_mail_is_received_and_read() -> None:
    with mail_server() as server:
        assert await Chat(server.url).send("msg_1", body("distrokid")) == ARRIVED
        (mail,) = server.box.mails
    assert mail["subject"] == "CRITICAL: Ré-export distrokid"
    assert mail["from"].addresses[0].addr_spec == "alerts@label.example"
    assert mail["to"] == "team@label.example"
    part = mail.get_body(("plain",))
    assert part
    assert part.get_content().splitlines() == [
        "2 days have no row. Export them again.",
        "Since 2025-09-02, as the data says.",
    ]
    assert mail.get_body(("html",)) is None


async def test_a_digest_keeps_its_lines_in_a_mail() -> None:
    with mail_server() as server:
        assert await Chat(server.url).send("msg_1", body("a", "b")) == ARRIVED
        part = server.box.mails[0].get_body(("plain",))
    assert part
    assert part.get_content().splitlines()[:5] == [
        "CRITICAL: Ré-export a",
        "2 days have no row. Export them again.",
        "Since 2025-09-02, as the data says.",
        "",
        "CRITICAL: Ré-export b",
    ]


async def test_a_mail_that_is_refused_has_not_arrived() -> None:
    with mail_server() as server:
        server.box.answer = "554 No."
        outcome = await Chat(server.url).send("msg_1", body("a"))
    assert outcome.problem
    assert "team@label.example" not in outcome.problem
    assert not outcome.is_final


async def test_a_chat_is_told_title_text_and_colour() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("http://", "json://")
        assert await Chat(url).send("msg_1", body("a")) == ARRIVED
        told = json.loads(receiver.received[0].body)
    assert (told["title"], told["type"]) == ("CRITICAL: Ré-export a", "failure")
    assert told["message"].startswith("2 days have no row.")


async def test_a_digest_that_is_longer_than_a_chat_takes_comes_in_parts() -> None:
    names = [f"{number:02}" for number in range(60)]
    channel = Channel("chat", apprise="mmost://chat.example", most_shown=60)
    told = [Told(each, "RAISED", "INFO", seen(each, "INFO").body) for each in names]
    with receiving() as receiver:
        url = receiver.url.replace("http://", "mmost://").replace(
            "/services/T0KENT0KEN", "/3ccdd113474722377935511fc85d3dd4"
        )
        assert await Chat(url).send("msg_1", written(channel, told, 0).body) == ARRIVED
        parts = [json.loads(each.body)["text"] for each in receiver.received]
    assert len(parts) > 1
    assert all(len(each) <= 4000 for each in parts)
    assert all(f"Days of {name} are missing" in "".join(parts) for name in names)


async def test_a_chat_that_fails_says_why_without_the_address(log: Log) -> None:
    with receiving(status(401)) as receiver:
        url = receiver.url.replace("http://", "json://user:correct-horse-42@")
        outcome = await Chat(url).send("msg_1", body("a"))
    assert outcome.problem
    assert "401" in outcome.problem
    for secret in (TOKEN, "correct-horse-42"):
        assert secret not in outcome.problem
        assert secret not in log.text


async def test_a_chat_is_not_led_elsewhere() -> None:
    with receiving() as elsewhere, receiving(status(307, location=elsewhere.url)) as receiver:
        outcome = await Chat(receiver.url.replace("http://", "json://")).send("msg_1", body("a"))
        assert outcome.problem
        assert elsewhere.received == []


async def test_a_chat_that_hangs_is_left_after_its_time() -> None:
    with receiving(hang) as receiver:
        begun = time.monotonic()
        outcome = await Chat(receiver.url.replace("http://", "json://"), 0.3).send("msg_1", body("a"))
        assert outcome == Outcome("It has not answered within 0.3 seconds.")
        assert time.monotonic() - begun < 2


async def test_where_no_mail_server_listens_it_has_not_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = await Chat(f"mailto://127.0.0.1:{port}?from=a@label.example&to=b@label.example").send("msg_1", body("a"))
    assert outcome.problem
    assert str(port) not in outcome.problem


async def test_two_hear_only_what_is_said_of_their_own() -> None:
    with receiving(status(401)) as first, receiving(status(404)) as second:
        urls = [each.url.replace("http://", "json://") for each in (first, second)]
        outcomes = await asyncio.gather(*(Chat(url).send("msg_1", body("a")) for url in urls))
    for outcome, own, other in zip(outcomes, ("401", "404"), ("404", "401"), strict=True):
        assert outcome.problem
        assert own in outcome.problem
        assert other not in outcome.problem


async def test_one_that_hangs_does_not_hold_up_the_end_of_the_program() -> None:
    with receiving(hang) as receiver:
        task = asyncio.ensure_future(Chat(receiver.url.replace("http://", "json://")).send("msg_1", body("a")))
        await asyncio.to_thread(receiver.wait)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert all(each.daemon for each in threading.enumerate() if each.name == "alerts")


def test_no_part_of_an_address_is_told() -> None:
    url = "slack://bot:p%40ss%2Fword@workspace/T0KEN123/B0T?secret=abcdef&mode=x#general"
    text = f"{url} said p@ss/word, ss/word, t0ken123, p%40ss%2fword and ABCDEF\nto general in slack"
    told = without_secrets(text, url)
    for part in ("p%40ss", "word", "T0KEN123", "abcdef", "workspace", "general", "\n"):
        assert part.lower() not in told.lower()
    assert told.endswith("in slack")
    assert len(without_secrets("x " * 1000, url)) <= 300
