"""Pages: a slice of an answer, with cursors that fit this question and this data only."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import polars as pl
import strawberry

from bedrot_graph.errors import InvalidCursor
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import field

Node = TypeVar("Node")

FEW_ROWS = 1000
"""More than these are gone through in another thread."""
MOST_DIGITS = 12
"""Of a place in a cursor; no answer has more rows."""


@strawberry.type(description="Where a page stands among all rows.")
class PageInfo:
    """Relay's page information; paging goes forward."""

    has_next_page: bool = field("Whether rows follow this page.")
    has_previous_page: bool = field("Whether rows come before this page.")
    start_cursor: str | None = field("The cursor of the page's first row. Null on an empty page.")
    end_cursor: str | None = field("The cursor of the page's last row: ask for the next page with it as `after`.")


@strawberry.type(description="A row and its place.", directives=[ROW])
class Edge(Generic[Node]):
    """Relay's edge."""

    cursor: str = field("The row's place: the rows after it are asked for with it as `after`.")
    node: Node = field("The row.")


@dataclass(frozen=True)
class Page:
    """A page of rows, in the shape that connections show."""

    rows: pl.DataFrame
    offset: int
    total_count: int
    question: str
    """What the cursors fit."""
    total: dict[str, Any] | None = None

    @property
    def nodes(self) -> pl.DataFrame:
        """The rows."""
        return self.rows

    @property
    def edges(self) -> pl.DataFrame | Awaitable[pl.DataFrame]:
        """The rows with their cursors."""
        return asyncio.to_thread(self._edges) if self.rows.height > FEW_ROWS else self._edges()

    def _edges(self) -> pl.DataFrame:
        place = pl.int_range(self.offset, self.offset + self.rows.height).cast(pl.String)
        cursor = pl.concat_str(pl.lit(f"{self.question}:"), place).str.encode("base64")
        url_safe = cursor.str.replace_all("+", "-", literal=True).str.replace_all("/", "_", literal=True)
        return self.rows.select(cursor=url_safe, node=pl.struct(pl.all()))

    @property
    def page_info(self) -> PageInfo:
        """Where the page stands."""
        end = self.offset + self.rows.height
        has_rows = bool(self.rows.height)
        return PageInfo(
            has_next_page=end < self.total_count,
            has_previous_page=self.offset > 0,
            start_cursor=self._cursor(self.offset) if has_rows else None,
            end_cursor=self._cursor(end - 1) if has_rows else None,
        )

    def _cursor(self, place: int) -> str:
        return base64.urlsafe_b64encode(f"{self.question}:{place}".encode()).decode()


def question_key(*parts: object) -> str:
    """A short name of a question to a version of the data; cursors of one do not fit another."""
    return hashlib.blake2b("\n".join(map(repr, parts)).encode(), digest_size=16).hexdigest()


def offset_after(after: str | None, question: str) -> int:
    """How many rows come before the page that begins after a cursor. Raises InvalidCursor."""
    if after is None:
        return 0
    try:
        asked, _, place = base64.urlsafe_b64decode(after.encode()).decode().rpartition(":")
    except ValueError as error:
        raise InvalidCursor.unknown(after) from error
    if not (place.isascii() and place.isdigit()) or len(place) > MOST_DIGITS:
        raise InvalidCursor.unknown(after)
    if asked != question:
        raise InvalidCursor.out_of_place()
    return int(place) + 1
