"""How campaigns are said: nodes whose numbers point at their measures."""

import datetime as dt
from typing import Optional

import strawberry

from bedrot_graph.domains.campaigns import service
from bedrot_graph.graph.cube_types import growth_field
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import date_field, dimension_field, measure_field, previous_field
from bedrot_graph.graph.scalars import BigInt, Usd


@strawberry.type(description="What one group of ads has cost, and what came of it.", directives=[ROW])
class Campaign:
    """A node of the cube `campaigns`."""

    date: dt.date | None = date_field()
    campaign_id: str | None = dimension_field(service.CUBE, "campaign_id")
    campaign: str | None = dimension_field(service.CUBE, "campaign")
    artist: str | None = dimension_field(service.CUBE, "artist")
    track: str | None = dimension_field(service.CUBE, "track")
    targeting: str | None = dimension_field(service.CUBE, "targeting")
    spend_usd: Usd | None = measure_field(service.SPEND)
    impressions: BigInt | None = measure_field(service.IMPRESSIONS)
    reach: BigInt | None = measure_field(service.REACH)
    clicks: BigInt | None = measure_field(service.CLICKS)
    conversions: BigInt | None = measure_field(service.CONVERSIONS)
    ctr: float | None = measure_field(service.CTR)
    cpc_usd: Usd | None = measure_field(service.CPC)
    cpm_usd: Usd | None = measure_field(service.CPM)
    cost_per_conversion_usd: Usd | None = measure_field(service.COST_PER_CONVERSION)
    label_share_usd: Usd | None = measure_field(service.LABEL_SHARE)
    blended_roas: float | None = measure_field(service.BLENDED_ROAS)
    blended_roi: float | None = measure_field(service.BLENDED_ROI)
    previous: Optional["Campaign"] = previous_field()
    growth: float | None = growth_field(service.CUBE, "Campaign")
