"""Writes what a machine knows: `schema.graphql`, `docs/measures.md`, `docs/limits.md`, answers and examples.

`python -m tests.house.docs` (or `make docs`) writes them; the tests hold the committed files against the code.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from bedrot_graph.app import create_app
from bedrot_graph.pages import examples as worked
from bedrot_graph.report.limits import limits_markdown
from bedrot_graph.report.meaning import measures_markdown
from bedrot_graph.schema import schema, sdl
from bedrot_graph.settings import Settings
from tests.askers import client_of
from tests.lakes import SAMPLE_LAKE, TODAY

ROOT = Path(__file__).parent.parent.parent
QUERIES = ROOT / "docs" / "queries.md"
_EXAMPLE = re.compile(r"```graphql\n(?P<question>.*?)```\n(?P<between>.*?)```json\n(?P<answer>.*?)```\n", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A question in the docs and the answer that stands below it."""

    question: str
    answer: str

    @property
    def name(self) -> str:
        """The operation's name."""
        found = re.search(r"(?:query|mutation) (\w+)", self.question)
        return found[1] if found else self.question.strip()[:40]


def examples(page: Path) -> Iterator[Example]:
    """The questions of a page that have an answer below them."""
    for found in _EXAMPLE.finditer(page.read_text(encoding="utf-8")):
        yield Example(found["question"], found["answer"])


def worked_questions() -> list[worked.Example]:
    """The questions of `docs/queries.md` with their titles, as the explorer and the page at `/` list them."""
    return [
        worked.Example(
            name=Example(found["question"], found["answer"]).name,
            title=section.partition("\n")[0],
            text=_without_links(section[: found.start()].partition("\n")[2]),
            question=found["question"],
        )
        for section in QUERIES.read_text(encoding="utf-8").split("\n## ")[1:]
        for found in _EXAMPLE.finditer(section)
    ]


def _without_links(text: str) -> str:
    """The text on one line; a sentence that is a link leads nowhere from where it is shown."""
    return re.sub(r"\[[^]]+\]\([^)]+\)\.?", "", " ".join(text.split())).strip()


def answered(client: TestClient, question: str) -> str:
    """The answer as the docs show it: `data` whole, of the lineage the limitations' codes."""
    response = client.post("/graphql", json={"query": question})
    # Digits as they came: a float would change the last of them.
    answer: dict[str, Any] = json.loads(response.text, parse_float=_Digits)
    shown: dict[str, Any] = {key: answer[key] for key in ("errors", "data") if key in answer}
    lineage = answer.get("extensions", {}).get("lineage")
    if lineage:
        codes = sorted({limitation["code"] for limitation in lineage["limitations"]})
        shown["extensions"] = {"lineage": {"limitations": codes}}
    return _compact(shown) + "\n"


class _Digits:
    """A number as the text it came as."""

    def __init__(self, text: str) -> None:
        self.text = text


def _compact(value: Any, indent: str = "") -> str:  # noqa: ANN401 - it is JSON
    """JSON with one line per row: objects without objects in them are not broken up."""
    inner = indent + "  "
    if isinstance(value, dict) and any(isinstance(each, dict | list) for each in value.values()):
        rows = [f"{inner}{json.dumps(key)}: {_compact(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return "[\n" + ",\n".join(inner + _compact(each, inner) for each in value) + f"\n{indent}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_compact(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_compact(each) for each in value) + "]"
    return value.text if isinstance(value, _Digits) else json.dumps(value, ensure_ascii=False)


def page_with_answers(page: Path, answer: Callable[[str], str]) -> str:
    """The page with every answer as the code gives it now."""
    return _EXAMPLE.sub(
        lambda found: (
            f"```graphql\n{found['question']}```\n{found['between']}```json\n{answer(found['question'])}```\n"
        ),
        page.read_text(encoding="utf-8"),
    )


def main() -> None:
    """Write all of them."""
    (ROOT / "schema.graphql").write_text(sdl(), encoding="utf-8")
    (ROOT / "docs" / "measures.md").write_text(measures_markdown(schema()), encoding="utf-8")
    (ROOT / "docs" / "limits.md").write_text(limits_markdown(Settings.model_fields), encoding="utf-8")
    with client_of(create_app(Settings(curated_data_path=SAMPLE_LAKE), today=lambda: TODAY)) as client:
        for page in (QUERIES, ROOT / "README.md"):
            page.write_text(page_with_answers(page, lambda question: answered(client, question)), encoding="utf-8")
    worked.FILE.write_bytes(worked.written(worked_questions()))
    told = (
        "schema.graphql, docs/measures.md, docs/limits.md, the answers in docs/queries.md and README.md, the examples"
    )
    sys.stdout.write(f"Written: {told}\n")


if __name__ == "__main__":
    main()
