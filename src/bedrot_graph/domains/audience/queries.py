"""What may be asked about the audience on Spotify."""

from bedrot_graph.domains.audience import service
from bedrot_graph.domains.audience.types import SpotifyAudience
from bedrot_graph.graph.cube_field import cube_field

spotify_audience = cube_field(service.CUBE, SpotifyAudience)
