"""Whose address counts: the client's, where a proxy tells it that is believed; else that of whoever connects."""

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from websockets.exceptions import InvalidStatus

from tests.web.serving import Serving, serving_sample
from tests.web.test_sockets import opened

QUESTION = b'{"query": "{ __typename }"}'


@contextmanager
def behind(proxies: str | None) -> Iterator[Serving]:
    """A server that believes the proxies, with little to spend for each address."""
    with pytest.MonkeyPatch.context() as patch:
        if proxies is None:
            patch.delenv("FORWARDED_ALLOW_IPS", raising=False)
        else:
            patch.setenv("FORWARDED_ALLOW_IPS", proxies)
        with serving_sample(points_per_minute=2, max_sockets=1) as served:
            yield served


def asked(served: Serving, *forwarded: str) -> list[int]:
    """The statuses of questions, each with what a proxy would tell."""
    with closing(http.client.HTTPConnection(*served.address)) as client:
        statuses = []
        for each in forwarded:
            headers = {"content-type": "application/json", "x-forwarded-for": each}
            client.request("POST", "/graphql", QUESTION, headers)
            response = client.getresponse()
            response.read()
            statuses.append(response.status)
    return statuses


def test_what_somebody_tells_who_is_no_proxy_is_not_believed() -> None:
    with behind("10.1.2.3,192.168.0.0/16") as served:
        assert asked(served, "203.0.113.1", "203.0.113.2", "203.0.113.3") == [200, 200, 429]


@pytest.mark.parametrize("proxies", [None, "127.0.0.1", "127.0.0.0/8"])
def test_behind_a_proxy_each_client_is_counted_by_its_own_address(proxies: str | None) -> None:
    with behind(proxies) as served:
        assert asked(served, "203.0.113.1", "203.0.113.1", "203.0.113.2", "203.0.113.1") == [200, 200, 200, 429]


def test_what_a_client_tells_the_proxy_is_not_believed() -> None:
    with behind("127.0.0.1") as served:  # a proxy adds the address that it sees, behind what it was sent
        sent = [f"203.0.113.{number}, 198.51.100.7" for number in range(3)]
        assert asked(served, *sent) == [200, 200, 429]


@pytest.mark.parametrize("told", ["", "unknown", "999.1.1.1", "[::1", "a" * 300, ",,,", "203.0.113.1:99999999"])
def test_whatever_a_proxy_tells_it_is_an_answer(told: str) -> None:
    with behind("127.0.0.1") as served:
        assert asked(served, told, told, told)[0] == 200


def test_sockets_are_counted_by_the_address_that_a_proxy_tells() -> None:
    with behind("127.0.0.1") as served, ExitStack() as sockets:
        for number in (1, 2):
            sockets.enter_context(opened(served, **{"X-Forwarded-For": f"203.0.113.{number}"}))
        with pytest.raises(InvalidStatus) as refused:
            sockets.enter_context(opened(served, **{"X-Forwarded-For": "203.0.113.2"}))
        assert refused.value.response.status_code == 429


def test_nobody_opens_more_sockets_by_telling_other_addresses() -> None:
    with behind("10.1.2.3") as served, opened(served, **{"X-Forwarded-For": "203.0.113.1"}):
        with pytest.raises(InvalidStatus) as refused, opened(served, **{"X-Forwarded-For": "203.0.113.2"}):
            pass
        assert refused.value.response.status_code == 429
