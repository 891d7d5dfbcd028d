"""Keys, as the command line shows them: never the tokens, which nobody has but those they were given to."""

import datetime as dt
import time

from rich.table import Table

from bedrot_graph.report.terminal import readable, terminal
from bedrot_graph.web.keys import FILE, Key


def made(key: Key) -> str:
    """What is said of a new key, beside its token."""
    until = f"until {_day(key.expires_at)}" if key.expires_at else "for ever"
    return (
        f"The key '{key.name}' ({key.id}) is valid {until}, with the scope {', '.join(key.scopes)}. It is shown this "
        f"once; {FILE} has its hash only. Send it as 'Authorization: Bearer <key>':"
    )


def show_keys(keys: list[Key]) -> None:
    """Print a table of the keys, or that there are none."""
    console = terminal()
    if not keys:
        console.print("There are no keys yet: 'bedrot-graph keys create NAME' makes one.")
        return
    table = Table("id", "name", "scopes", "made", "valid")
    for key in keys:
        table.add_row(
            key.id,
            readable(key.name),
            readable(", ".join(key.scopes)),
            _day(key.created_at),
            _validity(key, time.time()),
        )
    console.print(table)


def _validity(key: Key, now: float) -> str:
    if key.revoked_at is not None:
        return f"revoked {_day(key.revoked_at)}"
    if key.expires_at is None:
        return "for ever"
    return f"until {_day(key.expires_at)}" if key.is_valid(now) else f"expired {_day(key.expires_at)}"


def _day(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).date().isoformat()
