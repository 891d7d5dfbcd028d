"""What may be asked about revenue."""

import datetime as dt
from dataclasses import replace
from typing import Any

import strawberry
from graphql.pyutils import Path
from strawberry.types.info import Info

from bedrot_graph.cubes.detail import Cut, Detail, detail
from bedrot_graph.cubes.request import Request
from bedrot_graph.domains.revenue import service
from bedrot_graph.domains.revenue.types import Revenue, RevenueLine, RevenueLineConnection
from bedrot_graph.graph.arguments import described, list_of, typed
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.cube_field import cube_field
from bedrot_graph.graph.cube_types import as_filters, as_orders, filterable, order_type, types_of
from bedrot_graph.graph.directives import AGGREGATE, pages
from bedrot_graph.graph.fields import clean_doc
from bedrot_graph.graph.inputs import PeriodInput
from bedrot_graph.graph.names import camel
from bedrot_graph.graph.pages import Page, offset_after, question_key
from bedrot_graph.graph.selection import selected_below

revenue = cube_field(service.CUBE, Revenue)

LINE_COLUMNS = tuple(RevenueLine.__annotations__)
_Order = order_type("RevenueLine", {name: f"The line's {name.replace('_', ' ')}." for name in LINE_COLUMNS})
_Filter = types_of(service.CUBE, "Revenue").filter


class LinesQuestion:
    """What is asked of statement lines: which of them, their columns, and the page that is cut from them."""

    def __init__(self, request: Request, columns: tuple[str, ...], cut: Cut, after: str | None) -> None:
        self._request, self._columns, self._cut, self._after = request, columns, cut, after
        known = {"revenue_usd": service.LINE_REVENUE, "quantity": service.LINE_QUANTITY}
        self._measures = {f"RevenueLine.{camel(name)}": each for name, each in known.items() if name in columns}
        self._question = question_key("revenueLines", request)
        self._key = question_key(request, columns, cut)

    async def __call__(self, context: Context, path: Path) -> Page:
        """The page. Raises what `detail` raises, and InvalidCursor."""
        key = context.begin(path)
        snapshot = await context.snapshot()
        question = f"{self._question}{snapshot.version}"
        cut = replace(self._cut, offset=offset_after(self._after, question))
        found = await context.answer(
            f"{self._key}{cut.offset}:{snapshot.version}",
            lambda: detail(service.CUBE, snapshot, self._request, self._columns, cut),
            "revenueLines",
        )
        assert isinstance(found, Detail)  # noqa: S101 - for the type checker: the key names the pipeline
        context.note(key, self._measures, found.scanned, found.findings)
        # Nobody looks at a count that there is not.
        return Page(found.rows, cut.offset, found.total_count or 0, question)


async def _revenue_lines(
    info: Info[Context, None],
    where: Any = None,  # noqa: ANN401
    period: PeriodInput | None = None,
    order_by: Any = None,  # noqa: ANN401
    first: int | None = None,
    after: str | None = None,
    as_of: dt.date | None = None,
) -> Any:  # noqa: ANN401
    """The statement lines behind a sum, under the same filter and period as `revenue`.

    Null, with an error, where the statements cannot be read.
    """
    request = Request(
        where=as_filters(where, filterable(service.CUBE)),
        period=period.as_span() if period else None,
        order_by=as_orders(order_by),
        as_of=as_of,
    )
    selected = selected_below(info)
    fields = {each.field_name for each in selected if each.type_name == "RevenueLine"}
    columns = tuple(name for name in LINE_COLUMNS if camel(name) in fields) or ("line",)
    is_counted = any(each.field_name in {"totalCount", "pageInfo"} for each in selected if not each.path)
    context = info.context
    size = context.limits.page(first, context.limits.max_lines_page_size)
    return await context.ask(info.path, LinesQuestion(request, columns, Cut(0, size, is_counted), after))


revenue_lines = strawberry.field(
    resolver=typed(
        _revenue_lines,
        where=described(_Filter | None, "What to look at."),
        period=described(PeriodInput | None, "The sale months to look at; all of them unless given."),
        order_by=described(list_of(_Order), "How to sort; in the order of the file unless given."),
        first=described(int | None, "How many lines a page holds."),
        after=described(str | None, "The cursor to go on after."),
        as_of=described(dt.date | None, "Leave out lines that were reported after this day."),
        returns=RevenueLineConnection | None,
    ),
    directives=[AGGREGATE, pages("nodes", "edges")],
    description=clean_doc(_revenue_lines),
)
