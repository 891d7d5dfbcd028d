"""What the server counts of itself, for Prometheus: asked of its parts when somebody looks, kept nowhere else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE

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
    elsewhere: Elsewhere | None = None

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
        if self.elsewhere:
            yield from _shared(self.elsewhere)

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
