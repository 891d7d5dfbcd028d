"""Arguments whose types are made while the program runs, which no annotation in the source can name."""

from collections.abc import Callable
from inspect import Parameter, signature
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
    """The resolver with its arguments (and `returns`) annotated.

    Arguments that it takes by `**` become optional ones of their own.
    """
    returns = annotations.pop("returns")
    resolver.__annotations__ |= {**annotations, "return": returns}
    written = signature(resolver)
    named = {name: each for name, each in written.parameters.items() if each.kind is not Parameter.VAR_KEYWORD}
    further = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in annotations.items()
        if name not in named
    ]
    vars(resolver)["__signature__"] = written.replace(parameters=[*named.values(), *further])
    return resolver
