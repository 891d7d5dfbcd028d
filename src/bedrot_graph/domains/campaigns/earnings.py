"""What the label has earned beside what its ads have cost: blended, as nobody knows what an ad has earned."""

import polars as pl

from bedrot_graph.cubes.cube import Beside, Look, Scope
from bedrot_graph.domains.statements import completeness, splits
from bedrot_graph.domains.statements.lines import lines
from bedrot_graph.lake.catalogue import SPLITS, STATEMENTS
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain, Period

_COLUMNS = ("artist", "label_usd_parts", "track_id")


def _rows(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    return lines(snapshot, Look(frozenset(_COLUMNS), look.as_of))


def _findings(scope: Scope, period: Period | None, is_told: bool) -> list[Limitation]:  # noqa: FBT001 - a callback
    """Which sale months stand beside the spend, and what has to be said of them."""
    snapshot, earned = scope.snapshot, _rows(scope.snapshot, Look(frozenset(), scope.as_of))
    covered = snapshot.table(STATEMENTS).covers
    if not is_told or covered is None or snapshot.fault_of(SPLITS):
        return []
    if scope.window.is_timeless:
        text = "The spend has no dates: the label's share beside it is that of all sale months."
        return [Limitation(Code.BLENDED_NOT_ATTRIBUTED, text), *splits.findings(earned, snapshot)]
    if period is None:
        return []
    asked = scope.window.visible
    found = []
    if asked != period:
        text = f"Earnings are known by whole months: beside the spend of {asked} stands the label's share of {period}."
        found.append(Limitation(Code.PERIOD_WIDENED, text))
    last = collect(earned.select(pl.col("date").max()))[0].item()
    if last is None or last < period.end.replace(day=1):
        text = (
            f"The statements end with {last:%Y-%m}: what later months of {period} have earned is not known yet."
            if last
            else "No statement line is known yet."
        )
        found.append(Limitation(Code.PARTIAL_PERIOD, text))
    within = earned.filter(pl.col("date").is_between(period.start, period.end))
    return [*found, *completeness.pending(snapshot, scope.as_of, period), *splits.findings(within, snapshot)]


EARNINGS = Beside(
    name="earnings",
    dimensions=("artist",),
    finest=Grain.MONTH,
    rows=_rows,
    findings=_findings,
    is_absence_zero=True,
)
