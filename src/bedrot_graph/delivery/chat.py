"""Mail and chat, through apprise: in a thread of its own, with an end, and without its words in our log."""

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from bedrot_graph.delivery.outcome import ARRIVED, Outcome, without_secrets
from bedrot_graph.errors import SettingsInvalid

if TYPE_CHECKING:
    from types import ModuleType

MOST_SECONDS = 60.0
"""What one message may take; a service that does not answer gives up by itself sooner."""
LONG_ENOUGH = 1000
"""Characters of one message that several of them may be sent of."""
_TALKATIVE = ("apprise", "urllib3", "requests", "charset_normalizer")


class _Heard(logging.Handler):
    """What apprise complains of, for the thread that sends."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._of = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if (said := getattr(self._of, "said", None)) is not None:
            said.append(record.getMessage())

    def listen(self) -> list[str]:
        """What is said from now on in this thread."""
        self._of.said = []
        said: list[str] = self._of.said
        return said


_heard = _Heard()


@dataclass(frozen=True)
class Chat:
    """What sends through one of apprise's addresses."""

    url: str = field(repr=False)
    most_seconds: float = MOST_SECONDS

    async def send(self, id_: str, body: str) -> Outcome:  # noqa: ARG002 - people do not tell messages by ids
        """Send it once. What a service has been given cannot be told from what it has been given twice."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()

        def settle(outcome: Outcome) -> None:
            if not answer.done():
                answer.set_result(outcome)

        def work() -> None:
            outcome = self._sent(orjson.loads(body))
            try:
                loop.call_soon_threadsafe(settle, outcome)
            except RuntimeError:  # nobody waits any more: the server has stopped
                return

        # No pool's thread: a server that stops waits for those, and a service may hang.
        threading.Thread(target=work, name="alerts", daemon=True).start()
        try:
            async with asyncio.timeout(self.most_seconds):
                return await answer
        except TimeoutError:
            return Outcome(f"It has not answered within {self.most_seconds:g} seconds.")

    def _sent(self, message: dict[str, Any]) -> Outcome:
        said = _heard.listen()
        try:
            if (service := _service(self.url)) and service.notify(
                title=message["title"],
                body=message["text"],
                notify_type=_apprise().NotifyType(message["kind"]),
                body_format=_apprise().NotifyFormat.TEXT,
                overflow=_overflow(self.url, service.body_maxlen),
            ):
                return ARRIVED
        except Exception as problem:  # noqa: BLE001 - whatever one of a hundred services raises, it has not arrived
            said.append(type(problem).__name__)
        return Outcome(
            without_secrets(" ".join(said) or "The service has not taken it, and does not say why.", self.url)
        )


def is_address(url: str) -> bool:
    """Whether apprise knows what to do with the address. Raises SettingsInvalid where there is no apprise."""
    return _service(url) is not None


def _overflow(url: str, longest: int) -> str | None:
    """What is done with a text that is longer than the service takes, unless the address says so itself.

    It would else refuse a long digest each time; but nobody wants one in thirty text messages.
    """
    if "overflow=" in url:
        return None
    return "split" if longest >= LONG_ENOUGH else "truncate"


def _service(url: str) -> Any:  # noqa: ANN401 - one of apprise's many; None where there is none for the address
    apprise = _apprise()
    # No pictures from other places, nothing on disk, and nobody leads a message elsewhere.
    asset = apprise.AppriseAsset(
        app_id="bedrot-graph",
        app_desc="Alerts of bedrot-graph",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode="memory",
    )
    return apprise.Apprise.instantiate(url, asset=asset)


@cache
def _apprise() -> "ModuleType":
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise SettingsInvalid(NO_APPRISE) from None
    for name in _TALKATIVE:  # they tell addresses, which hold tokens
        logging.getLogger(name).propagate = False
    logging.getLogger("apprise").addHandler(_heard)
    return apprise


NO_APPRISE = "it needs apprise. Run: pip install 'bedrot-graph[apprise]'"
