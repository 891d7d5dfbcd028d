"""What may be asked about TikTok."""

from bedrot_graph.domains.tiktok import service
from bedrot_graph.domains.tiktok.types import TikTokMetric
from bedrot_graph.graph.cube_field import cube_field

tiktok_metrics = cube_field(service.CUBE, TikTokMetric)
