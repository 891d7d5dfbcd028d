"""The page of clients: what it shows is run, and what it says was tried is what is installed."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.clients.installs import HERE, node, python
from tests.house.docs import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
SNIPPETS: dict[str, str] = dict(re.findall(r"## (\S[^\n]*)\n\n```(?:js|python)\n(.*?)```", PAGE, re.DOTALL))
IN_JAVASCRIPT = ("Apollo Client", "urql", "graphql-request", "graphql-ws", "graphql-sse")
TRIED = {
    **json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"],
    **dict(re.findall(r"^(\w+)==(\S+)", (HERE / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)),
    **{name: version(name) for name in ("gql", "schemathesis")},
}
NEEDED_BESIDE = {"dclint", "graphql", "graphql-core", "rxjs", "ws"}
"""Packages that clients need, and nobody asks the server with."""


def printed_by(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def of_server(client: str, server: str) -> str:
    """The client's snippet, asking the server under test."""
    return SNIPPETS[client].replace("localhost:8000", server.removeprefix("http://").removesuffix("/graphql"))


@pytest.mark.parametrize("client", IN_JAVASCRIPT)
def test_the_snippet_of_a_javascript_client_runs(client: str, packages: Path, server: str) -> None:
    script = packages / f"snippet-{IN_JAVASCRIPT.index(client)}.mjs"
    script.write_text(of_server(client, server), encoding="utf-8")
    assert printed_by([node(), str(script)]) == "2628.65372866\n"


def test_the_snippet_of_gql_runs(server: str) -> None:
    assert printed_by([sys.executable, "-c", of_server("gql", server)]) == "2628.65372866\n"


def test_the_snippet_of_sgqlc_runs(server: str) -> None:
    assert printed_by([str(python()), "-c", of_server("sgqlc", server)]) == "2628.65372866\n"


LIVE = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
LISTENING: dict[str, str] = dict(re.findall(r"```(js|python|sh)\n(.*?)```", LIVE, re.DOTALL)[:3])
"""The first of each language."""


def listening(language: str, server: str) -> str:
    return LISTENING[language].replace("localhost:8000", server.removeprefix("http://").removesuffix("/graphql"))


def test_the_snippet_that_listens_in_javascript_runs(packages: Path, server: str) -> None:
    script = packages / "snippet-live.mjs"
    script.write_text(listening("js", server), encoding="utf-8")
    assert printed_by([node(), str(script)]) == "13\n"


def test_the_snippet_that_listens_in_python_runs(server: str) -> None:
    assert printed_by([sys.executable, "-c", listening("python", server)]) == "13\n"


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_snippet_that_listens_with_curl_runs(server: str) -> None:
    heard = subprocess.run(
        ["sh", "-c", f"{listening('sh', server).strip()} --silent --max-time 2"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert heard.stdout.startswith(b':\n\nevent: next\ndata: {"data":{"kpiUpdates":[')
    assert heard.returncode == 28  # curl has had enough; nothing has ended


def test_there_is_a_snippet_for_every_client() -> None:
    assert set(SNIPPETS) == {*IN_JAVASCRIPT, "gql", "sgqlc"}


@pytest.mark.parametrize("package", sorted(TRIED.keys() - NEEDED_BESIDE))
def test_the_version_that_is_tried_is_told(package: str) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    name = package.removeprefix("@urql/").removeprefix("@").replace("apollo/client", "Apollo Client")
    assert [row for row in rows if name in row and TRIED[package] in row], f"{package} {TRIED[package]}"
