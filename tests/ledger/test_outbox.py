"""What is put into deliveries, when, and what becomes of it."""

from pathlib import Path

import pytest

from bedrot_graph.delivery.webhooks import LONGEST_RETRY_AFTER
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.marks import acknowledge, snooze, wake
from bedrot_graph.ledger.outbox import SECONDS_KEPT, Outbox, State, Terms, Wanted
from tests.delivery.posts import ALL, HOUR, Post, seen

LOUD = frozenset({"CRITICAL"})
HOOK = Terms("hook", ALL)
SPACED = Terms("hook", ALL, loud=LOUD, every_seconds=300)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def deliver(post: Post, channel: str = "hook") -> None:
    """All that is due arrives."""
    while found := post.outbox.due(channel, post.now):
        post.outbox.begin(found, post.now + 5)
        post.outbox.arrived(found.id, post.now)


# --- what is told ---


def test_a_new_channel_begins_with_one_digest_of_what_is_open(post: Post) -> None:
    post.finds(seen("a"), seen("b"), seen("c"))
    post.finds(seen("a"), seen("b"))
    acknowledge(post.file, seen("b"), "somebody", post.now)
    post.form()
    assert post.told() == [["a:OPEN"]]


def test_a_new_channel_with_nothing_to_tell_begins_all_the_same(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    post.form()
    assert post.told() == [["a:RAISED"]]


def test_each_event_is_told_once(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    post.form()
    deliver(post)
    post.form()
    post.finds(seen("a"), seen("b"))
    post.form()
    assert post.told() == [["a:RAISED"], ["b:RAISED"]]


def test_two_hundred_alerts_at_once_are_one_delivery(post: Post) -> None:
    post.form()
    post.finds(*(seen(f"{number:03}") for number in range(200)))
    post.form()
    assert [len(each) for each in post.told()] == [200]


def test_what_was_resolved_before_it_was_told_is_left_out(post: Post) -> None:
    post.form()
    post.finds(seen("a"), seen("b"))
    post.finds(seen("b"))
    post.form(HOOK._replace(tells_resolved=True))
    assert post.told() == [["b:RAISED"]]


def test_what_was_acknowledged_before_it_was_told_is_left_out(post: Post) -> None:
    post.form()
    post.finds(seen("a"), seen("b"))
    acknowledge(post.file, seen("a"), "somebody", post.now)
    post.form()
    assert post.told() == [["b:RAISED"]]


def test_what_was_snoozed_before_it_was_told_is_left_out_until_it_wakes(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    snooze(post.file, seen("a"), post.now + HOUR, "somebody", post.now)
    post.form()
    post.now += 2 * HOUR
    post.form()  # its time is up, and nobody has woken it yet
    assert post.told() == []
    wake(post.file, post.now)
    post.form()
    assert post.told() == [["a:WOKEN"]]


def test_what_has_grown_graver_is_told_again_although_it_was_acknowledged(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    acknowledge(post.file, seen("a"), "somebody", post.now)
    post.form()
    post.finds(seen("a", "CRITICAL"))
    post.form()
    assert post.told() == [["a:GRAVER"]]


def test_the_least_severity_counts_as_it_is_now(post: Post) -> None:
    terms = HOOK._replace(severities=frozenset({"WARNING", "CRITICAL"}))
    post.form(terms)
    post.finds(seen("a", "INFO"), seen("b", "INFO"))
    post.form(terms)
    assert post.told() == []
    post.finds(seen("a", "INFO"), seen("b", "WARNING"))
    post.form(terms)
    assert post.told() == [["b:GRAVER"]]


def test_ends_are_told_to_those_who_want_it_and_were_told_of_the_beginning(post: Post) -> None:
    wants, does_not = HOOK._replace(tells_resolved=True), Terms("other", ALL)
    for terms in (wants, does_not):
        post.form(terms)
    post.finds(seen("a"))
    for terms in (wants, does_not):
        post.form(terms)
    deliver(post)
    deliver(post, "other")
    post.finds(seen("b"))
    post.finds()
    for terms in (wants, does_not):
        post.form(terms)
    assert sorted(post.told()) == [["a:RAISED"], ["a:RAISED"], ["a:RESOLVED"]]


def test_what_comes_back_is_raised_again(post: Post) -> None:
    post.form()
    for found in ([seen("a")], [], [seen("a")]):
        post.finds(*found)
        post.form(HOOK._replace(tells_resolved=True))
        deliver(post)
    assert post.told() == [["a:RAISED"], ["a:RESOLVED"], ["a:RAISED"]]


# --- when ---


def test_what_comes_soon_after_a_message_waits_and_is_one(post: Post) -> None:
    post.form(SPACED)
    post.finds(seen("a"))
    assert post.form(SPACED) is None
    deliver(post)
    told_at = post.now
    post.now += 10
    post.finds(seen("a"), seen("b"))
    assert post.form(SPACED) == told_at + 300
    post.now += 200
    post.finds(seen("a"), seen("b"), seen("c"))
    assert post.form(SPACED) == told_at + 300
    assert post.told() == [["a:RAISED"]]
    post.now = told_at + 300
    post.form(SPACED)
    assert post.told() == [["a:RAISED"], ["b:RAISED", "c:RAISED"]]


def test_a_clock_that_is_put_back_delays_nothing_for_longer_than_a_pause(post: Post) -> None:
    post.form(SPACED)
    post.finds(seen("a"))
    post.form(SPACED)
    deliver(post)
    post.now -= 10 * HOUR
    post.finds(seen("a"), seen("b"))
    until = post.now + 300
    assert post.form(SPACED) == until
    post.now += 299
    assert post.form(SPACED) == until
    post.now += 2
    assert post.form(SPACED) is None
    assert post.told() == [["a:RAISED"], ["b:RAISED"]]


def test_what_was_put_off_by_a_clock_that_is_put_back_is_due_at_once(post: Post) -> None:
    post.form(SPACED)
    post.finds(seen("a"))
    post.form(SPACED)
    first = post.outbox.due("hook", post.now)
    assert first
    post.outbox.try_again(first.id, "No.", post.now + 5)
    post.now -= 100 * 24 * HOUR
    found = post.outbox.due("hook", post.now)
    assert found
    assert found.id == first.id
    deliver(post)
    assert post.outbox.next_due("hook") is None


def test_the_longest_wait_that_a_receiver_and_the_night_may_ask_for_is_waited(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    post.form()
    found = post.outbox.due("hook", post.now)
    assert found
    due_at = post.now + LONGEST_RETRY_AFTER + 25 * HOUR  # the clocks are changed in quiet hours of all but a minute
    post.outbox.try_again(found.id, "Not now.", due_at)
    assert post.outbox.due("hook", due_at - 1) is None
    assert post.outbox.due("hook", post.now) is None
    assert post.outbox.due("hook", due_at)


def test_what_is_critical_and_was_told_by_a_clock_that_is_put_back_is_told_at_once(post: Post) -> None:
    critical = seen("a", "CRITICAL")
    post.form(SPACED)
    post.finds(critical)
    post.form(SPACED)
    deliver(post)
    post.now -= 10 * HOUR
    post.finds()
    post.finds(critical)
    assert post.form(SPACED) is None
    assert post.told() == [["a:RAISED"], ["a:RAISED"]]


def test_what_is_critical_does_not_wait_and_takes_along_what_does(post: Post) -> None:
    post.form(SPACED)
    post.finds(seen("a"))
    post.form(SPACED)
    deliver(post)
    post.finds(seen("a"), seen("b"))
    assert post.form(SPACED) is not None
    post.finds(seen("a"), seen("b"), seen("c", "CRITICAL"))
    post.form(SPACED)
    assert post.told() == [["a:RAISED"], ["b:RAISED", "c:RAISED"]]


def test_what_is_critical_and_comes_and_goes_is_told_no_more_often_than_others(post: Post) -> None:
    critical = seen("a", "CRITICAL")
    post.form(SPACED)
    for _ in range(3):
        post.finds(critical)
        post.form(SPACED)
        deliver(post)
        post.now += 60
        post.finds()
        post.form(SPACED)
    assert post.told() == [["a:RAISED"]]
    post.now += 300
    post.finds(critical)
    post.form(SPACED)
    assert post.told() == [["a:RAISED"], ["a:RAISED"]]


def test_what_becomes_critical_soon_after_it_was_told_does_not_wait(post: Post) -> None:
    post.form(SPACED)
    post.finds(seen("a"))
    post.form(SPACED)
    deliver(post)
    post.finds(seen("a", "CRITICAL"))
    post.form(SPACED)
    assert post.told() == [["a:RAISED"], ["a:GRAVER"]]


def test_while_one_is_on_its_way_what_comes_waits_and_is_one(post: Post) -> None:
    post.form()
    for number in range(3):
        post.finds(*(seen(f"{each}") for each in range(number + 1)))
        assert post.form() is None
    assert post.told() == [["0:RAISED"]]
    deliver(post)
    post.form()
    assert post.told() == [["0:RAISED"], ["1:RAISED", "2:RAISED"]]


def test_what_is_critical_does_not_wait_behind_what_does_not_arrive(post: Post) -> None:
    terms = HOOK._replace(loud=LOUD)
    post.form(terms)
    post.finds(seen("a"))
    post.form(terms)
    post.finds(seen("a"), seen("b", "CRITICAL"))
    post.form(terms)
    assert post.told() == [["a:RAISED"], ["b:RAISED"]]


def test_in_quiet_hours_what_is_not_critical_waits(post: Post) -> None:
    terms = HOOK._replace(loud=LOUD, quiet_until=post.now + HOUR)
    post.form(terms)
    post.finds(seen("a"))
    assert post.form(terms) == post.now + HOUR
    assert post.told() == []
    post.finds(seen("a"), seen("b", "CRITICAL"))
    assert post.form(terms._replace(loud_until=post.now + HOUR)) == post.now + HOUR
    assert post.told() == []
    post.form(terms)
    assert post.told() == [["a:RAISED", "b:RAISED"]]


# --- what becomes of it ---


def test_a_delivery_is_formed_wholly_or_not_at_all(post: Post) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    post.form()
    post.finds(seen("a"))
    with pytest.raises(RuntimeError):
        post.outbox.form(HOOK, post.now, fail)  # type: ignore[arg-type] # it never gives anything
    assert post.told() == []
    post.form()
    assert post.told() == [["a:RAISED"]]


def test_an_attempt_of_which_nobody_tells_the_end_is_made_again(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    post.form()
    first = post.outbox.due("hook", post.now)
    assert first
    post.outbox.begin(first, post.now + 5)
    assert post.outbox.due("hook", post.now + 4) is None
    assert post.outbox.next_due("hook") == post.now + 5
    again = Outbox(post.file).due("hook", post.now + 5)  # another process
    assert again
    assert (again.id, again.body, again.attempts) == (first.id, first.body, 1)


def test_of_two_who_would_begin_the_same_attempt_one_may(post: Post) -> None:
    other = Outbox(LedgerFile(post.file.path.parent))
    post.form()
    post.finds(seen("a"))
    post.form()
    here, there = post.outbox.due("hook", post.now), other.due("hook", post.now)
    assert here
    assert here == there
    assert other.begin(here, post.now + 5)
    assert not post.outbox.begin(here, post.now + 60)
    again = post.outbox.due("hook", post.now + 5)
    assert again
    assert again.attempts == 1
    other.arrived(again.id, post.now + 5)
    assert not post.outbox.begin(again, post.now + 60)
    assert post.outbox.page(0, 10)[0][0].attempts == 1


def test_what_has_ended_does_not_change_any_more(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    post.form()
    found = post.outbox.due("hook", post.now)
    assert found
    post.outbox.give_up(found.id, "No.")
    post.outbox.arrived(found.id, post.now)
    post.outbox.try_again(found.id, "Yes.", post.now)
    (ended,), _ = post.outbox.page(0, 10)
    assert (ended.state, ended.problem, ended.delivered_at) == (State.FAILED, "No.", None)


def test_what_is_for_a_channel_that_is_gone_is_given_up_and_it_begins_anew_when_it_comes_back(post: Post) -> None:
    for name in ("hook", "other", "changed"):
        post.form(Terms(name, ALL))
    post.finds(seen("a"))
    for name in ("hook", "other", "changed"):
        post.form(Terms(name, ALL))
    assert post.outbox.keep_only({"hook": "webhook", "changed": "apprise"}) == 2
    states = {each.channel: (each.state, each.problem) for each in post.outbox.page(0, 10)[0]}
    assert states == {
        "hook": ("PENDING", None),
        "other": ("FAILED", "The channel is not in the file of channels any more."),
        "changed": ("FAILED", "The channel leads somewhere else than when this was written."),
    }
    assert post.outbox.keep_only({"hook": "webhook", "other": "webhook"}) == 0
    post.form(Terms("other", ALL))
    assert post.told()[-1] == ["a:OPEN"]


def test_what_was_over_long_ago_is_forgotten_and_what_is_pending_is_not(post: Post) -> None:
    post.form()
    post.finds(seen("a"))
    post.form()
    deliver(post)
    post.finds(seen("a"), seen("b"))
    post.form()
    post.outbox.prune(post.now + SECONDS_KEPT)
    assert len(post.told()) == 2
    post.outbox.prune(post.now + SECONDS_KEPT + 1)
    assert post.told() == [["b:RAISED"]]


def test_the_newest_is_another_one_also_after_all_were_forgotten(post: Post) -> None:
    assert post.outbox.newest() is None
    post.form()
    newest: list[str | None] = []
    for found in ([seen("a")], [seen("b")]):
        post.finds(*found)
        post.form()
        newest.append(post.outbox.newest())
        deliver(post)
        post.now += SECONDS_KEPT + 1
        post.outbox.prune(post.now)
        assert post.outbox.newest() is None
    assert len({None, *newest}) == 3


def test_pages_are_newest_first_and_filtered(post: Post) -> None:
    for name in ("hook", "other"):
        post.form(Terms(name, ALL))
    for number in range(3):
        post.now += 1
        post.finds(*(seen(f"{each}") for each in range(number + 1)))
        for name in ("hook", "other"):
            post.form(Terms(name, ALL))
            if name == "hook":
                deliver(post)
    assert post.outbox.page(0, 10)[1] == 4
    of_hook, count = post.outbox.page(1, 1, Wanted(channels=("hook",)))
    assert ([each.alerts for each in of_hook], count) == ([("1",)], 3)
    assert [each.channel for each in post.outbox.page(0, 10, Wanted(states=("PENDING",)))[0]] == ["other"]
    assert post.outbox.page(0, 10, Wanted(states=())) == ([], 0)
