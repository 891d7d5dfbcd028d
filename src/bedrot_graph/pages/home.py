"""The page at `/`: what the lake holds, how fresh and complete it is, and what is wrong with it, in plain words."""

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from bedrot_graph.graph.context import Context
from bedrot_graph.graph.execution import Operation
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.limitations import Code
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.pages.examples import examples
from bedrot_graph.schema import execute
from bedrot_graph.web.bodies import body_of, encoded

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

QUESTION = """query Home {
  datasets {
    name description available problem
    files { name } rows rowsRejected rejects(first: 3) { file line reason }
    coversFrom coversThrough newestEvent maxAgeDays stale
  }
  alerts(where: { acknowledged: { eq: false }, snoozed: { eq: false } }, first: 50) {
    nodes { severity title message }
    totalCount
  }
  all: alerts(first: 0) { totalCount }
  revenue(by: [PLATFORM], orderBy: [{ field: REVENUE_USD, direction: DESC }], first: 3) {
    nodes { platform revenueUsd }
    total { revenueUsd }
  }
}"""
"""Everything that the page tells of the lake; whoever wants more can ask it in the explorer."""


_SAMPLE = str(Code.SAMPLE_DATA)
_CODE = re.compile(r"`([^`]+)`")


class Span(NamedTuple):
    """Where a dataset's dates lie between the first and the last one of the lake, in percent."""

    start: float
    width: float


async def home(context: Context) -> str:
    """The page, asked in the context."""
    answer = orjson.loads(encoded(body_of(await execute(Operation(QUESTION), context))))
    return await asyncio.to_thread(_rendered, _of_lake(answer, await context.snapshot()))


def _of_lake(answer: Mapping[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """What the page tells of the lake, from an answer to QUESTION and the snapshot that it was answered from."""
    data = answer.get("data") or {}
    datasets = data.get("datasets") or []
    absent = {dataset.name for dataset in DATASETS if snapshot.is_absent(dataset)}
    alerts = data.get("alerts") or {"nodes": [], "totalCount": 0}
    first = min((each["coversFrom"] for each in datasets if each["coversFrom"]), default=None)
    last = max((each["coversThrough"] for each in datasets if each["coversThrough"]), default=None)
    return {
        "snapshot": snapshot,
        "is_whole": snapshot.whole is snapshot,
        "problem": None if datasets else next((error["message"] for error in answer.get("errors", ())), None),
        "paid": _paid(data.get("revenue"), answer.get("extensions", {}).get("lineage")),
        "here": [{**each, **_dated(each, snapshot, first, last)} for each in datasets if each["name"] not in absent],
        "absent": [each for each in datasets if each["name"] in absent],
        "rows": sum(each["rows"] or 0 for each in datasets),
        "rejected": sum(each["rowsRejected"] or 0 for each in datasets),
        "first": first,
        "last": last,
        "urgent": [each for each in alerts["nodes"] if each["severity"] != "INFO"],
        "good_to_know": [each for each in alerts["nodes"] if each["severity"] == "INFO"],
        "alerts_count": alerts["totalCount"],
        "seen_to": (data.get("all") or alerts)["totalCount"] - alerts["totalCount"],
    }


def _paid(revenue: Mapping[str, Any] | None, lineage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The page's one answer with its lineage; None where the lake has no statements."""
    if not revenue or not lineage or not revenue["nodes"]:
        return None
    measure = lineage["measures"]["Revenue.revenueUsd"]
    datasets = [lineage["datasets"][name] for name in measure["datasets"]]
    # That the lake is the sample is said once for the whole page.
    found = [each["text"] for each in lineage["limitations"] if "revenue" in each["fields"] and each["code"] != _SAMPLE]
    return {
        "nodes": revenue["nodes"],
        "total": revenue["total"]["revenueUsd"],
        "most": max(node["revenueUsd"] for node in revenue["nodes"]),
        "method": measure["method"],
        "files": [file["name"] for dataset in datasets for file in dataset["files"]],
        "rows": sum(dataset["rows"] for dataset in datasets),
        "through": max((dataset["coversThrough"] for dataset in datasets if dataset["coversThrough"]), default=None),
        "found": found[0] if found else None,
    }


def _dated(dataset: Mapping[str, Any], snapshot: Snapshot, first: str | None, last: str | None) -> dict[str, Any]:
    """Where its dates lie, and its age in days; the sample lake has none."""
    newest = dataset["newestEvent"]
    age = None if snapshot.is_sample or not newest else (snapshot.today - dt.date.fromisoformat(newest)).days
    span = None
    if dataset["coversFrom"] and first and last:
        whole = _days(first, last)
        start, width = _days(first, dataset["coversFrom"]) - 1, _days(dataset["coversFrom"], dataset["coversThrough"])
        span = Span(100 * start / whole, 100 * width / whole)
    return {"age": age, "span": span}


def _days(start: str, end: str) -> int:
    return (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days + 1


def day(date: str | dt.date) -> str:
    """2025-09-06 -> '6 September 2025'."""
    date = dt.date.fromisoformat(date) if isinstance(date, str) else date
    return f"{date.day} {date:%B %Y}"


def month(date: str) -> str:
    """2025-09-06 -> 'Sep 2025'."""
    return f"{dt.date.fromisoformat(date):%b %Y}"


def dollars(amount: float) -> str:
    """2223.238 -> '$2,223.24', -3 -> '-$3.00'."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def coded(text: str) -> "Markup":
    """What stands between backticks is code."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - as the template

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def counted(number: int, what: str) -> str:
    """1 -> '1 row', 11000 -> '11,000 rows'."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _rendered(told: Mapping[str, Any]) -> str:
    return _template().render(told, examples=examples())


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - not loaded where nobody looks

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(day=day, month=month, counted=counted, dollars=dollars, coded=coded)
    return environment.from_string(files("bedrot_graph.pages").joinpath("home.html").read_text(encoding="utf-8"))
