"""What Spotify for Artists says of each artist: who listened on a day, how often, and how many follow."""

from collections.abc import Mapping

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.cubes.cube import Cube, Dimension, Look, Scope
from bedrot_graph.lake.catalogue import SPOTIFY_AUDIENCE
from bedrot_graph.lake.limitations import NOT_ADDITIVE, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, Last, Measure, Only, Sum, Unit
from bedrot_graph.periods import Grain

LISTENERS = Measure(
    name="listeners",
    meaning="How many different people listened to one artist on one day. Null for several days or artists: whoever "
    "listened twice would count twice.",
    method="The count of the node's only day and artist; group by ARTIST with the grain DAY to see it.",
    unit=Unit.PEOPLE,
    additivity=Additivity.NON_ADDITIVE,
    sources=(SPOTIFY_AUDIENCE,),
    formula=Only("listeners", of_a_day=True),
    caveats=(NOT_ADDITIVE,),
)
STREAMS = Measure(
    name="streams",
    meaning="Streams on Spotify by Spotify's own count. They are the same streams that the distributors' counters in "
    "`streams` see: compare the two, never add them. Null where no artist has reported any day.",
    method="Sum of the artists' daily streams. Zeros at the end, after weeks that had streams, are days not reported "
    "yet and do not count.",
    unit=Unit.STREAMS,
    additivity=Additivity.ADDITIVE,
    sources=(SPOTIFY_AUDIENCE,),
    formula=Sum("streams"),
)
FOLLOWERS = Measure(
    name="followers",
    meaning="How many people follow on Spotify, by the last number known in the time. Null where none is known.",
    method="Each artist's newest number in the time, added up over artists; a zero is not known, and no number.",
    unit=Unit.PEOPLE,
    additivity=Additivity.SEMI_ADDITIVE,
    sources=(SPOTIFY_AUDIENCE,),
    formula=Last("followers", "artist"),
)

DIMENSIONS = (Dimension("artist", "The artist who was listened to.", matches=("artist",), is_artist=True),)


def audiences(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """What Spotify says of each artist up to the look's `as_of`; all of it is cheap, wanted or not.

    Grain: one day of one artist. Columns: date, artist, listeners and streams (null where not reported yet),
    followers (null where not known), through.
    """
    return coverage.as_known(snapshot, look, SPOTIFY_AUDIENCE, _reported)


def _reported(days: pl.LazyFrame) -> pl.LazyFrame:
    known = days.with_columns(followers=pl.when(pl.col("followers") > 0).then("followers"))
    said = known.filter(pl.any_horizontal(pl.col("streams", "listeners", "followers").is_not_null()))
    rows = coverage.without_late_days(said, "artist", "streams", ("listeners",))
    return rows.select("date", "artist", "listeners", "streams", "followers", "through")


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days that not every live artist of a group has reported. Columns: the keys, date."""
    return coverage.open_days(scope, ("artist",), keys)


def findings(scope: Scope) -> list[Limitation]:
    """Days that an artist has not reported, followers that are not known, and arrivals that look like growth."""
    found = [*coverage.gaps(scope, "artist", "streams"), *coverage.arrivals_of(scope, "artist")]
    if FOLLOWERS.name in scope.measures and not lacking(scope.snapshot, scope.options):
        found += coverage.unknown_followers(scope, "artist")
    return found


def lacking(snapshot: Snapshot, options: Mapping[str, str]) -> frozenset[str]:
    """The columns of `audiences` that the files cannot fill."""
    del options
    return frozenset({"followers"}.intersection(snapshot.table(SPOTIFY_AUDIENCE).missing_columns))


CUBE = Cube(
    name="spotify_audience",
    dataset=SPOTIFY_AUDIENCE,
    dimensions=DIMENSIONS,
    measures=(LISTENERS, STREAMS, FOLLOWERS),
    finest=Grain.DAY,
    rows=audiences,
    open_dates=open_dates,
    findings=findings,
    is_absence_zero=False,
    lacking=lacking,
)
