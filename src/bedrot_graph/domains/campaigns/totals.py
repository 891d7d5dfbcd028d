"""Totals without dates: what they cannot tell, beside days or as of a day."""

import datetime as dt

import polars as pl

from bedrot_graph.cubes.cube import Scope
from bedrot_graph.lake.catalogue import META_ADS
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.table import Table

MOST_NAMED = 5
_IS_TOTAL = pl.col("date").is_null()


def of_another_time(table: Table, as_of: dt.date) -> list[Limitation]:
    """Totals that cannot be cut at a day: those that reach beyond it are left out, those without a time are not."""
    totals = table.rows.lazy().filter(_IS_TOTAL).select("last_date")
    beyond, timeless = collect_few(
        totals.filter(pl.col("last_date") > as_of), totals.filter(pl.col("last_date").is_null())
    )
    found = []
    if beyond.height:
        what = _count(beyond.height, "a total that reaches", "totals that reach")
        left_out = "is left out" if beyond.height == 1 else "are left out"
        found.append(Limitation(Code.UNDATED_EXCLUDED, f"{what} beyond {as_of}, and {left_out}."))
    if timeless.height:
        what = _count(timeless.height, "a total without dates: it may", "totals without dates: they may")
        found.append(Limitation(Code.PARTIAL_PERIOD, f"{what} reach beyond {as_of}."))
    return found


def _count(count: int, one: str, many: str) -> str:
    name = META_ADS.name
    return f"1 row of {name} is {one}" if count == 1 else f"{count} rows of {name} are {many}"


def not_in_totals(table: Table) -> list[Limitation]:
    """Campaigns that have days, and no totals yet."""
    rows, key = table.rows.lazy(), pl.coalesce("campaign_id", "campaign").alias("key")
    days, totals = (rows.filter(is_day).select(key, "campaign") for is_day in (~_IS_TOTAL, _IS_TOTAL))
    names = collect_few(days.join(totals, on="key", how="anti").select(pl.col("campaign").unique().sort()))[0][
        "campaign"
    ]
    if names.is_empty():
        return []
    shown = ", ".join(f"'{name}'" for name in names.head(MOST_NAMED))
    more = f" and {names.len() - MOST_NAMED} more" if names.len() > MOST_NAMED else ""
    text = f"The totals without dates do not have {shown}{more}; ask with a `period` for what the days tell."
    return [Limitation(Code.PARTIAL_PERIOD, text)]


def untold(scope: Scope, columns: list[str]) -> list[Limitation]:
    """What of the columns no total tells, although days may."""
    has_none = collect_few(scope.all_rows.select(pl.col(columns).is_null().all()))[0] if columns else pl.DataFrame()
    names = [name for name in columns if has_none[name].item()]
    if not names:
        return []
    text = f"The totals without dates do not tell {', '.join(names)}; ask with a `period` for what the days tell."
    return [Limitation(Code.COLUMN_MISSING, text)]
