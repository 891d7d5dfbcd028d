"""Recordings: how statement lines and the label's splits agree on which one they mean."""

import polars as pl

from bedrot_graph.lake.catalogue import SPLITS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.snapshot import Snapshot

COLUMNS = frozenset({"track_id", "track", "label_usd_millionths"})
"""The columns of `named` that need a recording to be known."""

_SPELLED = ["isrc", "artist", "title"]


def named(lines: pl.LazyFrame, snapshot: Snapshot) -> pl.LazyFrame:
    """The statement lines, each with its recording and the label's part of it.

    Adds `track_id` (the ISRC, else artist and title), `track` (its title; where the line has none, the one
    the splits have for its ISRC), `label_usd_millionths` (earnings times the label's share in millionths:
    exact, to be divided after summing) and `is_listed`. Without splits the last two are null.
    """
    # Asked for every time, although remembered: the snapshot notes who has scanned what.
    splits = None if snapshot.fault_of(SPLITS) else snapshot.scan(SPLITS)
    recordings: pl.DataFrame = snapshot.once("recordings", lambda: collect(_recordings(lines, splits))[0])
    return lines.join(recordings.lazy(), on=_SPELLED, how="left", nulls_equal=True).with_columns(
        label_usd_millionths=pl.col("revenue_usd") * pl.col("share_millionths")
    )


def _recordings(lines: pl.LazyFrame, splits: pl.LazyFrame | None) -> pl.LazyFrame:
    """Grain: one row per ISRC, artist and title as the statements spell them.

    Columns: these, track_id, track, share_millionths, is_listed.
    """
    spelled = lines.select(_SPELLED).unique().with_columns(_key())
    if splits is None:
        return spelled.select(
            *_SPELLED,
            _track_id(),
            track="title",
            share_millionths=pl.lit(None, pl.Int64),
            is_listed=pl.lit(None, pl.Boolean),
        )
    listed = splits.with_columns(
        _key(), share=(pl.col("label_share_percent") * 10_000).round(0).cast(pl.Int64), listed_title="title"
    )
    by_isrc = listed.filter(pl.col("isrc").is_not_null()).unique("isrc", keep="last", maintain_order=True)
    by_name = listed.unique("by_name", keep="last", maintain_order=True)
    share = pl.coalesce("share", "share_by_name")
    return (
        spelled.join(by_isrc.select("isrc", "share", "listed_title"), on="isrc", how="left")
        .join(by_name.select("by_name", share_by_name="share"), on="by_name", how="left")
        .select(
            *_SPELLED,
            _track_id(),
            track=pl.coalesce("title", "listed_title"),
            share_millionths=share.fill_null(1_000_000),
            is_listed=share.is_not_null(),
        )
    )


def _key() -> pl.Expr:
    return pl.concat_str(identity(pl.col("artist")), pl.lit("/"), identity(pl.col("title"))).alias("by_name")


def _track_id() -> pl.Expr:
    return pl.coalesce("isrc", "by_name").alias("track_id")
