"""The terminal, and what may be written to it."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

WIDE = 10_000
"""Columns of a file or a pipe: nothing is wrapped or cut there."""


def terminal(*, stderr: bool = False) -> Console:
    """A console that takes text as it is: what looks like markup in a title is a title."""
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def readable(text: str) -> str:
    """Without control characters: what stands in a file must not steer the terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Labels, and what is said under each; a label is not repeated."""
    grid = Table.grid("label", "text", padding=(0, 2, 0, 0))
    grid.columns[0].style, grid.columns[0].no_wrap = "dim", True
    grid.columns[1].overflow = "fold"
    before = None
    for label, text in rows:
        grid.add_row("" if label == before else f"  {label}", readable(text))
        before = label
    return grid


def count(number: int, noun: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
