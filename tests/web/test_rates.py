"""How much one address may ask."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bedrot_graph.settings import Settings
from bedrot_graph.web.rates import MOST_ADDRESSES, Rates
from bedrot_graph.web.refusals import RefusedError
from tests.lakes import day, write_lake

Serve = Callable[..., TestClient]


class Clock:
    """Time that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def refusal(rates: Rates, address: str, points: int) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        rates.take(address, points)
    return caught.value


def test_a_minutes_worth_may_be_taken_at_once_and_not_a_point_more() -> None:
    rates = Rates(60, Clock())
    rates.take("10.0.0.1", 60)
    refused = refusal(rates, "10.0.0.1", 1)
    assert (refused.status, refused.code, refused.headers) == (429, "RATE_LIMITED", ((b"retry-after", b"1"),))
    assert str(refused) == (
        "This costs 1 points, and of the 60 that may be asked for with one key, or from one address, within a minute "
        "0 are left. Ask again in 1 seconds."
    )


def test_points_come_back_as_time_goes_by_and_never_more_than_a_minutes_worth() -> None:
    clock = Clock()
    rates = Rates(60, clock)
    rates.take("10.0.0.1", 60)
    clock.seconds = 10
    rates.take("10.0.0.1", 10)
    refusal(rates, "10.0.0.1", 1)
    clock.seconds = 1000
    rates.take("10.0.0.1", 60)
    refusal(rates, "10.0.0.1", 1)


def test_what_is_refused_takes_nothing() -> None:
    rates = Rates(60, Clock())
    rates.take("10.0.0.1", 50)
    refusal(rates, "10.0.0.1", 11)
    rates.take("10.0.0.1", 10)


def test_each_address_has_its_own_and_the_addresses_of_one_network_share_theirs() -> None:
    rates = Rates(60, Clock())
    for address in ("10.0.0.1", "10.0.0.2", "2001:db8:1:2::1", "2001:db8:1:3::1", "testclient", "not:an:address"):
        rates.take(address, 60)
        refusal(rates, address, 1)
    refusal(rates, "2001:db8:1:2:ffff::9", 1)


def test_what_no_minute_allows_is_told_so_without_a_time_to_wait() -> None:
    refused = refusal(Rates(60, Clock()), "10.0.0.1", 61)
    assert refused.headers == ()
    assert str(refused).endswith("Ask for less: it is above what a minute allows.")


def test_no_rate_is_no_limit() -> None:
    Rates(0, Clock()).take("10.0.0.1", 10**9)


def test_the_address_that_has_asked_longest_ago_is_forgotten_first() -> None:
    rates = Rates(60, Clock())
    for number in range(MOST_ADDRESSES + 1):
        rates.take(f"10.{number}", 60)
    rates.take("10.0", 60)
    refusal(rates, f"10.{MOST_ADDRESSES}", 1)


def test_a_client_that_asks_too_much_is_told_when_to_come_back(tmp_path: Path, serve: Serve) -> None:
    client = serve(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]), points_per_minute=150)
    question = {"query": "{ streams { total { totalStreams } } }"}
    assert client.post("/graphql", json=question).status_code == 200
    for _ in range(20):  # what is remembered costs a point
        assert client.post("/graphql", json=question).status_code == 200
    other = client.post("/graphql", json={"query": "{ streams { totalCount } }"})
    assert other.status_code == 429
    assert other.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(other.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("settings", "rate"),
    [({}, 0), ({"mode": "production"}, 60_000), ({"points_per_minute": 7}, 7), ({"backend_host": "0.0.0.0"}, 60_000)],
)
def test_in_production_there_is_a_rate_unless_one_is_set(settings: dict[str, object], rate: int) -> None:
    assert Settings.model_validate(settings).rate == rate


async def test_what_others_have_taken_is_missing_and_what_is_taken_meanwhile_too() -> None:
    told: list[dict[str, float]] = []
    rates = Rates(60, Clock())

    async def spend(points: Mapping[str, float], most: int) -> Mapping[str, float]:
        told.append({**points, "most": most})
        rates.take("10.0.0.1", 5)  # before the answer is there
        return {"10.0.0.1": 20}

    await rates.exchange(spend)  # from now on what is taken is told
    rates.take("10.0.0.1", 10)
    await rates.exchange(spend)
    assert told == [{"10.0.0.1": 10, "most": 60}]
    rates.take("10.0.0.1", 15)
    assert refusal(rates, "10.0.0.1", 1).status == 429


async def test_where_nobody_answers_the_rate_is_kept_as_it_is_known_here() -> None:
    async def silent(_: Mapping[str, float], __: int) -> Mapping[str, float]:
        return {}

    rates = Rates(60, Clock())
    await rates.exchange(silent)
    rates.take("10.0.0.1", 40)
    await rates.exchange(silent)
    rates.take("10.0.0.1", 20)
    assert refusal(rates, "10.0.0.1", 1).status == 429


async def test_who_waits_for_points_gets_them_in_turn_when_there_are_enough() -> None:
    rates, served = Rates(6000), list[str]()  # 100 in a second
    rates.take("10.0.0.1", 5990)

    async def wait(name: str, points: int) -> None:
        await rates.wait("10.0.0.1", points)
        served.append(name)

    async with asyncio.timeout(5), asyncio.TaskGroup() as waiting:
        waiting.create_task(wait("first", 30))
        await asyncio.sleep(0)
        waiting.create_task(wait("second", 5))  # although there would be enough for it
        await rates.wait("10.0.0.2", 30)
        served.append("other")
    assert served == ["other", "first", "second"]


async def test_who_leaves_the_line_holds_up_nobody() -> None:
    rates = Rates(6000)
    rates.take("10.0.0.1", 5990)
    leaving = asyncio.ensure_future(rates.wait("10.0.0.1", 5000))
    await asyncio.sleep(0)
    leaving.cancel()
    async with asyncio.timeout(5):
        await rates.wait("10.0.0.1", 10)


async def test_what_is_above_a_minutes_points_is_not_waited_for() -> None:
    with pytest.raises(RefusedError):
        await Rates(60).wait("10.0.0.1", 61)
    await Rates(0).wait("10.0.0.1", 10**6)
