"""How TikTok's counters are said: nodes whose numbers point at their measures."""

import datetime as dt
from typing import Optional

import strawberry

from bedrot_graph.domains.tiktok import service
from bedrot_graph.graph.cube_types import growth_field
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import date_field, dimension_field, measure_field, previous_field
from bedrot_graph.graph.scalars import BigInt


@strawberry.type(description="What TikTok has counted for one group of accounts and days.", directives=[ROW])
class TikTokMetric:
    """A node of the cube `tiktok_metrics`."""

    date: dt.date | None = date_field()
    artist: str | None = dimension_field(service.CUBE, "artist")
    video_views: BigInt | None = measure_field(service.VIDEO_VIEWS)
    profile_views: BigInt | None = measure_field(service.PROFILE_VIEWS)
    likes: BigInt | None = measure_field(service.LIKES)
    comments: BigInt | None = measure_field(service.COMMENTS)
    shares: BigInt | None = measure_field(service.SHARES)
    followers: BigInt | None = measure_field(service.FOLLOWERS)
    new_followers: BigInt | None = measure_field(service.NEW_FOLLOWERS)
    engagement_rate: float | None = measure_field(service.ENGAGEMENT_RATE)
    previous: Optional["TikTokMetric"] = previous_field()
    growth: float | None = growth_field(service.CUBE, "TikTokMetric")
