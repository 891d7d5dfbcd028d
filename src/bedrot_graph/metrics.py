"""What the server counts of itself, for Prometheus: asked of its parts when somebody looks, kept nowhere else."""

from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE

from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from bedrot_graph.web.tally import BOUNDS, Tally

__all__ = ("MEDIA_TYPE", "Level", "Metrics", "Queue")


class Level(Protocol):
    """Something that remembers."""

    @property
    def hits(self) -> int:
        """How often it knew."""

    @property
    def misses(self) -> int:
        """How often it did not."""

    @property
    def size_bytes(self) -> int:
        """The memory that what it holds takes."""

    def __len__(self) -> int:
        """How much it holds."""


class Elsewhere(Protocol):
    """Where several processes remember together."""

    @property
    def hits(self) -> Mapping[str, int]:
        """How often something was found there, by its kind."""

    @property
    def misses(self) -> Mapping[str, int]:
        """How often it was not."""

    @property
    def is_reached(self) -> bool:
        """Whether it answers."""


class Queue(Protocol):
    """Where answers wait to be computed."""

    @property
    def running(self) -> int:
        """How many are being computed."""

    @property
    def waiting(self) -> int:
        """How many wait."""


@dataclass(frozen=True)
class Metrics:
    """The metrics of one application; one of Prometheus' collectors."""

    levels: Mapping[str, Level]
    """What is remembered, by the name of its level."""
    queue: Queue
    tally: Tally
    zone: Zone
    snapshot: Snapshot | None
    """What is answered from; None before anything has been read."""
    sockets: Sized
    """The WebSockets that are open."""
    subscriptions: Sized
    """What is listened to."""
    elsewhere: Elsewhere | None = None
    alerts: Mapping[tuple[str, str], int] | None = None
    """How many attempts to tell of alerts ended how, by channel and outcome; None where nobody is told."""

    def text(self) -> bytes:
        """All of them, in Prometheus' text format."""
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """All of them, as they are now."""
        yield self._counted("hits", "How often an answer was remembered.", lambda level: level.hits)
        yield self._counted("misses", "How often it was not.", lambda level: level.misses)
        yield self._held("entries", "How many answers are remembered.", len)
        yield self._held("bytes", "The memory that they take, estimated.", lambda level: level.size_bytes)
        yield GaugeMetricFamily("bedrot_graph_answers_running", "Answers being computed.", self.queue.running)
        yield GaugeMetricFamily("bedrot_graph_answers_waiting", "Answers that wait for it.", self.queue.waiting)
        yield GaugeMetricFamily("bedrot_graph_sockets_open", "WebSockets that are open.", len(self.sockets))
        listening = len(self.subscriptions)
        yield GaugeMetricFamily("bedrot_graph_subscriptions_open", "Subscriptions that are followed.", listening)
        yield from self._requests()
        if self.snapshot:
            yield from self._datasets(self.snapshot)
        if self.elsewhere:
            yield from _shared(self.elsewhere)
        if self.alerts is not None:
            yield _told(self.alerts)

    def _requests(self) -> Iterator[Metric]:
        seconds = HistogramMetricFamily(
            "bedrot_graph_request_seconds",
            "How long requests to /graphql took, by the operation's name; it is empty where nothing was executed.",
            labels=["operation"],
        )
        for operation, latencies in self.tally.latencies.items():
            counts = list(accumulate(latencies.counts))
            buckets = [(bound, count) for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True)]
            seconds.add_metric([operation], buckets, latencies.seconds)
        yield seconds
        statuses = CounterMetricFamily("bedrot_graph_requests", "Requests to /graphql.", labels=["status"])
        for status, count in self.tally.statuses.items():
            statuses.add_metric([str(status)], count)
        yield statuses
        errors = CounterMetricFamily("bedrot_graph_errors", "Errors that were told, refusals too.", labels=["code"])
        for code, count in self.tally.errors.items():
            errors.add_metric([code], count)
        yield errors

    def _datasets(self, snapshot: Snapshot) -> Iterator[Metric]:
        meaning = "1 where the dataset is answered from, 0 where it cannot be read."
        readable = GaugeMetricFamily("bedrot_graph_dataset_readable", meaning, labels=["dataset"])
        rows = GaugeMetricFamily("bedrot_graph_dataset_rows", "Rows that are answered from.", labels=["dataset"])
        rejects = GaugeMetricFamily("bedrot_graph_dataset_rejects", "Rows that could not be read.", labels=["dataset"])
        age = GaugeMetricFamily(
            "bedrot_graph_dataset_age_days", "Days since the newest date in the dataset.", labels=["dataset"]
        )
        for dataset in self.zone.datasets:
            if snapshot.is_absent(dataset):
                continue
            table = snapshot.tables.get(dataset.name)
            readable.add_metric([dataset.name], int(table is not None))
            if table is None:
                continue
            rows.add_metric([dataset.name], table.rows.height)
            rejects.add_metric([dataset.name], table.rejects.height)
            if table.newest_event:
                age.add_metric([dataset.name], (snapshot.today - table.newest_event).days)
        yield from (readable, rows, rejects, age)

    def _counted(self, name: str, meaning: str, value: Callable[[Level], int]) -> Metric:
        counter = CounterMetricFamily(f"bedrot_graph_cache_{name}", meaning, labels=["level"])
        for level, held in self.levels.items():
            counter.add_metric([level], value(held))
        return counter

    def _held(self, name: str, meaning: str, value: Callable[[Level], int]) -> Metric:
        gauge = GaugeMetricFamily(f"bedrot_graph_cache_{name}", meaning, labels=["level"])
        for level, held in self.levels.items():
            gauge.add_metric([level], value(held))
        return gauge


def _told(alerts: Mapping[tuple[str, str], int]) -> Metric:
    counter = CounterMetricFamily(
        "bedrot_graph_alert_messages",
        "Attempts to tell of alerts: delivered, postponed, or failed for good.",
        labels=["channel", "outcome"],
    )
    for (channel, outcome), count in sorted(alerts.items()):
        counter.add_metric([channel, outcome], count)
    return counter


def _shared(elsewhere: Elsewhere) -> Iterator[Metric]:
    for name, counts in (("hits", elsewhere.hits), ("misses", elsewhere.misses)):
        counter = CounterMetricFamily(
            f"bedrot_graph_shared_{name}",
            f"How often Redis was asked for what another has left: {name}.",
            labels=["level"],
        )
        for kind, count in sorted(counts.items()):
            counter.add_metric([kind], count)
        yield counter
    yield GaugeMetricFamily("bedrot_graph_redis_reached", "How many workers reach Redis.", int(elsewhere.is_reached))
