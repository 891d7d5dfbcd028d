"""Where the log goes: readable lines to the console, one JSON object per line to a file for each day."""

import json
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from bedrot_graph.errors import SettingsInvalid

DAYS_KEPT = 7

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is being answered; what is logged meanwhile has it."""
TRACE: ContextVar[str] = ContextVar("trace", default="")
"""The id of the trace that it is a part of, where there is one; likewise."""

_CHATTY = ("watchfiles",)
"""Libraries that tell of each thing they do."""
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
# What every record has, and what is no news: asctime and message are the formatters' own, taskName is Python 3.12's,
# and color_message is uvicorn's text once more, in colours.
_NOT_EXTRA = frozenset(vars(logging.makeLogRecord({}))) | {"asctime", "message", "taskName", "color_message"}
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def configure_logs(level: str, directory: Path, now: Callable[[], datetime] = datetime.now) -> None:
    """Send every log record to the console and to `<directory>/dashboard_YYYY-MM-DD.log`; seven days are kept.

    What is passed as `extra={...}` becomes fields. A second call replaces the first. Start uvicorn with
    `log_config=None`, or it puts handlers of its own beside these.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = _DailyFile(directory, now)
    except OSError as problem:
        message = f"LOG_DIR is '{directory}', and no log can be written there: {problem.strerror}. Name another folder."
        raise SettingsInvalid(message) from None
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _DailyFile | _Console):
            root.removeHandler(handler)
            handler.close()
    root.addHandler(_Console())
    root.addHandler(file)
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def reference() -> str:
    """Under what the log has what is being logged: the request's id, or a new one."""
    return REQUEST.get() or uuid4().hex[:12]


class _Console(logging.StreamHandler[TextIO]):
    """Readable lines on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(_ReadableLine("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))


class _DailyFile(logging.FileHandler):
    """One file for each local day; those older than seven days are removed."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self._directory, self._now = directory.absolute(), now
        self._day = now().date()
        # A lone surrogate (a file name that is not UTF-8) is written as the escape that JSON has for it.
        super().__init__(self._file_of(self._day), encoding="utf-8", errors="backslashreplace")
        self.setFormatter(_JsonLine())
        self._remove_old()

    def emit(self, record: logging.LogRecord) -> None:
        if (today := self._now().date()) != self._day:
            with suppress(OSError):  # better in yesterday's file than lost; the next record tries again
                self._turn_to(today)
        super().emit(record)

    def _file_of(self, day: date) -> Path:
        return self._directory / f"dashboard_{day}.log"

    def _turn_to(self, day: date) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        stream = self._file_of(day).open("a", encoding=self.encoding, errors=self.errors)
        if yesterday := self.setStream(stream):
            yesterday.close()
        self.baseFilename, self._day = stream.name, day
        self._remove_old()

    def _remove_old(self) -> None:
        oldest = self._day - timedelta(days=DAYS_KEPT - 1)
        for file in self._directory.glob("dashboard_*.log"):
            with suppress(ValueError, OSError):  # not a file of ours; or another program holds it open (Windows)
                day = date.fromisoformat(file.stem.removeprefix("dashboard_"))
                if day < oldest and file == self._file_of(day):
                    file.unlink()


class _ReadableLine(logging.Formatter):
    """`12:30:01 INFO    bedrot_graph.lake: snapshot taken files=9`."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the standard library's name
        record.message = _on_one_line(record.message)
        return " ".join((super().formatMessage(record), *(f"{k}={_word(v)}" for k, v in _extras(record).items())))


class _JsonLine(logging.Formatter):
    """`{"time": "2025-09-07T12:30:01.250+02:00", "level": "INFO", "logger": ..., "message": ..., "files": 9}`."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            fields["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = record.stack_info
        for key, value in _extras(record).items():
            fields[f"{key}_" if key in fields else key] = value
        try:
            return json.dumps(fields, ensure_ascii=False, allow_nan=False, default=str)
        except (TypeError, ValueError):  # NaN, a circle, a key that is no text: better as text than lost
            return json.dumps({key: str(value) for key, value in fields.items()}, ensure_ascii=False)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    extras = {key: value for key, value in vars(record).items() if key not in _NOT_EXTRA}
    if request := REQUEST.get():
        extras["request"] = request
    if trace := TRACE.get():
        extras["trace_id"] = trace
    return extras


def _word(value: object) -> str:
    text = str(value)
    return _on_one_line(json.dumps(text, ensure_ascii=False) if re.search(r'[\s"=]|^$', text) else text)


def _on_one_line(text: str) -> str:
    """Without control characters: what a client sends must neither forge a line nor steer the terminal."""
    return _CONTROL_CHARACTER.sub(lambda found: found[0].encode("unicode_escape").decode(), text.rstrip())
