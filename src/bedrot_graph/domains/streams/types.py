"""How streams are said: nodes whose numbers point at their measures."""

import datetime as dt
from typing import Optional

import strawberry

from bedrot_graph.domains.streams import service
from bedrot_graph.graph.cube_types import growth_field
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import complete_field, date_field, dimension_field, measure_field, previous_field
from bedrot_graph.graph.scalars import BigInt


@strawberry.type(
    description="The streams that the distributors' daily counters have seen in one group of days.", directives=[ROW]
)
class Stream:
    """A node of the cube `streams`."""

    date: dt.date | None = date_field()
    distributor: str | None = dimension_field(service.CUBE, "distributor")
    platform: str | None = dimension_field(service.CUBE, "platform")
    artist: str | None = dimension_field(service.CUBE, "artist")
    total_streams: BigInt | None = measure_field(service.TOTAL_STREAMS)
    spotify_streams: BigInt | None = measure_field(service.SPOTIFY_STREAMS)
    apple_streams: BigInt | None = measure_field(service.APPLE_STREAMS)
    average_per_day: float | None = measure_field(service.AVERAGE_PER_DAY)
    days_covered: BigInt | None = measure_field(service.DAYS_COVERED)
    complete: bool | None = complete_field()
    previous: Optional["Stream"] = previous_field()
    growth: float | None = growth_field(service.CUBE, "Stream")
