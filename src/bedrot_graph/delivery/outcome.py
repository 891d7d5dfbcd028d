"""What has become of one attempt to send something."""

import re
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote

LONGEST_PROBLEM = 300
SHORTEST_SECRET = 4
"""Shorter parts of an address are found in any text."""


class Outcome(NamedTuple):
    """Whether it has arrived, and if not, what is known of why."""

    problem: str | None = None
    """In words that hold no secret; None where it has arrived."""
    is_final: bool = False
    """Whether the receiver has said that it never wants to hear of it again."""
    retry_after: float | None = None
    """In how many seconds the receiver wants to be asked again, where it has said so."""


ARRIVED = Outcome()


class Carrier(Protocol):
    """What brings messages through one channel."""

    async def send(self, id_: str, body: str) -> Outcome:
        """Send it once, within a bounded time. `id_`: the same for each attempt to send the same."""


def without_secrets(text: str, url: str) -> str:
    """The text without any part of the address but its scheme, on one line, and no longer than it may be."""
    _, _, rest = url.partition("://")
    parts = {part for whole in (rest, unquote(rest)) for part in re.split(r"[/:@?&=,;#\s]", whole)}
    for part in sorted(parts | set(map(quote, parts)), key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return " ".join(text.split())[:LONGEST_PROBLEM]
