"""What answers questions, put together from settings."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bedrot_graph import __version__
from bedrot_graph.cubes.packing import packed, unpacked
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.graph.context import Context, Limits, Result
from bedrot_graph.graph.documents import Documents
from bedrot_graph.graph.limits import DocumentLimits
from bedrot_graph.graph.live import Feeds
from bedrot_graph.lake.cache import Cache
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.digest import digest
from bedrot_graph.lake.engine import Engine
from bedrot_graph.lake.news import News
from bedrot_graph.lake.sample import sample_lake
from bedrot_graph.lake.scoped import Views
from bedrot_graph.lake.shared import Shared, Together
from bedrot_graph.lake.watching import Watch
from bedrot_graph.lake.writing import Writing
from bedrot_graph.lake.zone import Zone
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.ledger import Ledger
from bedrot_graph.ledger.marks import Said
from bedrot_graph.opening import Today, zone_of
from bedrot_graph.schema import schema
from bedrot_graph.settings import SECRETS, Settings, Watched, shown, state_of_the_user
from bedrot_graph.web.keys import Keys
from bedrot_graph.web.persisted import Persisted, read_documents
from bedrot_graph.web.responses import Elsewhere, Responses
from bedrot_graph.web.rights import ALL, Guard, Rights

if TYPE_CHECKING:
    from bedrot_graph.delivery.channels import Channel
    from bedrot_graph.delivery.postman import Postman
    from bedrot_graph.web.bearers import Bearers


@dataclass(frozen=True)
class Parts:
    """What answers questions, assembled from settings."""

    zone: Zone
    current: CurrentSnapshot
    watch: Watch
    """Sees to it that this is one of the files as they are."""
    views: Views
    """The same for those who may see some artists only."""
    engine: Engine[Result]
    limits: Limits
    documents: Documents
    responses: Responses
    persisted: Persisted
    keys: Keys | None
    """None where there is no place for them."""
    guard: Guard
    is_columnar: bool
    """Whether lists are written from columns."""
    defaults: Mapping[str, str]
    """The values of cubes' options where a question does not say."""
    news: News
    feeds: Feeds
    """What subscriptions listen to."""
    shared: Shared | None = None
    """What is remembered together with other processes."""
    ledger: Ledger | None = None
    """What is kept of alerts; None where there is no place for it."""
    postman: "Postman | None" = None
    """What tells people of alerts; None where nobody is to be told."""

    def context(self, rights: Rights = ALL) -> Context:
        """A context for one request."""
        return Context(
            self.current if rights.artists is None else self.views.of(rights.artists),
            self.engine,
            self.limits,
            self.documents,
            rights.may_mutate,
            self.is_columnar,
            self.defaults,
            rights.may_introspect,
            self.ledger,
            artists=rights.artists,
            feeds=self.feeds,
        )


def assemble(
    settings: Settings, today: Today = dt.date.today, zone: Zone | None = None, news: News | None = None
) -> Parts:
    """Everything but HTTP, over the zone that the settings name unless given. Raises SettingsInvalid.

    `news`: what others have seen of the zone.
    """
    zone, news = zone or zone_of(settings, today), news or News()
    shared = Shared(settings.redis_url.get_secret_value()) if settings.redis_url else None
    depends = _depends(settings, zone) if shared else ""
    seconds = settings.cache_ttl
    remembering = _remembering(settings)
    cache: Cache[Result] = remembering.cache(
        ttl_seconds=seconds,
        max_entries=settings.cache_max_entries,
        max_bytes=settings.cache_max_mb * 2**20,
        together=Together(shared, packed, unpacked, f"frames:{depends}", seconds) if shared else None,
    )
    elsewhere = Elsewhere(shared, f"responses:{depends}", seconds) if shared and seconds else None

    async def forget() -> None:
        views.clear()
        await cache.clear()

    folder = state_folder(settings)
    ledger = Ledger(LedgerFile(ledger_folder(folder, zone.folder))) if folder else None
    writing, watches = Writing(), settings.watch is not Watched.OFF
    current = CurrentSnapshot(
        zone,
        settings.cache_ttl,
        changed=forget,
        news=news,
        marks=Said(ledger.reader) if ledger else dict,
        writing=writing if watches and settings.cache_ttl else None,  # who remembers nothing sees each file as it is
    )
    views = Views(current)
    keys = Keys(folder) if folder else None
    documents = Documents(schema(), settings.documents_max_mb * 2**20, _document_limits(settings))
    return Parts(
        zone=zone,
        current=current,
        watch=Watch(current, zone, writing, looks=watches, listens=settings.watch is Watched.AUTO),
        views=views,
        engine=Engine(cache, settings.max_concurrent_answers, settings.max_waiting_answers),
        limits=Limits(
            page_size=settings.page_size,
            max_page_size=settings.max_page_size,
            max_lines_page_size=settings.max_lines_page_size,
            max_seconds=settings.max_seconds,
            max_response_bytes=settings.max_response_mb * 2**20,
        ),
        documents=documents,
        responses=remembering.responses(settings.responses_max_mb * 2**20, elsewhere),
        persisted=_persisted(settings, documents),
        keys=keys,
        guard=_guard(settings, keys),
        is_columnar=settings.columnar,
        defaults={"conversion_event": settings.conversion_event},
        news=news,
        feeds=Feeds(current, lambda artists: current if artists is None else views.of(artists)),
        shared=shared,
        ledger=ledger,
        postman=_postman(settings, ledger),
    )


_OF_THE_PROCESS = SECRETS | {
    *("project_root", "data_lake_path", "curated_data_path", "artist_aliases", "goals", "trusted_documents"),
    *("backend_host", "backend_port", "workers", "copies_dir", "resident_mb", "log_level", "log_dir", "secrets_dir"),
    *("channels", "traces", "watch"),
}
"""Settings that change no answer; of those that name files it is the contents that do."""


def _depends(settings: Settings, zone: Zone) -> str:
    """What answers depend on beside the lake and the question, as a short name: this program, and its settings."""
    files = [each for each in (settings.artist_aliases, settings.goals) if each]
    documents = sorted(settings.trusted_documents.rglob("*.graphql")) if settings.trusted_documents else []
    return digest(
        __version__,
        version("polars"),
        settings.model_dump_json(exclude=set(_OF_THE_PROCESS)),
        f"{zone.folder.samefile(sample_lake())}",
        *(f"{file.name}: {file.read_bytes()!r}" for file in (*files, *documents)),
    )


def state_folder(settings: Settings) -> Path | None:
    """The folder of what has to be kept; None where there is no place for it."""
    return settings.state_dir or state_of_the_user()


def ledger_folder(state: Path, lake: Path) -> Path:
    """Where is kept what is said of one lake: another one's alerts are none of its own."""
    place = lake.absolute()  # links stay as they are: they may be how a lake is exchanged as a whole
    return state / "lakes" / f"{place.name}-{digest(str(place))}"


def channels_of(settings: Settings) -> "tuple[Channel, ...]":
    """The channels that alerts are told through. Raises SettingsInvalid."""
    if not settings.channels:
        return ()
    from bedrot_graph.delivery.channels import read_channels  # noqa: PLC0415 - not loaded where nobody is told

    return read_channels(settings.channels)


def _postman(settings: Settings, ledger: Ledger | None) -> "Postman | None":
    channels = channels_of(settings)
    if not channels:
        return None
    if ledger is None:
        text = "CHANNELS is set, and there is no folder to keep in what was told, as you have no home. Set STATE_DIR."
        raise SettingsInvalid(text)
    from bedrot_graph.delivery.postman import Postman  # noqa: PLC0415
    from bedrot_graph.ledger.outbox import Outbox  # noqa: PLC0415

    return Postman(Outbox(ledger.file), channels, now=ledger.now)


def _guard(settings: Settings, keys: Keys | None) -> Guard:
    token = settings.admin_token.get_secret_value() if settings.admin_token else None
    return Guard(token, is_production=settings.is_production, keys=keys, bearers=_bearers(settings))


def _bearers(settings: Settings) -> "Bearers | None":
    if not any(getattr(settings, f"jwt_{name}") for name in ("key", "jwks", "algorithms", "audience", "issuer")):
        return None
    from bedrot_graph.web.bearers import Issuer, bearers_by_file, bearers_by_key  # noqa: PLC0415 - cryptography is large

    issuer = Issuer(settings.jwt_algorithms, settings.jwt_audience or "", settings.jwt_issuer or "")
    if settings.jwt_key and settings.jwt_jwks:
        text = "JWT_KEY and JWT_JWKS are both set. Leave one of them empty: they say with which keys tokens are signed."
        raise SettingsInvalid(text)
    if settings.jwt_key:
        return bearers_by_key(settings.jwt_key.get_secret_value(), issuer)
    if settings.jwt_jwks:
        return bearers_by_file(settings.jwt_jwks, issuer)
    text = "JWT_ALGORITHMS, JWT_AUDIENCE or JWT_ISSUER is set, and neither JWT_KEY nor JWT_JWKS is. Set one."
    raise SettingsInvalid(text)


class _Remembering(NamedTuple):
    """What remembers answers."""

    cache: type[Cache[Result]]
    responses: type[Responses]


def _remembering(settings: Settings) -> _Remembering:
    if not settings.traces:
        return _Remembering(Cache, Responses)
    from bedrot_graph.tracing import TracedCache, TracedResponses, check_environment  # noqa: PLC0415 - unless wanted

    check_environment()  # what is wrong is said once, before there are workers
    return _Remembering(TracedCache, TracedResponses)


def _persisted(settings: Settings, documents: Documents) -> Persisted:
    folder = settings.trusted_documents
    if settings.only_trusted and not folder:
        text = "ONLY_TRUSTED is set, and TRUSTED_DOCUMENTS names no folder. Name one, or answer other documents too."
        raise SettingsInvalid(text)
    try:
        trusted = read_documents(folder) if folder else {}
    except (OSError, UnicodeDecodeError) as problem:
        text = f"A file in TRUSTED_DOCUMENTS ({shown(folder)}) cannot be read: {problem}."
        raise SettingsInvalid(text) from None
    for name, text in trusted.items():
        if errors := documents.get(text).errors:
            message = f"The document {shown(name)} in TRUSTED_DOCUMENTS cannot be answered: {errors[0].message}"
            raise SettingsInvalid(message)
    return Persisted(
        trusted.values(), is_only_trusted=settings.only_trusted, max_characters=settings.max_query_characters
    )


def _document_limits(settings: Settings) -> DocumentLimits:
    return DocumentLimits(
        tokens=settings.max_query_tokens,
        characters=settings.max_query_characters,
        nesting=settings.max_nesting,
        depth=settings.max_depth,
        introspection_depth=settings.max_introspection_depth,
        aliases=settings.max_aliases,
        fragments=settings.max_fragments,
        directives=settings.max_directives,
        directives_in_place=settings.max_directives_in_place,
        cost=settings.max_cost,
        page_size=settings.page_size,
        rows=max(settings.max_page_size, settings.max_lines_page_size),
    )
