"""Lists are written from columns, and say exactly what graphql-core says value by value: data, errors, lineage."""

import asyncio
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Optional

import orjson
import polars as pl
import pytest
import strawberry
from graphql import get_introspection_query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.graph.columnar import CHUNK_ROWS
from bedrot_graph.graph.documents import Documents
from bedrot_graph.graph.execution import Operation, prepare
from bedrot_graph.graph.limits import DocumentLimits
from bedrot_graph.graph.pages import FEW_ROWS
from bedrot_graph.graph.scalars import SCALARS, BigInt, Row, Usd
from bedrot_graph.schema import schema
from bedrot_graph.settings import Settings
from bedrot_graph.web.bodies import body_of, encoded
from tests.graph.generated import documents
from tests.house.test_questions import QUESTIONS, VARIABLES
from tests.lakes import SAMPLE_LAKE, TODAY

CUBES = ("revenue", "streams", "campaigns", "tiktokMetrics", "spotifyAudience")
ROOTS = (*CUBES, *CUBES, "revenueLines", "alerts", "dataset", "datasets", "kpis", "payments", "streamRates", "measures")
EXAMPLES = 2000


@dataclass
class Both:
    """Asks the same twice: once with lists from columns, once value by value."""

    schema: strawberry.Schema
    parts: Parts
    loop: asyncio.AbstractEventLoop

    def __post_init__(self) -> None:
        self.documents = Documents(
            self.schema, 2**20, DocumentLimits(depth=20, aliases=100, directives=200, cost=10**9)
        )

    def __call__(self, document: str, variables: dict[str, Any] | None = None) -> tuple[Any, Any, int]:
        """Both answers, and how many lists of the first were written from columns."""
        (columnar, written), (by_value, none) = (self._ask(document, variables, flag) for flag in (True, False))
        assert none == 0
        return columnar, by_value, written

    def _ask(self, document: str, variables: dict[str, Any] | None, is_columnar: bool) -> tuple[Any, int]:  # noqa: FBT001
        context = replace(self.parts, is_columnar=is_columnar, documents=self.documents).context()
        result = self.loop.run_until_complete(prepare(self.schema, Operation(document, variables), context).answered())
        text = re.sub(rb"[0-9a-f]{12}(?=['\"])", b"reference", encoded(body_of(result)))
        return json.loads(text, parse_float=Decimal), _fragments(result.data)


def _fragments(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(_fragments, value.values()))
    if isinstance(value, list):
        return sum(map(_fragments, value))
    return isinstance(value, orjson.Fragment)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return assemble(Settings(curated_data_path=SAMPLE_LAKE, page_size=5), today=lambda: TODAY)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def generated(examples: int) -> Callable[[Any], Any]:
    """As many examples, the same in every run."""
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck]
    )


def test_generated_documents_are_answered_alike(parts: Parts, loop: asyncio.AbstractEventLoop) -> None:
    ask, seen = Both(schema(), parts, loop), Counter[str]()

    @generated(EXAMPLES)
    @given(documents(schema()._schema, ROOTS))
    def hold(asked: tuple[str, dict[str, Any]]) -> None:
        columnar, by_value, written = ask(*asked)
        assert columnar == by_value
        seen["asked"] += 1
        seen["from columns"] += written > 0
        seen.update({str(error["extensions"]["code"]) for error in columnar.get("errors", ())})

    hold()
    assert seen["from columns"] > EXAMPLES / 3, seen
    assert seen["INTERNAL"] == 0


@pytest.mark.parametrize("path", [each for each in QUESTIONS if "reload" not in each.stem], ids=lambda path: path.stem)
def test_questions_of_the_contract_are_answered_alike(
    path: Path, parts: Parts, loop: asyncio.AbstractEventLoop
) -> None:
    ask = Both(schema(), parts, loop)
    for _ in range(2):  # the second time, what is asked is known
        columnar, by_value, _written = ask(path.read_text(encoding="utf-8"), VARIABLES.get(path.stem))
        assert columnar == by_value
        assert "errors" not in columnar


def test_the_schema_is_told_alike(parts: Parts, loop: asyncio.AbstractEventLoop) -> None:
    ask = Both(schema(), parts, loop)
    for question in (get_introspection_query(), '{ __type(name: "Revenue") { kind fields { name type { name } } } }'):
        for _ in range(2):
            columnar, by_value, _written = ask(question)
            assert columnar == by_value
            assert "errors" not in columnar


# ── frames of every kind, behind a schema of their own ───────────────────────────────────────────────────────────────


class Mood(Enum):
    GLAD = "GLAD"
    SAD = "SAD"


strawberry.enum(Mood)


@strawberry.type
class Inner:
    word: str | None
    amount: Usd | None
    must: str


@strawberry.type
class Thing:
    word: str | None
    must: str
    day: dt.date | None
    moment: dt.datetime | None
    is_so: bool | None
    small: int | None
    big: BigInt | None
    ratio: float | None
    amount: Usd | None
    mood: Mood | None
    inner: Inner | None
    inners: list[Inner] | None
    words: list[str | None] | None
    more: Optional["Thing"]

    @strawberry.field
    def resolved(self) -> str:
        return "by a resolver"


THINGS: list[pl.DataFrame] = []
"""The frame that is answered: one at a time."""


@strawberry.type
class Things:
    @strawberry.field
    def nodes(self) -> list[Thing] | None:
        return THINGS[-1]  # type: ignore[return-value] # what the executor is for

    @strawberry.field
    def rows(self) -> list[Row] | None:
        return THINGS[-1].drop("moment", "inner", "inners", "words")  # type: ignore[return-value]


def _value_of(source: object, name: str) -> object:
    return source.get(name) if isinstance(source, dict) else getattr(source, name)


THING_SCHEMA = strawberry.Schema(Things, config=StrawberryConfig(default_resolver=_value_of, scalar_map=SCALARS))

INNER = pl.Struct({"word": pl.String, "amount": pl.Decimal(38, 12), "must": pl.String})
COLUMNS: dict[str, Any] = {
    "word": pl.String,
    "must": pl.String,
    "day": pl.Date,
    "moment": pl.Datetime(time_zone="UTC"),
    "is_so": pl.Boolean,
    "small": pl.Int64,
    "big": pl.Int64,
    "ratio": pl.Float64,
    "amount": pl.Decimal(38, 12),
    "mood": pl.String,
    "inner": INNER,
    "inners": pl.List(INNER),
    "words": pl.List(pl.String),
}

texts = st.text(max_size=6) | st.sampled_from(
    ['say "so"', "back\\slash", "tab\t", "\x00", "\x1f", "\u2028", "é", "🦉", ""]
)
amounts = st.decimals(min_value=-(10**20), max_value=10**20, places=12, allow_nan=False, allow_infinity=False)


moments = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def mostly(values: st.SearchStrategy[Any], otherwise: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda chance: otherwise if chance == 0 else values)


inner = st.fixed_dictionaries({"word": maybe(texts), "amount": maybe(amounts), "must": mostly(texts, st.none())})
things = st.fixed_dictionaries(
    {
        "word": maybe(texts),
        "must": mostly(texts, st.none()),
        "day": maybe(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))),
        "moment": maybe(mostly(moments.map(lambda each: each.replace(microsecond=0)), moments)),
        "is_so": maybe(st.booleans()),
        "small": maybe(mostly(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1))),
        "big": maybe(st.integers(-(2**63), 2**63 - 1)),
        "ratio": maybe(mostly(st.floats(allow_nan=False, allow_infinity=False), st.floats())),
        "amount": maybe(amounts),
        "mood": maybe(mostly(st.sampled_from(["GLAD", "SAD"]), st.just("ODD"))),
        "inner": maybe(inner),
        "inners": maybe(st.lists(inner, max_size=2)),
        "words": maybe(st.lists(maybe(texts), max_size=2)),
    }
)
SELECTIONS = ["word", "must", "day", "moment", "isSo", "small", "big", "ratio", "amount", "mood", "__typename"]
SELECTIONS += [
    "inner { word must }",
    "inner { __typename amount }",
    "inners { must word }",
    "words",
    "more { word }",
    "resolved",
]


@pytest.fixture
def ask_things(loop: asyncio.AbstractEventLoop, parts: Parts) -> Both:
    return Both(THING_SCHEMA, parts, loop)


def test_generated_frames_are_answered_alike(ask_things: Both) -> None:
    seen = Counter[str]()

    @generated(300)
    @given(st.lists(things, max_size=4), st.lists(st.sampled_from(SELECTIONS), min_size=1, max_size=6, unique=True))
    def hold(rows: list[dict[str, Any]], selected: list[str]) -> None:
        THINGS[:] = [pl.DataFrame(rows, schema=COLUMNS)]
        fields = " ".join(f"k{place}: {each}" for place, each in enumerate(selected))
        columnar, by_value, written = ask_things(f"{{ nodes {{ {fields} }} rows }}")
        assert columnar == by_value
        seen["from columns"] += written
        seen["with errors"] += "errors" in columnar

    hold()
    assert seen["from columns"] > 300
    assert seen["with errors"] > 10


def of(**columns: pl.Series) -> None:
    height = max(map(len, columns.values()))
    frame = pl.DataFrame(schema=COLUMNS).clear(height).with_columns(must=pl.lit("x"))
    THINGS[:] = [frame.with_columns(**columns)]


@pytest.mark.parametrize(
    ("selected", "columns", "is_written"),
    [
        ("__typename", {"word": pl.Series(["a", "b"])}, True),
        ("word: amount amount: word", {"word": pl.Series(["a"]), "amount": pl.Series([Decimal("1.5")])}, True),
        ("must", {"must": pl.Series(["x", None])}, False),
        ("small", {"small": pl.Series([2**31])}, False),
        ("small", {"small": pl.Series([2**31 - 1, -(2**31)])}, True),
        ("big", {"big": pl.Series([2**63 - 1, -(2**63)])}, True),
        ("ratio", {"ratio": pl.Series([float("nan")])}, False),
        ("ratio", {"ratio": pl.Series([float("-inf")])}, False),
        ("ratio", {"ratio": pl.Series([1e-320, 1.7e308, 0.1])}, True),
        ("mood", {"mood": pl.Series(["ODD"])}, False),
        ("resolved", {"word": pl.Series(["a"])}, False),
        ("more { word }", {"word": pl.Series(["a"])}, True),
    ],
)
def test_what_cannot_be_written_from_columns_is_completed_value_by_value(
    ask_things: Both,
    selected: str,
    columns: dict[str, pl.Series],
    is_written: bool,  # noqa: FBT001
) -> None:
    of(**columns)
    columnar, by_value, written = ask_things(f"{{ nodes {{ {selected} }} }}")
    assert (columnar, written) == (by_value, is_written)


def test_an_empty_frame_is_an_empty_list(ask_things: Both) -> None:
    THINGS[:] = [pl.DataFrame(schema=COLUMNS)]
    columnar, _, written = ask_things("{ nodes { word inner { must } } rows }")
    assert (columnar, written) == ({"data": {"nodes": [], "rows": []}}, 2)


@pytest.mark.parametrize("height", [FEW_ROWS + 1, 2 * CHUNK_ROWS + 1])
@pytest.mark.parametrize("must", ["x", None, 'say "so"'])
def test_a_large_frame_is_written_elsewhere_to_the_same_answer(ask_things: Both, must: str | None, height: int) -> None:
    THINGS[:] = [
        pl.DataFrame({"word": [f"é{place}" for place in range(height)], "must": ["x"] * (height - 1) + [must]})
    ]
    columnar, by_value, written = ask_things("{ nodes { word must } }")
    assert columnar == by_value
    assert written == (must is not None)
