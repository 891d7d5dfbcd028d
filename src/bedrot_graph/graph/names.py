"""How names are spelled in GraphQL."""

from strawberry.utils.str_converters import to_camel_case


def camel(name: str) -> str:
    """'revenue_usd' -> 'revenueUsd'."""
    return to_camel_case(name)
