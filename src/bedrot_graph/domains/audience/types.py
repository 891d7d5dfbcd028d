"""How the audience is said: nodes whose numbers point at their measures."""

import datetime as dt
from typing import Optional

import strawberry

from bedrot_graph.domains.audience import service
from bedrot_graph.graph.cube_types import growth_field
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import date_field, dimension_field, measure_field, previous_field
from bedrot_graph.graph.scalars import BigInt


@strawberry.type(description="What Spotify for Artists has told of one group of artists and days.", directives=[ROW])
class SpotifyAudience:
    """A node of the cube `spotify_audience`."""

    date: dt.date | None = date_field()
    artist: str | None = dimension_field(service.CUBE, "artist")
    listeners: BigInt | None = measure_field(service.LISTENERS)
    streams: BigInt | None = measure_field(service.STREAMS)
    followers: BigInt | None = measure_field(service.FOLLOWERS)
    previous: Optional["SpotifyAudience"] = previous_field()
    growth: float | None = growth_field(service.CUBE, "SpotifyAudience")
