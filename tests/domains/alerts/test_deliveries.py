"""What is told of messages about alerts, and to whom."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph.assembly import ledger_folder
from bedrot_graph.ledger.outbox import Terms
from bedrot_graph.web.keys import KeyFile
from tests.delivery.posts import ALL, Post, seen
from tests.domains.alerts.told import level
from tests.lakes import write_lake

Serve = Callable[..., TestClient]

QUESTION = """query($where: AlertDeliveryFilter, $first: Int, $after: String) {
  alertDeliveries(where: $where, first: $first, after: $after) {
    nodes { id channel state title alertIds createdAt dueAt attempts deliveredAt problem }
    edges { cursor node { title } } pageInfo { hasNextPage endCursor } totalCount
  }
}"""
TITLES = "query($where: AlertDeliveryFilter) { alertDeliveries(where: $where) { nodes { title } totalCount } }"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=level(30))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def post(state: Path, lake: Path) -> Post:
    """A ledger with one message that arrived, one that did not, and one on its way; nobody takes them along."""
    post = Post(ledger_folder(state, lake), now=1_764_133_200)  # 2025-11-26 05:00 UTC
    for name in ("Hook", "mail"):
        post.form(Terms(name, ALL))  # there is nothing to tell yet
    for number, end in enumerate(("arrived", "give_up", "try_again")):
        channel = Terms(("Hook", "mail", "mail")[number], ALL)
        post.now += 60
        post.finds(*(seen(f"{each}") for each in range(number + 1)))
        post.form(channel)
        found = post.outbox.due(channel.channel, post.now)
        assert found
        post.outbox.begin(found, post.now + 5)
        if end == "arrived":
            post.outbox.arrived(found.id, post.now + 1)
        elif end == "give_up":
            post.outbox.give_up(found.id, "No.")
        else:
            post.outbox.try_again(found.id, "The receiver has answered 500.", post.now + 300)
    return post


def ask(client: TestClient, query: str = QUESTION, key: str = "", **variables: object) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    answer: dict[str, Any] = client.post(
        "/graphql", json={"query": query, "variables": variables}, headers=headers
    ).json()
    return answer


def test_messages_are_told_with_what_has_become_of_them_the_newest_first(
    serve: Serve, lake: Path, state: Path, post: Post
) -> None:
    told = ask(serve(lake, state_dir=state))["data"]["alertDeliveries"]
    assert all(re.fullmatch(r"msg_[0-9a-f]{32}", each.pop("id")) for each in told["nodes"])
    assert told["nodes"] == [
        {
            "channel": "mail",
            "state": "PENDING",
            "title": "1",
            "alertIds": ["2"],
            "createdAt": "2025-11-26T05:03:00+00:00",
            "dueAt": "2025-11-26T05:08:00+00:00",
            "attempts": 1,
            "deliveredAt": None,
            "problem": "The receiver has answered 500.",
        },
        {
            "channel": "mail",
            "state": "FAILED",
            "title": "2",
            "alertIds": ["0", "1"],
            "createdAt": "2025-11-26T05:02:00+00:00",
            "dueAt": None,
            "attempts": 1,
            "deliveredAt": None,
            "problem": "No.",
        },
        {
            "channel": "Hook",
            "state": "DELIVERED",
            "title": "1",
            "alertIds": ["0"],
            "createdAt": "2025-11-26T05:01:00+00:00",
            "dueAt": None,
            "attempts": 1,
            "deliveredAt": "2025-11-26T05:01:01+00:00",
            "problem": None,
        },
    ]
    assert told["totalCount"] == 3
    assert [each["node"]["title"] for each in told["edges"]] == ["1", "2", "1"]
    assert told["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ({}, ["1", "2", "1"]),
        ({"state": {"eq": "FAILED"}}, ["2"]),
        ({"state": {"in": ["FAILED", "DELIVERED"]}}, ["2", "1"]),
        ({"state": {"eq": "FAILED", "in": ["DELIVERED"]}}, []),
        ({"state": {"in": []}}, []),
        ({"state": None, "channel": None}, ["1", "2", "1"]),
        ({"channel": {"eq": "HOOK"}}, ["1"]),
        ({"channel": {"in": ["mail", "nobody"]}}, ["1", "2"]),
        ({"channel": {"eq": "mail"}, "state": {"eq": "DELIVERED"}}, []),
    ],
    ids=json.dumps,
)
def test_they_are_filtered(
    where: dict[str, Any], titles: list[str], serve: Serve, lake: Path, state: Path, post: Post
) -> None:
    told = ask(serve(lake, state_dir=state), TITLES, where=where)["data"]["alertDeliveries"]
    assert told == {"nodes": [{"title": each} for each in titles], "totalCount": len(titles)}


def test_pages_follow_one_another_until_there_is_a_newer_message(
    serve: Serve, lake: Path, state: Path, post: Post
) -> None:
    client = serve(lake, state_dir=state)
    first = ask(client, first=2)["data"]["alertDeliveries"]
    assert [each["title"] for each in first["nodes"]] == ["1", "2"]
    after = first["pageInfo"]["endCursor"]
    assert [each["channel"] for each in ask(client, after=after)["data"]["alertDeliveries"]["nodes"]] == ["Hook"]
    post.finds(*(seen(f"{each}") for each in range(9)))
    post.form(Terms("Hook", ALL))
    (error,) = ask(client, after=after)["errors"]
    assert error["extensions"]["code"] == "INVALID_CURSOR"


def test_it_is_never_told_from_memory(serve: Serve, lake: Path, state: Path, post: Post) -> None:
    client = serve(lake, state_dir=state)
    pending = {"state": {"eq": "PENDING"}}
    assert ask(client, TITLES, where=pending)["data"]["alertDeliveries"]["totalCount"] == 1
    for each in post.outbox.page(0, 10)[0]:
        post.outbox.arrived(each.id, post.now)
    assert ask(client, TITLES, where=pending)["data"]["alertDeliveries"]["totalCount"] == 0


def test_without_any_message_there_is_an_empty_page(serve: Serve, lake: Path, state: Path) -> None:
    told = ask(serve(lake, state_dir=state))
    assert told["data"]["alertDeliveries"]["nodes"] == []


@pytest.mark.parametrize(
    ("scopes", "code"), [(("read",), "FORBIDDEN"), (("read:artist=OWL1987",), "FORBIDDEN"), (("admin",), None)]
)
def test_only_those_are_told_who_run_the_server(
    scopes: tuple[str, ...], code: str | None, serve: Serve, lake: Path, state: Path, post: Post
) -> None:
    _, key = KeyFile(state).create("somebody", scopes)
    answer = ask(serve(lake, state_dir=state), key=key)
    assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])
    assert (answer["data"]["alertDeliveries"] is None) == bool(code)


def test_with_an_admin_token_others_are_not_told(serve: Serve, lake: Path, state: Path, post: Post) -> None:
    client = serve(lake, state_dir=state, admin_token="correct-horse")
    assert ask(client)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert ask(client, key="correct-horse")["data"]["alertDeliveries"]["totalCount"] == 3
