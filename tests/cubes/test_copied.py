"""Answers are the same whether rows were read from files, are held as a copy in memory, or are scanned on disk."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import selectors

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.request import Comparison, Order
from bedrot_graph.graph.execution import Operation
from bedrot_graph.lake.copies import FOOTER, Copies
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone
from bedrot_graph.schema import execute
from bedrot_graph.settings import Settings
from bedrot_graph.web.bodies import body_of, encoded
from tests.cubes.asking import lines
from tests.cubes.subjects import KNOWN_BY, REVENUE, SUBJECTS, Subject, check, one_of, orders, questions
from tests.house.test_questions import QUESTIONS, VARIABLES
from tests.lakes import SAMPLE_LAKE, TODAY, Rows, age, keep

ROOM = {"resident": 2**30, "scanned": 0}


@contextmanager
def lakes(subject: Subject, rows: Rows) -> Iterator[tuple[Snapshot, list[Snapshot]]]:
    """The same rows from files; and as copies, in memory and on disk."""
    with subject.folder(rows) as folder, tempfile.TemporaryDirectory() as kept:
        age(folder)
        from_files = Zone(folder, today=lambda: TODAY).take()
        yield from_files, [copied(folder, Path(kept), from_files, room) for room in ROOM.values()]


def copied(folder: Path, kept: Path, seen: Snapshot, room: int) -> Snapshot:
    """A snapshot that reads no file: of copies, which are made here rather than in a process of their own."""
    copies = Copies(kept, room, fewest_rows=1)
    keep(seen, folder, kept)
    for path in kept.iterdir():
        categorical = pl.read_parquet(path).with_columns(selectors.string().cast(pl.Categorical))
        categorical.write_parquet(path, metadata={FOOTER: pl.read_parquet_metadata(path)[FOOTER]})
    snapshot = Zone(folder, today=lambda: TODAY, copies=copies).take()
    assert snapshot.version == seen.version
    assert all(table.rows.is_encoded for table in snapshot.tables.values())
    return snapshot


def plain(found: Answer) -> dict[str, object]:
    """All that an answer says."""
    frames = {name: (frame.schema, frame.rows()) for name, frame in (("groups", found.groups), ("total", found.total))}
    return {**vars(found), **frames, "faults": repr(found.faults)}


@pytest.mark.parametrize("subject", SUBJECTS, ids=repr)
@check
@given(st.data())
def test_a_cube_answers_the_same_from_files_and_from_copies(subject: Subject, data: st.DataObject) -> None:
    rows = data.draw(subject.rows)
    with lakes(subject, rows) as (from_files, from_copies):
        for _ in range(3):
            asked = data.draw(questions(subject))
            asked["compare"] = data.draw(one_of(None, *Comparison))
            asked["as_of"] = data.draw(KNOWN_BY)
            asked["order_by"] = data.draw(orders(subject))
            expected = plain(subject.ask(from_files, *subject.measures, **asked))
            for lake in from_copies:
                assert plain(subject.ask(lake, *subject.measures, **asked)) == expected


LINES = ("line", "date", "platform", "artist", "title", "isrc", "country", "quantity", "revenue_usd", "kind")


@check
@given(REVENUE.rows, orders(REVENUE))
def test_the_lines_behind_a_sum_are_the_same_from_files_and_from_copies(rows: Rows, order: tuple[Order, ...]) -> None:
    by = tuple(each for each in order if each.field in LINES)
    with lakes(REVENUE, rows) as (from_files, from_copies):
        expected = lines(from_files, *LINES, order_by=by, limit=10)
        for lake in from_copies:
            found = lines(lake, *LINES, order_by=by, limit=10)
            assert (found.rows.schema, found.rows.rows()) == (expected.rows.schema, expected.rows.rows())


def answers(snapshot_of: Zone) -> dict[str, str]:
    """What every question of the contract is answered with."""
    parts = replace(assemble(Settings(curated_data_path=SAMPLE_LAKE)), zone=snapshot_of)
    parts = replace(parts, current=CurrentSnapshot(snapshot_of, 300))
    return asyncio.run(_answers(parts))


async def _answers(parts: Parts) -> dict[str, str]:
    found = {}
    for path in QUESTIONS:
        if "mutation" not in (document := path.read_text(encoding="utf-8")):
            result = await execute(Operation(document, VARIABLES.get(path.stem)), parts.context())
            found[path.stem] = encoded(body_of(result)).decode()
    return found


@pytest.mark.parametrize("room", ROOM.values(), ids=ROOM)
def test_every_question_of_the_contract_is_answered_the_same_from_copies(tmp_path: Path, room: int) -> None:
    from_files = Zone(SAMPLE_LAKE, is_sample=True, today=lambda: TODAY)
    copied(SAMPLE_LAKE, tmp_path, from_files.take(), room)
    zone = Zone(SAMPLE_LAKE, is_sample=True, today=lambda: TODAY, copies=Copies(tmp_path, room, fewest_rows=1))
    assert answers(zone) == answers(from_files)
