"""Who may not know the schema asks as others do, and is told nothing of it."""

from typing import Any

import pytest

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.graph.execution import Operation
from bedrot_graph.schema import execute, prepare
from bedrot_graph.settings import Settings
from bedrot_graph.web.rights import ALL
from tests.lakes import SAMPLE_LAKE, TODAY

NOBODY = ALL._replace(may_introspect=False)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return assemble(Settings(curated_data_path=SAMPLE_LAKE), lambda: TODAY)


async def answered(parts: Parts, document: str, **variables: object) -> list[tuple[Any, list[str]]]:
    """The data and the errors that one is told who may know the schema, and one who may not; then both again."""
    results = [await execute(Operation(document, variables), parts.context(who)) for who in (ALL, NOBODY, ALL, NOBODY)]
    told = [(each.data, [error.message for error in each.errors]) for each in results]
    assert told[2:] == told[:2]
    return told[:2]


async def test_the_schema_is_told_to_who_may_know_it(parts: Parts) -> None:
    open_, hidden = await answered(parts, "{ __schema { queryType { name } } }")
    assert open_ == ({"__schema": {"queryType": {"name": "Query"}}}, [])
    assert hidden[0] is None
    assert hidden[1][0].startswith("'__schema' and '__type' tell of the schema")


async def test_type_names_and_questions_are_answered_alike(parts: Parts) -> None:
    open_, hidden = await answered(parts, "{ __typename revenue { __typename totalCount } }")
    assert open_ == hidden
    assert open_[1] == []


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ revenu { totalCount } }", {}),
        ("{ revenue(frist: 1) { totalCount } }", {}),
        ("query($by: [RevenueDimension!]) { revenue(by: $by) { totalCount } }", {"by": ["PLATFROM"]}),
        ("query($where: RevenueFilter) { revenue(where: $where) { totalCount } }", {"where": {"artis": {"eq": "x"}}}),
    ],
)
async def test_names_that_were_meant_are_told_to_who_may_know_them(
    document: str, variables: dict[str, object], parts: Parts
) -> None:
    open_, hidden = await answered(parts, document, **variables)
    assert "Did you mean" in open_[1][0]
    assert "Did you mean" not in hidden[1][0]


async def test_an_operation_that_can_be_executed_has_a_cost_and_one_that_cannot_has_none(parts: Parts) -> None:
    costs = [
        prepare(Operation(document), parts.context()).cost
        for document in ("{ pulse { date } }", "{ __typename }", "{ nothing }", "{ " + "kpis { id } " * 20 + "}")
    ]
    assert costs == [251, 0, 0, 0]
