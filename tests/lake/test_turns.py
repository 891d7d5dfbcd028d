import asyncio
from collections.abc import Iterable

import pytest

from bedrot_graph.errors import TooBusy
from bedrot_graph.lake.turns import Turn, Turns


def come(turns: Iterable[Turn]) -> list[bool]:
    return [turn.done() for turn in turns]


def order_of(turns: Turns, running: Turn, waiting: dict[str, Turn]) -> list[str]:
    """The order in which the waiting turns come, where each ends as soon as it has come."""
    order: list[str] = []
    while len(order) < len(waiting):
        turns.end(running)
        (name,) = (name for name, turn in waiting.items() if turn.done() and name not in order)
        order.append(name)
        running = waiting[name]
    turns.end(running)
    return order


async def test_turns_come_at_once_while_there_are_places() -> None:
    turns = Turns(2, 10)
    assert come([turns.take("a"), turns.take("a"), turns.take("b")]) == [True, True, False]
    assert (turns.running, turns.waiting) == (2, 1)


async def test_a_place_that_is_free_goes_to_the_one_that_waits() -> None:
    turns = Turns(1, 10)
    first, second = turns.take("a"), turns.take("a")
    turns.end(first)
    assert second.done()
    assert (turns.running, turns.waiting) == (1, 0)
    turns.end(second)
    assert (turns.running, turns.waiting) == (0, 0)


async def test_one_that_asks_for_much_does_not_hold_up_one_that_asks_for_little() -> None:
    turns = Turns(1, 100)
    running = turns.take("much")
    waiting = {f"much {number}": turns.take("much") for number in range(15)}
    waiting["little"] = turns.take("little")
    assert order_of(turns, running, waiting)[:3] == ["much 0", "little", "much 1"]


async def test_askers_come_in_turn_each_with_its_oldest_first() -> None:
    turns = Turns(1, 100)
    running = turns.take("a")
    waiting = {name: turns.take(name[0]) for name in ("a1", "a2", "a3", "b1", "b2", "c1")}
    assert order_of(turns, running, waiting) == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_what_several_wait_for_comes_when_the_first_of_them_is_called() -> None:
    turns = Turns(1, 100)
    running = turns.take("a")
    waiting = {name: turns.take("a") for name in ("a1", "a2", "a3")}
    turns.join(waiting["a3"], "b")
    turns.join(waiting["a3"], "b")
    assert turns.waiting == 3
    assert order_of(turns, running, waiting) == ["a1", "a3", "a2"]
    assert (turns.running, turns.waiting) == (0, 0)


async def test_a_turn_that_has_come_is_not_waited_for_again() -> None:
    turns = Turns(1, 10)
    running = turns.take("a")
    turns.join(running, "b")
    assert turns.waiting == 0


async def test_more_than_may_wait_are_refused_and_told_so() -> None:
    turns = Turns(1, 2)
    for _ in range(3):
        turns.take("a")
    with pytest.raises(TooBusy, match="2 answers are waiting to be computed, and no more can wait"):
        turns.take("b")
    assert (turns.running, turns.waiting) == (1, 2)


async def test_a_turn_that_is_given_up_does_not_come() -> None:
    turns = Turns(1, 10)
    running, given_up, next_ = turns.take("a"), turns.take("b"), turns.take("c")
    turns.end(given_up)
    assert turns.waiting == 1
    turns.end(running)
    assert come([given_up, next_]) == [False, True]


async def test_a_turn_that_comes_to_one_that_has_just_left_goes_to_the_next() -> None:
    turns = Turns(1, 10)
    running, left, next_ = turns.take("a"), turns.take("b"), turns.take("c")
    left.cancel()  # as a task does that is cancelled, before it can end the turn
    turns.end(running)
    assert next_.done()
    turns.end(left)
    assert (turns.running, turns.waiting) == (1, 0)


async def test_a_turn_is_ended_once_however_often_it_is_said() -> None:
    turns = Turns(1, 10)
    first, second, third = turns.take("a"), turns.take("a"), turns.take("a")
    turns.end(first)
    turns.end(first)
    assert come([second, third]) == [True, False]


async def test_turns_can_be_waited_for() -> None:
    turns = Turns(1, 10)
    running, waiting = turns.take("a"), turns.take("b")
    asyncio.get_running_loop().call_soon(turns.end, running)
    await waiting
    assert turns.running == 1
