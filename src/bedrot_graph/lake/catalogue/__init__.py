"""Every dataset that is read, declared once. A file that no dataset names is never opened."""

from bedrot_graph.lake.catalogue.ads import META_ADS, META_ADS_DAYS, META_ADS_KPIS
from bedrot_graph.lake.catalogue.audience import SPOTIFY_AUDIENCE, SPOTIFY_SONGS, SPOTIFY_TRACKS, TIKTOK
from bedrot_graph.lake.catalogue.links import LINKTREE, SUBMITHUB
from bedrot_graph.lake.catalogue.money import DISTRIBUTOR, SPLITS, STATEMENTS
from bedrot_graph.lake.catalogue.streams import DAILY_STREAMS

__all__ = [
    "DAILY_STREAMS",
    "DATASETS",
    "DISTRIBUTOR",
    "LINKTREE",
    "META_ADS",
    "META_ADS_DAYS",
    "META_ADS_KPIS",
    "SPLITS",
    "SPOTIFY_AUDIENCE",
    "SPOTIFY_SONGS",
    "SPOTIFY_TRACKS",
    "STATEMENTS",
    "SUBMITHUB",
    "TIKTOK",
]

DATASETS = (
    STATEMENTS,
    DAILY_STREAMS,
    SPLITS,
    META_ADS,
    META_ADS_DAYS,
    META_ADS_KPIS,
    TIKTOK,
    SPOTIFY_AUDIENCE,
    SPOTIFY_SONGS,
    SPOTIFY_TRACKS,
    LINKTREE,
    SUBMITHUB,
)
