"""What may be asked about payments and stream rates."""

import datetime as dt
from typing import Any

import strawberry
from strawberry.types.info import Info

from bedrot_graph.domains.payments import service
from bedrot_graph.domains.payments.types import Payments, StreamRate
from bedrot_graph.graph.arguments import described, list_of, typed
from bedrot_graph.graph.composed import composed
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.directives import costs, items
from bedrot_graph.graph.fields import clean_doc
from bedrot_graph.graph.inputs import PeriodInput


async def _payments(
    info: Info[Context, None], period: PeriodInput | None = None, as_of: dt.date | None = None
) -> service.Payments:
    """What each sale month should have paid, what it has paid and what is still to come.

    Compared like for like: one distributor and two platforms on both sides, and only months whose statements are
    complete. Null, with an error, where the statements cannot be read; without daily streams what is made from them is.
    """
    span = period.as_span() if period else None
    return await composed(info, lambda snapshot: service.payments(snapshot, span, as_of), span, as_of)


async def _stream_rates(
    info: Info[Context, None], period: PeriodInput | None = None, as_of: dt.date | None = None
) -> list[dict[str, Any]]:
    """What one stream brings on each platform group, the most streamed first.

    Observed in the last twelve complete sale months, or in those of the period, beside the label's reference rates;
    downloads have no rate per stream. Null, with an error, where the statements cannot be read.
    """
    span = period.as_span() if period else None
    return await composed(info, lambda snapshot: service.stream_rates(snapshot, span, as_of), span, as_of)


payments = strawberry.field(
    resolver=typed(
        _payments,
        period=described(
            PeriodInput | None, "The sale months to look at, widened to whole months; all of them unless given."
        ),
        as_of=described(
            dt.date | None,
            "Answer as if it were this day: lines reported and streams counted later are left out, and what is due "
            "is judged by it. Unless given, all that is known counts, and the newest day of the lake.",
        ),
        returns=Payments | None,
    ),
    directives=[costs(600)],
    description=clean_doc(_payments),
)

stream_rates = strawberry.field(
    resolver=typed(
        _stream_rates,
        period=described(
            PeriodInput | None,
            "The sale months to look at, of which the complete ones count; the last twelve of those unless given.",
        ),
        as_of=described(dt.date | None, "Leave out lines that were reported after this day."),
        returns=list_of(StreamRate),
    ),
    directives=[costs(150), items(12)],
    description=clean_doc(_stream_rates),
)
