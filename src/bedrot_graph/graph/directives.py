"""What a field costs, said in the schema: IBM's `@cost` and `@listSize`, so that clients can compute it as we do.

A point is a hundredth of an aggregate over a lake of a million lines. What an object costs that says nothing is one
point, a scalar none; `docs/decisions/0018-limits-on-documents.md` has what was measured.
"""

import strawberry
from strawberry import UNSET
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.SCALAR],
    name="cost",
    description="What asking a field once costs, or each object or value of a type, in points. Unless given, 1 for an "
    "object, and 0 for a field and a scalar.",
)
class Cost:
    """The directive that shows a weight."""

    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many items a list has: as many as its slicing arguments say, else the assumed number. With "
    "`sizedFields` it is the lists of these names one level below that have so many.",
)
class ListSize:
    """The directive that shows how long a list may be."""

    assumed_size: int
    slicing_arguments: list[str] | None = UNSET
    sized_fields: list[str] | None = UNSET
    require_one_slicing_argument: bool | None = UNSET
    """IBM's default is that one must be given."""


PAGE_SIZE = 100
"""What `@listSize` says of pages; the setting of that name decides."""


def costs(points: float) -> Cost:
    """So many points."""
    return Cost(weight=f"{points:g}")


def items(assumed_size: int) -> ListSize:
    """So many items, as nothing says how many."""
    return ListSize(assumed_size=assumed_size)


def pages(*sized_fields: str, assumed_size: int = PAGE_SIZE) -> ListSize:
    """As many as `first` says, in the lists of these names below the field; in its own where none is named."""
    return ListSize(
        assumed_size=assumed_size,
        slicing_arguments=["first"],
        sized_fields=list(sized_fields) or UNSET,
        require_one_slicing_argument=False,
    )


AGGREGATE = costs(100)
"""Of a field that sums up rows of the lake."""

ROW = costs(0.01)
"""Of a type whose objects are written from columns."""
