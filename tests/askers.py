"""Clients of an application, as they are on this machine."""

from starlette.applications import Starlette
from starlette.testclient import TestClient


def client_of(app: Starlette) -> TestClient:
    """A client that asks as localhost, and may ask in the address too."""
    return TestClient(app, base_url="http://localhost", headers={"graphql-require-preflight": "1"})
