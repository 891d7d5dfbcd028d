"""A cube's own arguments over GraphQL, and what is said of columns that no file has."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional

import polars as pl
import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from bedrot_graph.cubes.cube import Cube, Dimension, Look, Option
from bedrot_graph.graph.context import Context, Limits, Result
from bedrot_graph.graph.cube_field import cube_field
from bedrot_graph.graph.cube_types import growth_field
from bedrot_graph.graph.documents import Documents
from bedrot_graph.graph.execution import Operation, prepare
from bedrot_graph.graph.fields import date_field, dimension_field, measure_field, previous_field
from bedrot_graph.graph.scalars import SCALARS, BigInt
from bedrot_graph.lake.cache import Cache
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.engine import Engine
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity, Measure, Sum, Unit
from bedrot_graph.periods import Grain
from bedrot_graph.web.bodies import encoded
from tests.lake.sales import HEADER, SALES
from tests.lake.zones import sales_zone, write

#           units  usd
# Spotify       1    2
# Tidal         3    4
FILE = HEADER + "2025-01-01,Spotify,1,2\n2025-01-02,Tidal,3,4\n"

COUNTED = Measure("counted", "How many.", "Sum.", Unit.COUNT, Additivity.ADDITIVE, (SALES,), Sum("counted"))
CLICKS = replace(COUNTED, name="link_clicks", formula=Sum("clicks"))


def _rows(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """What the option names is counted; nothing where nobody has set it."""
    counted = pl.col(look.options["what_counts"]).cast(pl.Int64) if look.options else pl.lit(0)
    return snapshot.scan(SALES).with_columns(date="day", counted=counted, clicks=pl.lit(None, pl.Int64))


CUBE = Cube(
    name="sales",
    dataset=SALES,
    dimensions=(Dimension("store", "Who sold.", matches=("store",)),),
    measures=(COUNTED, CLICKS),
    finest=Grain.DAY,
    rows=_rows,
    open_dates=lambda _scope, _keys: pl.LazyFrame(schema={"date": pl.Date}),
    findings=lambda _: [],
    is_absence_zero=True,
    options=(Option("what_counts", "The column that is counted."),),
    lacking=lambda _snapshot, _options: frozenset({"clicks"}),
)


@strawberry.type
class Sale:
    date: str | None = date_field()
    store: str | None = dimension_field(CUBE, "store")
    counted: BigInt | None = measure_field(COUNTED)
    link_clicks: BigInt | None = measure_field(CLICKS)
    previous: Optional["Sale"] = previous_field()
    growth: float | None = growth_field(CUBE, "Sale")


@strawberry.type
class Query:
    sales = cube_field(CUBE, Sale)


def _value_of(source: object, name: str) -> object:
    return source.get(name) if isinstance(source, dict) else getattr(source, name)


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(default_resolver=_value_of, scalar_map=SCALARS))


@dataclass
class Server:
    """Answers questions about the file, as the settings are; remembers answers as the real one does."""

    folder: Path
    defaults: Mapping[str, str]

    def __post_init__(self) -> None:
        cache: Cache[Result] = Cache(ttl_seconds=300, max_entries=10, max_bytes=2**20)
        self.engine = Engine(cache, 1)

    def ask(self, *documents: str) -> list[tuple[dict[str, Any], Context]]:
        async def answer() -> list[tuple[dict[str, Any], Context]]:
            current = CurrentSnapshot(sales_zone(self.folder), 300)
            found = []
            for document in documents:
                read = Documents(SCHEMA, max_bytes=0)
                context = Context(current, self.engine, Limits(), read, defaults=self.defaults)
                result = await prepare(SCHEMA, Operation(document), context).answered()
                data = json.loads(encoded(result.data))
                found.append(({"data": data, "errors": [str(each) for each in result.errors or []]}, context))
            return found

        return asyncio.run(answer())

    def counted(self, *documents: str) -> list[object]:
        return [answer["data"]["sales"]["total"]["counted"] for answer, _ in self.ask(*documents)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "sales.csv", FILE)
    return tmp_path


UNITS = '{ sales(whatCounts: "units") { total { counted } } }'
USD = '{ sales(whatCounts: "usd") { total { counted } } }'
UNSAID = "{ sales { total { counted } } }"
NULL = "{ sales(whatCounts: null) { total { counted } } }"


def test_an_option_is_an_optional_argument_with_its_meaning() -> None:
    assert '"""The column that is counted."""\n    whatCounts: String = null' in SCHEMA.as_str()


def test_answers_with_different_options_are_remembered_apart(folder: Path) -> None:
    assert Server(folder, {}).counted(UNITS, USD, UNITS) == [4, 6, 4]


def test_an_option_that_is_not_given_is_as_the_settings_say(folder: Path) -> None:
    assert Server(folder, {"what_counts": "usd", "of_another_cube": "x"}).counted(UNSAID, NULL, UNITS) == [6, 6, 4]


def test_an_option_that_nobody_has_set_is_absent(folder: Path) -> None:
    assert Server(folder, {}).counted(UNSAID, NULL) == [0, 0]


def test_a_cursor_belongs_to_the_options_it_was_given_out_with(folder: Path) -> None:
    server = Server(folder, {})
    page = '{ sales(by: [STORE], first: 1, whatCounts: "units"%s) { nodes { store } pageInfo { endCursor } } }'
    ((first, _),) = server.ask(page % "")
    after = f', after: "{first["data"]["sales"]["pageInfo"]["endCursor"]}"'
    (second, _), (other, _) = server.ask(page % after, (page % after).replace("units", "usd"))
    assert second["data"]["sales"]["nodes"] == [{"store": "Tidal"}]
    assert "belongs to another question" in other["errors"][0]


def test_a_column_that_no_file_has_is_said_by_the_names_that_were_asked_for(folder: Path) -> None:
    document = """{ sales(by: [STORE], compare: PREVIOUS_PERIOD, period: { lastDays: 1 }, whatCounts: "units") {
      nodes { store counted linkClicks clicks: growth(of: LINK_CLICKS) counts: growth(of: COUNTED) }
      total { counts: growth(of: COUNTED) clicks: growth(of: LINK_CLICKS) }
    } }"""
    ((answer, context),) = Server(folder, {}).ask(document)
    assert answer["errors"] == []
    assert answer["data"]["sales"] == {
        "nodes": [{"store": "Tidal", "counted": 3, "linkClicks": None, "clicks": None, "counts": None}],
        "total": {"counts": 2.0, "clicks": None},
    }
    (missing,) = [each for each in context.used["sales"].findings if each.code == "COLUMN_MISSING"]
    assert missing.text == "linkClicks cannot be told: the files that sales is read from have no column for it."
