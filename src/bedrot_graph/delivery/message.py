"""What is sent: one alert or a digest of several, as JSON for programs and as a few lines for people."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from bedrot_graph.delivery.channels import Channel
from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.ledger.outbox import RESOLVED, Told, Written

LONGEST_TITLE = 120
TEST_TITLE = "This is a test"
_ORDER = [each.value for each in reversed(Severity)]
_PLURALS = {"CRITICAL": ("critical", "critical"), "WARNING": ("warning", "warnings"), "INFO": ("to know", "to know")}
_BESIDE = {
    "GRAVER": "It is graver than before.",
    "WOKEN": "It was snoozed until now.",
    RESOLVED: "It is over.",
}
_KINDS = {"CRITICAL": "failure", "WARNING": "warning", "INFO": "info"}
"""How apprise calls them; services show it as a colour or a sign."""
_PINGS = re.compile(r"[@<](?=[\w!@#&])")
"""How chats begin what calls somebody: a file must not call everyone."""


class _Seen(NamedTuple):
    """An alert as a message tells of it."""

    event: str
    severity: str
    title: str
    message: str
    since: str
    body: dict[str, Any]


def written(channel: Channel, told: Sequence[Told], now: float) -> Written:
    """The message that tells of all this: of the gravest first, of the rest how many there are."""
    seen = sorted(map(_seen, told), key=lambda each: (each.event == RESOLVED, _ORDER.index(each.severity)))
    title = _title(seen)
    body = _json(seen, channel.most_shown, now) if channel.webhook else _for_people(seen, title, channel.most_shown)
    return Written(title, body, channel.form)


def trial(channel: Channel, now: float) -> Written:
    """A message that tells of nothing, to see whether it arrives."""
    text = "Alerts of bedrot-graph will reach you this way. Nothing has to be done."
    if channel.webhook:
        body = _packed("alerts.test", now, {"channel": channel.name, "message": text})
    else:
        body = _spoken(TEST_TITLE, text, "info")
    return Written(TEST_TITLE, body, channel.form)


def _json(seen: list[_Seen], most: int, now: float) -> str:
    alerts = [{"event": each.event, "alert": each.body} for each in seen[:most]]
    if len(seen) > 1:
        ended = sum(each.event == RESOLVED for each in seen)
        counts = {"raised": len(seen) - ended, "resolved": ended, "notShown": max(0, len(seen) - most)}
        return _packed("alerts.digest", now, {**counts, "alerts": alerts})
    type_ = "alert.resolved" if seen[0].event == RESOLVED else "alert.raised"
    return _packed(type_, now, alerts[0])


def _for_people(seen: list[_Seen], title: str, most: int) -> str:
    if len(seen) == 1:
        text, kind = _paragraph(seen[0], with_title=False), _kind(seen[0])
    else:
        text = "\n\n".join([*(_paragraph(each) for each in seen[:most]), *_rest(seen[most:])])
        kind = _kind(seen[0])
    return _spoken(title, text, kind)


def _title(seen: list[_Seen]) -> str:
    if len(seen) == 1:
        return _short(f"{_word(seen[0])}: {seen[0].title}")
    ended = sum(each.event == RESOLVED for each in seen)
    raised = len(seen) - ended
    critical = sum(each.severity == Severity.CRITICAL and each.event != RESOLVED for each in seen)
    parts = [f"{raised} alert{'' if raised == 1 else 's'}" if raised else ""]
    parts += [f"{critical} of them critical" if critical and raised > 1 else "critical" if critical else ""]
    parts += [f"{ended} over" if ended else ""]
    return ", ".join(filter(None, parts))


def _paragraph(seen: _Seen, *, with_title: bool = True) -> str:
    """What, what to do, and since when."""
    beside = _BESIDE.get(seen.event, "")
    since = f"Since {seen.since}, as the data says."
    lines = [f"{_word(seen)}: {seen.title}"] if with_title else []
    return "\n".join([*lines, seen.message, " ".join(filter(None, (since, beside)))])


def _rest(seen: list[_Seen]) -> list[str]:
    if not seen:
        return []
    counts = Counter("over" if each.event == RESOLVED else each.severity for each in seen)
    kinds = [f"{count} {_PLURALS[key][count > 1]}" for key in _ORDER if (count := counts[key])]
    kinds += [f"{counts['over']} over"] if counts["over"] else []
    return [f"And {len(seen)} more: {', '.join(kinds)}. The question 'alerts' shows all that are open."]


def _word(seen: _Seen) -> str:
    return "OVER" if seen.event == RESOLVED else seen.severity


def _kind(seen: _Seen) -> str:
    return "success" if seen.event == RESOLVED else _KINDS[seen.severity]


def _seen(told: Told) -> _Seen:
    body = orjson.loads(told.body)
    title, message = (_harmless(str(body[key])) for key in ("title", "message"))
    return _Seen(told.event, told.severity, title, message, str(body["raisedAt"]), body)


def _harmless(text: str) -> str:
    """On one line, and calling nobody."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return _PINGS.sub(lambda found: f"{found[0]}\u200b", " ".join(plain.split()))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1].rstrip()}…"


def _packed(type_: str, now: float, data: dict[str, Any]) -> str:
    at = dt.datetime.fromtimestamp(now, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return orjson.dumps({"type": type_, "timestamp": at, "data": data}).decode()


def _spoken(title: str, text: str, kind: str) -> str:
    return orjson.dumps({"title": title, "text": text, "kind": kind}).decode()
