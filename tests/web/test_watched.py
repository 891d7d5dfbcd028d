"""A server answers from files that have changed, and nobody has to ask for a reload."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from bedrot_graph.app import app_of
from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.lake.loading import MayRead
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Progress, Zone
from bedrot_graph.settings import Settings, Watched
from tests.crews import Asked, crew, eventually
from tests.lakes import SAMPLE_LAKE, STREAMS_FILE, TODAY, day, write_lake
from tests.processes import free_port
from tests.processes import serving as process_of
from tests.redises import redis_in
from tests.web.serving import serving

STREAMS = "{ streams { total { totalStreams } } }"
RELOAD = "mutation { reload { version } }"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=[day("2025-09-01", "distrokid", 10, 1)])


class CountedZone(Zone):
    """A zone that counts how often it is taken, and by which threads."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, today=lambda: TODAY)
        self.threads: list[int] = []

    def take(self, progress: Progress | None = None, may_read: MayRead | None = None) -> Snapshot:
        self.threads.append(threading.get_ident())
        return super().take(progress, may_read)


class Server:
    """A server with its parts, in a thread of this process."""

    def __init__(self, url: str, parts: Parts, zone: CountedZone) -> None:
        self.url, self.parts, self.zone = url, parts, zone

    def ask(self, question: str) -> dict[str, Any]:
        sent = json.dumps({"query": question}).encode()
        asked = Request(f"{self.url}/graphql", sent, {"content-type": "application/json"})
        with urlopen(asked, timeout=60) as response:
            answer: dict[str, Any] = json.loads(response.read())["data"]
        return answer

    def shows(self, streams: int) -> bool:
        return eventually(lambda: (self.ask(STREAMS)["streams"] or {}).get("total") == {"totalStreams": streams})

    @property
    def shown(self) -> int | None:
        """What its snapshot shows, without asking it."""
        snapshot = self.parts.current._snapshot
        table = snapshot.tables.get("daily_streams") if snapshot else None
        return int(table.rows["spotify_streams"].sum()) if table else None


@contextmanager
def served(lake: Path, **settings: object) -> Iterator[Server]:
    chosen = Settings.model_validate({"curated_data_path": lake, **settings})
    zone = CountedZone(lake)
    parts = assemble(chosen, lambda: TODAY, zone)
    with serving(app_of(parts, chosen), chosen) as server:
        yield Server(server.url, parts, zone)


@pytest.mark.parametrize("watch", [Watched.AUTO, Watched.POLLING])
def test_a_changed_file_is_answered_from_without_a_reload(watch: Watched, lake: Path) -> None:
    with served(lake, watch=watch) as server:
        assert server.shows(11)
        write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
        assert server.shows(501)
        (lake / STREAMS_FILE).unlink()
        assert eventually(lambda: server.ask(STREAMS)["streams"] is None)
        write_lake(lake, streams=[day("2025-09-01", "distrokid", 600, 1)])
        assert server.shows(601)


def test_where_it_is_not_watched_a_changed_file_waits_for_a_reload(lake: Path) -> None:
    with served(lake, watch="off") as server:
        assert server.shows(11)
        write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
        time.sleep(4)
        assert server.shows(11)
        server.ask(RELOAD)
        assert server.shows(501)


def test_where_nothing_is_remembered_every_question_is_of_the_files_as_they_are(lake: Path) -> None:
    with served(lake, cache_ttl=0) as server:
        for spotify in range(20):
            write_lake(lake, streams=[day("2025-09-01", "distrokid", spotify, 1)])
            assert server.ask(STREAMS)["streams"]["total"] == {"totalStreams": spotify + 1}


def test_files_are_read_off_the_loop_and_only_when_they_have_changed(lake: Path) -> None:
    with served(lake) as server:
        time.sleep(3)
        taken = len(server.zone.threads)
        write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
        assert eventually(lambda: server.shown == 500)
        assert len(server.zone.threads) <= taken + 2
        loop = next(each.ident for each in threading.enumerate() if "run" in each.name)
        assert loop not in server.zone.threads


def test_what_another_machine_has_seen_is_looked_for_without_a_request_and_they_need_not_agree(
    tmp_path: Path, lake: Path
) -> None:
    (tmp_path / "other").mkdir()
    other_lake = write_lake(tmp_path / "other", streams=[day("2025-09-01", "distrokid", 20, 1)])
    with redis_in(tmp_path) as redis:
        settings = {"redis_url": redis.url, "watch": "off"}
        with served(lake, **settings) as one, served(lake, **settings) as same, served(other_lake, **settings) as other:
            for usd in (500, 600):
                write_lake(lake, streams=[day("2025-09-01", "distrokid", usd, 1)])
                one.ask(RELOAD)
                assert eventually(lambda usd=usd: same.shown == usd)  # type: ignore[misc]
            time.sleep(3)
            begun = [len(each.zone.threads) for each in (one, same, other)]
            time.sleep(3)
            assert [len(each.zone.threads) for each in (one, same, other)] == begun
            assert (one.shown, same.shown, other.shown) == (600, 600, 20)


def test_machines_that_watch_different_files_leave_each_other_alone(tmp_path: Path, lake: Path) -> None:
    (tmp_path / "other").mkdir()
    other_lake = write_lake(tmp_path / "other", streams=[day("2025-09-01", "distrokid", 20, 1)])
    with (
        redis_in(tmp_path) as redis,
        served(lake, redis_url=redis.url) as one,
        served(other_lake, redis_url=redis.url) as other,
    ):
        write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
        write_lake(other_lake, streams=[day("2025-09-01", "distrokid", 700, 1)])
        assert eventually(lambda: (one.shown, other.shown) == (500, 700))
        time.sleep(3)
        begun = [len(each.zone.threads) for each in (one, other)]
        time.sleep(4)
        assert [len(each.zone.threads) for each in (one, other)] == begun


# ── as the command line starts it ──


def totals(asked: Asked) -> list[int]:
    return [each["data"]["streams"]["total"]["totalStreams"] for each in asked.of_all(STREAMS)]


@pytest.mark.skipif(sys.platform != "linux", reason="The tests find the workers in Linux's /proc.")
@pytest.mark.parametrize("watch", ["auto", "polling"])
def test_every_worker_answers_from_a_changed_file(watch: str, lake: Path, tmp_path: Path) -> None:
    with crew(lake, WATCH=watch, LOG_DIR=str(tmp_path / "logs")) as asked:
        asked.meet()
        assert totals(asked) == [11, 11]
        for spotify in (500, 600):
            write_lake(lake, streams=[day("2025-09-01", "distrokid", spotify, 1)])
            assert eventually(lambda total=spotify + 1: totals(asked) == [total, total])  # type: ignore[misc]
        asked.leave()
        asked.process.send_signal(signal.SIGTERM)
        _, err = asked.process.communicate(timeout=30)
    assert not err


def test_the_sample_lake_is_watched_and_a_server_that_is_told_to_stop_stops(tmp_path: Path) -> None:
    port = free_port()
    settings = {"LOG_LEVEL": "WARNING", "LOG_DIR": str(tmp_path / "logs")}
    with process_of(port, "--curated", SAMPLE_LAKE, **settings) as process:
        asked = Asked(port, process)
        assert eventually(lambda: asked.ask("{ __typename }"), seconds=60)
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert time.monotonic() - begun < 10
    assert not err


LIMITED = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"'


@pytest.mark.skipif(not shutil.which("unshare"), reason="The limits are those of a namespace of its own.")
def test_a_server_starts_where_nothing_tells_of_changes(lake: Path, tmp_path: Path) -> None:
    """The others of this machine keep what they have: the limit is one of a namespace."""
    namespace = ["unshare", "--user", "--map-root-user", "sh", "-c", LIMITED, "sh"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("Here nobody may make a namespace.")
    port = free_port()
    command = [*namespace, sys.executable, "-m", "bedrot_graph", "serve", "--curated", str(lake), "--port", str(port)]
    environment = os.environ | {"LOG_DIR": str(tmp_path / "logs"), "LOG_LEVEL": "WARNING"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        asked = Asked(port, process)
        try:
            assert eventually(lambda: asked.ask("{ __typename }"), seconds=60)
            write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
            total = {"totalStreams": 501}
            assert eventually(lambda: asked.ask(STREAMS)["data"]["streams"]["total"] == total)
        finally:
            process.terminate()
            _, err = process.communicate(timeout=30)
    assert err.count("WARNING") == err.count("does not tell of changes") == 1
