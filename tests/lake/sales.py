"""A dataset small enough to write its files by hand: what a store sold on a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from bedrot_graph.lake.dataset import Column, Dataset, Form, Kind
from bedrot_graph.lake.reader import Reading, read
from tests.lakes import TODAY

SALES = Dataset(
    name="sales",
    description="What was sold.",
    grain="One sale.",
    forms=(Form(("sales.csv", "sales.parquet")), Form(("sales_*.csv",))),
    columns=(
        Column("day", Kind.DATE, "The day of the sale.", filled=True),
        Column("store", Kind.NAME, "Who sold.", ("Shop",)),
        Column("units", Kind.INTEGER, "How many.", minimum=0, required=False),
        Column("usd", Kind.DECIMAL, "For how much.", ("Amount (USD)",), "USD", filled=True),
    ),
    event_date="day",
    max_age_days=7,
)
DAILY_SALES = replace(SALES, key=("store", "day"))
"""As SALES, but a day of a store has one row only."""

HEADER = "day,store,units,usd\n"


def read_sales(
    text: str | bytes, dataset: Dataset = SALES, today: dt.date = TODAY, *, encoding: str = "utf-8"
) -> Reading:
    """What the reader makes of a file."""
    return read(BytesIO(text if isinstance(text, bytes) else text.encode(encoding)), dataset, today=today)


def column(reading: Reading, name: str) -> list[object]:
    """The accepted values of a column."""
    return reading.rows[name].to_list()


def amounts(reading: Reading) -> list[float]:
    """The accepted amounts, as numbers that are short to write."""
    return [float(amount) for amount in reading.rows["usd"]]


def rejects(reading: Reading) -> Sequence[tuple[int, str]]:
    """Line and reason of each reject."""
    return [(line, reason) for line, reason in reading.rejects.iter_rows()]
