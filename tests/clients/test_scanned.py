"""What scanners of GraphQL servers such as graphql-cop look for, held against a server in production."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.clients.serving import serving

MODERN = "application/graphql-response+json"
TYPENAME = {"query": "query cop { __typename }"}


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client that knows no token and sends no header of its own."""
    folder = tmp_path_factory.mktemp("production")
    with (
        serving(folder, MODE="production", ADMIN_TOKEN="s3cret") as address,
        httpx2.Client(base_url=address.removesuffix("/graphql"), timeout=30) as client,
    ):
        yield client


def refused(response: httpx2.Response, status: int) -> list[dict[str, Any]]:
    """The errors of an answer that has nothing else."""
    assert response.status_code == status
    body = response.json()
    assert set(body) == {"errors"}
    errors: list[dict[str, Any]] = body["errors"]
    return errors


def codes(errors: list[dict[str, Any]]) -> list[str]:
    return [error["extensions"]["code"] for error in errors]


def asked(stranger: httpx2.Client, question: str) -> httpx2.Response:
    return stranger.post("/graphql", json={"query": question}, headers={"accept": MODERN})


def test_a_hundred_aliases_are_refused(stranger: httpx2.Client) -> None:
    aliases = " ".join(f"alias{number}: __typename" for number in range(101))
    assert codes(refused(asked(stranger, f"query cop {{ {aliases} }}"), 400)) == ["TOO_MANY_ALIASES"]


def test_ten_questions_in_one_request_are_refused(stranger: httpx2.Client) -> None:
    assert codes(refused(stranger.post("/graphql", json=[TYPENAME] * 10), 400)) == ["BAD_REQUEST"]


def test_ten_directives_on_one_field_are_refused_with_few_errors(stranger: httpx2.Client) -> None:
    assert len(refused(asked(stranger, f"query cop {{ __typename {'@aa' * 10} }}"), 400)) <= 5


def test_a_field_that_is_repeated_five_hundred_times_is_refused(stranger: httpx2.Client) -> None:
    question = f"query cop {{ {'__typename ' * 500} }}"
    assert codes(refused(asked(stranger, question), 400)) == ["TOO_MANY_REPEATS"]


def test_introspection_in_circles_is_refused(stranger: httpx2.Client) -> None:
    question = "query cop { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"
    assert codes(refused(asked(stranger, question), 400)) == ["INTROSPECTION_DISABLED"]


def test_introspection_is_refused(stranger: httpx2.Client) -> None:
    question = "query cop { __schema { types { name fields { name } } } }"
    assert codes(refused(asked(stranger, question), 400)) == ["INTROSPECTION_DISABLED"]


def test_names_that_were_meant_are_not_told(stranger: httpx2.Client) -> None:
    for question in ("query cop { __schema { directive } }", "query cop { revenu { totalCount } }"):
        assert "Did you mean" not in str(refused(asked(stranger, question), 400))


def test_the_explorer_is_not_shown(stranger: httpx2.Client) -> None:
    response = stranger.get("/graphql", headers={"accept": "text/html"})
    assert response.status_code == 401
    assert "graphiql" not in response.text.lower()
    assert "playground" not in response.text.lower()


def test_a_question_in_the_address_is_refused(stranger: httpx2.Client) -> None:
    assert codes(refused(stranger.get("/graphql", params=TYPENAME), 400)) == ["PREFLIGHT_REQUIRED"]


def test_a_mutation_in_the_address_is_refused(stranger: httpx2.Client) -> None:
    question = {"query": "mutation cop { __typename }"}
    headers = {"graphql-require-preflight": "1"}
    assert codes(refused(stranger.get("/graphql", params=question), 400)) == ["PREFLIGHT_REQUIRED"]
    assert codes(refused(stranger.get("/graphql", params=question, headers=headers), 405)) == ["BAD_USER_INPUT"]


def test_a_form_is_refused(stranger: httpx2.Client) -> None:
    assert codes(refused(stranger.post("/graphql", data=TYPENAME), 415)) == ["UNSUPPORTED_MEDIA_TYPE"]


def test_nothing_is_told_of_how_the_answer_was_made(stranger: httpx2.Client) -> None:
    response = stranger.post("/graphql", json=TYPENAME, headers={"apollo-tracing": "1", "x-apollo-tracing": "1"})
    assert response.json() == {"data": {"__typename": "Query"}}
    assert "server" not in response.headers


def test_an_error_has_no_traceback(stranger: httpx2.Client) -> None:
    (error,) = refused(asked(stranger, "qwerty cop { abc }"), 400)
    assert set(error) == {"message", "locations", "extensions"}
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
