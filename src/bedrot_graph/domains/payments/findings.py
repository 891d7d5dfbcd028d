"""What has to be said of the months of an answer about payments."""

import datetime as dt

import polars as pl

from bedrot_graph.domains.statements.completeness import not_reported
from bedrot_graph.domains.statements.rates import FEWEST_MONTHS
from bedrot_graph.lake.catalogue import DISTRIBUTOR
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.periods import in_words

MOST_MONTHS_NAMED = 5


def of_months(months: pl.DataFrame, *, has_counters: bool) -> list[Limitation]:
    """What the months cannot tell: not paid, not counted, not to be expected, estimated."""
    pending = not_reported(_named(months, ~pl.col("complete")))
    if not has_counters:
        return pending
    lacks_rate = pl.col("expected_usd").is_null() & (pl.col("streams_expected_of") > 0)
    has_few_before = pl.col("complete_before") < FEWEST_MONTHS
    is_counted = pl.col("days_counted") > 0
    return [
        *pending,
        *_without_counts(_named(months, ~is_counted)),
        *_uncounted(months.filter(is_counted, pl.col("days_counted") < pl.col("days")).sort("month", descending=True)),
        *_unexpected(
            _named(months, lacks_rate & has_few_before),
            f"there are not {FEWEST_MONTHS} complete sale months before them to observe a rate in",
        ),
        *_unexpected(
            _named(months, lacks_rate & ~has_few_before),
            "a platform was streamed on whose store had paid for no streams in the complete months before",
        ),
        *_at_reference(_named(months, pl.col("is_at_reference"))),
    ]


def nothing(datasets: tuple[Dataset, ...], as_of: dt.date | None) -> Limitation:
    """What is said where there is no month that the data speaks of."""
    up_to = f" up to {as_of}" if as_of else ""
    names = " and ".join(each.name for each in datasets)
    return Limitation(Code.PARTIAL_PERIOD, f"Nothing is in {names}{up_to}.")


def left_out(months: list[dt.date]) -> list[Limitation]:
    """What is said of months that are asked for and not complete, where only complete ones count."""
    if not months:
        return []
    text = f"Left out, as not all stores have reported them: {_list(months)}."
    return [Limitation(Code.PARTIAL_PERIOD, text)]


def _named(months: pl.DataFrame, condition: pl.Expr) -> list[dt.date]:
    return months.filter(condition)["month"].to_list()


def _without_counts(months: list[dt.date]) -> list[Limitation]:
    if not months:
        return []
    text = f"The daily counters of {DISTRIBUTOR} lack every day, on one platform or both, of {in_words(months)}."
    return [Limitation(Code.PARTIAL_PERIOD, text)]


def _uncounted(months: pl.DataFrame) -> list[Limitation]:
    """Of months whose counters of the paid distributor have gaps, or begin or end in their midst, newest first."""
    if months.is_empty():
        return []
    shown = months.head(MOST_MONTHS_NAMED).select("month", "days", "days_counted").rows()
    named = ", ".join(f"{days - counted} of {days} in {month:%Y-%m}" for month, days, counted in shown)
    more = months.height - MOST_MONTHS_NAMED
    further = f", and some in {more} more month{'s' if more > 1 else ''} before" if more > 0 else ""
    text = (
        f"The daily counters of {DISTRIBUTOR} lack days on one platform or both: {named}{further}; what is expected "
        "of these months is of the counted days only."
    )
    return [Limitation(Code.PARTIAL_PERIOD, text)]


def _unexpected(months: list[dt.date], why: str) -> list[Limitation]:
    if not months:
        return []
    return [Limitation(Code.ESTIMATE_NOT_AVAILABLE, f"Nothing is expected of {in_words(months)}: {why}.")]


def _at_reference(months: list[dt.date]) -> list[Limitation]:
    if not months:
        return []
    text = (
        f"What other distributors' streams of {in_words(months)} are worth is estimated, in part at least, at "
        "reference rates: the statements of the months before show none."
    )
    return [Limitation(Code.ESTIMATED, text)]


def _list(months: list[dt.date]) -> str:
    return ", ".join(f"{month:%Y-%m}" for month in months)
