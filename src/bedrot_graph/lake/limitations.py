"""What a number cannot tell, as a stable code and a sentence for people.

Standing limitations belong to a dataset (or a measure) and reach every number built on it. Found ones
are true of one answer only, and are found by looking at it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The codes that clients may rely on; `docs/codes.md` explains each."""

    # Standing
    PAYMENT_DELAY = "PAYMENT_DELAY"
    NO_ARTIST_ATTRIBUTION = "NO_ARTIST_ATTRIBUTION"
    TOOLOST_NO_REVENUE = "TOOLOST_NO_REVENUE"
    SPOTIFY_DOUBLE_COUNT = "SPOTIFY_DOUBLE_COUNT"
    NOT_ADDITIVE = "NOT_ADDITIVE"
    ESTIMATED = "ESTIMATED"
    BLENDED_NOT_ATTRIBUTED = "BLENDED_NOT_ATTRIBUTED"
    # Found
    PARTIAL_PERIOD = "PARTIAL_PERIOD"
    PERIOD_WIDENED = "PERIOD_WIDENED"
    STALE_DATA = "STALE_DATA"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    ROWS_REJECTED = "ROWS_REJECTED"
    DUPLICATES_DROPPED = "DUPLICATES_DROPPED"
    RESTATED = "RESTATED"
    SAMPLE_DATA = "SAMPLE_DATA"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    NOT_COMPARABLE = "NOT_COMPARABLE"
    ESTIMATE_NOT_AVAILABLE = "ESTIMATE_NOT_AVAILABLE"
    SPLITS_ASSUMED = "SPLITS_ASSUMED"
    OTHER_FILE_READ = "OTHER_FILE_READ"
    UNFINISHED_FILE = "UNFINISHED_FILE"
    AMBIGUOUS_DATES = "AMBIGUOUS_DATES"
    UNDATED_EXCLUDED = "UNDATED_EXCLUDED"
    COLUMN_MISSING = "COLUMN_MISSING"
    SCOPE_EXCLUDES = "SCOPE_EXCLUDES"


@dataclass(frozen=True, order=True)
class Limitation:
    """One thing that a number cannot tell."""

    code: Code
    text: str


PAYMENT_DELAY = Limitation(
    Code.PAYMENT_DELAY,
    "Platforms report a month of sales one to three months later, so the newest sale months are still incomplete.",
)
TOOLOST_NO_REVENUE = Limitation(
    Code.TOOLOST_NO_REVENUE,
    "Only DistroKid statements are read: what TooLost has paid is not in the lake, and not in this number.",
)
NO_ARTIST_ATTRIBUTION = Limitation(
    Code.NO_ARTIST_ATTRIBUTION,
    "The distributors' daily counters carry no artist and no track: by artist there is an estimate at most, by track "
    "nothing.",
)
SPOTIFY_DOUBLE_COUNT = Limitation(
    Code.SPOTIFY_DOUBLE_COUNT,
    "Daily counters, statements and Spotify for Artists see the same streams: compare them, never add them.",
)
NOT_ADDITIVE = Limitation(
    Code.NOT_ADDITIVE,
    "People are counted once on each day, for each artist and in each campaign, and one person may be in several: "
    "such numbers cannot be added up, and are null where they would have to be.",
)
OVERLAPPING_WINDOWS = Limitation(
    Code.NOT_ADDITIVE,
    "The windows of time overlap, and so do those of different extraction days: look at one window and one day.",
)
ESTIMATED = Limitation(
    Code.ESTIMATED,
    "An estimate: no file says this number. It is worked out from what others of the kind had, as its method says.",
)
BLENDED = Limitation(
    Code.BLENDED_NOT_ATTRIBUTED,
    "All earnings of whole sale months beside all spend, whatever the listeners came by: nobody knows what an ad has "
    "earned. Told without grouping and by ARTIST only, and by no grain finer than MONTH.",
)
