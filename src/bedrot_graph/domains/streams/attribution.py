"""Whose streams they may be: the daily counters carry no artist, the statements do."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes.cube import Look, Scope
from bedrot_graph.domains.counters import reporting
from bedrot_graph.domains.statements import completeness
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.amounts import MONEY
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import in_words

OPTION = "attribution"
METHODS = {
    "statement_share": "Each artist's share of the streams that the statements of that month and platform name; for "
    "months that are not completely reported, or name none of the platform, the shares of the latest month before that "
    "is and does."
}
_MONTH = "share_month"


def attributed(days: pl.LazyFrame, snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """The daily counters, cut by the artists' shares of the statements' streams.

    Grain: one day of one distributor, platform and artist whom the statements know on that platform; where none tells
    of a platform that was streamed on, one row without an artist. Columns: those of `days`, `streams` as a
    decimal, artist.
    """
    month = pl.col("date").dt.month_start().alias("month")
    by_artist = _shares(snapshot, as_of).rename({"month": _MONTH}).lazy()
    told = _told(snapshot, days, as_of).lazy()
    share = pl.coalesce("share", pl.lit(1, MONEY))
    is_untold = pl.col(_MONTH).is_null()
    has_untold_streams = pl.col("streams").filter(is_untold).sum().over("platform") > 0
    return (
        days.with_columns(month)
        .join(told, on=["month", "platform"], how="left")
        .filter(~is_untold | has_untold_streams)
        .join(by_artist, on=[_MONTH, "platform"], how="left")
        .with_columns(streams=pl.col("streams") * share)
        .drop("month", _MONTH, "share")
    )


def untold(days: pl.LazyFrame, snapshot: Snapshot, as_of: dt.date | None) -> pl.LazyFrame:
    """The days with streams of which no statement tells the artists. Columns: those of `days`."""
    told = _told(snapshot, days, as_of).lazy().filter(pl.col(_MONTH).is_null())
    month = pl.col("date").dt.month_start().alias("month")
    return days.with_columns(month).filter(pl.col("streams") > 0).join(told, on=["month", "platform"], how="semi")


def findings(days: pl.LazyFrame, scope: Scope) -> list[Limitation]:
    """That it is an estimate, by which months' shares, and which streams have no artist."""
    period = scope.window.visible
    if period is None:
        return []
    text = (
        "The counters carry no artist: each one's streams are its share of the streams that the statements of that "
        "month and platform name, of one distributor, applied to the counters of all of them; rounded once, after "
        "summing."
    )
    found = [Limitation(Code.ESTIMATED, text)]
    seen = days.filter(pl.col("date").is_between(period.start, period.end))
    for platform, months, by in _stood_in(_told(scope.snapshot, seen, scope.as_of)):
        what = (
            f"the shares of {by:%Y-%m} stand in: theirs are not completely reported, or name no streams."
            if by
            else "the statements name no streams by then: these streams have no artist."
        )
        found.append(Limitation(Code.ESTIMATED, f"{platform} in {in_words(months)}: {what}"))
    return found


def _stood_in(shares_of: pl.DataFrame) -> list[tuple[str, list[dt.date], dt.date | None]]:
    """Months that another month's shares, or none, stand in for: platform, months, by."""
    by = pl.col(_MONTH).alias("by")
    others = shares_of.lazy().filter(pl.col(_MONTH).is_null() | (pl.col(_MONTH) < pl.col("month")))
    stretches = others.group_by("platform", by).agg(months=pl.col("month").sort())
    told = collect(stretches.select("platform", "months", "by").sort(pl.col("months").list.first(), "platform"))[0]
    return told.rows()


def _told(snapshot: Snapshot, days: pl.LazyFrame, as_of: dt.date | None) -> pl.DataFrame:
    """By which month's shares the streams of each month are cut.

    Grain: one row per month and platform of the days. Columns: month, platform, share_month (null: by none).
    """
    months = days.select(pl.col("date").dt.month_start().alias("month"), "platform").unique().sort("month")
    known = _shares(snapshot, as_of).lazy().select("month", "platform").unique().sort("month")
    told = months.join_asof(
        known.with_columns(pl.col("month").alias(_MONTH)),
        on="month",
        by="platform",
        strategy="backward",
        check_sortedness=False,
    )
    return collect(told.select("month", "platform", _MONTH))[0]


def _shares(snapshot: Snapshot, as_of: dt.date | None) -> pl.DataFrame:
    """Each artist's share of a platform's streams in each complete sale month; the shares of a month add up to 1.

    Grain: one row per month, platform and artist whom any complete month knows on the platform. Columns: month,
    platform, artist, share.
    """

    def compute() -> pl.DataFrame:
        rows = lines(snapshot, Look(frozenset({"artist", "streams"}), as_of))
        return collect(_shared(rows, completeness.known_months(snapshot, as_of)))[0]

    return snapshot.known("shares of streams", as_of, compute)


def _shared(rows: pl.LazyFrame, complete: pl.DataFrame) -> pl.LazyFrame:
    platforms = pl.LazyFrame({"platform": [reporting.SPOTIFY, reporting.APPLE]})
    stores = platforms.with_columns(store=identity(pl.col("platform")))
    whole = complete.lazy().filter("is_complete").select(month="date")
    spelled = texts(rows.group_by("artist", "platform", month="date").agg(pl.sum("streams")))
    paid = (
        spelled.select("artist", "streams", "month", store=identity(pl.col("platform")))
        .join(stores, on="store")
        .join(whole, on="month", how="semi")
        .group_by("month", "platform", "artist")
        .agg(streams=pl.col("streams").sum().clip(0))
    )
    months = paid.group_by("month", "platform").agg(all=pl.col("streams").sum()).filter(pl.col("all") > 0)
    artists = paid.select("platform", "artist").unique()
    part = (pl.col("streams").fill_null(0).cast(MONEY) / pl.col("all")).alias("share")
    shares = months.join(artists, on="platform").join(
        paid, on=["month", "platform", "artist"], how="left", nulls_equal=True
    )
    rest = 1 - pl.col("share").sum().over("month", "platform")
    is_first = pl.int_range(pl.len()).over("month", "platform") == 0
    return (
        shares.select("month", "platform", "artist", part)
        .sort("month", "platform", "share", "artist", descending=[False, False, True, False])
        .with_columns(share=pl.when(is_first).then(pl.col("share") + rest).otherwise("share"))
    )
