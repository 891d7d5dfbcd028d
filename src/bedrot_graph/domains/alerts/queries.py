"""What may be asked about what should be told, and what may be said of it."""

import datetime as dt
from typing import Annotated, Any

import strawberry
from strawberry.types.info import Info

from bedrot_graph.domains.alerts import keeping, service
from bedrot_graph.domains.alerts.finding import Finding
from bedrot_graph.domains.alerts.types import Alert, AlertConnection, AlertFilter, KeptAlertConnection
from bedrot_graph.errors import HistoryForbidden, InvalidSnooze, UnknownAlert
from bedrot_graph.graph.arguments import described, typed
from bedrot_graph.graph.composed import composed, remembered
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.directives import costs, pages
from bedrot_graph.graph.fields import clean_doc, costing
from bedrot_graph.graph.pages import Page, offset_after, question_key
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.ledger import alerts as kept
from bedrot_graph.ledger.alerts import SECONDS_OF_A_DAY
from bedrot_graph.ledger.marks import mark_of, moment

LONGEST_SNOOZE_DAYS = 366
_Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="The alert's id, as `alerts` gives it.")]


async def _alerts(
    info: Info[Context, None],
    where: AlertFilter | None = None,
    first: int | None = None,
    after: str | None = None,
    as_of: dt.date | None = None,
) -> Any:  # noqa: ANN401
    """What a label should be told about: drops, unusual days, late payments, and data that is missing or broken.

    A finding is there as long as the data says so, under one `id`, with what people have said of it. Where a dataset
    cannot be read, what needs it is not told, and an alert says that. Null, with an error, where no dataset can be
    read.
    """
    context = info.context
    key = context.begin(info.path)  # now, as others would overtake it while it waits for the snapshot
    size = context.limits.page(first, context.limits.max_page_size)
    snapshot = await context.snapshot()
    wanted = where.as_wanted() if where else service.Wanted()
    state = service.state(snapshot)
    said = sorted(snapshot.marks.items()) if wanted.looks_at_marks else ()
    question = question_key("alerts", snapshot.version, *state, wanted, as_of, *said)
    offset = offset_after(after, question)
    found = await composed(info, lambda lake: service.alerts(lake, as_of), *state, as_of)
    told = wanted.of(found, snapshot.marks)
    context.note_measures(key, service.measures_of(told))
    return Page(service.rows(told[offset : offset + size], snapshot.marks), offset, len(told), question)


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


async def _alert_history(info: Info[Context, None], first: int | None = None, after: str | None = None) -> Any:  # noqa: ANN401
    """What is kept of alerts, of those that hold and of those that have ended: when they were noticed, and who knew.

    What has ended is kept for 400 days. Null, with an error, where nothing is kept, and for callers who may see some
    artists only.
    """
    context = info.context
    context.is_lasting = False  # it changes while the snapshot is the same
    size = context.limits.page(first, context.limits.max_page_size)
    snapshot = await context.snapshot()
    if snapshot.whole is not snapshot:
        raise HistoryForbidden
    ledger = context.keeping
    question = question_key("alertHistory", await context.kept(ledger.newest_event()))
    offset = offset_after(after, question)
    page = await context.kept(ledger.kept(offset, size))
    return Page(keeping.kept_rows(page.alerts), offset, page.total_count, question)


alert_history = strawberry.field(
    resolver=typed(
        _alert_history,
        first=described(int | None, "How many alerts a page holds."),
        after=described(str | None, "The cursor to go on after; it does not fit any more when something has happened."),
        returns=KeptAlertConnection | None,
    ),
    directives=[costs(100), pages("nodes", "edges")],
    description=clean_doc(_alert_history),
)


@costing(costs(1000))
async def acknowledge_alert(
    info: Info[Context, None],
    name: _Id,
    take_back: Annotated[
        bool, strawberry.argument(description="Whether to say that nobody knows of it after all.")
    ] = False,
) -> Alert:
    """Say that somebody knows of an alert: it is not told of again unless it becomes graver, or ends and comes back.

    Who says so first is kept, with the time.
    """
    context = info.context
    ledger, finding = context.changing(), await _finding(context, name)
    seen = keeping.seen(finding)
    said = ledger.take_back(seen) if take_back else ledger.acknowledge(seen, context.asker)
    return await _told(context, finding, await context.kept(said))


@costing(costs(1000))
async def snooze_alert(
    info: Info[Context, None],
    name: _Id,
    until: Annotated[
        dt.datetime | None,
        strawberry.argument(
            description=f"When to tell of it again: a time with its zone, in {LONGEST_SNOOZE_DAYS} days at most. Null "
            "ends the snooze now."
        ),
    ] = None,
) -> Alert:
    """Put an alert off: it is not told of before the time, unless it becomes graver, or ends and comes back.

    Who says so last is kept.
    """
    context = info.context
    ledger = context.changing()
    end, finding = _end(until, ledger.now()), await _finding(context, name)
    said = ledger.snooze(keeping.seen(finding), end, context.asker)
    return await _told(context, finding, await context.kept(said))


def key_of_all(snapshot: Snapshot) -> str:
    """Under what all findings of a snapshot are remembered, for whoever asks for `alerts` too."""
    return question_key("alerts", snapshot.version, *service.state(snapshot), None)


async def _finding(context: Context, name: str) -> Finding:
    """The finding of that id, as it is now. Raises UnknownAlert."""
    state = service.state(await context.snapshot())
    found = await remembered(context, "alerts", lambda lake: service.alerts(lake, None), *state, None)
    finding = next((each for each in found.value if each.id == name), None)
    if finding is None:
        raise UnknownAlert(name)
    return finding


def _end(until: dt.datetime | None, now: float) -> float | None:
    """The end of a snooze, in seconds since 1970. Raises InvalidSnooze."""
    if until is None:
        return None
    if until.tzinfo is None:
        raise InvalidSnooze.without_zone(until.isoformat())
    if not now < until.timestamp() <= now + LONGEST_SNOOZE_DAYS * SECONDS_OF_A_DAY:
        raise InvalidSnooze.out_of_range(until.isoformat(), moment(now), LONGEST_SNOOZE_DAYS)
    return until.timestamp()


async def _told(context: Context, finding: Finding, alert: kept.Alert | None) -> Alert:
    """The alert with what is kept of it, once all are answered with it. Raises UnknownAlert where it has ended."""
    if alert is None:
        raise UnknownAlert(finding.id)
    await context.renew()
    mark = mark_of(alert, context.keeping.now())
    return Alert.of(service.rows((finding,), {finding.id: mark}).row(0, named=True))
