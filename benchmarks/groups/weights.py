"""What the weights of the schema stand for: what fields take, in hundredths of an aggregate over a million lines."""

import datetime as dt
import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import orjson
from graphql import get_introspection_query

from benchmarks import data
from benchmarks.asking import HOST, PATIENCE, Ask, parsed
from benchmarks.load import Effort
from benchmarks.rows import Row, Rows, Target, shown
from benchmarks.servers import RECOMPUTED, Server, product

AGGREGATE = '{ revenue(by: [PLATFORM], asOf: "@day@") { nodes { platform revenueUsd } } }'
NOTHING = "{ __typename }"
FIELDS: Mapping[str, str] = {
    "by month, compared": '{ revenue(grain: MONTH, compare: PREVIOUS_PERIOD, asOf: "@day@") '
    "{ nodes { date revenueUsd growth(of: REVENUE_USD) } } }",
    "by track and month": '{ revenue(by: [TRACK], grain: MONTH, asOf: "@day@") { nodes { track revenueUsd } } }',
    "estimates": '{ revenue(asOf: "@day@") { total { estimatedUsd } } }',
    "streams by day": '{ streams(grain: DAY, asOf: "@day@") { nodes { date totalStreams } } }',
    "100 lines": '{ revenueLines(first: 100, asOf: "@day@") { nodes { title artist platform revenueUsd } } }',
    "10,000 lines": '{ revenueLines(first: 10000, asOf: "@day@") { nodes { title artist platform revenueUsd } } }',
    "kpis": '{ kpis(asOf: "@day@") { id value } }',
    "pulse": '{ pulse(asOf: "@day@") { date } }',
    "payments": '{ payments(asOf: "@day@") { months { month actualUsd expectedUsd } } }',
    "stream rates": '{ streamRates(asOf: "@day@") { platformGroup usedUsd } }',
    "alerts": '{ alerts(asOf: "@day@") { nodes { id title } } }',
    "datasets": "{ datasets { name rows stale columns { name nullCount } } }",
    "100 rows of a dataset": '{ dataset(name: "distrokid_statements") { rowPage(first: 100) { nodes } } }',
    "measures": "{ measures { coordinate meaning datasets { name } limitations { code } } }",
    "introspection": get_introspection_query(),
}
"""Asked on another day each time, so that nothing is known."""


def measure(effort: Effort) -> Rows:
    """The points that each field takes, beside those that it is said to cost."""
    with _mixed_lake() as folder, product(None, {**RECOMPUTED, "CURATED_DATA_PATH": str(folder)}) as server:
        numbers, seconds = itertools.count(), dict[str, list[float]]()
        for _ in range(1 + effort.rounds):
            for name, document in {"": AGGREGATE, "nothing": NOTHING, **FIELDS}.items():
                seconds.setdefault(name, []).append(_seconds(server, document, numbers))
        nothing, whole = (statistics.median(seconds[name][1:]) for name in ("nothing", ""))
        for name, document in FIELDS.items():
            points = [100 * (each - nothing) / (whole - nothing) for each in seconds[name][1:]]
            yield Row(
                name,
                "an aggregate, 100 points",
                statistics.median(points),
                min(points),
                max(points),
                "points",
                shown(statistics.median(seconds[name][1:])),
                shown(whole),
                Target(_said(server, document), is_floor=False, unit=" points"),
            )


@contextmanager
def _mixed_lake() -> Iterator[Path]:
    """The sample lake, with a million generated lines in the place of its statements."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(data.ROOT / "sample_lake", folder, dirs_exist_ok=True)
        for statements in Path(folder).glob("*bank_details*"):
            statements.unlink()
        shutil.copy(data.statements(data.LARGE), folder)
        yield Path(folder)


def _seconds(server: Server, document: str, numbers: Iterator[int]) -> float:
    """How long one answer takes."""
    day = dt.date(2026, 1, 1) + dt.timedelta(days=next(numbers))
    connection = HTTPConnection(HOST, server.port, timeout=PATIENCE)
    try:
        begun = time.perf_counter()
        content = _asking(document.replace("@day@", day.isoformat()), lineage="none").over(connection)
        taken = time.perf_counter() - begun
    finally:
        connection.close()
    parsed(content)
    return taken


def _said(server: Server, document: str) -> float:
    answer = parsed(_asking(document.replace("@day@", "2026-01-01"), cost=True).to(server.port))
    points: int = answer["extensions"]["cost"]["points"]
    return points


def _asking(document: str, **extensions: object) -> Ask:
    return Ask(orjson.dumps({"query": document, "extensions": extensions}))
