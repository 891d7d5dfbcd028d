"""What can be set from outside, and what each value must be."""

import os
import re
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, get_args

from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bedrot_graph.errors import SettingsInvalid

USUAL_POINTS_PER_MINUTE = 60_000


class Mode(StrEnum):
    """Whom the server is for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class HttpStatus(StrEnum):
    """Which edition of GraphQL over HTTP says with which status something is answered."""

    SETTLED = "settled"
    DRAFT = "draft"


class Watched(StrEnum):
    """How changes of the lake are seen."""

    AUTO = "auto"
    POLLING = "polling"
    OFF = "off"


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
        raise ValueError(otherwise.format(shown(located)))
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


def _listed(value: object) -> object:
    """The parts of a text with commas in it."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _logs_of_the_user() -> Path:
    folder = state_of_the_user()
    return folder / "logs" if folder else Path("~")  # refused, in words, if LOG_DIR is not set


def state_of_the_user() -> Path | None:
    """The user's state directory; None for a user without a home, as containers have them."""
    try:
        return user_state_path("bedrot-graph", appauthor=False)
    except RuntimeError:
        return None


class Settings(BaseSettings):
    """The settings of one run: read once, frozen, and handed down as plain values."""

    # The order matters: a validator sees the fields above its own.
    # Lists are words with commas also in the environment, where the library would else read JSON.
    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, enable_decoding=False)
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
    conversion_event: str = Field(
        default="ViewContent",
        description="Which event of the Meta pixel counts as a conversion, such as ViewContent, LinkClick or Purchase, "
        "where a question does not name one.",
    )
    goals: File | None = Field(
        default=None,
        description="A TOML file of what you expect of your numbers: targets of KPIs, reference rates per stream, when "
        "money is due, thresholds of alerts. Empty: the usual ones, which 'bedrot-graph goals' prints.",
    )
    backend_host: str = Field(
        default="127.0.0.1",
        description="The address the server listens on. 127.0.0.1 is this machine only; 0.0.0.0 is every network.",
    )
    backend_port: int = Field(default=8000, ge=1, le=65535, description="The port the server listens on, 1 to 65535.")
    insecure: bool = Field(
        default=False,
        description="Whether the server may listen on other addresses than this machine's though nobody has to send a "
        "key: whoever reaches the port may ask everything.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many processes answer, 1 to 64. Each holds the lake in memory; REDIS_URL lets them share "
        "answers.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Where the Redis is in which workers, and servers of the same lake, share answers, rates and "
        "reloads: redis://[user:password@]host:port/number, rediss:// or unix://. Empty: each remembers for itself.",
    )
    mode: Mode | None = Field(
        default=None,
        description="development or production. In production the schema is told, and the explorer shown, to callers "
        "with a key only. Empty: development where the server listens on this machine only, else production.",
    )
    allowed_hosts: Names = Field(
        default=(),
        description="Under which names clients may reach the server, separated by commas, as the 'Host' header says "
        "them, without a port; '*' is any. Empty: any in production, else BACKEND_HOST, localhost, the "
        "machine's name and any IP address, so that no other site can pose as this one.",
    )
    allowed_origins: Names = Field(
        default=(),
        description="Which other sites' pages may ask, such as https://dashboard.example, separated by commas. "
        "Empty: none.",
    )
    trusted_documents: Folder | None = Field(
        default=None,
        description="A folder of .graphql files: clients may ask them by 'documentId' instead of sending them.",
    )
    only_trusted: bool = Field(
        default=False,
        description="Whether the operations in TRUSTED_DOCUMENTS are the only ones that are answered.",
    )
    http_status: HttpStatus = Field(
        default=HttpStatus.SETTLED,
        description="settled: a document that cannot be answered has status 400, a partial answer 200. draft: 422 and "
        "294, as the draft of GraphQL over HTTP of August 2026 has them.",
    )
    shutdown_seconds: PositiveInt = Field(
        default=35,
        description="How many seconds answers that are being made have to be finished when the server is stopped.",
    )
    cache_ttl: NonNegativeInt = Field(
        default=300,
        description="For how many seconds an answer is remembered, and a changed file may go unnoticed should WATCH "
        "not see it. 0 remembers nothing, and looks at the files with every question.",
    )
    watch: Watched = Field(
        default=Watched.AUTO,
        description="How changes in the lake's folder are seen by themselves. auto: the system tells of them, or where "
        "it does not, as on network file systems, the folder is looked at every second. polling: it always is. off: "
        "they are seen by a reload, or after CACHE_TTL.",
    )
    cache_max_entries: NonNegativeInt = Field(
        default=1000, description="How many answers are remembered at most. 0 remembers none."
    )
    cache_max_mb: NonNegativeInt = Field(
        default=256,
        description="How much memory the remembered answers may take at most, in megabytes. 0 remembers none.",
    )
    documents_max_mb: NonNegativeInt = Field(
        default=32,
        description="How much memory questions that are known to be well-formed may take at most, in megabytes.",
    )
    responses_max_mb: NonNegativeInt = Field(
        default=64,
        description="How much memory whole responses may take at most, in megabytes; they answer repeated requests. "
        "0 remembers none.",
    )
    columnar: bool = Field(
        default=True,
        description="Whether lists are written column by column. false: value by value, to the same answers, as a "
        "way out should the two ever differ.",
    )
    copies_dir: FolderToBe | None = Field(
        default=None,
        description="The folder of typed copies, from which large datasets are answered without reading their files "
        "again; made where it is missing. Nothing is written into the lake. Empty: the folder 'copies' in your user's "
        "cache directory.",
    )
    resident_mb: NonNegativeInt = Field(
        default=1024,
        description="How much memory the copies may take together, in megabytes: those that fit are held in memory, "
        "the others are scanned on disk. 0 scans all of them.",
    )
    max_page_size: PositiveInt = Field(default=1000, description="The most rows one page of a question may ask for.")
    max_lines_page_size: PositiveInt = Field(
        default=10000, description="The most it may ask for of statement lines, or of the rows of a dataset."
    )
    page_size: PositiveInt = Field(default=100, description="How many rows a page has when a question does not say.")
    max_query_tokens: PositiveInt = Field(
        default=1000, description="How long a question may be, in words and signs (tokens) of GraphQL."
    )
    max_query_characters: PositiveInt = Field(default=15000, description="How long a question may be, in characters.")
    max_nesting: PositiveInt = Field(
        default=200, description="How many brackets of a question may be open at once, looked at before it is parsed."
    )
    max_depth: PositiveInt = Field(default=10, description="How many fields of a question may stand in one another.")
    max_introspection_depth: PositiveInt = Field(
        default=20, description="The same below __schema and __type, which is deeper by nature."
    )
    max_aliases: PositiveInt = Field(
        default=15, description="How many fields of an operation may be asked for under another name."
    )
    max_fragments: PositiveInt = Field(default=50, description="How many fragments a document may define.")
    max_directives: PositiveInt = Field(default=50, description="How many directives a document may have.")
    max_directives_in_place: PositiveInt = Field(
        default=5, description="How many directives one field, fragment or operation may have."
    )
    max_cost: PositiveInt = Field(
        default=5000,
        description="What one operation may cost, in points: about 100 for each aggregate over the lake, and one for "
        "each hundred rows. The request extension 'cost' tells what one costs.",
    )
    max_response_mb: PositiveInt = Field(default=16, description="How large a response may be, in megabytes.")
    points_per_minute: NonNegativeInt | None = Field(
        default=None,
        description="How much may be asked with one key, or from one address where there are no keys, within a "
        "minute, in points of cost; 0 is as much as it likes. Empty: 60000 in production, as much as it likes in "
        "development.",
    )
    max_body_kb: PositiveInt = Field(default=1024, description="How large the body of a request may be, in kilobytes.")
    max_url_kb: PositiveInt = Field(default=8, description="How long the address of a request may be, in kilobytes.")
    max_headers_kb: PositiveInt = Field(
        default=64, description="How large the headers of a request may be, with its address, in kilobytes."
    )
    headers_seconds: PositiveInt = Field(
        default=10, description="How many seconds a client has to send the headers of a request, once it is connected."
    )
    body_seconds: PositiveInt = Field(default=10, description="How many seconds it has to send the body.")
    socket_init_seconds: PositiveInt = Field(
        default=10, description="How many seconds a WebSocket may wait before it says connection_init."
    )
    max_socket_message_kb: PositiveInt = Field(
        default=64, description="How large a message over a WebSocket may be, in kilobytes."
    )
    max_socket_operations: PositiveInt = Field(
        default=100, description="How many operations one WebSocket may have running at once."
    )
    max_sockets: PositiveInt = Field(default=20, description="How many WebSockets one address may have open.")
    max_streams: PositiveInt = Field(
        default=20, description="How many subscriptions may be streamed to one address at once, without a WebSocket."
    )
    max_concurrent_answers: PositiveInt = Field(
        default=3,
        description="How many answers are computed at once. Each one already uses every processor core; more than one "
        "leave none idle while another is planned or finished.",
    )
    max_waiting_answers: PositiveInt = Field(
        default=1000, description="How many answers may wait to be computed. What is asked beyond that is refused."
    )
    max_seconds: PositiveInt = Field(
        default=30,
        description="How many seconds one request may wait for what is read and computed. What is not there by then is "
        "an error, and the rest of the answer is sent.",
    )
    log_level: Annotated[LogLevel, BeforeValidator(lambda text: str(text).upper())] = Field(
        default=LogLevel.INFO, description="How much is logged: DEBUG, INFO, WARNING or ERROR."
    )
    log_dir: FolderToBe = Field(
        default_factory=_logs_of_the_user,
        description="The folder of the log files, made where it is missing. "
        "Empty: the folder 'logs' in your user's state directory.",
    )
    traces: bool = Field(
        default=False,
        description="Whether what requests take their time for is sent as traces (OpenTelemetry), by OTLP over HTTP. "
        "Where to, and how many of them, the standard's own variables OTEL_… of the environment say.",
    )
    state_dir: FolderToBe | None = Field(
        default=None,
        description="The folder of what has to be kept: the file of keys, keys.db, and of each lake what has become of "
        "its alerts; made where it is missing. "
        "Empty: your user's state directory.",
    )
    channels: File | None = Field(
        default=None,
        description="A TOML file of the channels that alerts are told through: webhooks, mail and chat. It holds "
        "secrets; let nobody else read it. 'bedrot-graph alerts channels' prints an example. Empty: nobody is told.",
    )
    jwt_algorithms: Names = Field(
        default=(),
        description="How tokens of another issuer (JWT) may be signed, separated by commas, such as RS256; all others "
        "are refused.",
    )
    jwt_audience: str | None = Field(
        default=None, description="For whom such a token has to be: what its claim 'aud' says."
    )
    jwt_issuer: str | None = Field(default=None, description="By whom it has to be: what its claim 'iss' says.")
    jwt_jwks: File | None = Field(
        default=None,
        description="The file of the issuer's public keys (a JWKS), where there are several. It is read again when it "
        "has changed.",
    )
    secrets_dir: Folder | None = Field(
        default=None,
        description="A folder with one file per secret, named like its key, as Docker and Kubernetes provide it.",
    )
    admin_token: SecretStr | None = Field(
        default=None,
        description="When set, every mutation must send it as its bearer token, or a key with the scope 'admin'. "
        "Empty, and without keys: mutations are open.",
    )
    jwt_key: SecretStr | None = Field(
        default=None,
        description="The key that such tokens are checked with: the issuer's public key (PEM), or the secret that it "
        "shares with this server.",
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

    @field_validator("conversion_event")
    @classmethod
    def _names_an_event(cls, event: str) -> str:
        if not event.strip():
            message = "it names no event. Name one, such as ViewContent, LinkClick or Purchase"
            raise ValueError(message)
        return event.strip()

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

    @field_validator("redis_url")
    @classmethod
    def _is_a_place(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not re.fullmatch(r"(rediss?|unix)://\S+", url.get_secret_value()):
            message = "it is no address of a Redis. Give one such as redis://localhost:6379/0"
            raise ValueError(message)
        return url

    @field_validator("traces")
    @classmethod
    def _can_be_sent(cls, traces: bool) -> bool:  # noqa: FBT001 - pydantic's signature
        if traces and not _is_installed("opentelemetry.sdk"):
            message = "OpenTelemetry is not installed. Install 'bedrot-graph[traces]', or leave it empty"
            raise ValueError(message)
        return traces

    @property
    def is_production(self) -> bool:
        """Whether strangers may reach the server."""
        return self.mode is Mode.PRODUCTION or (self.mode is None and not self.is_local)

    @property
    def is_local(self) -> bool:
        """Whether the server listens on this machine only."""
        return _is_this_machine(self.backend_host)

    @property
    def rate(self) -> int:
        """The points of cost that may be asked for with one key within a minute; 0 for as many as it likes."""
        if self.points_per_minute is not None:
            return self.points_per_minute
        return USUAL_POINTS_PER_MINUTE if self.is_production else 0

    def origin(self, name: str) -> str:
        """Where a setting was set, in words."""
        return self._origins.get(name, "its default")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # what it is a part of
        return False


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


SECRETS = frozenset(name for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation))


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
        f"DATA_LAKE_PATH is {shown(lake)} ({settings.origin('data_lake_path')}): it has no folder '4_curated' or "
        "'curated', and no file of a known dataset. Name the folder of the lake, or set CURATED_DATA_PATH."
    )
    raise SettingsInvalid(message)


def shown(value: object) -> str:
    """A value in a message: on one line whatever is in it, and a Windows path without doubled backslashes."""
    text = str(value)
    return f"'{text}'" if text.isprintable() else repr(text)
