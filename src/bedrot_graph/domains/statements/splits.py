"""What has to be said of the label's splits, where money is shared by them."""

import polars as pl

from bedrot_graph.domains.statements import tracks
from bedrot_graph.lake.catalogue import SPLITS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot


def findings(lines: pl.LazyFrame, snapshot: Snapshot) -> list[Limitation]:
    """Recordings of the lines whose split is not known, and those that are listed with several.

    The lines have `is_listed` and `track_id` (see `tracks.named`), `revenue_usd`.
    """
    return [*_assumed(lines), *_contradicting(snapshot)]


def _contradicting(snapshot: Snapshot) -> list[Limitation]:
    count: int = snapshot.once(
        "contradicting splits", lambda: collect(tracks.contradicting(snapshot.scan(SPLITS)))[0].height
    )
    if not count:
        return []
    text = f"Recordings with several different shares in {SPLITS.name}: {count}. The last row of each counts."
    return [Limitation(Code.RESTATED, text)]


def _assumed(lines: pl.LazyFrame) -> list[Limitation]:
    unlisted = lines.filter(~pl.col("is_listed"))
    counts = unlisted.select(pl.len(), pl.n_unique("track_id"), pl.sum("revenue_usd"))
    count, recordings, revenue_usd = collect(counts)[0].row(0)
    if not count:
        return []
    what, verb, them = ("recording", "is", "it") if recordings == 1 else ("recordings", "are", "them")
    of = f"{count} line{'s' if count > 1 else ''}, {revenue_usd:.2f} USD net"
    text = (
        f"{recordings} {what} ({of}) {verb} not in the royalty splits: "
        f"the label's share of {them} is taken to be 100 %."
    )
    return [Limitation(Code.SPLITS_ASSUMED, text)]
