"""Scalars: exact money, big counts, and rows as they are."""

from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from bedrot_graph.graph.directives import ROW

Usd = NewType("Usd", Decimal)
BigInt = NewType("BigInt", int)
Number = NewType("Number", Decimal)
Row = NewType("Row", list[Any])


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - scalars are the border to JSON
    return value


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
    Row: strawberry.scalar(
        name="Row",
        description="One row as a JSON array: its values in the order of `columns`, null where a cell is empty. "
        "Dates are ISO 8601, amounts exact JSON numbers.",
        serialize=_unchanged,
        directives=[ROW],
    ),
}
"""The scalars by the Python type that stands for them, for the schema's `scalar_map`."""
