"""Events of the pixel: what people did after they saw an ad, counted in three ways by as many kinds of file."""

import re
from difflib import get_close_matches

import polars as pl

from bedrot_graph.lake.catalogue.ads import EVENTS
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.sheet import header_key
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table

MOST_NAMED = 12


def count_of(event: str, snapshot: Snapshot, table: Table) -> pl.Expr:
    """How often the event happened, by row: null where the row does not say, zero where it counts others only."""
    key = _key(event)
    columns = [column for column, name in EVENTS.items() if _key(name) == key]
    written = [name for name in _written(snapshot, table) if _key(name) == key]
    in_object = [
        pl.col("events").str.extract(rf"""["']{re.escape(name)}["']\s*:\s*["']?(\d+)""").cast(pl.Int64)
        for name in written
    ]
    # The object names only what has happened.
    by_object = pl.when(pl.col("events").is_not_null()).then(pl.coalesce(*in_object, pl.lit(0, pl.Int64)))
    by_result = pl.when(identity(_indicated_event()) == key).then("results")
    return pl.coalesce(*columns, by_object, by_result)


def is_counted(event: str, snapshot: Snapshot, table: Table) -> bool:
    """Whether the files count the event."""
    return any(_key(name) == _key(event) for name in known(snapshot, table))


def known(snapshot: Snapshot, table: Table) -> list[str]:
    """The names of all events that the files count, the usual ones first."""
    counts_any = "events" not in table.missing_columns
    usual = [name for column, name in EVENTS.items() if counts_any or column not in table.missing_columns]
    return list(dict.fromkeys([*usual, *_written(snapshot, table), *_indicated(snapshot, table)]))


def not_counted(event: str, snapshot: Snapshot, table: Table) -> Limitation:
    """What is said of an event that no file counts."""
    names = {name.lower(): name for name in known(snapshot, table)}
    near = get_close_matches(event.lower(), names, n=1)
    hint = f"Did you mean '{names[near[0]]}'?" if near else f"There are: {', '.join([*names.values()][:MOST_NAMED])}."
    text = f"No file counts the event '{event[:60]}', so there are no conversions."
    return Limitation(Code.UNKNOWN_VALUE, f"{text} {hint}" if names else text)


_key = header_key
"""'ViewContent', 'view_content' and 'view content' are one event."""


def _indicated_event() -> pl.Expr:
    """'actions:offsite_conversion.fb_pixel_view_content' is of the event view_content."""
    return pl.col("result_indicator").str.extract(r"([^:.]*)$").str.strip_prefix("fb_pixel_")


def _written(snapshot: Snapshot, table: Table) -> list[str]:
    """The names in the objects."""

    def compute() -> list[str]:
        names = table.rows.lazy().select(name=pl.col("events").str.extract_all(r"""["'][^"'\\]+["']\s*:""").explode())
        cleaned = names.select(pl.col("name").str.strip_chars(" :\"'")).drop_nulls().unique().sort("name")
        return collect_few(cleaned)[0]["name"].to_list()

    written: list[str] = snapshot.once("events written in ads", compute)
    return written


def _indicated(snapshot: Snapshot, table: Table) -> list[str]:
    """The events that ad sets were run for."""

    def compute() -> list[str]:
        indicated = table.rows.lazy().select(name=_indicated_event()).drop_nulls().unique().sort("name")
        return collect_few(indicated.filter(pl.col("name") != ""))[0]["name"].to_list()

    indicated: list[str] = snapshot.once("events indicated in ads", compute)
    return indicated
