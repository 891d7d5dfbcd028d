"""The schema, as the linter graphql-schema-linter sees it."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients.installs import node
from tests.house.docs import ROOT

SCHEMA = ROOT / "schema.graphql"
RULES = (
    "arguments-have-descriptions",
    "defined-types-are-used",
    "deprecations-have-a-reason",
    "descriptions-are-capitalized",
    "enum-values-all-caps",
    "enum-values-have-descriptions",
    "fields-are-camel-cased",
    "fields-have-descriptions",
    "input-object-values-are-camel-cased",
    "input-object-values-have-descriptions",
    "relay-connection-arguments-spec",
    "relay-connection-types-spec",
    "relay-page-info-spec",
    "types-are-capitalized",
    "types-have-descriptions",
)
"""All but those that want fields and values in the order of the alphabet: theirs is the order of reading."""


@pytest.fixture(scope="module")
def found(packages: Path) -> dict[str, list[str]]:
    """What the linter does not like, by its rules."""
    linter = packages / "node_modules" / "graphql-schema-linter" / "lib" / "cli.js"
    command = [node(), str(linter), "--format", "json", "--rules", ",".join(RULES), str(SCHEMA)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode in {0, 1}, done.stderr
    errors = json.loads(done.stdout)["errors"]
    assert {error["rule"] for error in errors} <= set(RULES)
    return {rule: [error["message"] for error in errors if error["rule"] == rule] for rule in RULES}


@pytest.mark.parametrize("rule", RULES)
def test_the_schema_follows_a_rule(rule: str, found: dict[str, list[str]]) -> None:
    assert found[rule] == []


def test_nothing_deprecated_is_left_over() -> None:
    assert "@deprecated" not in SCHEMA.read_text(encoding="utf-8")
