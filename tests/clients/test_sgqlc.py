"""sgqlc, a client of Python that makes types of the schema."""

from pathlib import Path

import pytest

from tests.clients.facts import facts_in, told_by
from tests.clients.installs import HERE, python

SCRIPT = HERE / "asked_with_sgqlc.py"
FACTS = facts_in(SCRIPT)


@pytest.fixture(scope="module")
def found(server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """What speaks against each fact."""
    folder: Path = tmp_path_factory.mktemp("generated")
    return told_by([str(python()), str(SCRIPT), server, str(folder)])


@pytest.mark.parametrize("fact", FACTS)
def test_of_sgqlc_it_is_true_that(fact: str, found: dict[str, str | None]) -> None:
    assert found[fact] is None, found[fact]


def test_sgqlc_tells_the_facts_that_are_asked_for(found: dict[str, str | None]) -> None:
    assert set(found) == set(FACTS)
