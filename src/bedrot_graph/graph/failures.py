"""Errors as clients get them: a stable code each, nothing of our insides."""

import logging
from collections.abc import Iterator
from uuid import uuid4

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension

from bedrot_graph.graph.context import Context

logger = logging.getLogger(__name__)


class FailuresExtension(SchemaExtension):
    """Gives every error its code, masks what was not foreseen, and adds errors that many nodes share."""

    _is_valid = False

    def on_operation(self) -> Iterator[None]:
        """Look at the errors once the operation is done."""
        yield
        result = self.execution_context.result
        context = self.execution_context.context
        shared = context.errors if isinstance(context, Context) else []
        if result is None or not hasattr(result, "errors"):
            return
        # Fields are answered side by side: their errors come in the order of the document, not of the clock.
        place = {key: number for number, key in enumerate(getattr(result, "data", None) or ())}
        errors = sorted([*(result.errors or ()), *shared], key=lambda each: place.get((each.path or [""])[0], -1))
        result.errors = [coded(error, is_valid=self._is_valid) for error in errors] or None

    def on_validate(self) -> Iterator[None]:
        """Note whether the document is valid; what goes wrong after that lies in the values it was given."""
        yield
        self._is_valid = not self.execution_context.pre_execution_errors


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
    reference = uuid4().hex[:12]
    logger.error("unforeseen error", exc_info=cause, extra={"reference": reference, "path": str(error.path)})
    text = f"Something went wrong on the server. The log has the details under '{reference}'."
    return GraphQLError(text, error.nodes, path=error.path, extensions={"code": "INTERNAL", "reference": reference})


def _with_code(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code}
    return error
