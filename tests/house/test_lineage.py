"""Lineage is true: what a measure declares is what its pipeline reads."""

from pathlib import Path

import pytest

from bedrot_graph.cubes.answer import answer
from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.request import Request, Shown
from bedrot_graph.domains.audience import service as audience
from bedrot_graph.domains.campaigns import service as campaigns
from bedrot_graph.domains.revenue import service as revenue
from bedrot_graph.domains.streams import service as streams
from bedrot_graph.domains.tiktok import service as tiktok
from bedrot_graph.lake.zone import Zone
from bedrot_graph.measures import Measure
from tests.lakes import SAMPLE_LAKE, TODAY

CUBES = (campaigns.CUBE, revenue.CUBE, streams.CUBE, tiktok.CUBE, audience.CUBE)
MEASURES = [(cube, measure) for cube in CUBES for measure in cube.measures]


@pytest.mark.parametrize(("cube", "measure"), MEASURES, ids=[f"{cube.name}.{each.name}" for cube, each in MEASURES])
def test_a_measure_declares_exactly_the_datasets_that_are_scanned_for_it(cube: Cube, measure: Measure) -> None:
    snapshot = Zone(SAMPLE_LAKE, today=lambda: TODAY).take()
    scanned = answer(cube, snapshot, Request(total=Shown(measures=(measure.name,)))).scanned
    assert scanned == {source.name for source in measure.sources}


def test_what_was_remembered_is_still_said_to_be_scanned() -> None:
    snapshot = Zone(SAMPLE_LAKE, today=lambda: TODAY).take()
    request = Request(total=Shown(measures=("label_share_usd",)))
    first, second = (answer(revenue.CUBE, snapshot, request).scanned for _ in range(2))
    assert first == second == {"distrokid_statements", "royalty_splits"}


def test_every_measure_is_declared_in_words() -> None:
    for _, measure in MEASURES:
        assert measure.meaning.endswith("."), measure.name
        assert measure.method.endswith("."), measure.name


def test_services_leave_collecting_to_the_engine() -> None:
    source = Path(__file__).parent.parent.parent / "src" / "bedrot_graph"
    offenders = [
        path.name
        for folder in ("domains", "cubes", "graph")
        for path in (source / folder).rglob("*.py")
        if ".collect(" in path.read_text(encoding="utf-8")
    ]
    assert offenders == []
