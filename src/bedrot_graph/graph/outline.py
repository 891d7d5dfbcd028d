"""How an object is completed that has been completed before: what is selected of it, and where its values stand.

For objects of plain values. What has a resolver of its own, or might go wrong, is completed by graphql-core.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bedrot_graph.graph.columnar import Unfit

Finish = Callable[[Any, Any], Any]
"""`finish(value, executor)`: makes a value what is sent. Raises Unfit, or anything else, where graphql-core has to look
at it."""


class Part(NamedTuple):
    """A field that is selected."""

    key: str
    way: tuple[str, ...]
    """The names from the object to the value; none for what is the same whatever the object."""
    finish: Finish
    is_required: bool


class Outline:
    """An object as it is selected."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts

    def completed(self, source: Any, executor: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a resolver gives
        """The object as it is sent. Raises Unfit, and what finishing a value raises."""
        found: dict[str, Any] = {}
        for key, way, finish, is_required in self._parts:
            value = source
            for name in way:
                value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
                if value is None:
                    break
            if value is None:
                if is_required:
                    raise Unfit
                found[key] = None
            else:
                found[key] = finish(value, executor)
        return found


def leaf(coerce: Callable[[Any], Any]) -> Finish:
    """Finishes a value of a scalar or an enum."""

    def finish(value: Any, _: Any) -> Any:  # noqa: ANN401 - as above
        coerced = None if isinstance(value, Exception) else coerce(value)
        if coerced is None:
            raise Unfit
        return coerced

    return finish


def constant(text: str) -> Finish:
    """Says the same of whatever object."""
    return lambda _, __: text
