"""What may be asked about campaigns."""

from bedrot_graph.domains.campaigns import service
from bedrot_graph.domains.campaigns.types import Campaign
from bedrot_graph.graph.cube_field import cube_field

campaigns = cube_field(service.CUBE, Campaign)
