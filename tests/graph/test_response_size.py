"""An answer that would be larger than a response may be is not made to its end."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from bedrot_graph.assembly import assemble
from bedrot_graph.graph.execution import Answered, Operation
from bedrot_graph.schema import execute
from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE, TODAY

LINES = "title artist platform country isrc upc quantity revenueUsd"
MEGABYTE = 2**20


def asking(aliases: int, first: int = 10_000) -> str:
    lists = (f"a{number}: revenueLines(first: {first}) {{ nodes {{ {LINES} }} }}" for number in range(aliases))
    return f"{{ {' '.join(lists)} }}"


async def answered(document: str, **settings: object) -> tuple[Answered, int]:
    """The answer, and how many bytes of lists were written for it."""
    parts = assemble(Settings.model_validate({"curated_data_path": SAMPLE_LAKE, **settings}), lambda: TODAY)
    context = parts.context()
    return await execute(Operation(document), context), context.written_bytes


async def test_many_long_lists_are_given_up_soon_after_the_limit() -> None:
    result, written = await answered(asking(15), max_response_mb=4)
    assert [(error.extensions or {})["code"] for error in result.errors] == ["RESPONSE_TOO_LARGE"]
    assert result.data is None
    assert 4 * MEGABYTE < written < 12 * MEGABYTE  # all of it would be 27


async def test_what_is_below_the_limit_is_answered() -> None:
    result, written = await answered(asking(2), max_response_mb=4)
    assert not result.errors
    assert result.data
    assert len(orjson.dumps(result.data)) >= written > 3 * MEGABYTE


@pytest.mark.parametrize("is_columnar", [True, False])
def test_the_whole_response_is_held_against_the_limit(is_columnar: bool, serve: Callable[..., TestClient]) -> None:  # noqa: FBT001
    client = serve(Path(SAMPLE_LAKE), max_response_mb=1, columnar=is_columnar)
    fits, does_not = (client.post("/graphql", json={"query": asking(1, first)}) for first in (5_000, 7_000))
    assert "errors" not in fits.json()
    assert does_not.json() == {
        "errors": [
            {
                "message": "The answer is larger than 1 MB, the most that one response may be. "
                "Ask for fewer rows with 'first', for fewer fields, or in several requests.",
                "extensions": {"code": "RESPONSE_TOO_LARGE"},
            }
        ],
        "data": None,
    }
    assert len(fits.content) <= MEGABYTE
