"""A ledger in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bedrot_graph.ledger.file import LedgerFile


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerFile]:
    """A ledger in which nothing has been kept yet."""
    file = LedgerFile(tmp_path / "state")
    yield file
    file.close()
