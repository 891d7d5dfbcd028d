"""What can be set from outside: where each value may come from, which place wins, and what is refused."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, get_args

from dotenv.parser import parse_stream
from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bedrot_graph.errors import SettingsInvalid

CONTEXT_FILE = ".env.context"
FILES = (CONTEXT_FILE, ".env.secrets", ".env.secrets.local")  # a later one wins


class LogLevel(StrEnum):
    """How much is logged; each level includes those below it."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _located(path: Path, info: ValidationInfo, fits: Callable[[Path], bool], otherwise: str) -> Path:
    """The absolute path; a relative one starts at PROJECT_ROOT, and that one at the current directory."""
    start: Path = info.data.get("project_root", Path())
    try:
        located = (start / path.expanduser()).resolve()
        is_fit = fits(located)
    except (OSError, RuntimeError) as problem:  # RuntimeError: a '~' nobody has, or links that run in a circle
        message = f"the path cannot be followed: {str(problem).rstrip('.')}. Name another"
        raise ValueError(message) from None
    if not is_fit:
        raise ValueError(otherwise.format(_shown(located)))
    return located


def _path(fits: Callable[[Path], bool], otherwise: str) -> AfterValidator:
    return AfterValidator(partial(_located, fits=fits, otherwise=otherwise))


Folder = Annotated[
    Path,
    _path(
        lambda path: path.is_dir() and os.access(path, os.R_OK | os.X_OK),
        otherwise="there is no folder {} that can be read. Create it, or name another",
    ),
]
File = Annotated[
    Path,
    _path(
        lambda path: path.is_file() and os.access(path, os.R_OK),
        otherwise="there is no file {} that can be read. Create it, or name another",
    ),
]
FolderToBe = Annotated[
    Path,
    _path(
        lambda path: path.is_dir() or not path.exists(),
        otherwise="{} is not a folder. Name a folder; it is made where it is missing",
    ),
]


def _logs_of_the_user() -> Path:
    try:
        return user_state_path("bedrot-graph", appauthor=False) / "logs"
    except RuntimeError:  # a user without a home, as containers have them; refused, in words, if LOG_DIR is not set
        return Path("~")


class Settings(BaseSettings):
    """The settings of one run: read once, frozen, and handed down as plain values."""

    # The order matters: a validator sees the fields above its own.
    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    project_root: Folder = Field(
        default=Path(),
        description="The folder where every relative path starts; '.' in a file is the file's own folder.",
    )
    data_lake_path: Folder | None = Field(
        default=None,
        description="Your data lake. Read are its folder '4_curated', else 'curated', else the files in it; "
        "'1_landing' and '5_archive' never are. Empty: the sample lake that comes with the program.",
    )
    curated_data_path: Folder | None = Field(
        default=None,
        description="The folder of curated files itself, if it lies elsewhere. It wins over DATA_LAKE_PATH.",
    )
    artist_aliases: File | None = Field(
        default=None,
        description="A TOML file that says which spellings mean the same artist, for those the program cannot guess.",
    )
    backend_host: str = Field(
        default="127.0.0.1",
        description="The address the server listens on. 127.0.0.1 is this machine only; 0.0.0.0 is every network.",
    )
    backend_port: int = Field(default=8000, ge=1, le=65535, description="The port the server listens on, 1 to 65535.")
    cache_ttl: NonNegativeInt = Field(
        default=300,
        description="For how many seconds an answer is remembered, and a changed file may go unnoticed. "
        "0 remembers nothing.",
    )
    cache_max_entries: PositiveInt = Field(default=1000, description="How many answers are remembered at most.")
    cache_max_mb: PositiveInt = Field(
        default=256, description="How much memory the remembered answers may take at most, in megabytes."
    )
    max_page_size: PositiveInt = Field(default=1000, description="The most rows one page of a question may ask for.")
    max_lines_page_size: PositiveInt = Field(
        default=10000, description="The most it may ask for of statement lines, or of the rows of a dataset."
    )
    page_size: PositiveInt = Field(default=100, description="How many rows a page has when a question does not say.")
    max_query_tokens: PositiveInt = Field(
        default=1000, description="How long a question may be, in words and signs (tokens) of GraphQL."
    )
    max_body_kb: PositiveInt = Field(default=1024, description="How large the body of a request may be, in kilobytes.")
    max_concurrent_answers: PositiveInt = Field(
        default=2, description="How many answers are computed at once. Each one already uses every processor core."
    )
    log_level: Annotated[LogLevel, BeforeValidator(lambda text: str(text).upper())] = Field(
        default=LogLevel.INFO, description="How much is logged: DEBUG, INFO, WARNING or ERROR."
    )
    log_dir: FolderToBe = Field(
        default_factory=_logs_of_the_user,
        description="The folder of the log files, made where it is missing. "
        "Empty: the folder 'logs' in your user's state directory.",
    )
    secrets_dir: Folder | None = Field(
        default=None,
        description="A folder with one file per secret, named like its key, as Docker and Kubernetes provide it.",
    )
    admin_token: SecretStr | None = Field(
        default=None,
        description="When set, every mutation must send it as its bearer token. Empty: mutations are open.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 -- the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what is passed in: `load_settings` gathers, so that an error can say where a value was set."""
        return (init_settings,)

    @field_validator("backend_host")
    @classmethod
    def _is_an_address(cls, host: str) -> str:
        try:
            ip_address(host)
        except ValueError:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", host) or host.replace(".", "").isdigit():
                message = (
                    "it is not an address. Give a host name or an IP address, without 'http://' and without a port"
                )
                raise ValueError(message) from None
        return host

    @field_validator("page_size")
    @classmethod
    def _is_within_the_limits(cls, size: int, info: ValidationInfo) -> int:
        for key in ("max_page_size", "max_lines_page_size"):
            limit = info.data.get(key, size)
            if size > limit:
                message = f"it is above {key.upper()}, which is {limit}. Lower the one, or raise the other"
                raise ValueError(message)
        return size

    @field_validator("admin_token")
    @classmethod
    def _fits_into_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not re.fullmatch(r"[!-~]+", token.get_secret_value()):
            message = "an HTTP header cannot carry it. Use ASCII letters, digits and punctuation, without spaces"
            raise ValueError(message)
        return token

    def origin(self, name: str) -> str:
        """Where a setting was set, in words."""
        return self._origins.get(name, "its default")


SECRETS = frozenset(name for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation))


def load_settings(**overrides: object) -> Settings:
    """Gather the settings from every place they may come from, or say in one line what is wrong.

    Overrides (the flags of the command line; None is a flag not given) win over the environment, that over the
    secrets directory, that over `.env.secrets.local`, `.env.secrets` and `.env.context`, and these over the defaults.
    """
    direct = _given(EnvSettingsSource(Settings)(), "the environment") | _given(overrides, "the command line")
    folder = _expanded(direct["project_root"].value) if "project_root" in direct else Path()
    files: dict[str, _Given] = {}
    if os.access(folder, os.R_OK | os.X_OK):  # if not, PROJECT_ROOT is refused below
        for name in FILES:
            files |= _from_file(folder / name)
    settings = _validated(files | direct)
    if settings.secrets_dir:
        settings = _validated(files | _from_secrets_directory(settings.secrets_dir) | direct)
    return settings


def curated_folder(settings: Settings, holds_known_file: Callable[[Path], bool]) -> Path | None:
    """The folder the datasets are read from; None where the user named no lake."""
    lake = settings.data_lake_path
    if settings.curated_data_path or not lake:
        return settings.curated_data_path
    for folder in (lake / "4_curated", lake / "curated"):
        if folder.is_dir():
            return folder
    if holds_known_file(lake):
        return lake
    message = (
        f"DATA_LAKE_PATH is {_shown(lake)} ({settings.origin('data_lake_path')}): it has no folder '4_curated' or "
        "'curated', and no file of a known dataset. Name the folder of the lake, or set CURATED_DATA_PATH."
    )
    raise SettingsInvalid(message)


@dataclass(frozen=True)
class _Given:
    """A value that somebody set, and where."""

    value: object
    origin: str


def _given(values: Mapping[str, object], origin: str) -> dict[str, _Given]:
    """Only what is really set: empty text is not. A secret is wrapped here, so that no message can show it."""
    given: dict[str, _Given] = {}
    for key, value in values.items():
        name = _known(key, origin)
        bare = value.strip() if isinstance(value, str) else value
        if bare not in (None, ""):
            given[name] = _Given(SecretStr(str(bare)) if name in SECRETS else bare, origin)
    return given


def _known(key: str, origin: str) -> str:
    if (name := key.lower()) in Settings.model_fields:
        return name
    if not re.fullmatch(r"[A-Za-z_]+", key):
        raise _not_a_setting(origin)  # the "key" may be the tail of a secret: it is not shown
    keys = [name.upper() for name in Settings.model_fields]
    close = get_close_matches(key.upper(), keys, n=1)
    advice = f"Did you mean {close[0]}?" if close else f"The settings are: {', '.join(keys)}."
    message = f"{key} is not a setting ({origin}). {advice}"
    raise SettingsInvalid(message)


def _not_a_setting(origin: str) -> SettingsInvalid:
    return SettingsInvalid(f"{origin}: this is not a setting. A line has the form KEY=value; a comment begins with #.")


def _from_file(file: Path) -> dict[str, _Given]:
    """The settings in one file of KEY=value lines; none if there is no such file.

    Not pydantic-settings' own source: that passes over a line it cannot parse, replaces `${...}` inside secrets,
    and forgets the line numbers.
    """
    given: dict[str, _Given] = {}
    for binding in parse_stream(StringIO(_text(file))):
        text = binding.original.string
        blank_lines = text[: len(text) - len(text.lstrip())].count("\n")
        origin = f"{file.resolve()}, line {binding.original.line + blank_lines}"
        if binding.error or (binding.key and binding.value is None):
            raise _not_a_setting(origin)
        if binding.key:
            given |= _given({binding.key: binding.value}, origin)
            _refuse_a_public_secret(file, binding.key, origin)
    if root := given.get("project_root"):
        # Written in a file it starts where the file is, not where the program was started.
        given["project_root"] = _Given(file.resolve().parent / _expanded(root.value), root.origin)
    return given


def _refuse_a_public_secret(file: Path, key: str, origin: str) -> None:
    if key.lower() in SECRETS and file.name == CONTEXT_FILE:
        message = (
            f"{key.upper()} is a secret, and {CONTEXT_FILE} is for everyone to see ({origin}). "
            "Move it to .env.secrets.local, the environment or SECRETS_DIR."
        )
        raise SettingsInvalid(message)


def _from_secrets_directory(folder: Path) -> dict[str, _Given]:
    """The secrets in a folder of one file each.

    Not pydantic-settings' own source: that looks for every setting, and only warns of a file it cannot use.
    """
    given: dict[str, _Given] = {}
    for file in sorted(folder.iterdir()):
        if file.name.lower() in SECRETS:
            given |= _given({file.name: _text(file)}, str(file))
    return given


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as problem:
        reason = problem.strerror
    except UnicodeDecodeError:  # its text quotes a byte of the file, which may be a secret's
        reason = "it is not UTF-8 text"
    message = f"{_shown(file.absolute())} cannot be read: {reason}. Correct or remove it."
    raise SettingsInvalid(message)


def _expanded(path: object) -> Path:
    return Path(os.path.expanduser(str(path)))  # noqa: PTH111 -- never raises; a '~' nobody has is refused later


def _validated(given: Mapping[str, _Given]) -> Settings:
    try:
        settings: Settings = Settings.model_validate({name: item.value for name, item in given.items()})
    except ValidationError as refused:
        raise SettingsInvalid(_explained(refused.errors()[0], given)) from None
    settings._origins.update((name, item.origin) for name, item in given.items())  # noqa: SLF001 -- our own class
    return settings


def _explained(error: ErrorDetails, given: Mapping[str, _Given]) -> str:
    name = str(error["loc"][0])
    item = given.get(name, _Given(error["input"], "its default"))
    return f"{name.upper()} is {_shown(item.value)} ({item.origin}): {_problem(name, error)}."


def _problem(name: str, error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})  # Any: pydantic's own
    if error["type"] == "value_error":
        return str(context["error"])
    should_be = error["msg"].removeprefix("Input ").removesuffix(", unable to parse string as an integer")
    return f"it {should_be}. Change it, or leave it empty for the default, {Settings.model_fields[name].default}"


def _shown(value: object) -> str:
    """On one line whatever is in it, and a Windows path without doubled backslashes."""
    text = str(value)
    return f"'{text}'" if text.isprintable() else repr(text)
