"""What has become of the messages that tell people of alerts."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl
import strawberry
from strawberry import UNSET
from strawberry.types.info import Info

from bedrot_graph.errors import DeliveriesForbidden
from bedrot_graph.graph.arguments import described, typed
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.directives import ROW, costs, pages
from bedrot_graph.graph.fields import clean_doc, enum_type, field
from bedrot_graph.graph.inputs import TextFilter
from bedrot_graph.graph.pages import Edge, Page, PageInfo, offset_after, question_key
from bedrot_graph.ledger.marks import moment
from bedrot_graph.ledger.outbox import Delivery, State, Wanted, newest_delivery, page_of

enum_type(
    State,
    "AlertDeliveryState",
    "What has become of a message so far.",
    {
        State.PENDING: "It is on its way, or will be sent again.",
        State.DELIVERED: "The receiver has said that it has it.",
        State.FAILED: "It is given up: `problem` tells why.",
    },
)

_ROW: dict[str, pl.DataType] = {
    "id": pl.String(),
    "channel": pl.String(),
    "state": pl.String(),
    "title": pl.String(),
    "alert_ids": pl.List(pl.String),
    "created_at": pl.Datetime(time_zone="UTC"),
    "due_at": pl.Datetime(time_zone="UTC"),
    "attempts": pl.Int32(),
    "delivered_at": pl.Datetime(time_zone="UTC"),
    "problem": pl.String(),
}


@strawberry.input(
    description="A condition on the state. Absent or null filters nothing. An empty list lets nothing through."
)
class AlertDeliveryStateFilter:
    """Its operators."""

    eq: State | None = strawberry.field(default=UNSET, description="The one state it must be in.")
    in_: list[State] | None = strawberry.field(default=UNSET, name="in", description="The states it may be in.")


@strawberry.input(description="Which messages to tell of; fields are combined with *and*.")
class AlertDeliveryFilter:
    """What `Wanted` is asked as."""

    state: AlertDeliveryStateFilter | None = strawberry.field(default=UNSET, description="What has become of it.")
    channel: TextFilter | None = strawberry.field(default=UNSET, description="Through which channel it goes.")

    def as_wanted(self) -> Wanted:
        """The filter it stands for."""
        states = [
            *([[self.state.eq]] if self.state and self.state.eq else []),
            *([self.state.in_] if self.state and isinstance(self.state.in_, list) else []),
        ]
        channels = [each.values for each in self.channel.as_filters("channel")] if self.channel else []
        return Wanted(
            states=_in_all([[state.value for state in each] for each in states]),
            channels=_in_all([[name.casefold() for name in each] for each in channels]),
        )


@strawberry.type(description="One message that tells of alerts, to one channel.", directives=[ROW])
class AlertDelivery:
    """A delivery."""

    id: strawberry.ID = field("The same for each attempt; a webhook has it in its header `webhook-id`.")
    channel: str = field("The channel's name, as the server's file of channels has it; where it leads is not told.")
    state: State = field("What has become of it so far.")
    title: str = field("What it tells, in a few words.")
    alert_ids: list[strawberry.ID] = field("The ids of the alerts that it tells of, also of those that it only counts.")
    created_at: dt.datetime = field("When it was written; it tells what held then.")
    due_at: dt.datetime | None = field("When the next attempt is due. Null where there will be none.")
    attempts: int = field("How many attempts have begun.\n\nUnit: COUNT.")
    delivered_at: dt.datetime | None = field("When the receiver said that it has it.")
    problem: str | None = field("Why it has not arrived so far, or was given up.")


@strawberry.type(description="Messages that tell of alerts, page by page: the newest first.")
class AlertDeliveryConnection:
    """Relay's connection of deliveries."""

    nodes: list[AlertDelivery] = field("The messages of this page.")
    edges: list[Edge[AlertDelivery]] = field("The same messages with their cursors.")
    page_info: PageInfo = field("Where this page stands among all messages.")
    total_count: int = field("How many messages the filter lets through, on all pages.\n\nUnit: COUNT.")


async def _alert_deliveries(
    info: Info[Context, None],
    where: AlertDeliveryFilter | None = None,
    first: int | None = None,
    after: str | None = None,
) -> Any:  # noqa: ANN401
    """What has become of the messages that tell people of alerts: which have arrived, and which have not, and why.

    Those that have ended are told for 30 days. Null, with an error, where nothing is kept, and for callers who may not
    change the server's state: it tells of the server's surroundings, and of alerts of the whole lake.
    """
    context = info.context
    context.is_lasting = False  # it changes while the snapshot is the same
    if not context.may_mutate:
        raise DeliveriesForbidden
    size = context.limits.page(first, context.limits.max_page_size)
    file, wanted = context.keeping.file, where.as_wanted() if where else Wanted()
    question = question_key("alertDeliveries", wanted, await context.kept(newest_delivery(file)))
    offset = offset_after(after, question)
    found, count = await context.kept(page_of(file, offset, size, wanted))
    return Page(_rows(found), offset, count, question)


alert_deliveries = strawberry.field(
    resolver=typed(
        _alert_deliveries,
        where=described(AlertDeliveryFilter | None, "Which messages to tell of."),
        first=described(int | None, "How many messages a page holds."),
        after=described(str | None, "The cursor to go on after; it does not fit any more when a message was written."),
        returns=AlertDeliveryConnection | None,
    ),
    directives=[costs(100), pages("nodes", "edges")],
    description=clean_doc(_alert_deliveries),
)


def _rows(found: Sequence[Delivery]) -> pl.DataFrame:
    """The deliveries as a page shows them. Grain: one row per delivery, in their order."""
    return pl.DataFrame([_row(each) for each in found], schema=_ROW, orient="row")


def _row(delivery: Delivery) -> tuple[object, ...]:
    return (
        delivery.id,
        delivery.channel,
        delivery.state,
        delivery.title,
        list(delivery.alerts),
        moment(delivery.created_at),
        moment(delivery.due_at) if delivery.state is State.PENDING else None,
        delivery.attempts,
        moment(delivery.delivered_at),
        delivery.problem,
    )


def _in_all(lists: list[list[str]]) -> tuple[str, ...] | None:
    """What is in each of the lists, sorted; None where there is none."""
    return tuple(sorted(set.intersection(*map(set, lists)))) if lists else None
