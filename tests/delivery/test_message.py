"""What a message says, to programs and to people."""

import json
from typing import Any

import pytest

from bedrot_graph.delivery.channels import Channel
from bedrot_graph.delivery.message import LONGEST_TITLE, trial, written
from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.ledger.outbox import Told
from tests.delivery.posts import seen

HOOK = Channel("hook", webhook="https://hooks.example", most_shown=2)
MAIL = Channel("mail", apprise="mailto://smtp.example", most_shown=2)
REST = "2 days have no row. Export them again.\nSince 2025-09-02, as the data says."
AT = 1_764_133_200.0  # 2025-11-26 05:00 UTC


def told(name: str, event: str = "RAISED", severity: str = "WARNING", **words: str) -> Told:
    return Told(name, event, severity, seen(name, severity, **words).body)


def sent(*of: Told) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(written(HOOK, of, AT).body)
    return message


def read(*of: Told) -> tuple[str, str]:
    message = json.loads(written(MAIL, of, AT).body)
    assert message["title"] == written(MAIL, of, AT).title
    return message["title"], message["text"]


# --- for programs ---


def test_one_alert_is_told_as_the_graph_shows_it() -> None:
    alert = json.loads(seen("distrokid").body)
    assert sent(told("distrokid")) == {
        "type": "alert.raised",
        "timestamp": "2025-11-26T05:00:00Z",
        "data": {"event": "RAISED", "alert": alert},
    }
    assert sent(told("distrokid", "GRAVER"))["data"]["event"] == "GRAVER"


def test_an_end_is_told_as_one() -> None:
    assert sent(told("a", "RESOLVED"))["type"] == "alert.resolved"


def test_several_are_a_digest_that_begins_with_the_gravest_and_counts_the_rest() -> None:
    digest = sent(told("a", severity="INFO"), told("b", "RESOLVED", "CRITICAL"), told("c", severity="CRITICAL"))
    assert digest["type"] == "alerts.digest"
    shown = digest["data"].pop("alerts")
    assert digest["data"] == {"raised": 2, "resolved": 1, "notShown": 1}
    assert [(each["event"], each["alert"]["id"]) for each in shown] == [("RAISED", "c"), ("RAISED", "a")]


def test_a_test_says_that_it_is_one() -> None:
    assert json.loads(trial(HOOK, AT).body) == {
        "type": "alerts.test",
        "timestamp": "2025-11-26T05:00:00Z",
        "data": {
            "channel": "hook",
            "message": "Alerts of bedrot-graph will reach you this way. Nothing has to be done.",
        },
    }
    assert json.loads(trial(MAIL, AT).body)["title"] == "This is a test"


# --- for people ---


def test_one_alert_says_what_what_to_do_and_since_when() -> None:
    assert read(told("distrokid")) == (
        "WARNING: Days of distrokid are missing",
        "2 days have no row. Export them again.\nSince 2025-09-02, as the data says.",
    )


@pytest.mark.parametrize(
    ("event", "title", "end"),
    [
        ("GRAVER", "WARNING: Days of a are missing", "as the data says. It is graver than before."),
        ("WOKEN", "WARNING: Days of a are missing", "as the data says. It was snoozed until now."),
        ("RESOLVED", "OVER: Days of a are missing", "as the data says. It is over."),
    ],
)
def test_it_says_what_has_happened(event: str, title: str, end: str) -> None:
    subject, text = read(told("a", event))
    assert subject == title
    assert text.endswith(end)


def test_a_digest_tells_of_the_gravest_and_of_the_rest_how_many_there_are() -> None:
    several = [told(each, severity=each) for each in Severity]
    several += [told("x", "RESOLVED"), told("y", severity="INFO")]
    title, text = read(*several)
    assert title == "4 alerts, 1 of them critical, 1 over"
    assert text.split("\n\n") == [
        f"CRITICAL: Days of CRITICAL are missing\n{REST}",
        f"WARNING: Days of WARNING are missing\n{REST}",
        "And 3 more: 2 to know, 1 over. The question 'alerts' shows all that are open.",
    ]


@pytest.mark.parametrize(
    ("of", "title"),
    [
        ([told("a"), told("b")], "2 alerts"),
        ([told("a"), told("b", "RESOLVED")], "1 alert, 1 over"),
        ([told("a", severity="CRITICAL"), told("b", "RESOLVED")], "1 alert, critical, 1 over"),
        ([told("a", "RESOLVED"), told("b", "RESOLVED", "CRITICAL")], "2 over"),
    ],
    ids=str,
)
def test_a_digest_has_a_short_subject(of: list[Told], title: str) -> None:
    assert read(*of)[0] == title


@pytest.mark.parametrize(
    ("severity", "event", "kind"),
    [
        ("CRITICAL", "RAISED", "failure"),
        ("WARNING", "GRAVER", "warning"),
        ("INFO", "OPEN", "info"),
        ("CRITICAL", "RESOLVED", "success"),
    ],
)
def test_chats_are_told_which_colour_it_has(severity: str, event: str, kind: str) -> None:
    assert json.loads(written(MAIL, [told("a", event, severity)], AT).body)["kind"] == kind


def test_what_stands_in_a_file_neither_breaks_lines_nor_calls_anybody() -> None:
    title, text = read(told("a", title="a\r\nBcc: x@y.example", message="@everyone <!channel> <@U1>\n\x1b[2Jx"))
    assert title == "WARNING: a Bcc: x@\u200by.example"
    assert text.splitlines()[0] == "@\u200beveryone <\u200b!channel> <\u200b@\u200bU1> [2Jx"


def test_a_long_subject_is_cut() -> None:
    title, text = read(told("a", title="x" * 500))
    assert len(title) == LONGEST_TITLE
    assert title.endswith("…")
    assert "x" * 500 not in text
