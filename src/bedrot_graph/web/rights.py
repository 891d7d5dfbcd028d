"""What a caller may do, by the token that was sent."""

import base64
import binascii
import hmac
from typing import NamedTuple


class Rights(NamedTuple):
    """What a caller may do beside asking questions."""

    may_mutate: bool
    """Whether it may change the server's state."""
    may_introspect: bool
    """Whether it is told what can be asked: the schema, the explorer, names that were meant."""


ALL = Rights(may_mutate=True, may_introspect=True)


class Guard:
    """Knows who may do what: without a token everybody may change things, and in production nobody may introspect."""

    def __init__(self, token: str | None, *, is_production: bool) -> None:
        self._token = token
        self._without = Rights(may_mutate=token is None, may_introspect=not is_production)

    def rights(self, authorization: str) -> Rights:
        """The rights of whoever sends this as its `Authorization` header, which may be empty."""
        if self._token is None or not authorization:
            return self._without
        return ALL if _is_token(authorization, self._token) else self._without


def _is_token(authorization: str, token: str) -> bool:
    scheme, _, sent = authorization.partition(" ")
    sent = sent.strip()
    if scheme.lower() == "basic":  # a browser asks for a name and a password; the token is the password
        sent = _password(sent)
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(sent.encode(), token.encode())


def _password(sent: str) -> str:
    try:
        return base64.b64decode(sent, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
