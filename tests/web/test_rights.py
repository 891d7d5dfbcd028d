"""Who may do what."""

import base64

import pytest

from bedrot_graph.web.rights import Guard, Rights

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
