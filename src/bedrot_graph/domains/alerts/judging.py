"""Which rules can judge a snapshot: what another one has found, and is not found now, may still be true."""

from bedrot_graph.domains.alerts.finding import Finding, Kind
from bedrot_graph.lake.catalogue import DAILY_STREAMS, DATASETS, SPLITS, SPOTIFY_TRACKS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot

OF_ONE_DATASET = frozenset({Kind.COLUMN_MISSING, Kind.DATASET_UNREADABLE, Kind.ROWS_REJECTED, Kind.STALE_DATA})
"""What is judged for each dataset by itself."""
_OF_COUNTERS = (Kind.ANOMALY, Kind.MISSING_DAYS, Kind.SOURCE_LAGGING, Kind.STREAM_DROP)
_OF_PAYMENTS = (Kind.PAYMENT_OVERDUE, Kind.PAYMENT_PARTIAL)


def rule_of(finding: Finding) -> str:
    """What has found it: its kind, and the dataset where each is judged by itself."""
    return _rule(finding.kind, dict(finding.dimensions).get("dataset", ""))


def judged(snapshot: Snapshot) -> frozenset[str]:
    """The rules that can say of the snapshot what they are asked, be it nothing."""
    rules = {_rule(Kind.DATASET_UNREADABLE, each.name) for each in DATASETS}
    for name in snapshot.tables:
        rules.update(_rule(kind, name) for kind in OF_ONE_DATASET)
    if DAILY_STREAMS.name in snapshot.tables:
        rules.update(_OF_COUNTERS)
        if not (_is_broken(snapshot, SPLITS) or _is_broken(snapshot, SPOTIFY_TRACKS)):
            rules.add(Kind.RELEASE_LIFT)  # without its lists of releases it is an anomaly
    if STATEMENTS.name in snapshot.tables:
        rules.add(Kind.REVENUE_CHANGE)
        if not _is_broken(snapshot, DAILY_STREAMS):  # which say of which months money is to come
            rules.update(_OF_PAYMENTS)
    return frozenset(rules)


def _rule(kind: Kind, dataset: str) -> str:
    return f"{kind} of {dataset}" if kind in OF_ONE_DATASET else kind.value


def _is_broken(snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether it is there and cannot be read; a label that does without it has none."""
    fault = snapshot.fault_of(dataset)
    return fault is not None and not fault.is_absent
