"""What tests of deliveries share."""

import logging
from collections.abc import Iterator

import pytest


class Log(logging.Handler):
    """What reaches the root of all logs, where ours is written."""

    def __init__(self) -> None:
        super().__init__(0)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep all that a log could show."""
        self.text += f"{record.getMessage()} {vars(record)}\n"


@pytest.fixture
def log() -> Iterator[Log]:
    """The log at its most talkative."""
    root, handler = logging.getLogger(), Log()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)
