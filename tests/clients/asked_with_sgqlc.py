"""Facts about the server, found with sgqlc in an environment of its own: told as lines of JSON.

`python asked_with_sgqlc.py ADDRESS FOLDER`: types are generated into the folder, which is empty.
"""

import json
import subprocess
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation

SERVER, FOLDER = sys.argv[1], Path(sys.argv[2])
TOTAL = 2628.65372866

Holds = Callable[[], None]
FACTS: list[tuple[str, Holds]] = []


def fact(name: str) -> Callable[[Holds], Holds]:
    def note(holds: Holds) -> Holds:
        FACTS.append((name, holds))
        return holds

    return note


@fact("a query has its answer")
def _() -> None:
    answer = HTTPEndpoint(SERVER)("{ revenue { total { revenueUsd } } }")
    assert answer["data"]["revenue"]["total"]["revenueUsd"] == TOTAL


@fact("variables are passed")
def _() -> None:
    question = "query Top($first: Int!) { revenue(by: [ARTIST], first: $first) { nodes { artist } } }"
    assert len(HTTPEndpoint(SERVER)(question, {"first": 2})["data"]["revenue"]["nodes"]) == 2


@fact("partial data comes with its errors")
def _() -> None:
    answer = HTTPEndpoint(SERVER)('{ measures { coordinate } dataset(name: "nothing") { name } }')
    assert answer["data"]["measures"]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@fact("types are generated from introspection and ask")
def _() -> None:
    types = generated()
    operation = Operation(types.Query)
    revenue = operation.revenue(by=["ARTIST"], period={"last_months": 12}, first=2)
    revenue.nodes.artist()
    revenue.nodes.revenue_usd()
    answer = operation + HTTPEndpoint(SERVER)(operation)
    assert len(answer.revenue.nodes) == 2
    assert all(node.revenue_usd is not None for node in answer.revenue.nodes)


def generated() -> Any:  # noqa: ANN401 - a module that is made here
    """The module that sgqlc makes of the server's schema."""
    schema = FOLDER / "label.json"
    run(sys.executable, "-m", "sgqlc.introspection", SERVER, str(schema))
    run(str(Path(sys.executable).with_name("sgqlc-codegen")), "schema", str(schema), str(FOLDER / "label.py"))
    sys.path.insert(0, str(FOLDER))
    return import_module("label").label


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


for name, holds in FACTS:
    problem = None
    try:
        holds()
    except Exception:  # noqa: BLE001 - whatever it is speaks against the fact
        problem = traceback.format_exc()
    sys.stdout.write(json.dumps({"name": name, "problem": problem}) + "\n")
