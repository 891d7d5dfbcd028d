"""What may be asked about what should be told."""

import datetime as dt
from typing import Any

import strawberry
from strawberry.types.info import Info

from bedrot_graph.domains.alerts import service
from bedrot_graph.domains.alerts.types import AlertConnection, AlertFilter
from bedrot_graph.graph.arguments import described, typed
from bedrot_graph.graph.composed import composed
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.directives import costs, pages
from bedrot_graph.graph.fields import clean_doc
from bedrot_graph.graph.pages import Page, offset_after, question_key


async def _alerts(
    info: Info[Context, None],
    where: AlertFilter | None = None,
    first: int | None = None,
    after: str | None = None,
    as_of: dt.date | None = None,
) -> Any:  # noqa: ANN401
    """What a label should be told about: drops, unusual days, late payments, and data that is missing or broken.

    A finding is there as long as the data says so, under one `id`. Where a dataset cannot be read, what needs it is
    not told, and an alert says that. Null, with an error, where no dataset can be read.
    """
    context = info.context
    key = context.begin(info.path)  # now, as others would overtake it while it waits for the snapshot
    size = context.limits.page(first, context.limits.max_page_size)
    snapshot = await context.snapshot()
    wanted = where.as_wanted() if where else service.Wanted()
    state = service.state(snapshot)
    question = question_key("alerts", snapshot.version, *state, wanted, as_of)
    offset = offset_after(after, question)
    found = await composed(info, lambda lake: service.alerts(lake, as_of), *state, as_of)
    told = tuple(each for each in found if wanted.lets_through(each))
    context.note_measures(key, service.measures_of(told))
    return Page(service.rows(told[offset : offset + size]), offset, len(told), question)


alerts = strawberry.field(
    resolver=typed(
        _alerts,
        where=described(AlertFilter | None, "Which alerts to tell."),
        first=described(int | None, "How many alerts a page holds."),
        after=described(str | None, "The cursor to go on after."),
        as_of=described(
            dt.date | None,
            "Tell what was known on this day: counters up to it, and statement lines reported by then; of the files, "
            "what is wrong with them now. The newest day unless given.",
        ),
        returns=AlertConnection | None,
    ),
    directives=[costs(300), pages("nodes", "edges")],
    description=clean_doc(_alerts),
)
