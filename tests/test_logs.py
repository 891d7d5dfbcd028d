"""Logs: one JSON object per line and day for machines, readable lines for people."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.logs import configure_logs

LOGGER = logging.getLogger("bedrot_graph.lake")
SUNDAY = datetime(2025, 9, 7, 12, 30)  # noqa: DTZ001 -- a local time, as the day of a log file is


@dataclass
class Clock:
    """A clock that tests move by hand."""

    now: datetime = SUNDAY

    def __call__(self) -> datetime:
        return self.now

    def next_day(self) -> None:
        self.now += timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the loggers of the process as they were, and no file open."""
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error", "uvicorn.access")]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        for handler in logger.handlers:
            if handler not in handlers:
                handler.close()
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def records(folder: Path, day: str = "2025-09-07") -> list[dict[str, object]]:
    text = (folder / f"dashboard_{day}.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def messages(folder: Path, day: str = "2025-09-07") -> list[object]:
    return [record["message"] for record in records(folder, day)]


def console(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


# --- the file ---


def test_a_record_is_one_json_object_on_one_line(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("snapshot of %d files", 9)
    (record,) = records(tmp_path)
    time = datetime.fromisoformat(str(record.pop("time")))
    assert time.tzinfo is not None
    assert record == {"level": "INFO", "logger": "bedrot_graph.lake", "message": "snapshot of 9 files"}


def test_extras_become_fields(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("read", extra={"rows": 12, "artist": "Jürgen \u2603", "folder": tmp_path, "files": ["a", "b"]})
    (record,) = records(tmp_path)
    assert [record[key] for key in ("rows", "artist", "folder", "files")] == [
        12,
        "Jürgen \u2603",
        str(tmp_path),
        ["a", "b"],
    ]


def test_an_extra_named_like_a_field_of_ours_hides_neither(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("read", extra={"level": "deep"})
    (record,) = records(tmp_path)
    assert (record["level"], record["level_"]) == ("INFO", "deep")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), {("a", 1): 2}, "\udcff", object, 10**30])
def test_a_value_that_json_does_not_know_loses_no_line(tmp_path: Path, clock: Clock, odd: object) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("read", extra={"odd": odd, "rows": 1})
    assert messages(tmp_path) == ["read"]
    assert "NaN" not in (tmp_path / "dashboard_2025-09-07.log").read_text(encoding="utf-8")


def test_a_secret_stays_one(tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("started", extra={"admin_token": SecretStr("correct-horse")})
    assert records(tmp_path)[0]["admin_token"] == "**********"
    assert "correct-horse" not in console(capsys)


def test_an_exception_is_logged_whole(tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", tmp_path, clock)
    try:
        try:
            int("eighty")
        except ValueError as cause:
            message = "no port"
            raise RuntimeError(message) from cause
    except RuntimeError:
        LOGGER.exception("the server cannot start", extra={"id": "a1"})
    (record,) = records(tmp_path)
    assert (record["message"], record["level"], record["id"]) == ("the server cannot start", "ERROR", "a1")
    for text in (str(record["exception"]), console(capsys)):
        assert "ValueError: invalid literal for int() with base 10: 'eighty'" in text
        assert "The above exception was the direct cause" in text
        assert text.rstrip().endswith("RuntimeError: no port")
        assert "test_logs.py" in text


def test_no_exception_is_no_field(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.error("odd", exc_info=True)  # noqa: LOG014 -- the point
    assert "exception" not in records(tmp_path)[0]


def test_a_level_leaves_out_those_below_it(tmp_path: Path, clock: Clock) -> None:
    configure_logs("WARNING", tmp_path, clock)
    LOGGER.info("left out")
    LOGGER.warning("said")
    assert messages(tmp_path) == ["said"]


def test_the_folder_is_made_where_it_is_missing(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path / "state/logs", clock)
    LOGGER.info("read")
    assert messages(tmp_path / "state/logs") == ["read"]


def test_a_second_start_on_the_same_day_goes_on_in_the_same_file(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("first")
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("second")
    assert messages(tmp_path) == ["first", "second"]


# --- days ---


def test_each_day_has_a_file_of_its_own(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("on Sunday")
    clock.next_day()
    LOGGER.info("on Monday")
    LOGGER.info("later on Monday")
    assert messages(tmp_path, "2025-09-07") == ["on Sunday"]
    assert messages(tmp_path, "2025-09-08") == ["on Monday", "later on Monday"]


def test_seven_days_are_kept_while_running(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    for _ in range(10):
        LOGGER.info("a day")
        clock.next_day()
    # written on the 7th to the 16th: the 10th to the 16th are seven
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"dashboard_2025-09-{day}.log" for day in range(10, 17)]


def test_at_the_start_older_days_are_removed_and_no_other_file(tmp_path: Path, clock: Clock) -> None:
    removed = ["dashboard_2025-08-31.log", "dashboard_2024-12-31.log"]
    kept = [
        "dashboard_2025-09-01.log",
        "dashboard_2025-09-08.log",
        "dashboard_20240101.log",
        "dashboard_notes.log",
        "dashboard_2024-01-01.log.gz",
        "dashboard_2024-01-01.txt",
        "other_2024-01-01.log",
        "2024-01-01.log",
    ]
    for name in removed + kept:
        (tmp_path / name).write_text("")
    (tmp_path / "dashboard_2024-02-02.log").mkdir()
    configure_logs("INFO", tmp_path, clock)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {*kept, "dashboard_2025-09-07.log", "dashboard_2024-02-02.log"}


def test_a_new_day_whose_file_cannot_be_opened_loses_no_line(tmp_path: Path, clock: Clock) -> None:
    configure_logs("INFO", tmp_path, clock)
    obstacle = tmp_path / "dashboard_2025-09-08.log"
    obstacle.mkdir()
    clock.next_day()
    LOGGER.info("in Sunday's file")
    obstacle.rmdir()
    LOGGER.info("in Monday's")
    assert messages(tmp_path, "2025-09-07") == ["in Sunday's file"]
    assert messages(tmp_path, "2025-09-08") == ["in Monday's"]


# --- the console ---


def test_a_line_on_the_console_is_readable(tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.warning("rows rejected", extra={"rows": 3, "file": "two words.csv", "reason": "", "why": 'say "x=1"'})
    line = console(capsys)
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d WARNING bedrot_graph\.lake: rows rejected "
        r'rows=3 file="two words\.csv" reason="" why="say \\"x=1\\""\n',
        line,
    )


@pytest.mark.parametrize("sent", ["x\n12:00:00 ERROR   forged: line", "\x1b[2Jgone", "a\r\nb"])
def test_what_a_client_sends_neither_forges_a_line_nor_steers_the_terminal(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str], sent: str
) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("unknown artist %s", sent, extra={"artist": sent})
    shown = console(capsys)
    assert shown.count("\n") == 1
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert records(tmp_path)[0]["artist"] == sent


def test_a_second_call_replaces_the_first(tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", tmp_path / "one", clock)
    configure_logs("DEBUG", tmp_path / "two", clock)
    LOGGER.debug("once")
    assert messages(tmp_path / "one") == []
    assert messages(tmp_path / "two") == ["once"]
    assert console(capsys).count("once") == 1


def test_handlers_of_others_stay(tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    configure_logs("INFO", tmp_path, clock)
    LOGGER.info("seen")
    assert "seen" in caplog.messages


# --- uvicorn ---


def access(path: str) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "127.0.0.1:5000", "GET", path, "1.1", 200
    )  # as uvicorn does


def test_uvicorns_lines_come_once_and_in_our_form(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("INFO", tmp_path, clock)
    colours = {"color_message": "\x1b[1mStarted\x1b[0m"}
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7, extra=colours)
    access("/health/live")
    assert [(record["logger"], record["message"]) for record in records(tmp_path)] == [
        ("uvicorn.error", "Started server process [7]"),
        ("uvicorn.access", '127.0.0.1:5000 - "GET /health/live HTTP/1.1" 200'),
    ]
    assert "color_message" not in records(tmp_path)[0]
    assert console(capsys).count("\n") == 2


def test_uvicorns_own_handlers_give_way(tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    import uvicorn  # noqa: PLC0415 -- its import is slow, and one test needs it

    uvicorn.Config(app="none:app")  # installs its handlers, as `uvicorn none:app` would
    configure_logs("INFO", tmp_path, clock)
    uvicorn.Config(app="none:app", log_config=None)  # as our server is started
    access("/")
    assert len(records(tmp_path)) == 1
    assert console(capsys).count("GET /") == 1


# --- a folder that cannot be used ---


def a_file_in_its_place(folder: Path) -> Path:
    (folder / "logs").write_text("")
    return folder / "logs"


def a_file_above_it(folder: Path) -> Path:
    return a_file_in_its_place(folder) / "below"


def a_folder_named_like_the_file(folder: Path) -> Path:
    (folder / "dashboard_2025-09-07.log").mkdir()
    return folder


@pytest.mark.parametrize("obstacle", [a_file_in_its_place, a_file_above_it, a_folder_named_like_the_file])
def test_a_folder_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, clock: Clock, obstacle: Callable[[Path], Path]
) -> None:
    directory = obstacle(tmp_path)
    handlers = logging.getLogger().handlers[:]
    with pytest.raises(SettingsInvalid) as refused:
        configure_logs("INFO", directory, clock)
    message = str(refused.value)
    assert message.startswith(f"LOG_DIR is '{directory}', and no log can be written there: ")
    assert message.endswith(". Name another folder.")
    assert "\n" not in message
    assert logging.getLogger().handlers == handlers


def test_logging_is_cheap_to_import() -> None:
    code = "import sys, bedrot_graph.logs; print(sorted({'pydantic', 'polars', 'uvicorn'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
