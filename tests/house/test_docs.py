"""The docs cannot rot: what they show is what the code does."""

import re

import pytest
from starlette.testclient import TestClient

from bedrot_graph.errors import BedrotError
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.limitations import Code
from bedrot_graph.report.meaning import measures_markdown
from bedrot_graph.schema import schema
from tests.house.docs import QUERIES, ROOT, Example, answered, examples

EXAMPLES = [example for page in (QUERIES, ROOT / "README.md") for example in examples(page)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_documented_question_has_the_documented_answer(example: Example, sample: TestClient) -> None:
    assert answered(sample, example.question) == example.answer, "run `make docs`, and read what has changed"


QUESTIONS = re.findall(r"```graphql\n(.*?)```", (ROOT / "docs" / "from-rest.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.split()[1])
def test_every_endpoint_of_the_old_dashboard_has_a_question_that_is_answered(question: str, sample: TestClient) -> None:
    answer = sample.post("/graphql", json={"query": question}).json()
    assert "errors" not in answer
    assert all(answer["data"].values())


def test_there_are_worked_questions() -> None:
    assert len(EXAMPLES) >= 8


def test_the_page_of_measures_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == measures_markdown(schema()), "run `make docs`"


@pytest.mark.parametrize("code", list(Code))
def test_every_limitation_is_explained(code: Code) -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert f"`{code}`" in page


PAGES = {str(page.relative_to(ROOT)): page for page in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_link_of_the_docs_leads_somewhere(name: str) -> None:
    page = PAGES[name]
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


REFUSALS = sorted(
    {
        code
        for file in (ROOT / "src").rglob("*.py")
        for code in re.findall(r"\(\s*\d{3}, \"([A-Z_]+)\"", file.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_is_explained(code: str) -> None:
    assert f"`{code}`" in (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")


def every_error(base: type[BedrotError]) -> set[type[BedrotError]]:
    return {base, *(each for child in base.__subclasses__() for each in every_error(child))}


@pytest.mark.parametrize("code", sorted({error.code for error in every_error(BedrotError)}))
def test_every_error_code_is_explained(code: str) -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert f"`{code}`" in page


@pytest.mark.parametrize("name", sorted({name for dataset in DATASETS for name in dataset.file_names}))
def test_every_file_that_is_read_is_named_on_the_page_of_files(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
