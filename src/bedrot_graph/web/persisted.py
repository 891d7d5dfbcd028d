"""Documents that clients ask by their hash instead of sending them."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from graphql import GraphQLError
from graphql.utilities import strip_ignored_characters

from bedrot_graph.web.refusals import RefusedError

MOST_SENT = 1000
"""So many documents that were sent with their hash are kept; the least recently asked go first."""

_HASH = re.compile(r"[0-9a-f]{64}")


class UnknownHashError(RefusedError):
    """No document has this hash here."""

    def __init__(self, text: str) -> None:
        # Clients of the older media type look into the body, and take another status for a fault of the network.
        super().__init__(400, "PERSISTED_QUERY_NOT_FOUND", text, draft=422, older=200)


class Persisted:
    """Documents by their SHA-256: trusted ones, which are known from the start, and those that were sent once."""

    def __init__(
        self, trusted: Iterable[str] = (), *, is_only_trusted: bool = False, max_characters: int = 15_000
    ) -> None:
        """`is_only_trusted`: nothing else is answered. `max_characters`: longer documents are not kept."""
        self._trusted = {sha256(text.encode()).hexdigest(): text for text in trusted}
        self._same = {_bare(text): text for text in self._trusted.values()}
        self._is_only_trusted = is_only_trusted
        self._max_characters = max_characters
        self._sent: OrderedDict[str, str] = OrderedDict()

    def document(self, asked: Mapping[str, object]) -> str:
        """The document that a decoded request asks for: as text, by hash, or both. Raises RefusedError."""
        query, hashed, identifier = asked.get("query"), _automatic(asked.get("extensions")), asked.get("documentId")
        if query is not None and (not isinstance(query, str) or not query.strip()):
            raise RefusedError(400, "BAD_REQUEST", "Send the document as text in 'query'.", draft=422)
        if identifier is not None:
            if query is not None:
                text = "Send either 'documentId' or 'query', not both."
                raise RefusedError(400, "BAD_REQUEST", text, draft=422)
            return self._identified(identifier)
        if query is None and hashed is None:
            text = "Send the document as text in 'query', or its hash in 'documentId'."
            raise RefusedError(400, "BAD_REQUEST", text, draft=422)
        if self._is_only_trusted:
            return self._known(query, hashed)
        return self._automatically(query, hashed) if hashed else str(query)

    def _identified(self, identifier: object) -> str:
        scheme, _, hashed = str(identifier).partition(":")
        if scheme != "sha256" or not _HASH.fullmatch(hashed):
            text = "'documentId' is 'sha256:' and the 64 hexadecimal digits of the document's SHA-256."
            raise RefusedError(400, "BAD_REQUEST", text, draft=422)
        if document := self._trusted.get(hashed):
            return document
        if not self._is_only_trusted and (document := self._sent.get(hashed)):
            return document
        text = "No document has this 'documentId' here. Send its text in 'query'."
        raise UnknownHashError(text)

    def _known(self, query: str | None, hashed: str | None) -> str:
        """A trusted document, whichever way it is asked; blanks, commas and remarks make no difference."""
        if query is None:
            found = self._trusted.get(hashed or "")
        else:
            found = self._same.get(_bare(query)) if len(query) <= self._max_characters else None
        if found is None:
            text = "Only the documents that this server knows are answered, and this is none of them."
            raise RefusedError(403, "UNTRUSTED_DOCUMENT", text)
        return found

    def _automatically(self, query: str | None, hashed: str) -> str:
        """By hash, where it was sent with its text once: what clients call automatic persisted queries."""
        if query is None:
            found = self._trusted.get(hashed) or self._sent.get(hashed)
            if found is None:
                raise UnknownHashError("PersistedQueryNotFound")  # these are the words that clients look for
            if hashed in self._sent:
                self._sent.move_to_end(hashed)
            return found
        if sha256(query.encode(errors="replace")).hexdigest() != hashed:
            text = "'extensions.persistedQuery.sha256Hash' is not the SHA-256 of 'query'."
            raise RefusedError(400, "BAD_REQUEST", text, draft=422)
        if len(query) > self._max_characters:
            return query
        self._sent[hashed] = query
        self._sent.move_to_end(hashed)
        if len(self._sent) > MOST_SENT:
            self._sent.popitem(last=False)
        return query


def read_documents(folder: Path) -> dict[str, str]:
    """The texts of the folder's .graphql files by their names, those in its own folders too.

    Raises OSError or UnicodeDecodeError.
    """
    files = sorted(folder.rglob("*.graphql"))
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in files}


def _automatic(extensions: object) -> str | None:
    """The hash in the request's extensions. Raises RefusedError where it is none."""
    told = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    if told is None:
        return None
    hashed = told.get("sha256Hash") if isinstance(told, Mapping) and told.get("version") == 1 else None
    if not isinstance(hashed, str) or not _HASH.fullmatch(hashed):
        text = "'extensions.persistedQuery' is an object with 'version' 1 and 'sha256Hash' of 64 hexadecimal digits."
        raise RefusedError(400, "BAD_REQUEST", text, draft=422)
    return hashed


def _bare(text: str) -> str:
    """The document without what says nothing."""
    try:
        return strip_ignored_characters(text)
    except GraphQLError:
        return text
