"""Questions answered in this process, as the server would answer them."""

import asyncio
from decimal import Decimal
from typing import Any

import orjson
import typer
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult

from bedrot_graph.app import Parts
from bedrot_graph.endpoint import plain_number
from bedrot_graph.schema import schema

UNRESOLVED = "OPERATION_RESOLUTION_FAILURE"


def answer(
    parts: Parts,
    document: str,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
    lineage: str = "full",
) -> dict[str, Any]:
    """The response to one question."""

    async def ask() -> ExecutionResult:
        return await schema().execute(
            document,
            variable_values=variables,
            context_value=parts.context(),
            operation_name=operation,
            operation_extensions={"lineage": lineage},
        )

    try:
        result = asyncio.run(ask())
    except (CannotGetOperationTypeError, MissingQueryError):
        named = f" called '{operation}'" if operation else ""
        error = {"message": f"There is no operation{named} in the document.", "extensions": {"code": UNRESOLVED}}
        return {"errors": [error]}
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.data is not None or any(error.path for error in result.errors or ()):
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def show_json(body: object) -> None:
    """Indented, with decimals as exact numbers."""
    typer.echo(orjson.dumps(body, default=_exact, option=orjson.OPT_INDENT_2))


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain_number(value))
    raise TypeError(str(type(value)))
