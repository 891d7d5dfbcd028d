"""When the label's recordings came out, from whichever of its lists can be read."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from bedrot_graph.lake.catalogue import SPLITS, SPOTIFY_TRACKS
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.snapshot import Snapshot


@dataclass(frozen=True)
class Release:
    """A recording and the day it came out."""

    date: dt.date
    artist: str | None
    title: str | None

    @property
    def name(self) -> str:
        """The recording as people call it."""
        return " by ".join(each for each in (self.title or "a recording", self.artist) if each)


def releases(snapshot: Snapshot) -> list[Release]:
    """Every recording with a day of release, the earliest first; one that both lists know as the splits call it."""
    lists = [snapshot.scan(each) for each in (SPLITS, SPOTIFY_TRACKS) if each.name in snapshot.tables]
    if not lists:
        return []
    known = pl.concat(each.select("release_date", "artist", "title") for each in lists).drop_nulls("release_date")
    same = [pl.col("release_date"), identity(pl.col("artist")), identity(pl.col("title"))]
    once = known.with_columns(key=pl.struct(same)).unique("key", keep="first", maintain_order=True).drop("key")
    return [Release(*row) for row in collect_few(once.sort("release_date", maintain_order=True))[0].iter_rows()]


def latest_before(day: dt.date, known: list[Release], most_days: int) -> list[Release]:
    """What came out last before the day or on it, if that is not longer ago than so many days."""
    near = [each for each in known if 0 <= (day - each.date).days <= most_days]
    return [each for each in near if each.date == near[-1].date]
