"""How KPIs and the pulse are said."""

import datetime as dt

import strawberry

from bedrot_graph.domains.kpis import pulse
from bedrot_graph.domains.kpis.kpi import Status
from bedrot_graph.domains.streams.types import Stream
from bedrot_graph.graph.fields import DatePeriod, enum_type, field, measure_field
from bedrot_graph.graph.scalars import BigInt, Number
from bedrot_graph.measures import Unit

enum_type(
    Status,
    "KpiStatus",
    "Where a KPI stands against its target; the parts are settings (GOALS).",
    {
        Status.ACHIEVED: "All of the target is reached.",
        Status.ON_TRACK: "Three quarters of it.",
        Status.BEHIND: "Half of it.",
        Status.AT_RISK: "Less.",
    },
)


@strawberry.type(name="Kpi", description="A number that the label steers by, over a time that is whole.")
class KpiType:
    """A KPI as clients see it."""

    id: strawberry.ID = field("Its name for programs; it never changes.")
    name: str = field("Its name for people; for `top_artist` the artist.")
    value: Number | None = field(
        "The number. Null, with an error, where its dataset cannot be read; null where no month is whole yet.\n\n"
        "Unit: as `unit` tells."
    )
    unit: Unit = field("What `value`, `previous` and `target` count.")
    previous: Number | None = field(
        "The same number of the time just before: the month before, the 28 days before. Null for numbers of all "
        "time, and where the data holds nothing of that time.\n\nUnit: as `unit` tells."
    )
    growth: float | None = field(
        "The relative change against `previous`: 0.25 is +25 %. Null without it, where it is zero, and where either "
        "side lacks days or is not completely reported.\n\nUnit: RATIO."
    )
    target: Number | None = field(
        "Where the number is to be, as the setting GOALS says. Null without a target.\n\nUnit: as `unit` tells."
    )
    progress: float | None = field(
        "The value's part of the target: 1 is all of it, and it may be more. Null without a target.\n\nUnit: RATIO."
    )
    status: Status | None = field("How that is called. Null without a target, and for a month that lacks days.")
    period: DatePeriod | None = field(
        "The time that the value speaks of. Null without a value, and where its data has no dates."
    )
    as_of: dt.date | None = field(
        "The newest date of the data that it is made from, of what was known on the day that was asked for. Null "
        "without a value."
    )
    month_to_date: BigInt | None = field(
        "Of `streams` only: what the month that is still open has had, up to the newest day that every live source "
        "has reported. Null on other KPIs, and where that day ends its month.\n\nUnit: STREAMS."
    )
    projected: BigInt | None = field(
        "Of `streams` only: what all of that month will have had, if it goes on with as many a day. An estimate; null "
        "where a day is missing.\n\nUnit: STREAMS."
    )
    measure: str | None = field(
        "The schema coordinate of the measure that the value is; `measures` and the lineage tell its meaning. Null "
        "for `artist_count`, which counts the artists of the statements."
    )


@strawberry.type(description="How far a distributor has reported a platform.")
class PulseSource:
    """A source of daily counters."""

    distributor: str = field("The distributor that counts.")
    platform: str = field("The platform that streams.")
    complete_through: dt.date | None = field("The last day it has reported; zeros at the end may be lag. Null: none.")
    is_live: bool = field("Whether it has reported in the last two weeks; others do not hold the day back.")


@strawberry.type(description="The newest day that every live source has reported, and what it is held against.")
class Pulse:
    """The pulse as clients see it."""

    date: dt.date | None = field("That day. Null where there is none.")
    newest_date: dt.date | None = field("The newest day that any source has reported.")
    current: Stream | None = field("The streams of the day. Null where there is none.")
    previous_day: Stream | None = field("The streams of the day before.")
    same_weekday_last_week: Stream | None = field("The streams of seven days before.")
    growth_on_day: float | None = measure_field(pulse.GROWTH_ON_DAY)
    growth_on_weekday: float | None = measure_field(pulse.GROWTH_ON_WEEKDAY)
    sources: list[PulseSource] = field("How far each source has reported.", assumed_size=4)
