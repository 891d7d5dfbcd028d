"""Errors as clients get them."""

import logging

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, Source, located_error

from bedrot_graph.errors import InvalidPeriod
from bedrot_graph.graph.failures import coded


def test_an_error_of_ours_keeps_its_message_and_code() -> None:
    error = located_error(InvalidPeriod("The period is odd."), path=["revenue"])
    shown = coded(error, is_valid=True)
    assert (shown.message, shown.path, shown.extensions) == (
        "The period is odd.",
        ["revenue"],
        {"code": "INVALID_PERIOD"},
    )


def test_what_nobody_foresaw_is_masked_and_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    error = GraphQLError("secret", path=["revenue"], original_error=RuntimeError("secret"))
    with caplog.at_level(logging.ERROR):
        shown = coded(error, is_valid=True)
    assert "secret" not in shown.message
    extensions = shown.extensions or {}
    assert extensions["code"] == "INTERNAL"
    (record,) = caplog.records
    assert record.exc_text or record.exc_info
    assert getattr(record, "reference", None) == extensions["reference"]
    assert str(extensions["reference"]) in shown.message


@pytest.mark.parametrize(
    ("error", "is_valid", "code"),
    [
        (GraphQLSyntaxError(Source("{"), 1, "x"), False, "GRAPHQL_PARSE_FAILED"),
        (GraphQLError("x"), False, "GRAPHQL_VALIDATION_FAILED"),
        (GraphQLError("x"), True, "BAD_USER_INPUT"),
        (GraphQLError("x", extensions={"code": "MINE"}), True, "MINE"),
    ],
)
def test_errors_of_the_request_have_the_codes_that_clients_know(error: GraphQLError, is_valid: bool, code: str) -> None:  # noqa: FBT001
    shown = coded(error, is_valid=is_valid)
    assert (shown.extensions or {})["code"] == code
