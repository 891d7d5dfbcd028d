"""Scalars: exact money, big counts, times, and rows as they are."""

import datetime as dt
from decimal import Decimal
from operator import methodcaller
from typing import Any, NewType, NoReturn

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from bedrot_graph.errors import LONGEST_NAME_SHOWN
from bedrot_graph.graph.directives import ROW

Usd = NewType("Usd", Decimal)
BigInt = NewType("BigInt", int)
Number = NewType("Number", Decimal)
Row = NewType("Row", list[Any])


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - scalars are the border to JSON
    return value


def _moment(value: object) -> dt.datetime:
    """The time that a client has sent. Raises GraphQLError; Strawberry's own lets some of what is wrong through."""
    try:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else _no_moment(value)
    except (ValueError, OverflowError):
        return _no_moment(value)


def _no_moment(value: object) -> NoReturn:
    text = f"{str(value)[:LONGEST_NAME_SHOWN]!r} is no time. Send one as text, such as '2025-09-08T12:00:00Z'."
    raise GraphQLError(text)


SCALARS: dict[object, ScalarDefinition] = {
    Usd: strawberry.scalar(
        name="USD",
        description="US dollars, exact: a JSON number with up to 12 decimal places, never rounded for display. "
        "Read it as a decimal, not as a float, where cents must add up.",
        serialize=_unchanged,
    ),
    BigInt: strawberry.scalar(
        name="BigInt", description="A whole number that may be larger than 32 bits.", serialize=int
    ),
    Number: strawberry.scalar(
        name="Number",
        description="A number of whichever kind the unit beside it says: a JSON number, exact where it is money or "
        "a count.",
        serialize=_unchanged,
    ),
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="A time with its offset from UTC, as in ISO 8601: 2025-09-08T12:00:00+00:00.",
        serialize=methodcaller("isoformat"),
        parse_value=_moment,
    ),
    Row: strawberry.scalar(
        name="Row",
        description="One row as a JSON array: its values in the order of `columns`, null where a cell is empty. "
        "Dates are ISO 8601, amounts exact JSON numbers.",
        serialize=_unchanged,
        directives=[ROW],
    ),
}
"""The scalars by the Python type that stands for them, for the schema's `scalar_map`."""
