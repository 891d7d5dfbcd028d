"""What tests share: a lake of a few rows, and a client that asks the real application."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph import alerting
from bedrot_graph.app import create_app
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.settings import Settings
from tests.askers import client_of
from tests.lakes import SAMPLE_LAKE, TODAY, Rows, snapshot_of, write_lake


@pytest.fixture(autouse=True, scope="session")
def no_keys_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever runs the tests may have keys of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True, scope="session")
def nobody_looks_for_alerts() -> Iterator[None]:
    """What is computed is what a test asks for, however long it takes; those about alerts begin at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alerting, "FIRST_SECONDS", 10**6)
        yield


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Snapshot]:
    """`snapshot(statements=[…], streams=[…], …)`: a lake of these rows, read; what is not named is not there."""

    def make(statements: Rows | None = None, **rows: Rows | None) -> Snapshot:
        return snapshot_of(write_lake(tmp_path, statements=statements, **rows))

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., TestClient]]:
    """`serve(folder, **settings)`: a client of the application over the lake in the folder, on a fixed day.

    It sees a changed file when it is told to, so that a test can tell before from after.
    """
    with ExitStack() as clients:

        def start(folder: Path, **settings: object) -> TestClient:
            chosen = Settings.model_validate({"curated_data_path": folder, "watch": "off", **settings})
            app = create_app(chosen, today=lambda: TODAY)
            return clients.enter_context(client_of(app))

        yield start


@pytest.fixture(scope="session")
def sample() -> Iterator[TestClient]:
    """A client of the application over the sample lake, on a fixed day."""
    with client_of(create_app(Settings(curated_data_path=SAMPLE_LAKE), today=lambda: TODAY)) as client:
        yield client


@pytest.fixture
def ask(sample: TestClient) -> Callable[..., dict[str, Any]]:
    """`ask(query, **variables)`: the whole response of the sample lake."""

    def post(query: str, **variables: object) -> dict[str, Any]:
        answer: dict[str, Any] = sample.post("/graphql", json={"query": query, "variables": variables}).json()
        return answer

    return post
