"""Brackets are counted without a parser, and not those in texts and comments."""

import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrot_graph.graph.nesting import is_deeper, signs


@pytest.mark.parametrize(
    ("document", "depth"),
    [
        ("", 0),
        ("{ a }", 1),
        ("{ a(b: [1, {c: 2}]) }", 4),
        ('{ a(b: "[[[(((") }', 2),
        ('{ a(b: "\\"[[[") }', 2),
        ('{ a(b: "") [ }', 2),
        ('{ a(b: """ [[ " [[ """) }', 2),
        ('{ a(b: """ \\""" [[ """) }', 2),
        ('"""" [[ """ {', 1),
        ("# {{{{ \n{ a }", 1),
        ("# {{{{ \r{ a }", 1),
        ('{ a(b: "# {{{") }', 2),
        ("}}}{{", 2 - 3),
        ("{" * 100_000, 100_000),
        ('"""' + "[" * 100_000, 0),
    ],
)
def test_the_deepest_nesting_is_seen(document: str, depth: int) -> None:
    assert signs(document).depth == max(depth, 0)


def lexed(document: str) -> int | None:
    """How deep the brackets are that graphql-core's lexer finds; None where it finds no tokens."""
    lexer, depth, deepest = Lexer(Source(document)), 0, 0
    try:
        while (token := lexer.advance()).kind != TokenKind.EOF:
            depth += (token.kind.value in "([{") - (token.kind.value in ")]}")
            deepest = max(deepest, depth)
    except GraphQLSyntaxError:
        return None
    return deepest


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from('{}[]()"\\\n\r# a1'), max_size=30))
def test_brackets_are_those_that_the_lexer_finds(document: str) -> None:
    expected = lexed(document)
    assert expected is None or signs(document).depth == expected


def test_digits_of_names_and_texts_are_none() -> None:
    assert signs('{ a1234567(b: "1234567", c: 12.345) } # 1234567').digits == 3


def test_values_are_as_deep_as_their_lists_and_objects() -> None:
    assert not is_deeper(1, 0)
    assert is_deeper([], 0)
    assert not is_deeper({"a": [1, {}]}, 3)
    assert is_deeper({"a": [1, {}]}, 2)
