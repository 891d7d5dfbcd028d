"""The worked questions of the docs, as the package has them with it."""

from functools import cache

import orjson
from pydantic import BaseModel, TypeAdapter

from bedrot_graph.pages.files import FOLDER


class Example(BaseModel):
    """A worked question."""

    name: str
    """The name of its operation."""
    title: str
    """What is asked, in words."""
    text: str
    """What to know about it; may be empty. What stands between backticks is code."""
    question: str
    """The document."""


FILE = FOLDER / "examples.json"


@cache
def examples() -> tuple[Example, ...]:
    """All of them, in the order of the docs."""
    return tuple(TypeAdapter(list[Example]).validate_json(FILE.read_bytes()))


def written(given: list[Example]) -> bytes:
    """The file that holds them."""
    return orjson.dumps([each.model_dump() for each in given], option=orjson.OPT_INDENT_2) + b"\n"
