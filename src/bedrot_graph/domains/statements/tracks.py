"""Recordings: how statement lines and the label's splits agree on which one they mean."""

import polars as pl

from bedrot_graph.lake.catalogue import SPLITS, STATEMENTS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot

COLUMNS = frozenset({"track_id", "track", "title", "label_usd_parts"})
"""The columns of `named` that need a recording to be known."""
WHOLE = 10_000_000_000
"""The parts that a recording's earnings are cut into to be shared: a percent has eight decimal places."""

_SPELLED = ["isrc", "artist", "title"]


def named(lines: pl.LazyFrame, snapshot: Snapshot) -> pl.LazyFrame:
    """The statement lines, each with its recording and the label's part of it.

    Adds `track_id` (the ISRC, else artist and title), `track` (its title; where the line has none, the one
    the splits have for its ISRC; `title` likewise), `label_usd_parts` (earnings times the label's share in
    parts of WHOLE: exact, to be divided after summing) and `is_listed`. Without splits the last two are null.
    """

    def recorded() -> pl.DataFrame:
        splits = None if snapshot.fault_of(SPLITS) else snapshot.scan(SPLITS)
        return _of_lines(lines, splits)

    recordings: pl.DataFrame = snapshot.once("recordings", recorded)
    known = lines.join(recordings.lazy(), on=_SPELLED, how="left", nulls_equal=True, maintain_order="left")
    if snapshot.table(STATEMENTS).rows.are_few:
        held: pl.DataFrame = snapshot.once("recordings of lines", lambda: collect(known)[0])
        known = held.lazy()
    return known.with_columns(title=pl.col("track"), label_usd_parts=pl.col("revenue_usd") * pl.col("label_parts"))


def contradicting(splits: pl.LazyFrame) -> pl.LazyFrame:
    """The recordings that are listed with more than one share. Grain: one row per recording. Columns: key."""
    key = pl.coalesce("isrc", _name()).alias("key")
    shares = splits.group_by(key).agg(shares=pl.n_unique("label_share_percent"))
    return shares.filter(pl.col("shares") > 1, pl.col("key").is_not_null()).select("key")


def _of_lines(lines: pl.LazyFrame, splits: pl.LazyFrame | None) -> pl.DataFrame:
    """The recordings of the lines, their texts as the lines hold them."""
    spelled = collect(lines.select(_SPELLED).unique())[0]
    held = spelled.schema
    found = _recordings(texts(spelled.lazy()), splits)
    as_held = [pl.col(name).cast(held[name]) for name in _SPELLED]
    return collect(
        found.with_columns(*as_held, pl.col("track_id").cast(held["isrc"]), pl.col("track").cast(held["title"]))
    )[0]


def _recordings(spelled: pl.LazyFrame, splits: pl.LazyFrame | None) -> pl.LazyFrame:
    """Grain: one row per ISRC, artist and title as the statements spell them.

    Columns: these, track_id, track, label_parts, is_listed.
    """
    own = spelled.with_columns(_name(), track_id=pl.coalesce("isrc", _name_as_far_as_known()))
    if splits is None:
        return own.select(
            *_SPELLED, "track_id", track="title", label_parts=pl.lit(None, pl.Int64), is_listed=pl.lit(None, pl.Boolean)
        )
    parts = (pl.col("label_share_percent") * (WHOLE // 100)).round(0).cast(pl.Int64)
    listed = splits.with_columns(_name(), parts=parts, listed_title="title")
    by_isrc = listed.drop_nulls("isrc").unique("isrc", keep="last", maintain_order=True)
    by_name = listed.drop_nulls("name").unique("name", keep="last", maintain_order=True)
    found = pl.coalesce("parts", "parts_by_name")
    return (
        own.join(by_isrc.select("isrc", "parts", "listed_title"), on="isrc", how="left")
        .join(by_name.select("name", parts_by_name="parts"), on="name", how="left")
        .select(
            *_SPELLED,
            "track_id",
            track=pl.coalesce("title", "listed_title"),
            label_parts=found.fill_null(WHOLE),
            is_listed=found.is_not_null(),
        )
    )


def _name() -> pl.Expr:
    """Artist and title without their spelling; null where either is not known."""
    return pl.concat_str(identity(pl.col("artist")), identity(pl.col("title")), separator="/").alias("name")


def _name_as_far_as_known() -> pl.Expr:
    """As `_name`, and what there is of it where one of the two is not known."""
    parts = [identity(pl.col(column)).fill_null("") for column in ("artist", "title")]
    return pl.concat_str(parts, separator="/")
