"""The root of the graph: one field per cube, and what helps to understand them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from bedrot_graph.domains.alerts import queries as ask_alerts
from bedrot_graph.domains.audience import queries as ask_audience
from bedrot_graph.domains.campaigns import queries as ask_campaigns
from bedrot_graph.domains.datasets import queries as ask_datasets
from bedrot_graph.domains.kpis import queries as ask_kpis
from bedrot_graph.domains.payments import queries as ask_payments
from bedrot_graph.domains.revenue import queries as ask_revenue
from bedrot_graph.domains.streams import queries as ask_streams
from bedrot_graph.domains.tiktok import queries as ask_tiktok
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.failures import FailuresExtension
from bedrot_graph.graph.limits import LimitsExtension
from bedrot_graph.graph.lineage import LineageExtension
from bedrot_graph.graph.scalars import SCALARS


@strawberry.type(
    description="Questions to a music label's data lake. All cubes share one grammar: `where`, `period`, `by`, "
    "`grain`, `compare`, `orderBy`, `first`/`after`. Every answer tells in `extensions.lineage` where its "
    "numbers come from and what they cannot tell."
)
class Query:
    """What may be asked."""

    revenue = ask_revenue.revenue
    revenue_lines = ask_revenue.revenue_lines
    kpis = ask_kpis.kpis
    pulse = ask_kpis.pulse
    payments = ask_payments.payments
    stream_rates = ask_payments.stream_rates
    streams = ask_streams.streams
    campaigns = ask_campaigns.campaigns
    tiktok_metrics = ask_tiktok.tiktok_metrics
    spotify_audience = ask_audience.spotify_audience
    alerts = ask_alerts.alerts
    datasets = ask_datasets.datasets
    dataset = ask_datasets.dataset
    measures = ask_datasets.measures


@strawberry.type(description="What changes the server's state; nothing changes the lake.")
class Mutation:
    """What may be done."""

    reload = ask_datasets.reload


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry logs every error; what deserves it is logged by `FailuresExtension`."""


@cache
def schema() -> strawberry.Schema:
    """The schema; there is one."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        extensions=[LimitsExtension, FailuresExtension, LineageExtension],
        config=StrawberryConfig(default_resolver=_value_of, scalar_map=SCALARS),
    )


@dataclass(frozen=True)
class Operation:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None


async def execute(
    operation: Operation, context: Context, allowed: AbstractSet[OperationType] = frozenset(OperationType)
) -> ExecutionResult:
    """Answer an operation. Raises InvalidOperationTypeError where its kind is not allowed."""
    try:
        return await schema().execute(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            operation_extensions=operation.extensions,
            allowed_operation_types=allowed,
        )
    except CannotGetOperationTypeError:
        named = f" '{operation.name}'. Name one that it has in 'operationName'" if operation.name else ""
        text = f"The document has no operation{named}."
        error = GraphQLError(text, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})
        return ExecutionResult(data=None, errors=[error])


def sdl() -> str:
    """The schema as it stands in `schema.graphql`."""
    return schema().as_str().rstrip() + "\n"


def _value_of(source: object, name: str) -> object:
    """Rows are mappings, everything else has attributes; a `previous` row has no `previous` of its own."""
    return source.get(name) if isinstance(source, dict) else getattr(source, name)
