"""The server that clients ask, and the scripts that ask it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.clients.facts import Told, told_by
from tests.clients.installs import node, node_packages
from tests.clients.serving import serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the sample lake, as it is where nothing is set."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder of the scripts, with the packages that they need."""
    return node_packages()


@pytest.fixture(scope="session")
def told(packages: Path, server: str) -> Told:
    """What speaks against the facts of a script, which runs once."""

    @cache
    def run(script: str) -> dict[str, str | None]:
        return told_by([node(), str(packages / f"{script}.mjs"), server])

    return run
