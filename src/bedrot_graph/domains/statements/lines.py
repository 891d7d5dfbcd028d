"""Statement lines: which kind each is, and what it counts."""

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements import stores, tracks
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.catalogue import DISTRIBUTOR, STATEMENTS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot

_REVENUE, _QUANTITY = pl.col("revenue_usd"), pl.col("quantity")
_TAKES_BACK_MONEY_ONLY = (_REVENUE < 0) & (_QUANTITY > 0)


def lines(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """Every accepted statement line that was reported by the look's `as_of`, told apart by kind.

    Grain: one statement line. Columns: `date` (its sale month), the dataset's own, and those `wanted` that are derived
    from them, from the store or from the recording; `kind` is STREAM, ADJUSTMENT or DOWNLOAD. Texts may be
    categorical. Nothing is computed that nobody looks at: of many lines no second copy is held.
    """
    rows = snapshot.scan_encoded(STATEMENTS)
    derived: dict[str, pl.Expr] = snapshot.once("derived columns of lines", lambda: _derived(_is_download(snapshot)))
    if look.wanted & tracks.COLUMNS - ({"title"} if _has_all_titles(snapshot) else set()):
        rows = tracks.named(rows, snapshot)
    if "platform_group" in look.wanted:
        rows = stores.grouped(rows, snapshot)
    if look.as_of:
        rows = rows.filter(pl.col("reporting_date") <= look.as_of)
    wanted = {name: each for name, each in derived.items() if name in look.wanted}
    return rows.with_columns(date=pl.col("sale_month"), **wanted)


def _has_all_titles(snapshot: Snapshot) -> bool:
    """Whether no title has to be taken from the label's splits."""
    return not snapshot.table(STATEMENTS).rows.facts.null_counts["title"]


def _derived(is_download: pl.Expr) -> dict[str, pl.Expr]:
    """What is derived from a single line: dimensions, and the summands of the measures."""
    return {
        "kind": _kind(is_download),
        "reporting_month": pl.col("reporting_date").dt.month_start(),
        "release": pl.col("upc"),
        "distributor": pl.lit(DISTRIBUTOR),
        "gross_usd": _REVENUE.clip(lower_bound=0),
        "deductions_usd": _REVENUE.clip(upper_bound=0),
        "streams": pl.when(~is_download & ~_TAKES_BACK_MONEY_ONLY).then(_QUANTITY).otherwise(0),
        "units": pl.when(is_download & ~_TAKES_BACK_MONEY_ONLY).then(_QUANTITY).otherwise(0),
        "streaming_usd": pl.when(~is_download).then(_REVENUE).otherwise(pl.lit(0, MONEY)),
    }


def _kind(is_download: pl.Expr) -> pl.Expr:
    return (
        pl.when(is_download)
        .then(pl.lit("DOWNLOAD"))
        .when(_TAKES_BACK_MONEY_ONLY)
        .then(pl.lit("ADJUSTMENT"))
        .otherwise(pl.lit("STREAM"))
    )


def _is_download(snapshot: Snapshot) -> pl.Expr:
    """Whether a line is of a store that sells downloads, or of an album."""
    is_album = pl.col("song_or_album").cast(pl.String).str.to_lowercase() == "album"
    spelled = snapshot.table(STATEMENTS).rows.distinct("song_or_album")
    albums: pl.Series = snapshot.once(
        "album lines", lambda: collect(spelled)[0].filter(is_album).to_series().cast(pl.String)
    )
    sells_downloads = pl.col("platform").is_in(stores.of_downloads(snapshot).implode())
    is_download: pl.Expr = sells_downloads.fill_null(value=False) | pl.col("song_or_album").is_in(
        albums.implode()
    ).fill_null(value=False)
    return is_download
