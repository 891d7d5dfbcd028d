"""Whatever comes in whatever order, the ledger is what a small naive model of it says."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrot_graph.lake.marks import Mark
from bedrot_graph.ledger.alerts import SECONDS_OF_A_DAY, SEVERITIES, record, still_open
from bedrot_graph.ledger.events import after
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.marks import Said, acknowledge, moment, snooze, take_back, wake
from tests.ledger.findings import seen

RULES = {"a": "R", "b": "R", "c": "Q", "d": "Q"}
NAMES = st.sampled_from(sorted(RULES))
FOUND = st.dictionaries(NAMES, st.tuples(st.sampled_from(SEVERITIES), st.sampled_from(("x", "y"))))
STEPS = st.one_of(
    st.tuples(st.just("evaluate"), FOUND, st.sets(st.sampled_from(("R", "Q")))),
    st.tuples(st.just("evaluate"), FOUND, st.just({"R", "Q"})),
    st.tuples(st.just("acknowledge"), NAMES, st.sampled_from(("one", "two"))),
    st.tuples(st.just("take back"), NAMES),
    st.tuples(st.just("snooze"), NAMES, st.one_of(st.none(), st.integers(1, 20 * SECONDS_OF_A_DAY))),
    st.tuples(st.just("wait"), st.sampled_from((1, 3600, 5 * SECONDS_OF_A_DAY, 31 * SECONDS_OF_A_DAY))),
    st.tuples(st.just("wake")),
)


class Model:
    """The same, as one would say it."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, Any]] = {}
        self.ended: set[str] = set()
        self.times: dict[str, int] = {}
        self.events: list[tuple[str, str]] = []

    def raise_(self, name: str, severity: str, title: str) -> None:
        self.open[name] = {"severity": severity, "title": title, "unjudged": None, "ack": None, "snooze": None}
        self.times[name] = self.times.get(name, 0) + 1
        self.ended.discard(name)
        self.events.append((name, "RAISED"))

    def evaluate(self, found: dict[str, tuple[str, str]], judged: Iterable[str], now: float) -> None:
        for name, (severity, title) in found.items():
            if name not in self.open:
                self.raise_(name, severity, title)
                continue
            alert = self.open[name]
            if SEVERITIES.index(severity) > SEVERITIES.index(alert["severity"]):
                self.events.append((name, "GRAVER"))
                alert.update(ack=None, snooze=None)
            alert.update(severity=severity, title=title, unjudged=None)
        for name in [*self.open]:
            if name in found:
                continue
            since = self.open[name]["unjudged"]
            if RULES[name] in judged or (since is not None and now - since >= 30 * SECONDS_OF_A_DAY):
                del self.open[name]
                self.ended.add(name)
                self.events.append((name, "RESOLVED"))
            elif since is None:
                self.open[name]["unjudged"] = now

    def spoken_of(self, name: str) -> dict[str, Any] | None:
        if name in self.ended:
            return None
        if name not in self.open:
            self.raise_(name, "WARNING", "x")
        return self.open[name]

    def wake(self, now: float) -> None:
        due = [(alert["snooze"], name) for name, alert in self.open.items() if alert["snooze"] is not None]
        for end, name in sorted(due):
            if end <= now:
                self.open[name]["snooze"] = None
                if not self.open[name]["ack"]:
                    self.events.append((name, "WOKEN"))

    def marks(self, now: float) -> dict[str, Mark]:
        marks = {}
        for name, alert in self.open.items():
            at, who = alert["ack"] or (None, None)
            until = alert["snooze"] if alert["snooze"] is not None and alert["snooze"] > now else None
            if at is not None or until is not None:
                marks[name] = Mark(moment(at), who, moment(until), None if until is None else "ops")
        return marks


@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.lists(STEPS, min_size=5, max_size=30))
def test_the_ledger_is_what_the_model_says(steps: list[tuple[Any, ...]]) -> None:
    model, now = Model(), 1000.0
    with tempfile.TemporaryDirectory() as folder:
        ledger = LedgerFile(Path(folder))
        said = Said(ledger, lambda: now)
        for kind, *given_ in steps:
            match kind:
                case "evaluate":
                    found, judged = given_
                    named = {name: seen(name, grave, RULES[name], title) for name, (grave, title) in found.items()}
                    record(ledger, named.values(), judged, now)
                    model.evaluate(found, judged, now)
                case "acknowledge":
                    name, who = given_
                    kept = acknowledge(ledger, seen(name, rule=RULES[name], title="x"), who, now)
                    alert = model.spoken_of(name)
                    assert (kept is None) == (alert is None)
                    if alert:
                        alert["ack"] = alert["ack"] or (now, who)
                case "take back":
                    kept = take_back(ledger, seen(given_[0], rule=RULES[given_[0]], title="x"), now)
                    alert = model.spoken_of(given_[0])
                    assert (kept is None) == (alert is None)
                    if alert:
                        alert["ack"] = None
                case "snooze":
                    name, seconds = given_
                    until = None if seconds is None else now + seconds
                    kept = snooze(ledger, seen(name, rule=RULES[name], title="x"), until, "ops", now)
                    alert = model.spoken_of(name)
                    assert (kept is None) == (alert is None)
                    if alert:
                        alert["snooze"] = until
                case "wait":
                    now += given_[0]
                case _:
                    wake(ledger, now)
                    model.wake(now)
            with ledger.reading() as connection:
                alerts = {each.id: each for each in still_open(connection)}
                events = [(each.alert, each.event.value) for each in after(connection, 0, 10**6)]
            assert {name: (each.severity, each.title, each.times) for name, each in alerts.items()} == {
                name: (each["severity"], each["title"], model.times[name]) for name, each in model.open.items()
            }
            assert sorted(events) == sorted(model.events)
            assert said() == model.marks(now)
        ledger.close()
