"""The lake is read while the rest of the program is loaded."""

import gc
import threading
from pathlib import Path

import pytest

from bedrot_graph import serving
from bedrot_graph.lake.loading import MayRead
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Progress, Zone
from bedrot_graph.opening import begin_reading, zone_of
from bedrot_graph.settings import Settings
from tests.lakes import TODAY, day, write_lake


class WatchedZone(Zone):
    """A zone that says when it has been taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, today=lambda: TODAY)
        self.is_taken = threading.Event()
        self.thread = 0

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        self.thread = threading.get_ident()
        try:
            return super().take(progress, may_read)
        finally:
            self.is_taken.set()


class BrokenZone(WatchedZone):
    """A zone that cannot be taken."""

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        super().take(progress, may_read)
        raise MemoryError


def test_the_lake_is_read_beside_what_is_done_meanwhile(tmp_path: Path) -> None:
    zone = WatchedZone(write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)]))
    begin_reading(zone)
    assert zone.is_taken.wait(5)
    assert zone.thread != threading.get_ident()
    assert zone.take().tables["daily_streams"].rows.height == 1


def test_a_lake_that_cannot_be_read_is_no_complaint_until_it_is_needed(tmp_path: Path) -> None:
    zone = BrokenZone(tmp_path)
    begin_reading(zone)  # pytest would complain of a thread that fails
    assert zone.is_taken.wait(5)
    with pytest.raises(MemoryError):
        zone.take()


def test_garbage_is_looked_for_again_afterwards_but_not_in_what_was_loaded() -> None:
    with serving.loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count()
    gc.unfreeze()


def test_the_zone_is_the_one_that_the_settings_name(tmp_path: Path) -> None:
    assert zone_of(Settings(curated_data_path=tmp_path)).folder == tmp_path
