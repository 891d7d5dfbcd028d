"""What the label has earned beside what its ads have cost: blended, as nobody knows what an ad has earned."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes.cube import Beside, Look, Scope
from bedrot_graph.domains.statements import completeness, splits
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.catalogue import SPLITS, STATEMENTS
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period, add_months, in_words, months_between

_COLUMNS = ("artist", "label_usd_parts", "track_id")


def _rows(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    return lines(snapshot, Look(frozenset(_COLUMNS), look.as_of))


def _findings(scope: Scope, period: Period | None, is_told: bool) -> list[Limitation]:  # noqa: FBT001 - a callback
    """Which sale months stand beside the spend, and what has to be said of them."""
    snapshot, covered = scope.snapshot, scope.snapshot.table(STATEMENTS).covers
    if not is_told or covered is None or snapshot.fault_of(SPLITS):
        return []
    earned = _rows(snapshot, Look(frozenset(_COLUMNS), scope.as_of)).filter(*scope.asked_of("artist"))
    if scope.window.is_timeless:
        up_to = f" that were reported by {scope.as_of}" if scope.as_of else ""
        text = f"The spend has no dates: the label's share beside it is that of all sale months{up_to}."
        return [Limitation(Code.BLENDED_NOT_ATTRIBUTED, text), *splits.findings(earned, snapshot)]
    asked = scope.window.visible
    if period is None or asked is None:
        return []
    found = []
    if asked != period:
        text = f"Earnings are known by whole months: beside the spend of {asked} stands the label's share of {period}."
        found.append(Limitation(Code.PERIOD_WIDENED, text))
    within = earned.filter(pl.col("date").is_between(period.start, period.end))
    return [
        *found,
        *_untold(snapshot, scope.as_of, period),
        *completeness.pending(snapshot, scope.as_of, period),
        *splits.findings(within, snapshot),
    ]


def _untold(snapshot: Snapshot, as_of: dt.date | None, period: Period) -> list[Limitation]:
    """The months of the period before the first statement and after the last: they have earned nobody knows what."""
    known = completeness.known_months(snapshot, as_of)["date"].to_list()
    first, last = (known[0], known[-1]) if known else (None, None)
    months = [add_months(period.start, place) for place in range(months_between(period.start, period.end) + 1)]
    untold = [month for month in months if first is None or last is None or not first <= month <= last]
    if not untold:
        return []
    told = f"The statements tell of {first:%Y-%m} to {last:%Y-%m}" if first and last else "No statement line is known"
    text = f"{told}: what {in_words(untold)} earned is not known, and its spend stands beside nothing."
    return [Limitation(Code.PARTIAL_PERIOD, text)]


EARNINGS = Beside(
    name="earnings",
    dimensions=("artist",),
    finest=Grain.MONTH,
    rows=_rows,
    findings=_findings,
    is_absence_zero=True,
)
