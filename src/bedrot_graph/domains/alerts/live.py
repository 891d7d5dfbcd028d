"""What may be listened to about what should be told."""

from collections.abc import Hashable
from typing import Annotated, NamedTuple, cast

import strawberry
from strawberry.types.info import Info

from bedrot_graph.domains.alerts import service
from bedrot_graph.domains.alerts.finding import Finding, Severity
from bedrot_graph.domains.alerts.judging import judged, rule_of
from bedrot_graph.domains.alerts.types import Alert
from bedrot_graph.graph.composed import composed_as, remembered
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.directives import costs
from bedrot_graph.graph.live import live
from bedrot_graph.lake.marks import NOTHING_SAID
from bedrot_graph.lake.snapshot import Snapshot


async def _findings(context: Context) -> tuple[Finding, ...]:
    """All findings, as `alerts` remembers them."""
    state = service.state(await context.snapshot())
    found = await remembered(context, "alerts", lambda lake: service.alerts(lake, None), *state, None)
    return found.value


class _Mark(NamedTuple):
    """What is remembered of an alert that was told."""

    gravity: int
    rule: str
    """What has found it."""


def _is_graver(told: _Mark, now: _Mark) -> bool:
    return now.gravity > told.gravity


def _may_hold(told: _Mark, snapshot: Snapshot) -> bool:
    """Whether nobody can say that it is over, as its rule has nothing to look at."""
    return told.rule not in judged(snapshot)


async def _open(context: Context, severity: list[Severity] | None = None) -> dict[str, Hashable]:
    """Each finding that nobody has acknowledged or put off, the gravest first."""
    snapshot = await context.snapshot()
    wanted = service.Wanted(severities=None if severity is None else tuple(severity))
    return {
        each.id: _Mark(each.gravity, rule_of(each))
        for each in await _findings(context)
        if wanted.lets_through(each, mark := snapshot.marks.get(each.id, NOTHING_SAID)) and mark.is_open
    }


@live(_open, costs(10), is_news=_is_graver, may_hold=_may_hold)
async def alert_raised(
    info: Info[Context, None],
    severity: Annotated[  # noqa: ARG001 - `_open` is asked with it
        list[Severity] | None, strawberry.argument(description="How grave it must be: one of these. Any if null.")
    ] = None,
) -> Alert | None:
    """What a label should be told about, as it comes up: first each open alert, the gravest first, then each new one.

    An alert is told again where it has become graver, or where it was put off and that time is over. One that somebody
    has acknowledged is not told.
    """
    context = info.context
    key = context.begin(info.path)
    (wanted,) = context.told  # which `severity` lets through
    snapshot = await context.snapshot()
    state = service.state(snapshot)
    found = await composed_as(info, "alerts", lambda lake: service.alerts(lake, None), *state, None)
    told = tuple(each for each in found if each.id == wanted)
    context.note_measures(key, service.measures_of(told))
    return cast(
        "Alert", service.rows(told, snapshot.marks).row(0, named=True)
    )  # the same by name, as the schema resolves them
