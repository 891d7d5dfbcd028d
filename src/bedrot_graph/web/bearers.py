"""Bearer tokens that others have issued (JWT): signed with a known key, for this server, and not for ever."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from jwt import PyJWK, PyJWT, PyJWTError, get_algorithm_by_name, get_unverified_header
from jwt.exceptions import InvalidKeyError

from bedrot_graph.errors import SettingsInvalid

logger = logging.getLogger(__name__)

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "oct": ("HS256", "HS384", "HS512"),
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
"""The algorithms that tokens may be signed by, by the kind of the key. 'none' is no signature."""
ALGORITHMS = tuple(name for family in FAMILIES.values() for name in family)
SECONDS_OF_CLOCKS = 5
"""Two clocks may differ by so much."""
MOST_REMEMBERED = 1000
LONGEST_TOKEN = 8192


class Bearer(NamedTuple):
    """What a token says of who sends it."""

    subject: str
    scopes: tuple[str, ...]
    expires_at: float
    """In seconds since 1970."""


class Issuer(NamedTuple):
    """Whose tokens are accepted, and for whom they have to be."""

    algorithms: tuple[str, ...]
    audience: str
    issuer: str


KeySet = Mapping[tuple[str | None, str], Any]
"""Keys by their ids, where they have one, and the algorithms that they are for."""


class _Trust(NamedTuple):
    """What is believed: replaced as a whole, so that no token outlives the key that it was checked with."""

    keys: KeySet
    known: OrderedDict[bytes, Bearer]
    """Tokens that these keys have signed, by their hashes."""


class Bearers:
    """Looks through tokens; one that is sent again is not looked through again."""

    def __init__(self, keys: KeySet, issuer: Issuer, now: Callable[[], float] = time.time) -> None:
        self._trust = _Trust(keys, OrderedDict())
        self._issuer = issuer
        self._now = now
        self._library = PyJWT(
            options={
                "require": ["exp", "aud", "iss"],
                "enforce_minimum_key_length": True,
            }
        )

    def look(self) -> None:
        """See whether other keys hold by now. May block: call it in a thread."""

    def find(self, token: str) -> Bearer | None:
        """What the token says, where it is accepted."""
        if len(token) > LONGEST_TOKEN:
            return None
        name = sha256(token.encode()).digest()
        trust = self._trust
        known = trust.known.get(name)
        if known is None and (known := self._read(token, trust.keys)):
            trust.known[name] = known
            if len(trust.known) > MOST_REMEMBERED:
                trust.known.popitem(last=False)
        return known if known and self._now() < known.expires_at + SECONDS_OF_CLOCKS else None

    def _read(self, token: str, keys: KeySet) -> Bearer | None:
        try:
            algorithm, key = _key_of(token, keys)
            claims = self._library.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._issuer.audience,
                issuer=self._issuer.issuer,
                leeway=SECONDS_OF_CLOCKS,
            )
            return Bearer(_subject(claims, token), tuple(sorted(_scopes(claims))), float(claims["exp"]))
        except (PyJWTError, ValueError, TypeError, LookupError, RecursionError):  # whatever strangers send
            return None


class _BearersOfFile(Bearers):
    """Those whose tokens are signed with a key of a file, which is read again when it has changed."""

    def __init__(self, path: Path, issuer: Issuer) -> None:
        """Raises SettingsInvalid, and OSError."""
        self._path = path
        self._seen = self._state()
        self._is_failing = False
        super().__init__(_keys_of(path.read_bytes(), issuer), issuer)

    def look(self) -> None:
        """Read the file again, if it has changed. What cannot be used is in the log once, and changes nothing."""
        try:
            if (state := self._state()) == self._seen:
                return
            keys = _keys_of(self._path.read_bytes(), self._issuer)
        except (OSError, SettingsInvalid) as problem:
            if not self._is_failing:  # once, not every second; it may be half-written, and is looked at again
                told = {"file": str(self._path), "problem": str(problem)}
                logger.error("tokens are checked with the keys of before", extra=told)  # noqa: TRY400 - all is said
            self._is_failing = True
            return
        self._trust = _Trust(keys, OrderedDict())
        self._seen, self._is_failing = state, False
        logger.info("tokens are checked with other keys", extra={"file": str(self._path), "keys": len(keys)})

    def _state(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size


def _key_of(token: str, keys: KeySet) -> tuple[str, Any]:
    """The algorithm that the token names, if it is one of ours, and our key for it. Raises LookupError."""
    head = get_unverified_header(token)
    algorithm, name = str(head["alg"]), head.get("kid")
    if (name, algorithm) in keys:
        return algorithm, keys[name, algorithm]
    fitting = [key for (_, of), key in keys.items() if of == algorithm]
    is_the_only_one = len(fitting) == 1 and (name is None or (None, algorithm) in keys)
    if not is_the_only_one:
        raise LookupError
    return algorithm, fitting[0]


def _subject(claims: Mapping[str, Any], token: str) -> str:
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and subject else sha256(token.encode()).hexdigest()[:12]


def _scopes(claims: Mapping[str, Any]) -> Iterable[str]:
    """The scopes: a list, or words in a text, in which a blank of a name is written as '%20'."""
    said = claims.get("scope", "")
    if isinstance(said, str):
        return {unquote(word) for word in said.split()}
    return {each for each in said if isinstance(each, str)} if isinstance(said, list) else set()


def bearers_by_key(key: str, issuer: Issuer) -> Bearers:
    """Those whose tokens are signed with a secret that both know, or with a key whose public half this is.

    Raises SettingsInvalid.
    """
    _check(issuer)
    is_public = key.lstrip().startswith("-----BEGIN")
    if "PRIVATE KEY" in key:
        message = "JWT_KEY is a private key, with which tokens could be made. Set the public one that belongs to it."
        raise SettingsInvalid(message)
    fitting = [name for name in issuer.algorithms if (name in FAMILIES["oct"]) != is_public]
    if len(fitting) < len(issuer.algorithms):
        kind, other = ("a public key", "a secret") if is_public else ("a secret", "a public key")
        wrong = ", ".join(name for name in issuer.algorithms if name not in fitting)
        message = f"JWT_KEY is {kind}, and {wrong} in JWT_ALGORITHMS needs {other}: a token could be forged with it."
        raise SettingsInvalid(message)
    return Bearers({(None, name): _prepared(key, name) for name in issuer.algorithms}, issuer)


def bearers_by_file(path: Path, issuer: Issuer) -> Bearers:
    """Those whose tokens are signed with a key of the set (JWKS) in a file. Raises SettingsInvalid."""
    _check(issuer)
    try:
        return _BearersOfFile(path, issuer)
    except OSError as problem:
        message = f"JWT_JWKS is '{path}', which cannot be read: {problem.strerror}. Name another file."
        raise SettingsInvalid(message) from None


def _keys_of(text: bytes, issuer: Issuer) -> KeySet:
    """The keys of a set that are for the issuer's algorithms. Raises SettingsInvalid."""
    try:
        listed = orjson.loads(text)["keys"]
        keys = {
            (each.get("kid"), name): PyJWK(each, name)
            for each in listed
            if each.get("use", "sig") == "sig"
            for name in FAMILIES.get(each["kty"], ())
            if name in issuer.algorithms and each.get("alg", name) == name and _has_curve_of(each, name)
        }
    except (PyJWTError, ValueError, TypeError, LookupError, AttributeError) as problem:
        message = f"JWT_JWKS is no set of keys: {type(problem).__name__}. It is a JSON object with a list 'keys'."
        raise SettingsInvalid(message) from None
    if not keys:
        message = f"JWT_JWKS has no key for {' or '.join(issuer.algorithms)}. Change JWT_ALGORITHMS, or the file."
        raise SettingsInvalid(message)
    return keys


_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}


def _has_curve_of(key: Mapping[str, Any], algorithm: str) -> bool:
    return key.get("crv") == _CURVES.get(algorithm)


def _check(issuer: Issuer) -> None:
    for name, value in (("ALGORITHMS", issuer.algorithms), ("AUDIENCE", issuer.audience), ("ISSUER", issuer.issuer)):
        if not value:
            message = f"JWT_KEY or JWT_JWKS is set, and JWT_{name} is not. Set it: it says which tokens are meant."
            raise SettingsInvalid(message)
    if unknown := [name for name in issuer.algorithms if name not in ALGORITHMS]:
        message = f"JWT_ALGORITHMS has '{unknown[0][:40]}', which is not accepted. There are: {', '.join(ALGORITHMS)}."
        raise SettingsInvalid(message)


def _prepared(key: str, algorithm: str) -> Any:  # noqa: ANN401 - each algorithm has its own type
    method = get_algorithm_by_name(algorithm)
    try:
        prepared = method.prepare_key(key)
        problem = method.check_key_length(prepared)
    except (InvalidKeyError, ValueError, TypeError) as error:
        problem = str(error) or type(error).__name__
    else:
        if not problem:
            return prepared
    message = f"JWT_KEY is no key for {algorithm}: {problem.rstrip('.')}. Set one that is."
    raise SettingsInvalid(message)
