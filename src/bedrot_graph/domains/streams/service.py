"""What the distributors' daily counters say: streams per day, and how far each source has reported."""

import polars as pl

from bedrot_graph.cubes import coverage
from bedrot_graph.cubes.cube import Cube, Dimension, Look, Scope
from bedrot_graph.domains.counters import reporting
from bedrot_graph.lake.catalogue import DAILY_STREAMS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, DistinctCount, Measure, Sum, Unit
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

DIMENSIONS = (
    Dimension("distributor", "The distributor that counted.", matches=("distributor",)),
    Dimension("platform", "The platform that streamed: Spotify or Apple Music.", matches=("platform",)),
)


def counters(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """The daily counters up to the look's `as_of`, one row per platform; all of it is cheap, wanted or not.

    Grain: one day of one distributor on one platform. Columns: `date` (the day), distributor, platform,
    `streams` (null where not reported yet), `spotify_streams` and `apple_streams` (the same, null on the
    other platform's rows), `reported_date`.
    """
    return coverage.as_known(snapshot, look, DAILY_STREAMS, reporting.reported).with_columns(
        reported_date="date",
        spotify_streams=pl.when(pl.col("platform") == reporting.SPOTIFY).then("streams"),
        apple_streams=pl.when(pl.col("platform") == reporting.APPLE).then("streams"),
    )


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days that not every live source of a group has reported. Columns: the keys, date."""
    return coverage.open_days(scope, reporting.SOURCES, keys)


def findings(scope: Scope) -> list[Limitation]:
    """The days of the period that a source has not reported, and arrivals that look like growth."""
    period = scope.window.visible
    if period is None:
        return []
    missing = collect(reporting.missing_days(scope.rows, period))[0]
    found = [
        coverage.not_reported(distributor, days, period, "" if len(platforms) > 1 else platforms[0])
        for distributor, platforms, days in missing.select("distributor", "platforms", "days").rows()
    ]
    return [*found, *coverage.arrivals_of(scope, "distributor")]


CUBE = Cube(
    name="streams",
    dataset=DAILY_STREAMS,
    dimensions=DIMENSIONS,
    measures=(TOTAL_STREAMS, SPOTIFY_STREAMS, APPLE_STREAMS, DAYS_COVERED),
    finest=Grain.DAY,
    rows=counters,
    open_dates=open_dates,
    findings=findings,
    is_absence_zero=False,
)
