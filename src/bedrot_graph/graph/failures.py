"""Errors as clients get them: a stable code each, nothing of our insides."""

import logging
from collections.abc import Iterable, Mapping

from graphql import GraphQLError, GraphQLSyntaxError

from bedrot_graph.logs import reference
from bedrot_graph.traces import fail

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 1000
"""Characters that a message has at most: those of graphql-core repeat what was sent, however long it is."""


def in_order(errors: Iterable[GraphQLError], data: Mapping[str, object] | None) -> list[GraphQLError]:
    """The errors in the order of the document, as fields are answered side by side."""
    place = {key: number for number, key in enumerate(data or ())}
    return sorted(errors, key=lambda each: place.get(str((each.path or [""])[0]), -1))


def code_of(error: GraphQLError) -> str:
    """The code that an error is told with."""
    return str((error.extensions or {}).get("code", "INTERNAL"))


def coded(error: GraphQLError, *, is_valid: bool) -> GraphQLError:
    """The error with its code; masked, and logged whole, if nobody foresaw it.

    Errors of ours have brought theirs along: graphql-core takes over what a cause has as `extensions`.
    """
    if error.extensions and "code" in error.extensions:
        return error
    if isinstance(error, GraphQLSyntaxError):
        return _with_code(error, "GRAPHQL_PARSE_FAILED")
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return _with_code(error, "BAD_USER_INPUT" if is_valid else "GRAPHQL_VALIDATION_FAILED")
    text, found_under = unforeseen(cause, path=str(error.path))
    return GraphQLError(text, error.nodes, path=error.path, extensions={"code": "INTERNAL", "reference": found_under})


def unforeseen(error: BaseException, **told: str) -> tuple[str, str]:
    """Log what nobody foresaw, whole; gives what clients are told of it, and under what the log has it."""
    fail("INTERNAL")
    found_under = reference()
    logger.error("unforeseen error", exc_info=error, extra={"reference": found_under, **told})
    return f"Something went wrong on the server. The log has the details under '{found_under}'.", found_under


def _with_code(error: GraphQLError, code: str) -> GraphQLError:
    if len(error.message) > LONGEST_MESSAGE:
        error.message = f"{error.message[:LONGEST_MESSAGE]}…"
    error.extensions = {**(error.extensions or {}), "code": code}
    return error
