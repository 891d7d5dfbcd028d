"""The files of the pages: small on the wire, kept for ever where that is safe, and nothing else."""

import gzip
import re

import pytest
from starlette.testclient import TestClient

from bedrot_graph.pages.files import FOLDER

ASSETS = sorted(path.relative_to(FOLDER).as_posix() for path in (FOLDER / "explorer" / "assets").iterdir())
SCRIPT = next(path for path in ASSETS if re.search(r"/index-.*\.js", path))
FOR_EVER = "public, max-age=31536000, immutable"


def test_a_file_with_a_digest_in_its_name_is_kept_for_ever(sample: TestClient) -> None:
    response = sample.get(f"/static/{SCRIPT}")
    assert response.headers["cache-control"] == FOR_EVER
    assert response.content == (FOLDER / SCRIPT).read_bytes()


@pytest.mark.parametrize("path", ["home.css", "icon.svg", "examples.json"])
def test_any_other_file_is_asked_for_again(path: str, sample: TestClient) -> None:
    response = sample.get(f"/static/{path}")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")
    again = sample.get(f"/static/{path}", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, gzip;q=0.8", "gzip"),
        ("*", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=0.0, identity", None),
        ("", None),
    ],
)
def test_a_file_is_compressed_for_those_who_take_it(accepted: str, encoding: str | None, sample: TestClient) -> None:
    response = sample.get(f"/static/{SCRIPT}", headers={"accept-encoding": accepted})
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "accept-encoding"
    assert response.content == (FOLDER / SCRIPT).read_bytes()  # the client has unpacked it


def test_all_of_the_explorer_is_less_than_two_megabytes_on_the_wire() -> None:
    assert sum(len(gzip.compress((FOLDER / path).read_bytes())) for path in ASSETS) < 2_000_000


def test_everything_obeys_the_policy(sample: TestClient) -> None:
    for path in ASSETS:
        headers = sample.get(f"/static/{path}").headers
        assert "default-src 'self'" in headers["content-security-policy"], path  # a worker has that of its own file
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == FOR_EVER, path


@pytest.mark.parametrize(
    "path", ["explorer/index.html", "../app.py", "%2e%2e/app.py", "explorer", "", "nowhere.js", "a" * 300]
)
def test_nothing_else_is_served(path: str, sample: TestClient) -> None:
    assert sample.get(f"/static/{path}").status_code == 404


def test_a_file_is_only_read(sample: TestClient) -> None:
    assert sample.post("/static/home.css").status_code == 405


def test_no_file_names_another_host_to_load_from() -> None:
    page = (FOLDER / "explorer" / "index.html").read_text(encoding="utf-8")
    styles = "".join((FOLDER / path).read_text(encoding="utf-8") for path in ASSETS if path.endswith(".css"))
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)
    assert not re.search(r"""(?:url\(|@import)\s*["']?(?:https?:)?//""", styles)
