"""What the statements say about money: measures, dimensions and the rows behind them."""

import polars as pl

from bedrot_graph.cubes.cube import Cube, Dimension, Scope
from bedrot_graph.cubes.scope import within
from bedrot_graph.domains.revenue.estimates import ESTIMATES
from bedrot_graph.domains.statements import completeness, splits, tracks
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake import limitations
from bedrot_graph.lake.catalogue import DAILY_STREAMS, SPLITS, STATEMENTS
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.measures import Additivity, Count, Difference, Measure, Quotient, ShareOfTotal, Sum, Unit
from bedrot_graph.periods import Grain

_LABEL_SHARE = Quotient(Sum("label_usd_parts"), tracks.WHOLE)

REVENUE = Measure(
    name="revenue_usd",
    meaning="Net revenue: everything the statements say was earned, less what they take back.",
    method="Sum of the earnings of all statement lines, negative ones included.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("revenue_usd"),
)
GROSS = Measure(
    name="gross_usd",
    meaning="What was earned before deductions.",
    method="Sum of the positive earnings of all statement lines.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("gross_usd"),
)
DEDUCTIONS = Measure(
    name="deductions_usd",
    meaning="What was taken back: Discovery Mode commissions, refunds and reversals. Zero or negative.",
    method="Sum of the negative earnings of all statement lines; gross and deductions add up to net.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("deductions_usd"),
)
LABEL_SHARE = Measure(
    name="label_share_usd",
    meaning="The part of net revenue that stays with the label after its royalty splits.",
    method="Sum of each line's earnings times the label's percent for the recording, found by ISRC, else by artist "
    "and title; a recording that is not listed counts 100 %. Rounded once, after summing.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS, SPLITS),
    formula=_LABEL_SHARE,
)
OWED = Measure(
    name="owed_usd",
    meaning="The part of net revenue that is owed to others by the label's royalty splits.",
    method="Net revenue less the label's share.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS, SPLITS),
    formula=Difference(Sum("revenue_usd"), _LABEL_SHARE),
)
ESTIMATED = Measure(
    name="estimated_usd",
    meaning="What the streams of distributors that report no money are worth; it is in no other number. Told by "
    "DISTRIBUTOR, PLATFORM and PLATFORM_GROUP, null by anything else, and for distributors whose money is known.",
    method="Each month's streams on Spotify and Apple Music, by the distributor's daily counters, times what a stream "
    "of that store has brought in the six complete sale months before (by the statements, adjustments included); with "
    "fewer than three of them, times the reference rate.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS, DAILY_STREAMS),
    formula=Sum("estimated_usd", ESTIMATES.name),
    caveats=(limitations.ESTIMATED,),
)
STREAMS = Measure(
    name="streams",
    meaning="Streams that royalties were paid for.",
    method="Sum of the quantities of stream lines. Discovery Mode lines repeat streams that are counted already, and "
    "downloads are units: neither counts here.",
    unit=Unit.STREAMS,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("streams"),
)
UNITS = Measure(
    name="units",
    meaning="Downloads sold, less those returned.",
    method="Sum of the quantities of download lines; a line that takes back money but no copies changes nothing.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("units"),
)
TRANSACTIONS = Measure(
    name="transactions",
    meaning="How many statement lines stand behind the numbers.",
    method="Count of accepted statement lines of every kind.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Count(),
)
REVENUE_PER_STREAM = Measure(
    name="revenue_per_stream_usd",
    meaning="What one stream has brought on average. Null where there are no streams.",
    method="Net revenue of all lines but downloads, divided by streams; computed from the sums at every level.",
    unit=Unit.USD_PER_STREAM,
    additivity=Additivity.NON_ADDITIVE,
    sources=(STATEMENTS,),
    formula=Quotient(Sum("streaming_usd"), Sum("streams")),
)
SHARE_OF_TOTAL = Measure(
    name="share_of_total",
    meaning="The group's part of the whole answer's net revenue: 0.25 is a quarter. Null where the whole is not "
    "positive.",
    method="Net revenue of the group divided by that of `total`.",
    unit=Unit.RATIO,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=ShareOfTotal(Sum("revenue_usd")),
)

LINE_REVENUE = Measure(
    name="revenue_usd",
    meaning="What this line has earned, after Team splits; negative lines take back.",
    method="The line's earnings as they were booked.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("revenue_usd"),
)
LINE_QUANTITY = Measure(
    name="quantity",
    meaning="Streams, or units sold, as booked. On ADJUSTMENT lines they repeat streams that other lines count.",
    method="The line's quantity as it was booked. For sums ask `revenue` for streams and units.",
    unit=Unit.COUNT,
    additivity=Additivity.NON_ADDITIVE,
    sources=(STATEMENTS,),
    formula=Sum("quantity"),
)

DIMENSIONS = (
    Dimension("platform", "The store that streamed or sold, as the statements name it.", matches=("platform",)),
    Dimension(
        "platform_group", "The company behind the store: all YouTube stores are one.", matches=("platform_group",)
    ),
    Dimension(
        "artist", "The credited artist; a shared credit is a name of its own.", matches=("artist",), is_artist=True
    ),
    Dimension(
        "track",
        "The recording: its ISRC, else artist and title. Shown by its title.",
        key="track_id",
        fixes=("track", "artist", "isrc"),
        matches=("track", "isrc"),
    ),
    Dimension("release", "The release, by its UPC.", matches=("release",)),
    Dimension("country", "The ISO country of sale; OU is unknown.", matches=("country",)),
    Dimension(
        "distributor",
        "The distributor whose statement it is; and those that count streams and send none, whose money is not known.",
        matches=("distributor",),
    ),
    Dimension("reporting_month", "The month in which the distributor booked the line.", is_date=True),
)


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The sale months that not all stores have reported yet; they are so for every group. Columns: date."""
    del keys
    months = completeness.incomplete_months(scope.snapshot, scope.as_of)
    return pl.LazyFrame({"date": months}, schema={"date": pl.Date})


def findings(scope: Scope) -> list[Limitation]:
    """Months that are still to be paid, and recordings whose split is not known."""
    period = scope.window.visible
    if period is None:
        return []
    found = completeness.pending(scope.snapshot, scope.as_of, period)
    if scope.measures & {LABEL_SHARE.name, OWED.name} and not scope.snapshot.fault_of(SPLITS):
        found += splits.findings(within(scope, period), scope.snapshot)
    return found


CUBE = Cube(
    name="revenue",
    dataset=STATEMENTS,
    dimensions=DIMENSIONS,
    measures=(
        REVENUE,
        GROSS,
        DEDUCTIONS,
        LABEL_SHARE,
        OWED,
        ESTIMATED,
        STREAMS,
        UNITS,
        TRANSACTIONS,
        REVENUE_PER_STREAM,
        SHARE_OF_TOTAL,
    ),
    finest=Grain.MONTH,
    rows=lines,
    open_dates=open_dates,
    findings=findings,
    is_absence_zero=True,
    besides=(ESTIMATES,),
)
