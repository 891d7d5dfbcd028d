"""Campaign names: which artist, track and targeting they say.

People name campaigns ARTIST - TRACK - TARGETING, TRACK - TARGETING or ARTIST - TARGETING; Meta adds " - Copy".
"""

import polars as pl

from bedrot_graph.lake.catalogue import SPLITS, STATEMENTS
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot

KNOWN_BY = (SPLITS, STATEMENTS)
"""The datasets that know tracks, the more reliable one first."""
_DASH = r"\s+[-–—]\s+"
_COPY = rf"(?i)(?:{_DASH}copy(?:\s+\d+)?)+\s*$"


def read_names(names: pl.LazyFrame, snapshot: Snapshot) -> pl.LazyFrame:
    """What each name of `campaign` says.

    The first part is an artist whom the lake knows, else (alone or with what follows) a track that it knows, else
    an artist as written, whose track is not told. The last part is the targeting; between an artist and it stands
    the track. A name of one part that is neither says nothing.
    Grain: one row per campaign name. Columns: campaign, artist, track, targeting; null where not said.
    """
    parts = pl.col("campaign").str.replace(_COPY, "").str.strip_chars().str.replace_all(_DASH, " - ").str.split(" - ")
    split = names.unique().drop_nulls().sort("campaign").with_columns(parts=parts)
    count = pl.col("parts").list.len()
    spoken = split.with_columns(
        first=pl.col("parts").list.first(),
        targeting=pl.when(count > 1).then(pl.col("parts").list.last()),
        between=pl.when(count > 2).then(_joined(pl.col("parts").list.slice(1, count - 2))),  # noqa: PLR2004
        head=pl.when(count > 1)
        .then(_joined(pl.col("parts").list.head(count - 1)))
        .otherwise(pl.col("parts").list.first()),
    )
    tracks = _tracks(snapshot)
    known = (
        spoken.with_columns(artist_key=identity(pl.col("first")), head_key=identity(pl.col("head")))
        .join(snapshot.artists.lazy(), left_on="artist_key", right_on="identity", how="left")
        .join(tracks, left_on="head_key", right_on="key", how="left")
        .join(tracks, left_on="artist_key", right_on="key", how="left", suffix="_of_first")
    )
    is_artist = pl.col("shown").is_not_null()
    title = pl.coalesce("title", "title_of_first")
    by = pl.when(pl.col("title").is_not_null()).then("credited").otherwise("credited_of_first")
    written = pl.when(count > 1).then(_in_one_spelling("first"))
    return known.select(
        "campaign",
        artist=pl.when(is_artist).then("shown").when(title.is_not_null()).then(by).otherwise(written),
        track=pl.when(is_artist).then(_in_one_spelling("between")).otherwise(title),
        targeting=_in_one_spelling("targeting"),
    )


def _joined(parts: pl.Expr) -> pl.Expr:
    return parts.list.join(" - ")


def _in_one_spelling(column: str) -> pl.Expr:
    """What several campaigns spell differently, as most of them do; the first in code-point order among equals."""
    usual = pl.col(column).mode().sort().first().over(identity(pl.col(column)))
    return pl.when(pl.col(column).is_not_null()).then(usual)


def _tracks(snapshot: Snapshot) -> pl.LazyFrame:
    """The titles that the lake knows. A title of several artists has none: the splits decide where they can.

    Grain: one row per title. Columns: key (its identity), title, credited.
    """
    listed = [
        texts(snapshot.scan_encoded(source).select("title", "artist").drop_nulls().unique()).with_columns(
            rank=pl.lit(rank)
        )
        for rank, source in enumerate(KNOWN_BY)
        if source.name in snapshot.tables
    ]
    if not listed:
        return pl.LazyFrame(schema={"key": pl.String, "title": pl.String, "credited": pl.String})
    has_one_artist = pl.col("artist").n_unique() == 1
    titles = (
        pl.concat(listed)
        .with_columns(key=identity(pl.col("title")))
        .group_by("key", "rank")
        .agg(title=pl.col("title").min(), credited=pl.when(has_one_artist).then(pl.col("artist").first()))
        .sort("key", "rank")
    )
    return titles.unique("key", keep="first", maintain_order=True).select("key", "title", "credited")
