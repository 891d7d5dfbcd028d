"""Several workers behind one socket, as the command line starts them."""

import http.client
import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from bedrot_graph.settings import Settings
from bedrot_graph.workers import Crew
from tests.crews import Asked, command_of, crew, eventually
from tests.house.test_questions import QUESTIONS, VARIABLES
from tests.lakes import SAMPLE_LAKE, day, write_lake
from tests.processes import free_port, serving
from tests.redises import redis_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="The tests find the workers in Linux's /proc.")

STREAMS = "{ streams { total { totalStreams } } }"
RELOAD = "mutation { reload { version } }"


@pytest.fixture(scope="module")
def sample_crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with crew(SAMPLE_LAKE, LOG_DIR=str(tmp_path_factory.mktemp("logs"))) as asked:
        yield asked


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A server of one process over the same lake."""
    port, logs = free_port(), str(tmp_path_factory.mktemp("logs"))
    with serving(port, "--curated", SAMPLE_LAKE, LOG_LEVEL="WARNING", LOG_DIR=logs) as process:
        asked = Asked(port, process)
        assert eventually(lambda: asked.ask("{ __typename }"))
        yield asked


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=[day("2025-09-01", "distrokid", 10, 1)])


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_every_worker_says_what_one_process_says(path: Path, sample_crew: Asked, alone: Asked) -> None:
    text, variables = path.read_text(encoding="utf-8"), VARIABLES.get(path.stem)
    expected = alone.ask(text, variables)
    assert [sample_crew.of(worker, text, variables) for worker in sample_crew.meet()] == [expected, expected]


def test_what_the_workers_count_is_added_up_also_of_those_that_have_died(lake: Path) -> None:
    with crew(lake) as asked:  # of its own: what is asked while a snapshot is taken is looked for in no memory

        def is_whole() -> bool:
            asked.meet()
            found = asked.told('bedrot_graph_cache_hits_total{level="responses"}')
            missed = asked.told('bedrot_graph_cache_misses_total{level="responses"}')
            return [sum(each) for each in zip(found, missed, strict=True)] == [asked.answered] * 2

        asked.of_all("{ streams { totalCount } }")
        asked.of_all("{ streams { totalCount } }")
        assert eventually(is_whole)
        os.kill(asked.workers[0], signal.SIGKILL)
        assert eventually(is_whole)


def test_a_reload_by_one_worker_is_seen_by_the_other_and_one_that_is_killed_takes_nothing_with_it(lake: Path) -> None:
    with crew(lake) as asked:
        one, other = asked.meet()
        assert [each["data"]["streams"]["total"] for each in asked.of_all(STREAMS)] == [{"totalStreams": 11}] * 2
        write_lake(lake, streams=[day("2025-09-01", "distrokid", 500, 1)])
        asked.of(one, RELOAD)
        assert asked.of(other, STREAMS)["data"]["streams"]["total"] == {"totalStreams": 501}

        before = asked.workers
        os.kill(before[0], signal.SIGKILL)
        for _ in range(20):
            # Who is refused was taken on by the one that has died; the next attempt is answered.
            assert eventually(lambda: asked.ask(STREAMS)["data"]["streams"]["total"] == {"totalStreams": 501})
        assert eventually(asked.meet)
        after = asked.workers
        assert (len(after), len({*before, *after})) == (2, 3)

        asked.leave()
        asked.process.send_signal(signal.SIGINT)
        _, err = asked.process.communicate(timeout=30)
        assert asked.process.returncode == 0
        assert not any(command_of(str(each)) for each in after)
    assert err.count("worker ended") == 1
    assert "Traceback" not in err


def test_redis_and_a_worker_die_in_mid_load_and_no_answer_is_wrong_late_or_lost(tmp_path: Path, lake: Path) -> None:
    answered: list[tuple[object, float]] = []
    is_over = Event()

    def go_on_asking(number: int) -> None:
        for count in itertools.count():
            if is_over.is_set():
                return
            begun, answer = time.monotonic(), None
            question = f"{{ streams {{ total {{ of{number}: totalStreams of{count % 50}x: totalStreams }} }} }}"
            while answer is None:
                try:
                    answer = asked.ask(question)
                except (OSError, http.client.HTTPException):  # of the worker that was killed
                    refused.append(begun)
            answered.append((answer["data"]["streams"]["total"].get(f"of{number}"), time.monotonic() - begun))

    refused: list[float] = []
    with redis_in(tmp_path) as redis, crew(lake, REDIS_URL=redis.url) as asked:
        one, other = asked.meet()
        numbers = itertools.count()

        def is_shared() -> bool:
            question = f"{{ streams {{ total {{ as{next(numbers)}: totalStreams }} }} }}"
            assert asked.of(one, question) == asked.of(other, question)
            return min(asked.told("bedrot_graph_shared_hits_total")) >= 1

        assert eventually(is_shared)
        with ThreadPoolExecutor() as askers:
            asking = [askers.submit(go_on_asking, number) for number in range(3)]
            try:
                for happens in (redis.kill, redis.start, redis.freeze, redis.thaw):
                    time.sleep(0.5)
                    happens()
                os.kill(asked.workers[0], signal.SIGKILL)
                time.sleep(1)
            finally:
                is_over.set()
            for each in asking:
                each.result()
        assert eventually(asked.meet)
        assert eventually(lambda: set(asked.told("bedrot_graph_redis_reached")) == {2})
        asked.leave()
        asked.process.send_signal(signal.SIGTERM)
        _, err = asked.process.communicate(timeout=30)
    assert {total for total, _ in answered} == {11}
    assert max(seconds for _, seconds in answered) < 10
    assert len(refused) <= 3  # one of each who asks at most: what the killed one was answering
    assert err.count("Redis does not answer") <= 4  # twice by each worker, not once for each request
    assert "Traceback" not in err


def test_workers_that_cannot_start_are_given_up(tmp_path: Path, lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    goals = tmp_path / "goals.toml"
    goals.write_text("", encoding="utf-8")
    settings = Settings(curated_data_path=lake, goals=goals, workers=2, log_dir=tmp_path / "logs")
    goals.unlink()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not Crew(settings, listener).run()
    assert "worker ended" in caplog.text


def test_workers_whose_server_is_killed_stop(sample_crew: Asked) -> None:
    """The last one here, as nobody can ask the server afterwards."""
    workers = sample_crew.workers
    sample_crew.leave()
    sample_crew.process.kill()
    sample_crew.process.wait(30)
    assert eventually(lambda: not any(command_of(str(each)) for each in workers))
