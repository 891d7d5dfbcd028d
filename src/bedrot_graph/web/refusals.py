"""What is no question that can be answered, told as GraphQL errors are: in JSON, with a code."""


class RefusedError(Exception):
    """The request is no GraphQL request that can be answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    @property
    def body(self) -> dict[str, object]:
        """What the client is told."""
        return {"errors": [{"message": str(self), "extensions": {"code": self.code}}]}
