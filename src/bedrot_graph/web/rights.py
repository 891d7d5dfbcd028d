"""What a caller may do, by what was sent with the question: a key, a bearer token of somebody else's, or nothing."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from bedrot_graph.errors import KeyInvalid
from bedrot_graph.lake.names import identities_of
from bedrot_graph.web.keys import PREFIX, Keys
from bedrot_graph.web.refusals import Headers, RefusedError

if TYPE_CHECKING:
    from bedrot_graph.web.bearers import Bearers

READ, ADMIN, OF_ARTIST = "read", "admin", "read:artist="
"""What scopes are called; the last is followed by an artist's name."""


class Rights(NamedTuple):
    """What a caller may do."""

    may_mutate: bool
    """Whether it may change the server's state."""
    may_introspect: bool
    """Whether it is told what can be asked: the schema, the explorer, names that were meant."""
    artists: tuple[str, ...] | None = None
    """The artists whose rows it may see, by their identities in order; None for all rows."""


ALL = Rights(may_mutate=True, may_introspect=True)


class Admission(NamedTuple):
    """A caller who may ask."""

    rights: Rights
    account: str = ""
    """Under what its questions are counted; empty where that is the address."""


def rights_of(scopes: Iterable[str]) -> Rights | None:
    """What the scopes allow together; None where that is nothing. Those that are not ours say nothing."""
    said = set(scopes)
    if ADMIN in said:
        return ALL
    if READ in said:
        return ALL._replace(may_mutate=False)
    artists = identities_of(each.removeprefix(OF_ARTIST) for each in said if each.startswith(OF_ARTIST))
    return Rights(may_mutate=False, may_introspect=True, artists=artists) if artists else None


def checked_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes of a new key, each once. Raises KeyInvalid where they make no sense."""
    for scope in scopes:
        if scope not in {READ, ADMIN} and rights_of((scope,)) is None:
            raise KeyInvalid.of_no_scope(scope)
    once = tuple(dict.fromkeys(scopes))
    wider = {READ, ADMIN}.intersection(once)
    narrower = [scope for scope in once if scope.startswith(OF_ARTIST)]
    if wider and narrower:
        raise KeyInvalid.of_scopes_beside(narrower[0], min(wider))
    return once


class Guard:
    """Knows who may do what.

    Without keys or tokens of others, all may ask. Where an admin token is set, only who sends it may change things; in
    production nobody else may introspect. With them, who sends none may do nothing.
    """

    def __init__(
        self, token: str | None, *, is_production: bool, keys: Keys | None = None, bearers: "Bearers | None" = None
    ) -> None:
        """`token`: of the admin."""
        self._token = token
        self._keys = keys
        self._bearers = bearers
        self._without = Rights(may_mutate=token is None, may_introspect=not is_production)
        self._anybody = Admission(self._without)
        self._known: dict[tuple[str, ...], Rights | None] = {}
        """What scopes of keys allow."""

    def look(self) -> None:
        """See which keys hold by now. Blocks: call it in a thread."""
        if self._keys:
            self._keys.look()
        if self._bearers:
            self._bearers.look()

    @property
    def is_closed(self) -> bool:
        """Whether only those may ask who send something that is known."""
        return self._bearers is not None or (self._keys is not None and self._keys.exist)

    def admit(self, authorization: str) -> Admission:
        """Who sends this as its `Authorization` header, which may be empty. Raises RefusedError."""
        if not authorization:
            if self.is_closed:
                raise _unauthenticated(_MISSING)
            return self._anybody
        sent = _sent(authorization)
        if self._token is not None and hmac.compare_digest(sent.encode(), self._token.encode()):
            return Admission(ALL, "admin token")
        return self._admitted(sent) if self.is_closed else self._anybody

    def rights(self, authorization: str) -> Rights:
        """What whoever sends this may see beside answers; nothing is refused."""
        try:
            return self.admit(authorization).rights
        except RefusedError:
            return self._without._replace(may_mutate=False)

    def sees_all(self, authorization: str) -> bool:
        """Whether whoever sends this may know what the whole lake holds."""
        try:
            return self.admit(authorization).rights.artists is None
        except RefusedError:
            return False

    def permit_change(self, rights: Rights) -> None:
        """Let who has the rights change the server's state. Raises RefusedError; without keys the change does."""
        if self.is_closed and not rights.may_mutate:
            text = f"This operation changes the server's state, which needs a key with the scope '{ADMIN}'."
            raise _forbidden(text)

    def _admitted(self, sent: str) -> Admission:
        if sent.startswith(PREFIX):
            if not (self._keys and (key := self._keys.find(sent))):
                raise _unauthenticated(_UNKNOWN, _INVALID)
            account, rights = f"key {key.id}", self._rights_of(key.scopes)
        elif self._bearers and (bearer := self._bearers.find(sent)):
            account, rights = f"subject {bearer.subject}", self._rights_of(bearer.scopes)
        else:
            raise _unauthenticated(_STRANGE, _INVALID)
        if rights is None:
            text = f"The key has none of the scopes that a question needs: '{READ}', '{OF_ARTIST}NAME' or '{ADMIN}'."
            raise _forbidden(text)
        return Admission(rights, account)

    def _rights_of(self, scopes: tuple[str, ...]) -> Rights | None:
        if scopes not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[scopes] = rights_of(scopes)
        return self._known[scopes]


MOST_KNOWN = 1000
_MISSING = "This server answers those only who send a key"
_UNKNOWN = "The key that was sent is not known, has been revoked, or has expired"
_STRANGE = "What was sent is no key, nor a token that is accepted here"
_INVALID = ', error="invalid_token"'


def _unauthenticated(what: str, error: str = "") -> RefusedError:
    headers: Headers = ((b"www-authenticate", f'Bearer realm="bedrot-graph"{error}'.encode()),)
    text = f"{what}. Send one as 'Authorization: Bearer <key>'; 'bedrot-graph keys create' makes them."
    return RefusedError(401, "UNAUTHENTICATED", text, headers=headers)


def _forbidden(text: str) -> RefusedError:
    headers: Headers = ((b"www-authenticate", b'Bearer realm="bedrot-graph", error="insufficient_scope"'),)
    return RefusedError(403, "FORBIDDEN", f"{text} Ask whoever runs the server for one.", headers=headers)


def _sent(authorization: str) -> str:
    """The token; empty where there is none."""
    scheme, _, sent = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return sent.strip()
        case "basic":  # a browser asks for a name and a password; the token is the password
            return _password(sent.strip())
        case _:
            return ""


def _password(sent: str) -> str:
    try:
        return base64.b64decode(sent, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
