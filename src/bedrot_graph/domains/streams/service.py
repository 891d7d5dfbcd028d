"""What the distributors' daily counters say: streams per day, and how far each source has reported."""

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.cubes.cube import Cube, Dimension, Look, Option, Scope
from bedrot_graph.domains.counters import months, reporting
from bedrot_graph.domains.streams import attribution
from bedrot_graph.lake.catalogue import DAILY_STREAMS
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, DistinctCount, Measure, Quotient, Sum, Unit
from bedrot_graph.periods import Grain

_REPORTED = (
    "Zeros at the end of a counter, after weeks that had streams, are days not reported yet and do not count; "
    "an empty cell beside a filled one is zero up to the day that both platforms have reported through."
)

SPOTIFY_STREAMS = Measure(
    name="spotify_streams",
    meaning="Streams on Spotify. Null where no distributor has reported any day.",
    method=f"Sum of the distributors' daily Spotify counters. {_REPORTED}",
    unit=Unit.STREAMS,
    additivity=Additivity.ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=Sum("spotify_streams"),
)
APPLE_STREAMS = Measure(
    name="apple_streams",
    meaning="Streams on Apple Music. Null where no distributor has reported any day.",
    method=f"Sum of the distributors' daily Apple Music counters. {_REPORTED}",
    unit=Unit.STREAMS,
    additivity=Additivity.ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=Sum("apple_streams"),
)
TOTAL_STREAMS = Measure(
    name="total_streams",
    meaning="Streams on Spotify and Apple Music together; other platforms have no daily counters. Null where no "
    "distributor has reported any day.",
    method=f"Sum of the distributors' daily Spotify and Apple Music counters. {_REPORTED}",
    unit=Unit.STREAMS,
    additivity=Additivity.ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=Sum("streams"),
)
DAYS_COVERED = Measure(
    name="days_covered",
    meaning="On how many days at least one distributor has a row: what stands behind the sums. A day that has a row "
    "and no count yet is among them; `PARTIAL_PERIOD` names such days.",
    method="Count of the different dates that have at least one row.",
    unit=Unit.DAYS,
    additivity=Additivity.NON_ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=DistinctCount("reported_date"),
)
AVERAGE_PER_DAY = Measure(
    name="average_per_day",
    meaning="How many streams a day has had on average. Null where no day is reported.",
    method="Streams divided by the different days of the group that have a count; computed from the sums at every "
    "level.",
    unit=Unit.STREAMS,
    additivity=Additivity.NON_ADDITIVE,
    sources=(DAILY_STREAMS,),
    formula=Quotient(Sum("streams"), DistinctCount("counted_date")),
)

DIMENSIONS = (
    Dimension("distributor", "The distributor that counted.", matches=("distributor",)),
    Dimension("platform", "The platform that streamed: Spotify or Apple Music.", matches=("platform",)),
    Dimension(
        "artist",
        "The artist, by an estimate that has to be asked for with `attribution`, as the counters carry none.",
        needs=attribution.OPTION,
        matches=("artist",),
        is_artist=True,
    ),
)


def counters(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """The daily counters up to the look's `as_of`, one row per platform; all of it is cheap, wanted or not.

    Grain: one day of one distributor on one platform, and of one artist where `artist` is wanted. Columns: `date`
    (the day), distributor, platform, `streams` (null where not reported yet; an artist's in parts),
    `spotify_streams` and `apple_streams` (the same, null on the other platform's rows), `reported_date` and
    `counted_date` (null where not reported yet).
    """
    rows = months.counted(snapshot, look.as_of)
    if "artist" in look.wanted:
        rows = attribution.attributed(rows, snapshot, look.as_of)
    return rows.with_columns(
        reported_date="date",
        counted_date=pl.when(pl.col("streams").is_not_null()).then("date"),
        spotify_streams=pl.when(pl.col("platform") == reporting.SPOTIFY).then("streams"),
        apple_streams=pl.when(pl.col("platform") == reporting.APPLE).then("streams"),
    )


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days that not every live source of a group has reported. Columns: the keys, date."""
    assert scope.window.covered  # noqa: S101 - else nothing is compared
    known = _sources_in(keys)
    open_days = coverage.unreported_days(_days(scope), scope.window.covered, reporting.SOURCES, known)
    return pl.concat([open_days, *_untold(scope, known)])


def incomplete(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days of the period that a live source of a group has not reported. Columns: those of the keys, date."""
    known, period = _sources_in(keys), scope.window.visible
    if period is None:
        return pl.LazyFrame(schema={"date": pl.Date})
    days = _days(scope)
    through = days.group_by(reporting.SOURCES).agg(pl.col("through").first())
    left_out = (
        coverage.missing_days(days, period, reporting.SOURCES, "streams")
        .explode("days", empty_as_null=False)
        .join(through, on=reporting.SOURCES)
        .filter(pl.col("days") <= pl.col("through"))
        .select(*known, date="days")
    )
    unreported = coverage.unreported_days(days, period, reporting.SOURCES, known)
    return pl.concat([left_out, unreported, *_untold(scope, known)]).unique()


def _days(scope: Scope) -> pl.LazyFrame:
    """What the distributors and platforms that the filters let through have counted, whoever the artist is."""
    return months.counted(scope.snapshot, scope.as_of).filter(*scope.asked_of(*reporting.SOURCES))


def _untold(scope: Scope, keys: tuple[str, ...]) -> list[pl.LazyFrame]:
    """The days of which no artist is told, where artists are asked for: they are complete for nobody."""
    if "artist" not in scope.columns:
        return []
    return [attribution.untold(_days(scope), scope.snapshot, scope.as_of).select(*keys, "date").unique()]


def _sources_in(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if key in reporting.SOURCES)


def findings(scope: Scope) -> list[Limitation]:
    """The days of the period that a source has not reported, and arrivals that look like growth."""
    period = scope.window.visible
    if period is None:
        return []
    days = _days(scope)
    found = reporting.gaps(days, period)
    if "artist" in scope.columns:
        found += attribution.findings(days, scope)
    return [*found, *coverage.arrivals_of(scope, "distributor")]


CUBE = Cube(
    name="streams",
    dataset=DAILY_STREAMS,
    dimensions=DIMENSIONS,
    measures=(TOTAL_STREAMS, SPOTIFY_STREAMS, APPLE_STREAMS, AVERAGE_PER_DAY, DAYS_COVERED),
    finest=Grain.DAY,
    rows=counters,
    open_dates=open_dates,
    findings=findings,
    is_absence_zero=False,
    options=(
        Option(
            attribution.OPTION,
            "How streams are attributed to artists, whom the counters do not know: an estimate.",
            attribution.METHODS,
        ),
    ),
    incomplete=incomplete,
)
