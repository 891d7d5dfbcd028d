"""Fields with pipelines of their own: remembered, noted in the lineage, and null only where they have to be."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.lakes import SAMPLE_LAKE, STATEMENTS_FILE

Serve = Callable[..., TestClient]


def asked(client: TestClient, query: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/graphql", json={"query": query}).json()
    return answer


@pytest.mark.parametrize("field", ["kpis { id value }", "pulse { growthOnDay }", "payments { pendingUsd }"])
def test_a_remembered_answer_has_the_lineage_of_the_first(field: str, serve: Serve) -> None:
    client = serve(SAMPLE_LAKE)
    first, second = (asked(client, f"{{ {field} }}") for _ in range(2))
    assert first == second
    assert first["extensions"]["lineage"]["measures"]


def test_the_lineage_is_of_the_numbers_that_are_selected(sample: TestClient) -> None:
    lineage = asked(sample, "{ payments { months { month coverage ... on PaymentMonth { actualUsd } } } }")[
        "extensions"
    ]
    assert set(lineage["lineage"]["measures"]) == {"PaymentMonth.coverage", "PaymentMonth.actualUsd"}


def test_a_number_whose_dataset_is_missing_is_an_error_only_where_it_is_selected(serve: Serve, tmp_path: Path) -> None:
    shutil.copy(SAMPLE_LAKE / STATEMENTS_FILE, tmp_path)
    client = serve(tmp_path)
    assert "errors" not in asked(client, "{ payments { latestCompleteMonth lag { medianMonths } } }")
    answer = asked(client, "{ payments { overdueUsd pendingUsd } }")
    assert answer["data"] == {"payments": {"overdueUsd": None, "pendingUsd": None}}
    (error,) = answer["errors"]
    assert error["message"].startswith("Payments.overdueUsd, Payments.pendingUsd cannot be computed and is null.")
    assert error["extensions"] == {"code": "DATASET_UNAVAILABLE", "dataset": "daily_streams"}
