"""What the distributors' daily counters say: streams per day, and how far each source has reported."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes.cube import Cube, Dimension, Scope
from bedrot_graph.domains.streams import reporting
from bedrot_graph.lake.catalogue import DAILY_STREAMS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, DistinctCount, Measure, Sum, Unit
from bedrot_graph.periods import Grain

MOST_DAYS_NAMED = 10

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


def counters(snapshot: Snapshot, wanted: frozenset[str], as_of: dt.date | None) -> pl.LazyFrame:
    """The daily counters up to `as_of`, one row per platform.

    Grain: one day of one distributor on one platform. Columns: `date` (the day), distributor, platform,
    `streams` (null where not reported yet), `spotify_streams` and `apple_streams` (the same, null on the
    other platform's rows), `reported_date`.
    """
    del wanted  # all of it is cheap
    days = snapshot.scan(DAILY_STREAMS)  # also where it is remembered: the snapshot notes who scans what
    if as_of:
        reported = reporting.reported(days.filter(pl.col("date") <= as_of))
    else:
        known: pl.DataFrame = snapshot.once("reported streams", lambda: collect(reporting.reported(days))[0])
        reported = known.lazy()
    return reported.with_columns(
        reported_date="date",
        spotify_streams=pl.when(pl.col("platform") == reporting.SPOTIFY).then("streams"),
        apple_streams=pl.when(pl.col("platform") == reporting.APPLE).then("streams"),
    )


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The days that not every live source of a group has reported. Columns: the keys, date."""
    assert scope.window.covered  # noqa: S101 - else nothing is compared
    return reporting.unreported_days(scope.rows, scope.window.covered, keys)


def findings(scope: Scope) -> list[Limitation]:
    """The days of the period that a source has not reported, and arrivals that look like growth."""
    period = scope.window.visible
    if period is None:
        return []
    missing = collect(reporting.missing_days(scope.rows, period))[0]
    found = [_missing(*row, of=period.days) for row in missing.select("distributor", "platforms", "days").rows()]
    if scope.compared:
        arrivals = collect(reporting.arrivals(scope.rows, scope.compared))[0]
        found += [_arrival(*row) for row in arrivals.rows()]
    return found


def _missing(distributor: str, platforms: list[str], days: list[dt.date], *, of: int) -> Limitation:
    """Days are named while they are few, and counted else."""
    what = "" if len(platforms) > 1 else f" on {platforms[0]}"
    named = ", ".join(str(day) for day in days[:MOST_DAYS_NAMED])
    more = f" and {len(days) - MOST_DAYS_NAMED} more up to {days[-1]}" if len(days) > MOST_DAYS_NAMED else ""
    text = f"{distributor} has not reported {len(days)} of {of} days{what}: {named}{more}."
    return Limitation(Code.PARTIAL_PERIOD, text)


def _arrival(distributor: str, first: dt.date) -> Limitation:
    text = f"{distributor} counts from {first} on: growth against what lies before is partly its arrival."
    return Limitation(Code.NOT_COMPARABLE, text)


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
