"""Bearer tokens that others have issued (JWT): signed with a known key, for this server, and not for ever."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from jwt import PyJWK, PyJWT, PyJWTError, get_algorithm_by_name, get_unverified_header
from jwt.exceptions import InvalidKeyError

from bedrot_graph.errors import SettingsInvalid

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


class Bearers:
    """Looks through tokens; one that is sent again is not looked through again."""

    def __init__(
        self, keys: Mapping[tuple[str | None, str], Any], issuer: Issuer, now: Callable[[], float] = time.time
    ) -> None:
        """`keys`: by the id of the key, where it has one, and the algorithm that it is for."""
        self._keys = keys
        self._issuer = issuer
        self._now = now
        self._library = PyJWT(
            options={
                "require": ["exp", "aud", "iss"],
                "enforce_minimum_key_length": True,
            }
        )
        self._known: OrderedDict[bytes, Bearer] = OrderedDict()

    def find(self, token: str) -> Bearer | None:
        """What the token says, where it is accepted."""
        if len(token) > LONGEST_TOKEN:
            return None
        name = sha256(token.encode()).digest()
        known = self._known.get(name)
        if known is None and (known := self._read(token)):
            self._known[name] = known
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known if known and self._now() < known.expires_at + SECONDS_OF_CLOCKS else None

    def _read(self, token: str) -> Bearer | None:
        try:
            algorithm, key = self._key_of(token)
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

    def _key_of(self, token: str) -> tuple[str, Any]:
        """The algorithm that the token names, if it is one of ours, and our key for it. Raises LookupError."""
        head = get_unverified_header(token)
        algorithm, name = str(head["alg"]), head.get("kid")
        if (name, algorithm) in self._keys:
            return algorithm, self._keys[name, algorithm]
        fitting = [key for (_, of), key in self._keys.items() if of == algorithm]
        is_the_only_one = len(fitting) == 1 and (name is None or (None, algorithm) in self._keys)
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


def bearers_by_set(text: bytes, issuer: Issuer) -> Bearers:
    """Those whose tokens are signed with a key of the set (JWKS). Raises SettingsInvalid."""
    _check(issuer)
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
    return Bearers(keys, issuer)


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
