"""What is known of a store by its name: the platform group it belongs to, and whether it sells downloads."""

import polars as pl

from bedrot_graph.lake.names import identity

_DOWNLOADS = ("itunessongs", "itunesalbums", "bandcamp")
_GROUPS = {
    "spotify": "Spotify",
    "applemusic": "Apple",
    "itunesmatch": "Apple",
    "tiktok": "TikTok",
    "facebook": "Meta",
    "instagram": "Meta",
    "tidal": "Tidal",
    "deezer": "Deezer",
    "pandora": "Pandora",
}


def facts(lines: pl.LazyFrame) -> pl.LazyFrame:
    """What is known of the stores of the statement lines.

    Grain: one row per store. Columns: platform, platform_group, sells_downloads (neither null).
    """
    store = identity(pl.col("platform"))
    sells_downloads = (store.is_in(_DOWNLOADS) | store.str.contains("downloads", literal=True)).fill_null(value=False)
    group = (
        pl.when(sells_downloads)
        .then(pl.lit("Downloads"))
        .when(store.str.starts_with("youtube"))
        .then(pl.lit("YouTube"))
        .when(store.str.starts_with("amazon"))
        .then(pl.lit("Amazon"))
        .otherwise(store.replace_strict(_GROUPS, default="Other", return_dtype=pl.String))
    )
    return lines.select("platform").unique().with_columns(platform_group=group, sells_downloads=sells_downloads)
