"""The server as the command line starts it, for tests to ask over real sockets."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import uvicorn

from bedrot_graph.app import App, app_of, server_of
from bedrot_graph.assembly import assemble
from bedrot_graph.settings import Settings
from tests.lakes import SAMPLE_LAKE, TODAY


class Serving(NamedTuple):
    """A server that listens."""

    address: tuple[str, int]
    app: App
    server: uvicorn.Server

    @property
    def url(self) -> str:
        """Where to ask it."""
        return "http://{}:{}".format(*self.address)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is connected, and nothing is left of those who were."""
        state = self.server.server_state
        return not state.connections and not state.tasks and not len(self.app.sockets)


@contextmanager
def serving(app: App, settings: Settings) -> Iterator[Serving]:
    """A server of the application."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_of(app, settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Serving(listener.getsockname(), app, server)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving_sample(**settings: object) -> Iterator[Serving]:
    """A server over the sample lake, on a fixed day."""
    with serving_lake(SAMPLE_LAKE, **settings) as served:
        yield served


@contextmanager
def serving_lake(folder: Path, **settings: object) -> Iterator[Serving]:
    """A server over the lake in the folder, on a fixed day."""
    chosen = Settings.model_validate({"curated_data_path": folder, **settings})
    with serving(app_of(assemble(chosen, today=lambda: TODAY), chosen), chosen) as served:
        yield served


def exchanged(address: tuple[str, int], *sent: bytes, is_closed: bool = True) -> bytes:
    """All that comes back for the bytes, until the server closes; or the first of it, if it does not."""
    with socket.create_connection(address, timeout=20) as connection:
        for piece in sent:
            connection.sendall(piece)
        received = b""
        while piece := connection.recv(65536):
            received += piece
            if not is_closed:
                break
        return received


def request(body: bytes, *headers: str) -> bytes:
    """A request that posts the body."""
    head = (
        "POST /graphql HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        f"content-length: {len(body)}",
    )
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


def asked(question: str, *headers: str) -> bytes:
    """A request that asks the question."""
    return request(json.dumps({"query": question}).encode(), *headers)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it becomes true, within seconds."""
    for _ in range(500):
        if holds():
            return True
        time.sleep(0.01)
    return False
