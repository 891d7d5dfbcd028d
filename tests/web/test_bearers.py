"""Tokens of others: what is accepted, and all that is not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.web.bearers import Bearers, Issuer, bearers_by_file, bearers_by_key

SECRET = "a secret of thirty-two bytes, no less"
PRIVATE = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
OURS = Issuer(("HS256",), "bedrot", "https://login.example")
RS256 = OURS._replace(algorithms=("RS256",))
CLAIMS = {"aud": "bedrot", "iss": "https://login.example", "sub": "ann", "scope": "read openid"}


def token(
    key: Any = SECRET,  # noqa: ANN401 - any key
    algorithm: str = "HS256",
    headers: dict[str, str] | None = None,
    said: Mapping[str, object] = MappingProxyType({}),
) -> str:
    claims = {**CLAIMS, "exp": time.time() + 60, **said}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm, headers)


def by_hand(head: dict[str, object], claims: dict[str, object], secret: bytes = b"") -> str:
    """A token that no library would make."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (head, claims)]
    signed = b".".join(parts)
    seal = hmac.new(secret, signed, hashlib.sha256).digest() if secret else b""
    return b".".join([signed, base64.urlsafe_b64encode(seal).rstrip(b"=")]).decode()


@pytest.fixture(scope="module")
def by_secret() -> Bearers:
    return bearers_by_key(SECRET, OURS)


@pytest.fixture(scope="module")
def by_public_key() -> Bearers:
    return bearers_by_key(PUBLIC, RS256)


def test_a_token_of_the_issuer_for_this_server_is_accepted(by_secret: Bearers, by_public_key: Bearers) -> None:
    for bearers, sent in ((by_secret, token()), (by_public_key, token(PRIVATE, "RS256"))):
        found = bearers.find(sent)
        assert found
        assert (found.subject, found.scopes) == ("ann", ("openid", "read"))


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        ("read:artist=OWL%201987 read:artist=Halo", ("read:artist=Halo", "read:artist=OWL 1987")),
        (["read:artist=OWL 1987", 7], ("read:artist=OWL 1987",)),
        (None, ()),
        ({"read": True}, ()),
    ],
)
def test_scopes_are_words_of_a_text_or_a_list(by_secret: Bearers, said: object, scopes: tuple[str, ...]) -> None:
    found = by_secret.find(token(said={"scope": said}))
    assert found
    assert found.scopes == scopes


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": time.time() - 60},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": time.time() + 86_400},
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://login.example.evil"},
        {"iss": "https://login"},
        {"iss": None},
    ],
    ids=str,
)
def test_what_is_old_or_meant_for_others_or_does_not_say_is_refused(
    by_secret: Bearers, claims: dict[str, object]
) -> None:
    assert by_secret.find(token(said=claims)) is None


def test_another_key_opens_nothing(by_secret: Bearers, by_public_key: Bearers) -> None:
    assert by_secret.find(token("another secret of thirty-two bytes and more")) is None
    assert by_public_key.find(token(OTHER, "RS256")) is None


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_refused(by_secret: Bearers, by_public_key: Bearers, name: str) -> None:
    sent = by_hand({"alg": name, "typ": "JWT"}, {**CLAIMS, "exp": time.time() + 60})
    assert by_secret.find(sent) is None
    assert by_public_key.find(sent) is None


def test_a_public_key_is_no_secret_to_sign_with(by_public_key: Bearers) -> None:
    for secret in (PUBLIC, PUBLIC.strip()):
        sent = by_hand({"alg": "HS256"}, {**CLAIMS, "exp": time.time() + 60}, secret.encode())
        assert by_public_key.find(sent) is None


def test_an_algorithm_that_is_not_named_is_refused_with_the_right_key_too(
    by_secret: Bearers, by_public_key: Bearers
) -> None:
    assert by_secret.find(token(SECRET * 2, "HS512")) is None
    assert by_public_key.find(token(PRIVATE, "PS256")) is None


@pytest.mark.parametrize("sent", ["", "a", "a.b.c", "é.é.é", "....", "e30.e30.", "x" * 20_000, "[" * 5000 + ".a.b"])
def test_whatever_is_sent_is_refused_and_nothing_breaks(by_secret: Bearers, sent: str) -> None:
    assert by_secret.find(sent) is None


def test_a_changed_token_is_refused(by_secret: Bearers) -> None:
    head, _, seal = token().split(".")
    _, claims, _ = token(said={"scope": "admin"}).split(".")
    assert by_secret.find(f"{head}.{claims}.{seal}") is None


def test_a_remembered_token_expires_all_the_same() -> None:
    now = [time.time()]
    bearers = Bearers({(None, "HS256"): SECRET.encode()}, OURS, now=lambda: now[0])
    sent = token()
    assert bearers.find(sent)
    now[0] += 60 + 4
    assert bearers.find(sent)
    now[0] += 2
    assert bearers.find(sent) is None


# --- several keys ---


def jwk(key: Any, **more: object) -> dict[str, object]:  # noqa: ANN401 - any key
    said = RSAAlgorithm if isinstance(key, rsa.RSAPublicKey) else ECAlgorithm
    return {**said.to_jwk(key, as_dict=True), **more}


def written(file: Path, *keys: dict[str, object]) -> Path:
    """The file of the keys, put in the place of the one before."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"keys": keys}))
    return new.replace(file)


def of_set(file: Path, *keys: dict[str, object], algorithms: tuple[str, ...] = ("RS256", "ES256")) -> Bearers:
    return bearers_by_file(written(file, *keys), OURS._replace(algorithms=algorithms))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "jwks.json"


def test_each_token_is_checked_with_the_key_that_it_names(file: Path) -> None:
    bearers = of_set(
        file, jwk(PRIVATE.public_key(), kid="a"), jwk(OTHER.public_key(), kid="b"), jwk(CURVE.public_key(), kid="c")
    )
    assert bearers.find(token(PRIVATE, "RS256", {"kid": "a"}))
    assert bearers.find(token(OTHER, "RS256", {"kid": "b"}))
    assert bearers.find(token(CURVE, "ES256", {"kid": "c"}))
    assert bearers.find(token(CURVE, "ES256"))  # the only one of its kind
    assert bearers.find(token(PRIVATE, "RS256")) is None
    assert bearers.find(token(PRIVATE, "RS256", {"kid": "b"})) is None
    assert bearers.find(token(PRIVATE, "RS256", {"kid": "z"})) is None


def test_a_key_of_the_set_is_for_its_own_algorithm(file: Path) -> None:
    bearers = of_set(file, jwk(PRIVATE.public_key(), kid="a", alg="PS256"), algorithms=("RS256", "PS256", "HS256"))
    assert bearers.find(token(PRIVATE, "PS256", {"kid": "a"}))
    assert bearers.find(token(PRIVATE, "RS256", {"kid": "a"})) is None
    forged = by_hand({"alg": "HS256", "kid": "a"}, {**CLAIMS, "exp": time.time() + 60}, PUBLIC.encode())
    assert bearers.find(forged) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"no", "JWT_JWKS is no set of keys"),
        (b"[]", "JWT_JWKS is no set of keys"),
        (b'{"keys": [7]}', "JWT_JWKS is no set of keys"),
        (b'{"keys": [{"kid": "a"}]}', "JWT_JWKS is no set of keys"),
        (b'{"keys": []}', "JWT_JWKS has no key for RS256"),
        (json.dumps({"keys": [jwk(PRIVATE.public_key(), use="enc")]}).encode(), "JWT_JWKS has no key for RS256"),
        (json.dumps({"keys": [jwk(CURVE.public_key())]}).encode(), "JWT_JWKS has no key for RS256"),
    ],
)
def test_a_set_without_a_key_that_fits_is_refused_at_the_start(file: Path, text: bytes, message: str) -> None:
    file.write_bytes(text)
    with pytest.raises(SettingsInvalid, match=message):
        bearers_by_file(file, RS256)


def test_a_file_of_keys_that_is_not_there_is_refused_in_words(file: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"JWT_JWKS is '.*jwks\.json', which cannot be read: No such file"):
        bearers_by_file(file, RS256)


def test_when_the_file_changes_its_keys_hold_and_no_others(file: Path) -> None:
    bearers = of_set(file, jwk(PRIVATE.public_key(), kid="a"))
    old, new = token(PRIVATE, "RS256", {"kid": "a"}), token(OTHER, "RS256", {"kid": "b"})
    bearers.look()
    assert bearers.find(old)
    written(file, jwk(PRIVATE.public_key(), kid="a"), jwk(OTHER.public_key(), kid="b"))
    assert bearers.find(new) is None  # nobody has looked
    bearers.look()
    assert bearers.find(old)
    assert bearers.find(new)
    written(file, jwk(OTHER.public_key(), kid="b"))
    bearers.look()
    assert bearers.find(old) is None  # though it was remembered
    assert bearers.find(new)


@pytest.mark.parametrize("text", [None, b"", b'{"keys": [', b'{"keys": []}', b"\xff"])
def test_a_file_that_cannot_be_used_changes_nothing_and_is_told_once(
    file: Path, text: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    bearers = of_set(file, jwk(PRIVATE.public_key(), kid="a"))
    sent = token(PRIVATE, "RS256", {"kid": "a"})
    file.unlink()
    if text is not None:
        file.write_bytes(text)
    for _ in range(3):
        bearers.look()
        assert bearers.find(sent)
    (record,) = caplog.records
    assert record.getMessage() == "tokens are checked with the keys of before"
    # Once it is whole it holds, and another fault is told anew.
    written(file, jwk(OTHER.public_key(), kid="b"))
    bearers.look()
    assert bearers.find(sent) is None
    assert bearers.find(token(OTHER, "RS256", {"kid": "b"}))
    file.write_bytes(b"no")
    bearers.look()
    assert len([each for each in caplog.records if each.levelname == "ERROR"]) == 2
    assert bearers.find(token(OTHER, "RS256", {"kid": "b"}))


def test_a_token_that_is_looked_through_while_the_keys_change_is_not_remembered_for_those_that_come(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearers = of_set(file, jwk(PRIVATE.public_key(), kid="a"))
    sent = token(PRIVATE, "RS256", {"kid": "a"})
    read = bearers._read

    def meanwhile(*given: Any) -> Any:  # noqa: ANN401 - as it is
        found = read(*given)
        written(file, jwk(OTHER.public_key(), kid="b"))
        bearers.look()
        return found

    monkeypatch.setattr(bearers, "_read", meanwhile)
    assert bearers.find(sent)
    monkeypatch.undo()
    assert bearers.find(sent) is None


# --- settings ---


@pytest.mark.parametrize(
    ("key", "issuer", "message"),
    [
        (SECRET, OURS._replace(algorithms=()), "JWT_ALGORITHMS is not"),
        (SECRET, OURS._replace(audience=""), "JWT_AUDIENCE is not"),
        (SECRET, OURS._replace(issuer=""), "JWT_ISSUER is not"),
        (SECRET, OURS._replace(algorithms=("none",)), "JWT_ALGORITHMS has 'none', which is not accepted"),
        (SECRET, RS256, "JWT_KEY is a secret, and RS256 in JWT_ALGORITHMS needs a public key"),
        (PUBLIC, OURS, "JWT_KEY is a public key, and HS256 in JWT_ALGORITHMS needs a secret"),
        (PUBLIC, RS256._replace(algorithms=("RS256", "HS256")), "and HS256 in JWT_ALGORITHMS needs a secret"),
        (PUBLIC, OURS._replace(algorithms=("ES256",)), "JWT_KEY is no key for ES256"),
        ("too short", OURS, "JWT_KEY is no key for HS256: The HMAC key is 9 bytes"),
        ("-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----", RS256, "JWT_KEY is no key for RS256"),
    ],
)
def test_settings_that_would_let_tokens_be_forged_are_refused(key: str, issuer: Issuer, message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        bearers_by_key(key, issuer)


def test_a_private_key_has_no_place_here() -> None:
    private = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(SettingsInvalid, match=r"^JWT_KEY is a private key"):
        bearers_by_key(private, RS256)
