"""What the numbers of a payment month mean, and the sums over the months."""

from functools import partial

from bedrot_graph.lake.catalogue import DAILY_STREAMS, STATEMENTS
from bedrot_graph.lake.limitations import ESTIMATED
from bedrot_graph.measures import Additivity, Composition, Measure, Unit

_usd = partial(Measure, unit=Unit.USD, additivity=Additivity.ADDITIVE, formula=Composition())
_expectation = partial(_usd, caveats=(ESTIMATED,))
_streams = partial(
    Measure, unit=Unit.STREAMS, additivity=Additivity.ADDITIVE, sources=(DAILY_STREAMS,), formula=Composition()
)

COVERAGE = Measure(
    name="coverage",
    meaning="How much of the usual money has been reported: 0.95 is 95 %, from which a month is complete. 0 without "
    "lines; null where the three months before were paid nothing to weigh by.",
    method="What the stores with at least one line in the month were paid in the three sale months before, divided "
    "by what all stores were; a store that took back more than it paid weighs nothing.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)
ACTUAL = _usd(
    name="actual_usd",
    meaning="What the month has been paid so far by all stores. Null where no line speaks of it.",
    method="Sum of the earnings of all statement lines of the sale month, negative ones included.",
    sources=(STATEMENTS,),
)
COMPARABLE = _usd(
    name="comparable_usd",
    meaning="The part of what was paid that `expectedUsd` can be held against: Spotify and Apple Music. Null where "
    "the month has no lines at all.",
    method="Sum of the earnings of the lines of the stores Spotify and Apple Music; iTunes Match and all others are "
    "not in it.",
    sources=(STATEMENTS,),
)
EXPECTED = _expectation(
    name="expected_usd",
    meaning="What the month should pay: Spotify and Apple Music, for the days that the distributor of the statements "
    "has counted. Null where nothing is counted, and where a platform with streams has no observed rate.",
    method="The daily counters of that distributor only, on each platform times what its store has paid per stream "
    "in the latest six complete sale months before the month (three to five where there are no more).",
    sources=(STATEMENTS, DAILY_STREAMS),
)
EXPECTED_AT_REFERENCE_RATES = _expectation(
    name="expected_at_reference_rates_usd",
    meaning="What the month would pay at the label's fixed reference rates. Null where nothing is counted.",
    method="The same counters as in `expectedUsd`, on each platform times the reference rate of its group.",
    sources=(DAILY_STREAMS,),
)
VARIANCE = _expectation(
    name="variance_usd",
    meaning="Paid less expected, like for like: below zero the month has paid less than its streams promised. Null "
    "unless the month is complete and every day of it is counted on both platforms.",
    method="`comparableUsd` less `expectedUsd`: Spotify and Apple Music of one distributor on both sides.",
    sources=(STATEMENTS, DAILY_STREAMS),
)
PENDING = _expectation(
    name="pending_usd",
    meaning="What the month has still to pay, of Spotify and Apple Music of the distributor of the statements only. "
    "0 where it is paid; null where nothing is expected.",
    method="`expectedUsd` less `comparableUsd`, never below zero; 0 where the month is complete.",
    sources=(STATEMENTS, DAILY_STREAMS),
)
ESTIMATED_OTHER = _expectation(
    name="estimated_other_usd",
    meaning="What the streams of the distributors without statements are worth on Spotify and Apple Music; it is in "
    "none of the other amounts. Null where they have counted none.",
    method="Their daily counters, on each platform times what its store has paid others per stream in the six "
    "complete sale months before; with fewer than three of them, times the reference rate of its group.",
    sources=(STATEMENTS, DAILY_STREAMS),
)
SPOTIFY_STREAMS = _streams(
    name="spotify_streams",
    meaning="Streams on Spotify, of all distributors. Null where none has counted.",
    method="Sum of the daily counters of the month; days that are not reported yet are not in it.",
)
APPLE_STREAMS = _streams(
    name="apple_streams",
    meaning="Streams on Apple Music, of all distributors. Null where none has counted.",
    method="Sum of the daily counters of the month; days that are not reported yet are not in it.",
)
TOTAL_STREAMS = _streams(
    name="total_streams",
    meaning="Streams on Spotify and Apple Music, of all distributors. Null where none has counted.",
    method="Sum of the daily counters of both platforms.",
)
TRANSACTIONS = Measure(
    name="transactions",
    meaning="How many statement lines speak of the month.",
    method="Count of accepted statement lines of every kind.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(STATEMENTS,),
    formula=Composition(),
)
TOTAL_PENDING = _expectation(
    name="pending_usd",
    meaning="What is still to come and not yet due, of Spotify and Apple Music of the distributor of the statements "
    "only, over the months of the period. 0 without such months; null where nothing is expected of any of them.",
    method="Sum of the months' `pendingUsd` over those that are PENDING or PARTIAL.",
    sources=(STATEMENTS, DAILY_STREAMS),
)
TOTAL_OVERDUE = _expectation(
    name="overdue_usd",
    meaning="What should have come by now, of Spotify and Apple Music of the distributor of the statements only, "
    "over the months of the period. 0 without such months; null where nothing is expected of any of them.",
    method="Sum of the months' `pendingUsd` over those that are OVERDUE.",
    sources=(STATEMENTS, DAILY_STREAMS),
)
