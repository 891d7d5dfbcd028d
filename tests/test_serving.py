"""A server, loaded, as one process or as one of several workers."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedrot_graph.serving import Seat, load
from bedrot_graph.settings import Settings
from tests.lakes import day, write_lake


class Register:
    """What workers share."""

    value = 0


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    lake = write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    yield Settings(curated_data_path=lake, copies_dir=tmp_path / "copies")
    gc.unfreeze()


def test_one_of_several_workers_makes_copies_and_the_others_read_them(settings: Settings, tmp_path: Path) -> None:
    first, second = (load(settings, Seat(number, Register(), tmp_path)).parts.zone for number in (0, 1))
    assert first.copyist
    assert second.copyist is None
    assert load(settings).parts.zone.copyist


async def test_what_one_worker_has_seen_is_known_to_the_other(settings: Settings, tmp_path: Path) -> None:
    register = Register()
    one, other = (load(settings, Seat(number, register, tmp_path)).parts.current for number in (0, 1))
    for each in (one, other):
        await each.get()
    write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 500, 1)])
    await one.reload()
    assert other.held() is None


def test_a_server_loads_nothing_that_only_some_clients_need(tmp_path: Path) -> None:
    lake = write_lake(tmp_path, streams=[day("2025-09-01", "distrokid", 10, 1)])
    code = f"""
import sys
from pathlib import Path
from bedrot_graph.serving import load
from bedrot_graph.settings import Settings
load(Settings(curated_data_path=Path({str(lake)!r}), copies_dir=Path({str(tmp_path / "copies")!r})))
print({{"anyio._backends._asyncio", "brotli", "jinja2", "websockets", "zstandard"}} & set(sys.modules))
"""
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout == "set()\n"
