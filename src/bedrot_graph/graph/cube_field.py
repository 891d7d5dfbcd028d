"""The root field of a cube: the whole grammar, once for all cubes."""

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Any, Generic, TypeVar

import strawberry
from graphql.pyutils import Path
from strawberry.types.info import Info

from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.request import Comparison, Request, Shown
from bedrot_graph.graph.arguments import described, list_of, typed
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.cube_types import CubeTypes, as_filters, as_orders, filterable, option_type, types_of
from bedrot_graph.graph.directives import AGGREGATE, pages
from bedrot_graph.graph.fields import field
from bedrot_graph.graph.inputs import PeriodInput
from bedrot_graph.graph.names import camel
from bedrot_graph.graph.pages import Edge, Page, PageInfo, offset_after, question_key
from bedrot_graph.graph.selection import Selected, selected_below
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.periods import Grain

Node = TypeVar("Node")


@strawberry.type(description="The groups of an answer, page by page, and the total over all of them.")
class Connection(Generic[Node]):
    """Relay's connection, with what the grammar adds."""

    nodes: list[Node] = field("The groups of this page. Without `by` and `grain` one group, equal to `total`.")
    edges: list[Edge[Node]] = field("The same groups with their cursors.")
    page_info: PageInfo = field("Where this page stands among all groups.")
    total_count: int = field("How many groups there are on all pages, empty buckets included.\n\nUnit: COUNT.")
    total: Node = field("Everything the filters and the period let through as one group, not only this page.")


class CubeQuestion:
    """What a root field asks of a cube: a request, and the page that is cut from its answer."""

    def __init__(self, types: CubeTypes, request: Request, size: int, after: str | None) -> None:
        self._types, self._request, self._size, self._after = types, request, size, after
        asked = types.cube.computed(request.selected)
        self._measures = {f"{types.node_name}.{camel(each.name)}": each for each in asked}
        # Cursors fit the same question on the same data, whatever else is selected.
        parts = (getattr(request, part) for part in _QUESTION_PARTS)
        # But for what stands beside, which may bring groups of its own.
        self._question = question_key(types.cube.name, *parts, types.cube.besides_of(request.computed))
        self._key = question_key(types.cube.name, request)

    async def __call__(self, context: Context, path: Path) -> Page:
        """The page. Raises what the cube raises, and InvalidCursor."""
        key = context.begin(path)
        snapshot, cube = await context.snapshot(), self._types.cube
        question = f"{self._question}{snapshot.version}"
        offset = offset_after(self._after, question)
        found = await context.answer(
            f"{self._key}{snapshot.version}", lambda: answer(cube, snapshot, self._request), cube.name
        )
        assert isinstance(found, Answer)  # noqa: S101 - for the type checker: the key names the pipeline
        self._note(context, key, found)
        total = found.total_values if self._request.total else None
        groups = found.groups.slice(offset, self._size) if self._request.groups else found.groups
        return Page(groups, offset, found.groups.height, question, total)

    def _note(self, context: Context, key: str, found: Answer) -> None:
        """Leave in the context what the answer was made from, and why some of its measures are null."""
        context.note_faults(key, [(camel(name), fault) for name, fault in found.faults], self._types.node_name)
        missing = _column_missing(self._types.cube, found.lacking)
        findings = (*found.findings, *missing) if missing else found.findings
        context.note(key, self._measures, found.scanned, findings)


def cube_field(cube: Cube, node: type) -> Any:  # noqa: ANN401
    """The root field that answers a cube's questions."""
    name = node.__name__
    types = types_of(cube, name)

    async def resolve(  # noqa: PLR0913, PLR0917 - the grammar's arguments are what they are
        info: Info[Context, None],
        where: Any = None,  # noqa: ANN401
        period: PeriodInput | None = None,
        by: Any = None,  # noqa: ANN401
        grain: Grain | None = None,
        compare: Comparison | None = None,
        order_by: Any = None,  # noqa: ANN401
        first: int | None = None,
        after: str | None = None,
        as_of: dt.date | None = None,
        **options: str | Enum | None,
    ) -> Any:  # noqa: ANN401
        groups, whole = _looked_at(cube, name, info)
        context = info.context
        request = Request(
            where=as_filters(where, filterable(cube)),
            period=period.as_span() if period else None,
            by=tuple(each.value for each in by or ()),
            grain=grain,
            compare=compare,
            order_by=as_orders(order_by),
            as_of=as_of,
            options=_options(cube, options, context.defaults),
            groups=groups,
            total=whole,
        )
        size = context.limits.page(first, context.limits.max_page_size)
        return await context.ask(info.path, CubeQuestion(types, request, size, after))

    typed(
        resolve,
        where=described(types.filter | None, "What to look at."),
        period=described(PeriodInput | None, "The time to look at; all of it unless given."),
        by=described(list_of(types.dimension), "What to group by."),
        grain=described(Grain | None, "Adds `date`: one node per bucket of time, empty ones included."),
        compare=described(Comparison | None, "Fills `previous` and `growth`."),
        order_by=described(list_of(types.order), "How to sort; by date and group unless given."),
        first=described(int | None, "How many rows a page holds."),
        after=described(str | None, "The cursor to go on after."),
        as_of=described(
            dt.date | None, "Answer as of this day: what is dated later is left out. The newest date unless given."
        ),
        **{each.name: described(option_type(each, name) | None, each.meaning) for each in cube.options},
        returns=_connection_of(node) | None,
    )
    return strawberry.field(
        resolver=resolve,
        directives=[AGGREGATE, pages("nodes", "edges")],
        description=f"{cube.dataset.description}\n\nGrouped, filtered and compared by the grammar that all cubes "
        "share. Null, with an error, where the dataset cannot be read.",
    )


def _connection_of(node: Any) -> Any:  # noqa: ANN401 - a type is a value here
    return Connection[node]


_QUESTION_PARTS = ("where", "period", "by", "grain", "compare", "order_by", "as_of", "options")


def _options(
    cube: Cube, given: Mapping[str, str | Enum | None], defaults: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The cube's options as they are given, else as the settings say; one that neither names is absent."""
    said = {name: value.value if isinstance(value, Enum) else value for name, value in given.items()}
    chosen = {each.name: said.get(each.name) or defaults.get(each.name) for each in cube.options}
    return tuple(sorted((name, value) for name, value in chosen.items() if value))


def _looked_at(cube: Cube, node_name: str, info: Info[Context, None]) -> tuple[Shown | None, Shown | None]:
    """What is selected of the groups, and of the total; None where not even their number is."""
    selected = selected_below(info)
    ways = {each.field_name for each in selected if not each.path}
    groups = _shown(cube, node_name, [each for each in selected if each.path[:1] in {("nodes",), ("edges",)}])
    total = _shown(cube, node_name, [each for each in selected if each.path[:1] == ("total",)])
    return groups if ways & _OF_GROUPS else None, total if "total" in ways else None


_OF_GROUPS = frozenset({"nodes", "edges", "pageInfo", "totalCount"})


def _shown(cube: Cube, node_name: str, selected: list[Selected]) -> Shown:
    """What is selected of nodes, and of the nodes that they are compared with."""
    of_nodes = [each for each in selected if each.type_name == node_name]
    now = {each.field_name for each in of_nodes if "previous" not in each.path}
    before = {each.field_name for each in of_nodes if each.path.count("previous") == 1}
    fields = [each for each in ("date", *cube.fields) if camel(each) in now | before]
    return Shown(
        fields=tuple(sorted(fields)),
        measures=_measures_in(now, cube),
        previous=_measures_in(before, cube) if "previous" in now else None,
        growth_of=tuple(
            sorted({each.argument_of for each in of_nodes if each.argument_of and "previous" not in each.path})
        ),
        complete="complete" in now,
    )


def _measures_in(fields: set[str], cube: Cube) -> tuple[str, ...]:
    return tuple(sorted(measure.name for measure in cube.measures if camel(measure.name) in fields))


def _column_missing(cube: Cube, lacking: tuple[str, ...]) -> list[Limitation]:
    """What is said of measures that no file of the cube's dataset has a column for."""
    if not lacking:
        return []
    fields, them = ", ".join(camel(name) for name in lacking), "it" if len(lacking) == 1 else "them"
    text = f"{fields} cannot be told: the files that {cube.dataset.name} is read from have no column for {them}."
    return [Limitation(Code.COLUMN_MISSING, text)]
