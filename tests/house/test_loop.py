"""The event loop computes nothing: a worker thread reads, collects and goes through rows, and the loop goes on.

Every call from the loop's thread into Polars' Rust code is seen, with the number of rows of what it is called on; a
page of few rows may be written as JSON there, which is done sooner than another thread is asked to.
Not seen are loops of Python's own, such as graphql-core's over the values of a page.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from bedrot_graph.app import create_app
from bedrot_graph.settings import Settings
from tests.askers import client_of
from tests.house.test_questions import QUESTIONS, VARIABLES
from tests.lakes import SAMPLE_LAKE, TODAY, statement, write_lake

Serve = Callable[..., TestClient]

LARGE = 1000
"""More rows than this are not gone through on the loop: a page has as many at most, unless it is of lines."""
FREE = {"columns", "dtypes", "estimated_size", "head", "height", "len", "slice", "tail", "width"}
"""What costs the same however many rows there are."""
COMPUTING = ("collect", "concat_df", "concat_series", "new_from", "read", "scan", "sink")
"""How the names of what reads files, runs pipelines or puts frames together begin."""

EVERYTHING = """{ datasets {
  name description grain available problem rows rowsRejected duplicatesDropped rowsRestated unknownColumns version
  coversFrom coversThrough newestEvent maxAgeDays stale files { name } filesPassedOver { name } limitations { code }
  columns { name present nullCount } rejects { line } rowPage(first: 100) { nodes pageInfo { endCursor } totalCount }
} }"""


ROWS = {"PyDataFrame": "height", "PySeries": "len", "PyLazyFrame": ""}
"""How each kind of frame says how many rows it has."""


class Watch:
    """Notes which of the calls into Polars that a thread makes are not for the event loop."""

    def __init__(self) -> None:
        self.calls = 0
        self.heavy: list[str] = []

    def __call__(self, caller: FrameType, event: str, called: Any) -> None:  # noqa: ANN401 - of C functions anything
        if event != "c_call":
            return
        of, name = getattr(called, "__self__", None), called.__name__
        rows = ROWS.get(type(of).__name__)
        if of is not None and rows is None:  # Polars' functions belong to nothing
            return
        self.calls += 1
        is_large = rows and name not in FREE and getattr(of, rows)() > LARGE
        if is_large or (name.startswith(COMPUTING) and not _is_of_few_rows(caller)):
            self.heavy.append(name)


def _is_of_few_rows(caller: FrameType) -> bool:
    """Whether it computes something of a frame that is at hand, and small."""
    at: FrameType | None = caller
    while at and not isinstance(at.f_locals.get("self"), pl.DataFrame):
        at = at.f_back
    return at is not None and at.f_locals["self"].height <= LARGE


class Watched:
    """A client of the application, whose event loop is watched."""

    def __init__(self, client: TestClient) -> None:
        self.client, self.watch = client, Watch()
        self.on_the_loop(sys.setprofile, self.watch)

    def on_the_loop(self, call: Callable[..., object], *arguments: object) -> None:
        assert self.client.portal
        self.client.portal.call(call, *arguments)

    def ask(self, document: str, **variables: object) -> dict[str, Any]:
        response = self.client.post("/graphql", json={"query": document, "variables": variables})
        answer: dict[str, Any] = response.json()
        assert "errors" not in answer
        return answer


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(create_app(Settings(curated_data_path=SAMPLE_LAKE), today=lambda: TODAY)) as client:
        yield client


@pytest.fixture
def watched(client: TestClient) -> Iterator[Watched]:
    watched = Watched(client)
    yield watched
    watched.on_the_loop(sys.setprofile, None)


@pytest.mark.parametrize(
    ("call", "heavy"),
    [
        (lambda: pl.LazyFrame({"usd": [1]}).select(pl.col("usd").sum()).collect(), "collect"),
        (lambda: pl.collect_all([pl.LazyFrame({"usd": [1]})]), "collect_all"),
        (lambda: pl.read_csv(b"usd\n1\n"), "new_from_csv"),
        (lambda: pl.DataFrame({"usd": range(1001)}).rows(), "row_tuples"),
        (pl.DataFrame({"usd": range(1001)})["usd"].max, "max"),
        (lambda: pl.DataFrame({"usd": range(1001)}).select(pl.col("usd").cast(pl.String)), "collect"),
        (lambda: pl.DataFrame({"usd": range(1000)}).rows(), None),
        (lambda: pl.DataFrame({"usd": range(1000)}).select(pl.col("usd").cast(pl.String)), None),
    ],
    ids=["collect", "collect_all", "read_csv", "rows", "a column", "a selection", "few rows", "a selection of few"],
)
def test_the_watch_sees_what_is_too_much(call: Callable[[], object], heavy: str | None, watched: Watched) -> None:
    watched.on_the_loop(call)
    assert watched.watch.calls
    assert (heavy in watched.watch.heavy) if heavy else watched.watch.heavy == []


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_no_question_is_computed_on_the_loop(path: Path, watched: Watched) -> None:
    assert watched.ask(path.read_text(encoding="utf-8"), **VARIABLES.get(path.stem, {}))["data"]
    assert watched.watch.heavy == []


def test_nothing_that_is_asked_of_the_datasets_is_computed_on_the_loop(watched: Watched) -> None:
    assert watched.ask(EVERYTHING)["data"]["datasets"]
    assert watched.client.get("/health/ready").status_code == 200
    assert watched.watch.calls
    assert watched.watch.heavy == []


def test_a_changed_file_is_not_read_on_the_loop(tmp_path: Path, serve: Serve) -> None:
    lines = [statement("2025-01", "Spotify", quantity, "1") for quantity in range(2000)]
    watched = Watched(serve(write_lake(tmp_path, statements=lines[:1])))
    write_lake(tmp_path, statements=lines)
    reloaded = watched.ask("mutation { reload { datasets { name changed rows } } }")["data"]["reload"]["datasets"]
    assert [each for each in reloaded if each["changed"]] == [
        {"name": "distrokid_statements", "changed": True, "rows": 2000}
    ]
    assert watched.ask('{ dataset(name: "distrokid_statements") { coversFrom } }')["data"]
    watched.on_the_loop(sys.setprofile, None)
    assert watched.watch.heavy == []


def test_the_loop_answers_others_while_a_question_is_computed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    client, has_begun, may_go_on = serve(SAMPLE_LAKE), threading.Event(), threading.Event()
    collect_all, was_let_go = pl.collect_all, list[bool]()

    def waiting(frames: Any, **options: Any) -> Any:  # noqa: ANN401 - as Polars has it
        has_begun.set()
        was_let_go.append(may_go_on.wait(5))
        return collect_all(frames, **options)

    monkeypatch.setattr(pl, "collect_all", waiting)
    with ThreadPoolExecutor(1) as asker:
        question = {"query": "{ revenue { totalCount } }"}
        answer = asker.submit(lambda: client.post("/graphql", json=question).json())
        assert has_begun.wait(5)
        assert client.get("/health/live").json() == {"status": "alive"}
        may_go_on.set()
        assert answer.result()["data"] == {"revenue": {"totalCount": 1}}
    assert all(was_let_go)
