"""The worked questions that come with the package are those of the docs."""

from starlette.testclient import TestClient

from bedrot_graph.pages.examples import FILE, examples, written
from tests.house.docs import worked_questions


def test_they_are_the_questions_of_the_docs() -> None:
    assert FILE.read_bytes() == written(worked_questions()), "run `make docs`"


def test_each_has_a_name_of_its_own() -> None:
    names = [example.name for example in examples()]
    assert len({*names}) == len(names) >= 8


def test_the_explorer_is_given_them(sample: TestClient) -> None:
    first = sample.get("/static/examples.json").json()[0]
    assert (first["name"], first["title"]) == ("Platforms", "Which platforms pay, and how well?")
    assert sample.post("/graphql", json={"query": first["question"]}).json()["data"]["revenue"]["totalCount"] == 19
