"""What TikTok's analytics say of each account: views and reactions per day, and the stamped count of followers."""

from collections.abc import Mapping

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.cubes.cube import Cube, Dimension, Look, Scope
from bedrot_graph.lake.catalogue import TIKTOK
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, Last, Measure, Quotient, Sum, Unit
from bedrot_graph.periods import Grain

REACTIONS = ("likes", "comments", "shares")
COUNTERS = ("video_views", "profile_views", *REACTIONS)


def _counter(name: str, meaning: str, what: str) -> Measure:
    return Measure(
        name=name,
        meaning=f"{meaning} Null where no account has reported any day.",
        method=f"Sum of the accounts' daily {what}. Days at the end on which nothing at all was counted, after weeks "
        "that had views, are not reported yet and do not count.",
        unit=Unit.COUNT,
        additivity=Additivity.ADDITIVE,
        sources=(TIKTOK,),
        formula=Sum(name),
    )


VIDEO_VIEWS = _counter("video_views", "How often videos were seen.", "video views")
PROFILE_VIEWS = _counter("profile_views", "How often profiles were seen.", "profile views")
LIKES = _counter("likes", "Likes of videos.", "likes")
COMMENTS = _counter("comments", "Comments on videos.", "comments")
SHARES = _counter("shares", "How often videos were passed on.", "shares")
FOLLOWERS = Measure(
    name="followers",
    meaning="How many people follow, by the last number known in the time. TikTok's number is taken now and then and "
    "stands for all days up to the next one. Null where none is known.",
    method="Each account's newest number in the time, added up over accounts; a zero is not known, and no number.",
    unit=Unit.PEOPLE,
    additivity=Additivity.SEMI_ADDITIVE,
    sources=(TIKTOK,),
    formula=Last("followers", "artist"),
)
NEW_FOLLOWERS = Measure(
    name="new_followers",
    meaning="How many more people follow than before; negative where accounts have lost some. Nothing is known of the "
    "days between two numbers of followers: null where no new number falls in the time.",
    method="Sum over accounts of the difference between a number of followers and the one before it, on the first day "
    "of the newer one; the first number of all is no growth. In files without followers, the sum of their own counts.",
    unit=Unit.PEOPLE,
    additivity=Additivity.ADDITIVE,
    sources=(TIKTOK,),
    formula=Sum("new_followers"),
)
ENGAGEMENT_RATE = Measure(
    name="engagement_rate",
    meaning="Reactions per view, 0.0123 being 1.23 %; above 1 where older videos are still liked. Null without views.",
    method="Likes, comments and shares together divided by video views, over the days that tell all four; computed "
    "from the sums at every level, never a mean of daily rates.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(TIKTOK,),
    formula=Quotient(Sum("engagements"), Sum("engaged_views")),
)

DIMENSIONS = (Dimension("artist", "The artist whose account it is.", matches=("artist",), is_artist=True),)


def accounts(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """What TikTok says of each account up to the look's `as_of`; all of it is cheap, wanted or not.

    Grain: one day of one account. Columns: date, artist, the counters (null where not reported yet), followers
    (null where not known), new_followers (null where there is no new number), `engagements` and `engaged_views`
    (both null where either is not known), through.
    """
    is_stamped = _is_stamped(snapshot)
    return coverage.as_known(snapshot, look, TIKTOK, lambda days: _reported(days, is_stamped=is_stamped))


def _reported(days: pl.LazyFrame, *, is_stamped: bool) -> pl.LazyFrame:
    """`is_stamped`: whether new followers show between stamps; else the files count them themselves."""
    counters = COUNTERS if is_stamped else (*COUNTERS, "new_followers")
    value, *others = counters
    known = days.with_columns(followers=pl.when(pl.col("followers") > 0).then("followers"))
    said = known.filter(pl.any_horizontal(pl.col(*counters, "followers").is_not_null()))
    rows = coverage.without_late_days(said, "artist", value, tuple(others))
    if is_stamped:
        rows = rows.with_columns(new_followers=_since_last_stamp())
    tells_all = pl.all_horizontal(pl.col("video_views", *REACTIONS).is_not_null())
    return rows.select(
        "date",
        "artist",
        *COUNTERS,
        "followers",
        "new_followers",
        "through",
        engagements=pl.when(tells_all).then(pl.sum_horizontal(REACTIONS)),
        engaged_views=pl.when(tells_all).then("video_views"),
    )


def _since_last_stamp() -> pl.Expr:
    """By how much a number of followers differs from the account's number before."""
    before = pl.col("followers").forward_fill().shift().over("artist", order_by="date")
    change = pl.col("followers") - before
    return pl.when(change != 0).then(change)


def _is_stamped(snapshot: Snapshot) -> bool:
    return "followers" not in snapshot.table(TIKTOK).missing_columns


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days that not every live account of a group has reported. Columns: the keys, date."""
    return coverage.open_days(scope, ("artist",), keys)


def findings(scope: Scope) -> list[Limitation]:
    """Days that an account has not reported, followers that are not known, and arrivals that look like growth."""
    found = [*coverage.gaps(scope, "artist", "video_views"), *coverage.arrivals_of(scope, "artist")]
    if FOLLOWERS.name in scope.measures and _is_stamped(scope.snapshot):
        found += coverage.unknown_followers(scope, "artist")
    return found


def lacking(snapshot: Snapshot, options: Mapping[str, str]) -> frozenset[str]:
    """The columns of `accounts` that the files cannot fill."""
    del options
    missing = set(snapshot.table(TIKTOK).missing_columns)
    if "followers" not in missing:
        missing.discard("new_followers")
    if missing.intersection(REACTIONS):
        missing |= {"engagements", "engaged_views"}
    return frozenset(missing)


CUBE = Cube(
    name="tiktok_metrics",
    dataset=TIKTOK,
    dimensions=DIMENSIONS,
    measures=(
        VIDEO_VIEWS,
        PROFILE_VIEWS,
        LIKES,
        COMMENTS,
        SHARES,
        FOLLOWERS,
        NEW_FOLLOWERS,
        ENGAGEMENT_RATE,
    ),
    finest=Grain.DAY,
    rows=accounts,
    open_dates=open_dates,
    findings=findings,
    is_absence_zero=False,
    lacking=lacking,
)
