"""Whatever happens in whatever order: what holds is told, each event once, and nothing that is over or seen to."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrot_graph.ledger.alerts import Alert, find, still_open
from bedrot_graph.ledger.marks import acknowledge, snooze, wake
from bedrot_graph.ledger.outbox import RESOLVED, Terms, Told, Written
from tests.delivery.posts import ALL, Post, plain, seen

NAMES = "abc"
LEAST = {"INFO": ALL, "WARNING": ALL - {"INFO"}}

findings = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(sorted(ALL)))
actions = st.lists(
    st.one_of(
        st.tuples(st.just("finds"), findings),
        st.tuples(st.just("acknowledges"), st.sampled_from(NAMES)),
        st.tuples(st.just("snoozes"), st.sampled_from(NAMES)),
        st.tuples(st.just("waits"), st.sampled_from([1, 100, 400])),
        st.tuples(st.just("forms"), st.booleans()),
        st.tuples(st.just("tells"), st.booleans()),
        st.tuples(st.just("tells"), st.just(value=True)),
    ),
    min_size=15,
    max_size=30,
)


class Watched(Post):
    """A post, and what it has told."""

    def __init__(self, folder: Path, terms: Terms) -> None:
        super().__init__(folder)
        self.terms = terms
        self.told_through: dict[str, int] = {}
        """The newest event of each alert that was told."""
        self.beginnings: set[str] = set()
        """The alerts of which the channel knows that they are there."""
        self.found: dict[str, str] = {}

    def newest(self, name: str) -> int:
        """The newest event of an alert that is no end."""
        with self.file.reading() as ledger:
            text = "SELECT coalesce(max(number), 0) FROM events WHERE alert = ? AND event <> 'RESOLVED'"
            return int(ledger.execute(text, (name,)).fetchone()[0])

    def kept(self, name: str) -> Alert:
        with self.file.reading() as ledger:
            alert = find(ledger, name)
        assert alert
        return alert

    def does(self, action: str, given: object) -> None:
        match action, given:
            case "finds", dict(found):
                self.found = found
                self.finds(*(seen(name, severity) for name, severity in self.found.items()))
            case "acknowledges", str(name) if name in self.found:
                acknowledge(self.file, seen(name, self.found[name]), "somebody", self.now)
            case "snoozes", str(name) if name in self.found:
                snooze(self.file, seen(name, self.found[name]), self.now + 50, "somebody", self.now)
            case "waits", int(seconds):
                self.now += seconds
                wake(self.file, self.now)
            case "forms", bool(is_quiet):
                quiet_until = self.now + 10 if is_quiet else None
                self.watch(self.terms._replace(quiet_until=quiet_until))
            case "tells", bool(arrives):
                self.watch(self.terms)
                self.bring(arrives=arrives)

    def watch(self, terms: Terms) -> None:
        written: list[Told] = []

        def write(told: Sequence[Told]) -> Written:
            written.extend(told)
            return plain(told)

        self.outbox.form(terms, self.now, write)
        assert len({each.alert for each in written}) == len(written)
        for each in written:
            self.check(each)

    def check(self, told: Told) -> None:
        alert = self.kept(told.alert)
        if told.event == RESOLVED:
            assert not alert.is_open
            self.beginnings.remove(told.alert)
            return
        assert alert.is_open
        assert not alert.is_marked
        assert alert.severity in self.terms.severities
        assert self.newest(told.alert) > self.told_through.get(told.alert, 0)
        self.told_through[told.alert] = self.newest(told.alert)
        self.beginnings.add(told.alert)

    def bring(self, *, arrives: bool) -> None:
        while delivery := self.outbox.due("hook", self.now):
            self.outbox.begin(delivery, self.now + 30)
            if arrives:
                self.outbox.arrived(delivery.id, self.now)
            else:
                self.outbox.try_again(delivery.id, "No.", self.now + 60)


@given(actions, st.sampled_from(sorted(LEAST)), st.booleans())
@settings(deadline=None, max_examples=150)
def test_what_holds_is_told_once_and_nothing_else(
    happened: list[tuple[str, object]],
    least: str,
    is_told_of_ends: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    terms = Terms("hook", frozenset(LEAST[least]), is_told_of_ends, frozenset({"CRITICAL"}), every_seconds=300)
    with tempfile.TemporaryDirectory() as folder:
        post = Watched(Path(folder), terms)
        for action, given_ in happened:
            post.does(action, given_)
        for _ in range(2):
            post.does("waits", 400)
            post.bring(arrives=True)
            post.watch(terms)
        with post.file.reading() as ledger:
            open_ = [each for each in still_open(ledger) if not each.is_marked and each.severity in terms.severities]
        for each in open_:
            assert each.id in post.told_through
        if is_told_of_ends:
            assert post.beginnings <= {name for name in NAMES if name in post.found}
        post.bring(arrives=True)
        assert post.form(terms) is None
        assert post.outbox.next_due("hook") is None
        post.file.close()


def test_the_watch_notices_what_is_told_twice(tmp_path: Path) -> None:
    post = Watched(tmp_path, Terms("hook", ALL))
    forms: tuple[str, object] = ("forms", False)
    post.does("finds", {"a": "INFO"})
    post.does(*forms)
    with post.file.writing() as ledger:
        ledger.execute("UPDATE channels SET told_through = 0")
    post.bring(arrives=True)
    with pytest.raises(AssertionError):
        post.does(*forms)
