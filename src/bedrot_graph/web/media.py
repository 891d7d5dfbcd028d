"""The media types an answer may have, and which of them a client prefers."""

from collections.abc import Mapping
from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"


@lru_cache(maxsize=256)
def negotiated(accept: str) -> str | None:
    """The media type to answer in: the preferred one of the two, the older one where both are as welcome."""
    asked = qualities(accept)
    welcome = {name: welcome_of(name, asked) for name in (JSON, GRAPHQL_JSON)}
    best = max(welcome, key=lambda name: welcome[name])
    return best if welcome[best] > 0 else None


def welcome_of(name: str, asked: Mapping[str, float]) -> float:
    """How welcome one of the two is, by itself or with others of its kind."""
    return asked.get(name, asked.get("application/*", asked.get("*/*", 0.0)))


def qualities(header: str) -> dict[str, float]:
    """How welcome each thing is that a header such as `Accept` lists, 0 to 1; what cannot be read is not."""
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            found[name] = _quality(parameters)
    return found


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
