"""Webhooks as Standard Webhooks has them: JSON by POST, under an id, signed with a secret that both sides know."""

import asyncio
import datetime as dt
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
from standardwebhooks import Webhook

from bedrot_graph import __version__
from bedrot_graph.delivery.outcome import ARRIVED, Outcome, without_secrets

LONGEST_RETRY_AFTER = 24 * 60 * 60
"""In seconds; who wants to be asked later than this is asked then."""
_TALKATIVE = ("httpx2", "httpcore2")
_FAULTS: dict[type[Exception], str] = {
    httpx2.ConnectError: "The receiver cannot be reached",
    httpx2.ReadError: "The connection broke before the receiver has answered",
    httpx2.WriteError: "The connection broke before the receiver had all of it",
    httpx2.RemoteProtocolError: "The receiver has closed the connection, or answers no HTTP",
}


@dataclass(frozen=True)
class Patience:
    """How many seconds a receiver has."""

    connect: float = 5
    read: float = 15
    total: float = 30


class Hook:
    """What sends to one receiver."""

    def __init__(
        self,
        url: str,
        secrets: tuple[str, ...],
        patience: Patience | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`secrets`: the message is signed with each, so that a receiver may take to a new one at its own time."""
        for name in _TALKATIVE:  # they tell addresses, which may hold tokens
            logging.getLogger(name).setLevel(logging.WARNING)
        self._url = url
        self._signers = [Webhook(secret) for secret in secrets]
        self._patience = patience or Patience()
        self._now = now

    async def send(self, id_: str, body: str) -> Outcome:
        """Send it once; the signature is of this attempt, the body and the id are of all."""
        try:
            async with asyncio.timeout(self._patience.total):
                return await self._sent(id_, body)
        except TimeoutError:
            return Outcome(f"The receiver has not answered within {self._patience.total:g} seconds.")
        except httpx2.ConnectTimeout:
            return Outcome(f"The receiver cannot be reached within {self._patience.connect:g} seconds.")
        except httpx2.TimeoutException:
            return Outcome(f"The receiver has not answered within {self._patience.read:g} seconds.")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as problem:  # a name may be none
            what = _FAULTS.get(type(problem), "Nothing can be sent to the receiver")
            why = str(problem).rstrip(".") or type(problem).__name__
            return Outcome(without_secrets(f"{what}: {why}.", self._url))

    async def _sent(self, id_: str, body: str) -> Outcome:
        at = dt.datetime.fromtimestamp(int(self._now()), dt.UTC)
        headers = {
            "content-type": "application/json",
            "user-agent": f"bedrot-graph/{__version__}",
            "webhook-id": id_,
            "webhook-timestamp": f"{at.timestamp():.0f}",
            "webhook-signature": " ".join(each.sign(id_, at, body) for each in self._signers),
        }
        async with (
            await self._client() as client,
            client.stream("POST", self._url, content=body, headers=headers) as answer,
        ):
            return _outcome(answer, self._now())  # what stands in its body is nobody's business

    async def _client(self) -> httpx2.AsyncClient:
        patience = self._patience
        return httpx2.AsyncClient(
            verify=await asyncio.to_thread(_certificates),
            timeout=httpx2.Timeout(patience.read, connect=patience.connect),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )


def _outcome(answer: httpx2.Response, now: float) -> Outcome:
    status = answer.status_code
    if answer.is_success:
        return ARRIVED
    if status == HTTPStatus.GONE:
        return Outcome("The receiver has answered 410: it is gone for good. Take the channel out.", is_final=True)
    if answer.is_redirect:
        text = f"The receiver has answered {status}: it has moved. Redirects are not followed; write where it is now."
        return Outcome(text)
    return Outcome(f"The receiver has answered {status}.", retry_after=_seconds(answer.headers.get("retry-after"), now))


def _seconds(retry_after: str | None, now: float) -> float | None:
    """What the header asks for, which is a number of seconds or a date; None where it makes no sense."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after[:9]), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return min(max(0.0, at.timestamp() - now), LONGEST_RETRY_AFTER)


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to believe; read from files."""
    return httpx2.create_ssl_context()
