"""What is known of a store by its name: the platform group it belongs to, and whether it sells downloads."""

import polars as pl

from bedrot_graph.lake.catalogue import STATEMENTS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.snapshot import Snapshot

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


def grouped(lines: pl.LazyFrame, snapshot: Snapshot) -> pl.LazyFrame:
    """The statement lines with the `platform_group` of their stores."""
    group = pl.col("platform_group").cast(_known(snapshot).schema["platform"])
    groups = _known(snapshot).lazy().select("platform", group)
    return lines.join(groups, on="platform", how="left", nulls_equal=True, maintain_order="left")


def of_downloads(snapshot: Snapshot) -> pl.Series:
    """The stores of the statements that sell downloads."""
    return _known(snapshot).filter("sells_downloads")["platform"].cast(pl.String)


def groups_of(stores: pl.LazyFrame) -> pl.LazyFrame:
    """The platform group of each store. Grain: one row per store. Columns: platform, platform_group."""
    return _facts(stores.select("platform")).select("platform", "platform_group")


def _known(snapshot: Snapshot) -> pl.DataFrame:
    """As `_facts`, of the stores of all statements; the stores as the statements hold them."""
    known: pl.DataFrame = snapshot.once(
        "stores", lambda: collect(_facts(snapshot.table(STATEMENTS).rows.distinct("platform")))[0]
    )
    return known


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
