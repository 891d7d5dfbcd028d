"""The channels that alerts are told through, as a file says: where they lead, what they are told, and when."""

import base64
import binascii
import datetime as dt
import os
import re
import stat
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx2
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, ValidationError
from pydantic_core import ErrorDetails

from bedrot_graph.delivery import chat
from bedrot_graph.delivery.chat import Chat
from bedrot_graph.delivery.outcome import Carrier
from bedrot_graph.delivery.quiet import Quiet
from bedrot_graph.delivery.webhooks import Hook
from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.errors import SettingsInvalid

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_PREFIX = "whsec_"
_SECRET_BYTES = range(24, 65)
"""What Standard Webhooks asks for."""
MOST_SECRETS = 3
MOST_PORTS = 2**16
LONGEST_ADDRESS = 2000
EXAMPLE_SECRET = "whsec_…"  # noqa: S105 - it is none, which is the point


@dataclass(frozen=True)
class Channel:
    """One way to reach somebody."""

    name: str
    severity: Severity = Severity.WARNING
    """The least that is told."""
    tells_resolved: bool = False
    quiet: Quiet | None = None
    every_seconds: float = 300
    """How far apart messages are, but for what is critical."""
    most_shown: int = 20
    """Of how many alerts a message tells."""
    webhook: str = field(default="", repr=False)
    """Its address; empty where it is none."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    apprise: str = field(default="", repr=False)

    @property
    def form(self) -> str:
        """What is sent through it."""
        return "webhook" if self.webhook else "apprise"

    @property
    def severities(self) -> frozenset[str]:
        """What is told."""
        order = list(Severity)
        return frozenset(order[order.index(self.severity) :])

    def carrier(self) -> Carrier:
        """What sends through it."""
        return Hook(self.webhook, self.secrets) if self.webhook else Chat(self.apprise)


class _Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Hours(_Table):
    start: Annotated[str, Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    end: Annotated[str, Field(alias="to", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    zone: Annotated[str, Field(max_length=64)]
    all: StrictBool = False


class _Said(_Table):
    webhook: SecretStr | None = None
    secret: SecretStr | list[SecretStr] | None = None
    apprise: SecretStr | None = None
    severity: Severity = Severity.WARNING
    resolved: StrictBool = False
    quiet: _Hours | None = None
    every_minutes: Annotated[float, Field(ge=0, le=1440)] = 5
    most_shown: Annotated[int, Field(ge=1, le=200)] = 20


KEYS = ("webhook", "secret", "apprise", "severity", "resolved", "quiet", "every_minutes", "most_shown")
_OF_HOURS = ("from", "to", "zone", "all")
_ADVICE = {
    "severity": "it is INFO, WARNING or CRITICAL",
    "resolved": "it is true or false",
    "quiet": 'it is { from = "22:00", to = "07:00", zone = "Europe/Berlin" }, with \'all = true\' for CRITICAL too',
    "every_minutes": "it is a number of minutes, 0 to 1440",
    "most_shown": "it is a number of alerts, 1 to 200",
    "webhook": "it is an address in quotes",
    "secret": "it is a text in quotes, or a list of such",
    "apprise": "it is an address in quotes",
}


def example() -> str:
    """A file of channels to be copied and changed, with a secret made for it."""
    text = files("bedrot_graph.delivery").joinpath("channels.toml").read_text(encoding="utf-8")
    return text.replace(EXAMPLE_SECRET, _PREFIX + base64.b64encode(os.urandom(32)).decode(), 1)


def read_channels(path: Path) -> tuple[Channel, ...]:
    """The channels of a file, in its order. Raises SettingsInvalid, which names the channel and shows no secret."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise _refused(path, f"which cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at [^)]*\)$", str(error))
        raise _refused(path, f"which is not a TOML file {place[0] if place else ''}".rstrip()) from None
    if not said:
        raise _refused(path, "which names no channel")
    return tuple(_channel(path, number, name, table) for number, (name, table) in enumerate(said.items(), 1))


def is_open_to_others(path: Path) -> bool:
    """Whether others than its owner may read the file, where the system knows."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _channel(path: Path, number: int, name: str, table: object) -> Channel:
    if not isinstance(table, dict):
        raise _refused(path, f"where {name if name in KEYS else 'something'} stands in no table. Begin one with [NAME]")
    if not _NAME.fullmatch(name):  # it may be anything, even an address: it is not shown
        problem = f"whose table number {number} has a name that is none. Use up to 40 letters, digits, '-' and '_'"
        raise _refused(path, problem)
    found = _read(name, table)
    if isinstance(found, str):
        raise _refused(path, f"whose channel '{name}' cannot be used: {found}")
    return found


def _read(name: str, table: dict[str, object]) -> Channel | str:
    """The channel, or what is wrong with it."""
    try:
        said = _Said.model_validate(table)
        return _fault(said) or _made(name, said)
    except ValidationError as error:
        return _explained(error.errors()[0])
    except SettingsInvalid as error:
        return str(error).removesuffix(".")


def _refused(path: Path, problem: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"CHANNELS is '{path}', {problem}. Correct it; 'bedrot-graph alerts channels' prints an example."
    )


def _explained(error: ErrorDetails) -> str:
    place = [str(each) for each in error["loc"]]
    key = place[0]
    if error["type"] == "extra_forbidden":
        known = _OF_HOURS if key == "quiet" else KEYS
        unknown = place[-1]
        if close := get_close_matches(unknown, known, n=1):
            return f"it has a key that is none, where {close[0]} may be meant"
        return f"it has a key that is none. The keys{' of quiet' if key == 'quiet' else ''} are: {', '.join(known)}"
    return f"{key}: {_ADVICE[key]}"


def _fault(said: _Said) -> str:
    """What is wrong with the channel beyond its types; empty where nothing is. Raises SettingsInvalid."""
    if (said.webhook is None) == (said.apprise is None):
        return "it needs either webhook or apprise, which say where it leads"
    secrets = _shown(said.secret)
    fault = _fault_of_webhook(said.webhook.get_secret_value(), secrets) if said.webhook else ""
    fault = fault or (_fault_of_apprise(said.apprise.get_secret_value(), secrets) if said.apprise else "")
    return fault or (_fault_of_hours(said.quiet) if said.quiet else "")


def _fault_of_webhook(url: str, secrets: tuple[str, ...]) -> str:
    try:
        parsed = httpx2.URL(url)
        is_fit = parsed.scheme in {"http", "https"} and bool(re.fullmatch(r"[^\s%]+", parsed.host))
        is_fit = is_fit and (parsed.port is None or 0 < parsed.port < MOST_PORTS) and not parsed.fragment
    except (httpx2.InvalidURL, ValueError):
        is_fit = False
    if not is_fit or len(url) > LONGEST_ADDRESS or not url.isprintable():
        return "webhook: it is no address that can be sent to, such as https://hooks.example/alerts"
    if not 1 <= len(secrets) <= MOST_SECRETS:
        return f"secret: a webhook has one, or up to {MOST_SECRETS} in a list while they are changed"
    if not all(map(_is_secret, secrets)):
        return f"secret: it is {_PREFIX} and then 24 to 64 random bytes in base64; the example has one made anew"
    return ""


def _is_secret(text: str) -> bool:
    try:
        return text.startswith(_PREFIX) and len(base64.b64decode(text[len(_PREFIX) :], validate=True)) in _SECRET_BYTES
    except (binascii.Error, ValueError):
        return False


def _fault_of_apprise(url: str, secrets: tuple[str, ...]) -> str:
    if secrets:
        return "secret: only webhooks have one. Leave it out"
    if len(url) > LONGEST_ADDRESS or not url.isprintable() or not chat.is_address(url):
        return "apprise: it is no address that apprise knows, such as mailtos://user:password@smtp.example"
    return ""


def _fault_of_hours(hours: _Hours) -> str:
    if hours.start == hours.end:
        return "quiet: it begins when it ends. Give two times, or leave it out"
    try:
        ZoneInfo(hours.zone)
    except (KeyError, OSError, ValueError):
        return "quiet: its zone is none. Give one by its place, such as Europe/Berlin, or UTC"
    return ""


def _made(name: str, said: _Said) -> Channel:
    return Channel(
        name=name,
        severity=said.severity,
        tells_resolved=said.resolved,
        quiet=_quiet(said.quiet) if said.quiet else None,
        every_seconds=said.every_minutes * 60,
        most_shown=said.most_shown,
        webhook=said.webhook.get_secret_value() if said.webhook else "",
        secrets=_shown(said.secret),
        apprise=said.apprise.get_secret_value() if said.apprise else "",
    )


def _quiet(hours: _Hours) -> Quiet:
    start, end = (dt.time.fromisoformat(each) for each in (hours.start, hours.end))
    return Quiet(start, end, ZoneInfo(hours.zone), hours.all)


def _shown(said: SecretStr | list[SecretStr] | None) -> tuple[str, ...]:
    """What stands in the file, in clear."""
    listed: Iterable[SecretStr] = said if isinstance(said, list) else [said] if said else []
    return tuple(each.get_secret_value() for each in listed)
