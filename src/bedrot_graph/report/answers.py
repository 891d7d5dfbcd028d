"""Questions answered in this process, as the server would answer them."""

import asyncio
from dataclasses import replace
from typing import Any

import typer

from bedrot_graph.assembly import Parts
from bedrot_graph.graph.execution import Operation
from bedrot_graph.schema import execute
from bedrot_graph.web.bodies import body_of, encoded


def answer(
    parts: Parts,
    document: str,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
    lineage: str = "full",
) -> dict[str, Any]:
    """The response to one question."""
    asked = Operation(document, variables, operation, {"lineage": lineage})
    context = parts.context()
    context.is_columnar = False  # tables are made from values, not from text
    context.limits = replace(context.limits, max_seconds=None)  # whoever waits at a terminal knows when to stop
    return body_of(asyncio.run(execute(asked, context)))


def show_json(body: object) -> None:
    """Indented, with decimals as exact numbers."""
    typer.echo(encoded(body, is_indented=True))
