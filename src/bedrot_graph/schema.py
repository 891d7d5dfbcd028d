"""The root of the graph: one field per cube, and what helps to understand them."""

from collections.abc import Set as AbstractSet
from functools import cache

import strawberry
from graphql import OperationType
from strawberry.schema.config import StrawberryConfig

from bedrot_graph.domains.alerts import deliveries as ask_deliveries
from bedrot_graph.domains.alerts import live as hear_alerts
from bedrot_graph.domains.alerts import queries as ask_alerts
from bedrot_graph.domains.audience import queries as ask_audience
from bedrot_graph.domains.campaigns import queries as ask_campaigns
from bedrot_graph.domains.datasets import queries as ask_datasets
from bedrot_graph.domains.kpis import queries as ask_kpis
from bedrot_graph.domains.payments import queries as ask_payments
from bedrot_graph.domains.revenue import queries as ask_revenue
from bedrot_graph.domains.streams import queries as ask_streams
from bedrot_graph.domains.tiktok import queries as ask_tiktok
from bedrot_graph.graph import execution
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.execution import Answered, Execution, Operation
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
    alert_history = ask_alerts.alert_history
    alert_deliveries = ask_deliveries.alert_deliveries
    datasets = ask_datasets.datasets
    dataset = ask_datasets.dataset
    measures = ask_datasets.measures


@strawberry.type(description="What changes the server's state; nothing changes the lake.")
class Mutation:
    """What may be done."""

    reload = ask_datasets.reload
    acknowledge_alert = ask_alerts.acknowledge_alert
    snooze_alert = ask_alerts.snooze_alert


@strawberry.type(
    description="What is told again whenever it has changed, over a WebSocket or as a stream: first the present state, "
    "then what is different. Whoever reads slowly is told the newest state only, and in `extensions.missed` how many "
    "were left out."
)
class Subscription:
    """What may be listened to."""

    kpi_updates = ask_kpis.kpi_updates
    alert_raised = hear_alerts.alert_raised
    dataset_changed = ask_datasets.dataset_changed


class _Schema(strawberry.Schema):
    def _warn_for_federation_directives(self) -> None:
        """There are none: loading Federation to look for them would take as long as half of the schema."""


@cache
def schema() -> strawberry.Schema:
    """The schema; there is one."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(default_resolver=_value_of, scalar_map=SCALARS),
    )


def prepare(
    operation: Operation, context: Context, allowed: AbstractSet[OperationType] = frozenset(OperationType)
) -> Execution:
    """Read an operation. Raises NotAllowedError where its kind is not allowed."""
    return execution.prepare(schema(), operation, context, allowed)


async def execute(operation: Operation, context: Context) -> Answered:
    """Answer an operation."""
    return await prepare(operation, context).answered()


def sdl() -> str:
    """The schema as it stands in `schema.graphql`."""
    return schema().as_str().rstrip() + "\n"


def _value_of(source: object, name: str) -> object:
    """Rows are mappings, everything else has attributes; a `previous` row has no `previous` of its own."""
    return source.get(name) if isinstance(source, dict) else getattr(source, name)
