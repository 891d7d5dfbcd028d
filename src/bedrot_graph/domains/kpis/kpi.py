"""KPIs: which numbers a label steers by, and how each stands against its target."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.cube import Cube
from bedrot_graph.domains.audience import service as audience
from bedrot_graph.domains.campaigns import service as campaigns
from bedrot_graph.domains.revenue import service as revenue
from bedrot_graph.domains.streams import service as streams
from bedrot_graph.domains.tiktok import service as tiktok
from bedrot_graph.goals import Status as Levels
from bedrot_graph.measures import Measure, Unit
from bedrot_graph.periods import Period


class Status(StrEnum):
    """Where a KPI stands against its target."""

    ACHIEVED = "ACHIEVED"
    ON_TRACK = "ON_TRACK"
    BEHIND = "BEHIND"
    AT_RISK = "AT_RISK"


class Time(StrEnum):
    """The time that a KPI speaks of."""

    ALL = "all"
    SALE_MONTH = "sale_month"
    CLOSED_MONTH = "closed_month"
    RECENT = "recent"


Value = Decimal | int | float


@dataclass(frozen=True)
class Declared:
    """A KPI: the measure that it is, and the time it speaks of."""

    id: str
    name: str
    cube: Cube
    measure: Measure
    coordinate: str
    """The measure's, in the schema."""
    time: Time
    of_artists: Callable[[Answer], tuple[Value | None, str | None]] | None = None
    """The value, and a name of its own, from the answer by artist."""
    unit: Unit | None = None
    """As the measure's unless said otherwise."""


@dataclass(frozen=True)
class Kpi:
    """A KPI of one snapshot."""

    id: str
    name: str
    value: Value | None
    unit: Unit
    previous: Value | None = None
    growth: float | None = None
    target: Decimal | None = None
    period: Period | None = None
    as_of: dt.date | None = None
    month_to_date: int | None = None
    """What the month that is still open has had so far."""
    projected: int | None = None
    """What all of it will have had, if its days go on like this."""
    measure: str | None = None
    """The schema coordinate of the measure that it is; None where it is none."""
    status: Status | None = None
    is_whole: bool = True
    """Whether no day of its month is missing: a part of a month is not held against the target of a whole one."""

    @property
    def progress(self) -> float | None:
        """The value's part of the target, above 1 where it is exceeded."""
        return None if self.value is None or not self.target else float(self.value) / float(self.target)

    def against(self, levels: Levels) -> "Kpi":
        """The KPI with its status; without a target or a value it has none."""
        if self.value is None or not self.target or not self.is_whole:
            return self
        part = Decimal(str(self.value)) / self.target
        reached = {Status.ACHIEVED: levels.achieved, Status.ON_TRACK: levels.on_track, Status.BEHIND: levels.behind}
        return replace(self, status=next((each for each in reached if part >= reached[each]), Status.AT_RISK))


def _top(found: Answer) -> tuple[Value | None, str | None]:
    named = found.groups.drop_nulls("artist").head(1)
    return (named["revenue_usd"].item(), named["artist"].item()) if named.height else (None, None)


def _count(found: Answer) -> tuple[Value | None, str | None]:
    return found.groups["artist"].drop_nulls().len(), None


KPIS = (
    Declared(
        "revenue", "Revenue of a sale month", revenue.CUBE, revenue.REVENUE, "Revenue.revenueUsd", Time.SALE_MONTH
    ),
    Declared(
        "streams", "Streams of a month", streams.CUBE, streams.TOTAL_STREAMS, "Stream.totalStreams", Time.CLOSED_MONTH
    ),
    Declared(
        "spotify_followers",
        "Spotify followers",
        audience.CUBE,
        audience.FOLLOWERS,
        "SpotifyAudience.followers",
        Time.RECENT,
    ),
    Declared(
        "revenue_per_stream",
        "Revenue per stream",
        revenue.CUBE,
        revenue.REVENUE_PER_STREAM,
        "Revenue.revenuePerStreamUsd",
        Time.ALL,
    ),
    Declared("total_revenue", "Revenue of all time", revenue.CUBE, revenue.REVENUE, "Revenue.revenueUsd", Time.ALL),
    Declared("total_streams", "Streams that were paid for", revenue.CUBE, revenue.STREAMS, "Revenue.streams", Time.ALL),
    Declared(
        "tiktok_views", "TikTok video views", tiktok.CUBE, tiktok.VIDEO_VIEWS, "TikTokMetric.videoViews", Time.RECENT
    ),
    Declared(
        "tiktok_engagement",
        "TikTok engagement",
        tiktok.CUBE,
        tiktok.ENGAGEMENT_RATE,
        "TikTokMetric.engagementRate",
        Time.RECENT,
    ),
    Declared(
        "tiktok_followers", "TikTok followers", tiktok.CUBE, tiktok.FOLLOWERS, "TikTokMetric.followers", Time.RECENT
    ),
    Declared("ad_spend", "Spend on ads", campaigns.CUBE, campaigns.SPEND, "Campaign.spendUsd", Time.RECENT),
    Declared("cost_per_click", "Cost per click", campaigns.CUBE, campaigns.CPC, "Campaign.cpcUsd", Time.RECENT),
    Declared(
        "artist_count",
        "Credited artists",
        revenue.CUBE,
        revenue.REVENUE,
        "Revenue.revenueUsd",
        Time.ALL,
        _count,
        Unit.COUNT,
    ),
    Declared("top_artist", "Top artist", revenue.CUBE, revenue.REVENUE, "Revenue.revenueUsd", Time.ALL, _top),
)
