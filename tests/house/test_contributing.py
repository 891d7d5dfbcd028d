"""The measure that CONTRIBUTING adds as an example, added."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import bedrot_graph.measures
from bedrot_graph.cubes.answer import answer
from bedrot_graph.cubes.request import Request, Shown
from bedrot_graph.domains.revenue.service import CUBE
from bedrot_graph.lake.catalogue import STATEMENTS
from bedrot_graph.lake.snapshot import Snapshot
from tests.house.docs import ROOT
from tests.lakes import statement


def test_the_example_of_a_measure_works_as_it_is_written(snapshot: Callable[..., Snapshot]) -> None:
    lake = snapshot([statement("2025-01", "Spotify", 1, "1.00"), statement("2025-01", "Tidal", 1, "0.50")])
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.search(r"LINE_SIZE = (Measure\(.*?\n   \))", page, re.DOTALL)
    assert example
    line_size = eval(example[1], {**vars(bedrot_graph.measures), "STATEMENTS": STATEMENTS})
    cube = replace(CUBE, measures=(*CUBE.measures, line_size))
    found = answer(cube, lake, Request(total=Shown(measures=("revenue_per_line_usd",))))
    assert found.total["revenue_per_line_usd"].to_list() == [Decimal("0.75")]
