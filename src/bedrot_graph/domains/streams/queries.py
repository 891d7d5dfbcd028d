"""What may be asked about streams."""

from bedrot_graph.domains.streams import service
from bedrot_graph.domains.streams.types import Stream
from bedrot_graph.graph.cube_field import cube_field

streams = cube_field(service.CUBE, Stream)
