"""What has become of a test message through each channel; never where it leads, as an address may hold a token."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from bedrot_graph.delivery.channels import Channel
from bedrot_graph.delivery.message import trial
from bedrot_graph.delivery.outcome import Outcome
from bedrot_graph.ledger.outbox import new_id
from bedrot_graph.report.terminal import terminal


class Try(NamedTuple):
    """A message that was sent once."""

    channel: Channel
    outcome: Outcome
    seconds: float


def tried(channels: Sequence[Channel]) -> list[Try]:
    """A test message sent through each, all at once."""

    async def all_of_them() -> list[Try]:
        return list(await asyncio.gather(*map(_tried, channels)))

    return asyncio.run(all_of_them())


def show_tries(tries: Sequence[Try]) -> None:
    """Print a table of what has become of them."""
    table = Table("channel", "by", "what has become of it")
    for each in tries:
        arrived = f"arrived, in {each.seconds:.1f} s"
        table.add_row(each.channel.name, each.channel.form, each.outcome.problem or arrived)
    terminal().print(table)


async def _tried(channel: Channel) -> Try:
    begun = time.monotonic()
    outcome = await channel.carrier().send(new_id(), trial(channel, time.time()).body)
    return Try(channel, outcome, time.monotonic() - begun)
