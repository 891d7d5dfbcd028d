"""Statement lines: which kind each is, and what it counts."""

import polars as pl

from bedrot_graph.cubes.cube import Look
from bedrot_graph.domains.statements import stores, tracks
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.catalogue import DISTRIBUTOR, STATEMENTS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot

_REVENUE, _QUANTITY, _KIND = pl.col("revenue_usd"), pl.col("quantity"), pl.col("kind")
_TAKES_BACK_MONEY_ONLY = (_REVENUE < 0) & (_QUANTITY > 0)

DERIVED = {
    "reporting_month": pl.col("reporting_date").dt.month_start(),
    "release": pl.col("upc"),
    "distributor": pl.lit(DISTRIBUTOR),
    "gross_usd": _REVENUE.clip(lower_bound=0),
    "deductions_usd": _REVENUE.clip(upper_bound=0),
    "streams": pl.when(_KIND == "STREAM").then(_QUANTITY).otherwise(0),
    "units": pl.when((_KIND == "DOWNLOAD") & ~_TAKES_BACK_MONEY_ONLY).then(_QUANTITY).otherwise(0),
    "streaming_usd": pl.when(_KIND != "DOWNLOAD").then(_REVENUE).otherwise(pl.lit(0, MONEY)),
}
"""What is derived from a single line: dimensions, and the summands of the measures."""


def lines(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """Every accepted statement line that was reported by the look's `as_of`, told apart by kind.

    Grain: one statement line. Columns: `date` (its sale month), `kind` (STREAM, ADJUSTMENT or DOWNLOAD),
    `platform_group`, the dataset's own, and those `wanted` that are derived from them or from the recording.
    """
    told_apart: pl.DataFrame = snapshot.once(
        "statement lines", lambda: collect(_told_apart(snapshot.scan(STATEMENTS)))[0]
    )
    rows = told_apart.lazy()
    if look.wanted & tracks.COLUMNS:
        rows = tracks.named(rows, snapshot)
    if look.as_of:
        rows = rows.filter(pl.col("reporting_date") <= look.as_of)
    derived = {name: DERIVED[name] for name in DERIVED if name in look.wanted}
    return rows.with_columns(date=pl.col("sale_month"), **derived)


def _told_apart(statements: pl.LazyFrame) -> pl.LazyFrame:
    """The statement lines with their `kind` and `platform_group`."""
    is_album = (pl.col("song_or_album").str.to_lowercase() == "album").fill_null(value=False)
    kind = (
        pl.when(pl.col("sells_downloads") | is_album)
        .then(pl.lit("DOWNLOAD"))
        .when(_TAKES_BACK_MONEY_ONLY)
        .then(pl.lit("ADJUSTMENT"))
        .otherwise(pl.lit("STREAM"))
    )
    return stores.known(statements).with_columns(kind=kind).drop("sells_downloads")
