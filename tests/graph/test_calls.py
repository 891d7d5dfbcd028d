"""What an answer costs is counted, not timed: Python is called as often for ten thousand rows as for a thousand."""

import asyncio
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from bedrot_graph.app import create_app
from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE, TODAY

FEW, MANY = 1_000, 10_000
SLACK = 2_000
"""Calls that differ as threads and the event loop happen to meet, or pieces are sent: far below one for each row."""

LINE = "saleMonth platform artist title quantity revenueUsd"
LISTS = {
    "nodes": f"query ($first: Int!) {{ list: revenueLines(first: $first) {{ nodes {{ {LINE} }} }} }}",
    "edges": f"query ($first: Int!) {{ list: revenueLines(first: $first) {{ edges {{ cursor node {{ {LINE} }} }} }} }}",
    "rows": 'query ($first: Int!) { dataset(name: "distrokid_statements") { rowPage(first: $first) { nodes } } }',
}


@pytest.fixture(scope="module")
def app() -> Starlette:
    """The application; nothing is remembered, so that every answer is computed."""
    return create_app(Settings(curated_data_path=SAMPLE_LAKE, cache_ttl=0), today=lambda: TODAY)


async def asked(app: Starlette, question: str, rows: int) -> dict[str, Any]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        response = await client.post("/graphql", json={"query": question, "variables": {"first": rows}})
    answer: dict[str, Any] = response.json()
    return answer


def calls_of(work: Callable[[], object]) -> int:
    """How often any thread calls a function, of Python's or of C's, until the work is done."""
    count = 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    threading.setprofile(note)  # the workers of an event loop are its own, so they begin after this
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return count


@pytest.mark.parametrize("question", LISTS.values(), ids=LISTS)
def test_more_rows_need_no_more_calls(question: str, app: Starlette) -> None:
    answer = asyncio.run(asked(app, question, MANY))  # what is remembered of the document and the lake, is now
    assert "errors" not in answer
    few, many = (calls_of(partial(asyncio.run, asked(app, question, rows))) for rows in (FEW, MANY))
    assert many - few < SLACK
