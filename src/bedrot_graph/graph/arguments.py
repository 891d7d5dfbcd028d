"""Arguments whose types are made while the program runs, which no annotation in the source can name."""

from collections.abc import Callable
from types import GenericAlias
from typing import Annotated, Any

import strawberry


def described(of_type: Any, description: str) -> Any:  # noqa: ANN401 - a type is a value here
    """An argument of a type, with its description."""
    return Annotated[of_type, strawberry.argument(description=description)]


def list_of(item: Any) -> Any:  # noqa: ANN401
    """A list of a type, or null."""
    return GenericAlias(list, (item,)) | None


def typed(resolver: Callable[..., Any], **annotations: Any) -> Callable[..., Any]:  # noqa: ANN401
    """The resolver with its arguments (and `returns`) annotated."""
    returns = annotations.pop("returns")
    resolver.__annotations__ |= {**annotations, "return": returns}
    return resolver
