"""How revenue is said: its nodes, each number pointing at its measure."""

import datetime as dt
from typing import Optional

import strawberry

from bedrot_graph.domains.revenue import service
from bedrot_graph.graph.cube_types import growth_field
from bedrot_graph.graph.directives import ROW
from bedrot_graph.graph.fields import date_field, dimension_field, field, measure_field, previous_field
from bedrot_graph.graph.pages import Edge, PageInfo
from bedrot_graph.graph.scalars import BigInt, Usd


@strawberry.type(description="What one group of statement lines has earned.", directives=[ROW])
class Revenue:
    """A node of the cube `revenue`."""

    date: dt.date | None = date_field()
    platform: str | None = dimension_field(service.CUBE, "platform")
    platform_group: str | None = dimension_field(service.CUBE, "platform_group")
    artist: str | None = dimension_field(service.CUBE, "artist")
    track: str | None = dimension_field(service.CUBE, "track")
    isrc: str | None = dimension_field(service.CUBE, "isrc")
    release: str | None = dimension_field(service.CUBE, "release")
    country: str | None = dimension_field(service.CUBE, "country")
    distributor: str | None = dimension_field(service.CUBE, "distributor")
    reporting_month: dt.date | None = dimension_field(service.CUBE, "reporting_month")
    revenue_usd: Usd | None = measure_field(service.REVENUE)
    gross_usd: Usd | None = measure_field(service.GROSS)
    deductions_usd: Usd | None = measure_field(service.DEDUCTIONS)
    label_share_usd: Usd | None = measure_field(service.LABEL_SHARE)
    owed_usd: Usd | None = measure_field(service.OWED)
    estimated_usd: Usd | None = measure_field(service.ESTIMATED)
    streams: BigInt | None = measure_field(service.STREAMS)
    units: BigInt | None = measure_field(service.UNITS)
    transactions: BigInt | None = measure_field(service.TRANSACTIONS)
    revenue_per_stream_usd: Usd | None = measure_field(service.REVENUE_PER_STREAM)
    share_of_total: float | None = measure_field(service.SHARE_OF_TOTAL)
    previous: Optional["Revenue"] = previous_field()
    growth: float | None = growth_field(service.CUBE, "Revenue")


@strawberry.type(description="One statement line as it was booked, after cleaning.", directives=[ROW])
class RevenueLine:
    """A row behind a sum of `revenue`."""

    reporting_date: dt.date = field("The day the distributor booked the store's report.")
    sale_month: dt.date = field("The first day of the month the listeners streamed or bought.")
    platform: str | None = field("The store. Null where the line names none.")
    artist: str | None = field("The credited artist. Null where the line names none.")
    title: str | None = field("The title; where the line has none, the one the splits have for its ISRC, else null.")
    isrc: str | None = field("The recording's ISRC. Null on album lines.")
    upc: str | None = field("The release's UPC. Null where the line has none.")
    country: str | None = field("The ISO country of sale. Null where the cell is empty.")
    kind: str = field("STREAM, ADJUSTMENT (money taken back, streams counted elsewhere) or DOWNLOAD.")
    quantity: BigInt = measure_field(service.LINE_QUANTITY)
    revenue_usd: Usd = measure_field(service.LINE_REVENUE)
    line: int = field("The line of the file that it stands on.")


@strawberry.type(description="Statement lines, page by page.")
class RevenueLineConnection:
    """Relay's connection of statement lines."""

    nodes: list[RevenueLine] = field("The lines of this page.")
    edges: list[Edge[RevenueLine]] = field("The same lines with their cursors.")
    page_info: PageInfo = field("Where this page stands among all lines.")
    total_count: int = field("How many lines there are on all pages.\n\nUnit: COUNT.")
