"""What may be asked about how the label stands."""

import datetime as dt
from collections.abc import Hashable
from functools import partial
from typing import Annotated, cast

import strawberry
from strawberry.types.info import Info

from bedrot_graph.domains.kpis import pulse as pulses
from bedrot_graph.domains.kpis import service
from bedrot_graph.domains.kpis.kpi import KPIS
from bedrot_graph.domains.kpis.types import KpiType, Pulse
from bedrot_graph.graph.composed import composed, composed_as, remembered
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.directives import costs, items
from bedrot_graph.graph.fields import costing
from bedrot_graph.graph.live import live

AsOf = Annotated[dt.date | None, strawberry.argument(description="Answer as of this day. The newest unless given.")]


@costing(costs(400), items(13))
async def kpis(
    info: Info[Context, None],
    with_target: Annotated[
        bool | None, strawberry.argument(description="Only those that have a target, or only those that have none.")
    ] = None,
    as_of: AsOf = None,
) -> list[KpiType] | None:
    """The numbers that the label steers by, each over a time that is whole.

    `revenue` speaks of the newest completely reported sale month, `streams` of the last closed month, followers,
    TikTok and ads of the last 28 days, the rest of all time. Targets and the names of the statuses are settings
    (GOALS). Null, with an error, where the request's time does not suffice.
    """
    found = await composed(info, partial(service.kpis, as_of=as_of, with_target=with_target), as_of, with_target)
    return cast("list[KpiType]", list(found))  # the same by name, as the schema resolves them


async def _known(context: Context) -> dict[str, Hashable]:
    """Each KPI as it stands, and why it has no value where that is a fault."""
    found = await remembered(context, "kpis", service.kpis, None, None)
    faults = {name: str(fault) for name, fault in found.faults}
    return {kpi.id: (kpi, faults.get(kpi.id)) for kpi in found.value}


@live(_known, costs(50), items(13), is_together=True)
async def kpi_updates(info: Info[Context, None]) -> list[KpiType] | None:
    """The numbers that the label steers by, as they change: first all of them, then those that are different.

    Each message tells the newest state. Null, with an error, where the time of a message does not suffice.
    """
    told = info.context.told
    ids = None if len(told) == len(KPIS) else told
    question = (None, None) if ids is None else (None, None, ids)
    found = await composed_as(info, "kpis", partial(service.kpis, ids=ids), *question)
    return cast("list[KpiType]", list(found))  # as above


@costing(costs(250))
async def pulse(info: Info[Context, None], as_of: AsOf = None) -> Pulse | None:
    """The newest day that every live source has reported, against the day before and the same weekday a week before.

    A day that one source has not reported yet is no fall. Null, with an error, where the counters cannot be read.
    """
    found = await composed(info, partial(pulses.pulse, as_of=as_of), as_of)
    return cast("Pulse", found)
