"""Who may do what."""

import base64
from pathlib import Path

import pytest

from bedrot_graph.errors import KeyInvalid
from bedrot_graph.web.keys import KeyFile, Keys
from bedrot_graph.web.refusals import RefusedError
from bedrot_graph.web.rights import Admission, Guard, Rights, checked_scopes, rights_of

ALL = Rights(may_mutate=True, may_introspect=True)
NONE = Rights(may_mutate=False, may_introspect=False)


def basic(sent: str) -> str:
    return "Basic " + base64.b64encode(sent.encode()).decode()


@pytest.mark.parametrize("sent", ["Bearer s3cret", "bearer  s3cret", basic("anyone:s3cret"), basic(":s3cret")])
def test_the_token_gives_every_right(sent: str) -> None:
    assert Guard("s3cret", is_production=True).rights(sent) == ALL


@pytest.mark.parametrize(
    "sent",
    ["", "s3cret", "Bearer", "Bearer wrong", "Token s3cret", basic("s3cret"), "Basic %%%", "Basic /w==", "Bearer é"],
)
def test_anything_else_gives_none_in_production(sent: str) -> None:
    assert Guard("s3cret", is_production=True).rights(sent) == NONE


def test_in_development_everybody_is_told_the_schema() -> None:
    assert Guard("s3cret", is_production=False).rights("") == Rights(may_mutate=False, may_introspect=True)


def test_without_a_token_changes_are_open_and_in_production_the_schema_is_told_to_nobody() -> None:
    assert Guard(None, is_production=False).rights("") == ALL
    assert Guard(None, is_production=True).rights("Bearer ") == Rights(may_mutate=True, may_introspect=False)


# --- scopes ---

READER = Rights(may_mutate=False, may_introspect=True)


@pytest.mark.parametrize(
    ("scopes", "rights"),
    [
        (("admin",), ALL),
        (("read",), READER),
        (("admin", "read:artist=OWL1987"), ALL),
        (("read", "read:artist=OWL1987"), READER),
        (("read:artist=owl 1987", "read:artist=OWL-1987"), READER._replace(artists=("owl1987",))),
        (("read:artist=Owl1987", "read:artist=Halo B7"), READER._replace(artists=("halob7", "owl1987"))),
        ((), None),
        (("write", "openid", "Read", "ADMIN", "read:", "read:artist", "read:artist=", "read:artist=  "), None),
    ],
)
def test_scopes_are_added_up_and_what_is_none_opens_nothing(scopes: tuple[str, ...], rights: Rights | None) -> None:
    assert rights_of(scopes) == rights


@pytest.mark.parametrize("scopes", [("write",), ("read", "reload"), ("read:artist=",), ("read:artist= ",), ("",)])
def test_a_new_key_has_scopes_that_there_are(scopes: tuple[str, ...]) -> None:
    with pytest.raises(KeyInvalid, match=r"is no scope\. There are: read, read:artist=NAME"):
        checked_scopes(scopes)


@pytest.mark.parametrize("wide", ["read", "admin"])
def test_a_new_key_is_not_for_one_artist_and_for_all(wide: str) -> None:
    with pytest.raises(KeyInvalid, match=f"^'read:artist=OWL1987' says nothing beside '{wide}'"):
        checked_scopes((wide, "read:artist=OWL1987"))


def test_a_scope_that_is_said_twice_is_one() -> None:
    assert checked_scopes(("read", "read")) == ("read",)


# --- with keys ---


def guarded(folder: Path, *scopes: str, token: str | None = None) -> tuple[Guard, str]:
    """A guard who knows one key, and that key."""
    key = KeyFile(folder).create("one", scopes)[1]
    return Guard(token, is_production=False, keys=Keys(folder)), key


def refusal(guard: Guard, sent: str) -> tuple[int, str]:
    with pytest.raises(RefusedError) as caught:
        guard.admit(sent)
    return caught.value.status, caught.value.code


def test_with_keys_nobody_asks_without_one(tmp_path: Path) -> None:
    guard, key = guarded(tmp_path, "read")
    account = f"key {KeyFile(tmp_path).all()[0].id}"
    assert guard.admit(f"Bearer {key}") == guard.admit(basic(f"any:{key}")) == Admission(READER, account)
    for sent in ("", "Bearer", "Bearer bg_unknown", "Bearer s3cret", f"Token {key}", key, "Basic %%%"):
        assert refusal(guard, sent) == (401, "UNAUTHENTICATED")


def test_a_key_without_a_scope_to_ask_is_told_so(tmp_path: Path) -> None:
    guard, key = guarded(tmp_path, "openid")
    assert refusal(guard, f"Bearer {key}") == (403, "FORBIDDEN")


def test_the_admin_token_goes_on_opening_everything(tmp_path: Path) -> None:
    guard, _ = guarded(tmp_path, "read", token="s3cret")
    assert guard.admit("Bearer s3cret").rights == ALL


def test_only_the_scope_admin_changes_things(tmp_path: Path) -> None:
    guard, _ = guarded(tmp_path, "read")
    guard.permit_change(ALL)
    with pytest.raises(RefusedError, match="needs a key with the scope 'admin'"):
        guard.permit_change(READER)


def test_pages_are_shown_as_before_to_those_who_send_no_key(tmp_path: Path) -> None:
    guard, key = guarded(tmp_path, "read:artist=OWL1987")
    assert guard.rights("") == Rights(may_mutate=False, may_introspect=True)
    assert guard.rights(f"Bearer {key}").artists == ("owl1987",)
    strict = Guard(None, is_production=True, keys=Keys(tmp_path))
    assert strict.rights("Bearer bg_unknown") == NONE
