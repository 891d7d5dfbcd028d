"""What is no question that can be answered, told as GraphQL errors are: in JSON, with a code."""

from bedrot_graph.web.media import JSON

Headers = tuple[tuple[bytes, bytes], ...]


class RefusedError(Exception):
    """The request is no GraphQL request that can be answered."""

    def __init__(  # noqa: PLR0913 - the last are keywords
        self,
        status: int,
        code: str,
        message: str,
        *,
        draft: int | None = None,
        older: int | None = None,
        headers: Headers = (),
    ) -> None:
        """`draft`: the status by the draft of GraphQL over HTTP; `older`: in the older media type; if they differ."""
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers
        self._draft, self._older = draft, older

    def status_in(self, media_type: str, *, is_draft: bool) -> int:
        """The status to send it with."""
        if self._older and media_type == JSON:
            return self._older
        return self._draft if self._draft and is_draft else self.status

    @property
    def body(self) -> dict[str, object]:
        """What the client is told."""
        return {"errors": [{"message": str(self), "extensions": {"code": self.code}}]}
