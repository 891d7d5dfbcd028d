"""Clients of JavaScript: each script tells facts, and each fact is a test."""

import pytest

from tests.clients.facts import Told, facts_in
from tests.clients.installs import HERE

CLIENTS = ("apollo", "urql", "graphql-request", "graphql-ws", "graphql-sse")
FACTS = [(client, fact) for client in CLIENTS for fact in facts_in(HERE / f"{client}.mjs")]


@pytest.mark.parametrize(("client", "fact"), FACTS, ids=[f"{client}: {fact}" for client, fact in FACTS])
def test_of_a_client_it_is_true_that(client: str, fact: str, told: Told) -> None:
    problem = told(client)[fact]
    assert problem is None, problem


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_tells_the_facts_that_are_asked_for(client: str, told: Told) -> None:
    assert set(told(client)) == {fact for of, fact in FACTS if of == client}
