"""The media types an answer may have, and which of them a client prefers."""

from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"


@lru_cache(maxsize=256)
def negotiated(accept: str) -> str | None:
    """The media type to answer in: the preferred one of the two, the older one where both are as welcome."""
    qualities = {JSON: 0.0, GRAPHQL_JSON: 0.0}
    for name in qualities:
        best = -1
        for part in accept.split(","):
            media, *parameters = (piece.strip().lower() for piece in part.split(";"))
            precision = {name: 2, "application/*": 1, "*/*": 0}.get(media, -1)
            if precision > best:
                best, qualities[name] = precision, _quality(parameters)
    welcome = max(qualities, key=lambda name: qualities[name])
    return welcome if qualities[welcome] > 0 else None


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
