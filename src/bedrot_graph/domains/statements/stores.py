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


def known(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The statement lines with what is known of their stores. Adds `platform_group` and `sells_downloads`."""
    stores = lines.select("platform")
    found = stores.join(_facts(stores), on="platform", how="left", nulls_equal=True, maintain_order="left")
    return pl.concat([lines, found.drop("platform")], how="horizontal")  # so that the lines themselves are not copied


def groups_of(stores: pl.LazyFrame) -> pl.LazyFrame:
    """The platform group of each store. Grain: one row per store. Columns: platform, platform_group."""
    return _facts(stores.select("platform")).select("platform", "platform_group")


def _facts(stores: pl.LazyFrame) -> pl.LazyFrame:
    """Grain: one row per store. Columns: platform, platform_group (null where there is no name), sells_downloads."""
    store = identity(pl.col("platform"))
    sells_downloads = (store.is_in(_DOWNLOADS) | store.str.contains("downloads", literal=True)).fill_null(value=False)
    group = (
        pl.when(sells_downloads)
        .then(pl.lit("Downloads"))
        .when(store.str.starts_with("youtube"))
        .then(pl.lit("YouTube"))
        .when(store.str.starts_with("amazon"))
        .then(pl.lit("Amazon"))
        .when(store.is_not_null())
        .then(store.replace_strict(_GROUPS, default="Other", return_dtype=pl.String))
    )
    return stores.unique().with_columns(platform_group=group, sells_downloads=sells_downloads)
