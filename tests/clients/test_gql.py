"""gql, a client of Python, over each of its transports."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.dsl import DSLQuery, DSLSchema, dsl_gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError

TOTAL = gql("{ revenue { total { revenueUsd } } }")
TOP = gql("query Top($first: Int!) { revenue(by: [ARTIST], first: $first) { nodes { artist revenueUsd } } }")
PARTIAL = gql('{ measures { coordinate } dataset(name: "nothing") { name } }')
ALL_EARNED = {"revenue": {"total": {"revenueUsd": 2628.65372866}}}


@pytest.fixture(params=["aiohttp", "websockets"])
async def session(request: pytest.FixtureRequest, server: str) -> AsyncIterator[AsyncClientSession]:
    """A session over the transport, which has asked what can be asked."""
    over_http = request.param == "aiohttp"
    transport = AIOHTTPTransport(server) if over_http else WebsocketsTransport(server.replace("http", "ws"))
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


async def test_a_query_has_its_answer(session: AsyncClientSession) -> None:
    assert await session.execute(TOTAL) == ALL_EARNED


async def test_variables_are_passed(session: AsyncClientSession) -> None:
    TOP.variable_values = {"first": 2}
    assert len((await session.execute(TOP))["revenue"]["nodes"]) == 2


async def test_partial_data_comes_with_its_errors(session: AsyncClientSession) -> None:
    with pytest.raises(TransportQueryError) as caught:
        await session.execute(PARTIAL)
    assert caught.value.data
    assert caught.value.data["measures"]
    assert caught.value.errors
    assert caught.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_schema_that_is_fetched_refuses_what_cannot_be_asked(session: AsyncClientSession) -> None:
    with pytest.raises(GraphQLError, match="Cannot query field 'nothing' on type 'Query'"):
        await session.execute(gql("{ nothing }"))


async def test_questions_are_built_from_the_schema_that_is_fetched(session: AsyncClientSession) -> None:
    assert session.client.schema
    types = DSLSchema(session.client.schema)
    total = types.RevenueConnection.total.select(types.Revenue.revenueUsd)
    assert await session.execute(dsl_gql(DSLQuery(types.Query.revenue.select(total)))) == ALL_EARNED


async def test_many_questions_at_once_have_the_same_answer(session: AsyncClientSession) -> None:
    assert await asyncio.gather(*(session.execute(TOTAL) for _ in range(20))) == [ALL_EARNED] * 20


async def test_a_subscription_tells_the_present_state_first_and_ends_when_it_is_left(server: str) -> None:
    async with Client(transport=WebsocketsTransport(server.replace("http", "ws"))) as session:
        async for told in session.subscribe(gql("subscription { kpiUpdates { id value } }")):
            assert len(told["kpiUpdates"]) == 13
            break
        assert await session.execute(TOTAL) == ALL_EARNED


def test_requests_post_and_know_the_schema(server: str) -> None:
    with Client(transport=RequestsHTTPTransport(server), fetch_schema_from_transport=True) as session:
        assert session.execute(TOTAL) == ALL_EARNED


def test_requests_are_refused_as_a_batch(server: str) -> None:
    client = Client(transport=RequestsHTTPTransport(server))
    with client as session, pytest.raises(TransportServerError, match="400"):
        session.execute_batch([TOTAL, TOTAL])


def test_requests_run_a_mutation(server: str) -> None:
    with Client(transport=RequestsHTTPTransport(server)) as session:
        datasets = session.execute(gql("mutation { reload { datasets { changed } } }"))["reload"]["datasets"]
    assert datasets
    assert not [each for each in datasets if each["changed"]]
