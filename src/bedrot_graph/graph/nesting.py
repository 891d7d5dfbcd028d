"""What of a text no parser may be given: brackets nested to any depth, as it recurses, and endless numbers."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_SIGNS = re.compile(
    r'"""(?:\\"""|(?!""")[\s\S])*+(?:""")?'  # a block text; what never ends swallows the rest, as the parser has it
    r'|"(?:\\.|[^"\\\n\r])*+"?'
    r"|\#[^\n\r]*"
    r"|[\[\](){}]"
    r"|\w++"
)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Signs(NamedTuple):
    """What is in a document, but for texts and comments."""

    depth: int
    """How many brackets are open at once at most."""
    digits: int
    """How many digits the longest number has."""


def signs(document: str) -> Signs:
    """What is in the document, GraphQL or not. Takes no longer than its length."""
    depth = deepest = digits = 0
    for found in _SIGNS.finditer(document):
        sign = found[0]
        if sign in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif sign in _CLOSING:
            depth -= 1
        elif sign[0].isdigit():
            digits = max(digits, len(sign))
    return Signs(deepest, digits)


def is_deeper(value: object, most: int) -> bool:
    """Whether lists and objects of a JSON value stand in one another more than so many times."""
    level = [value]
    for _ in range(most):
        level = [item for each in level for item in _items(each)]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _items(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []
