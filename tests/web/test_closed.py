"""A server with keys: who is let in, what each may ask, and what nobody is answered from another's memory."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient

from bedrot_graph.app import create_app, server_of
from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.settings import Settings
from bedrot_graph.web.keys import KeyFile
from tests.lakes import SAMPLE_LAKE
from tests.web.serving import Serving, eventually, serving_sample
from tests.web.test_sockets import begin, begun, closed, heard, opened, say

Serve = Callable[..., TestClient]
TOTAL = "{ revenue { total { revenueUsd } } }"
ALL_OF_IT, OWLS = 2628.65372866, 1249.06574052
RELOAD = "mutation { reload { version } }"
SECRET = "a secret of thirty-two bytes, no less"
JWT = {"jwt_key": SECRET, "jwt_algorithms": "HS256", "jwt_audience": "bedrot", "jwt_issuer": "login"}


@pytest.fixture
def state(tmp_path: Path) -> KeyFile:
    file = KeyFile(tmp_path)
    file.create("first", ("read",))
    return file


def key(state: KeyFile, *scopes: str) -> dict[str, str]:
    """The header of a new key."""
    return {"authorization": f"Bearer {state.create(' '.join(scopes) or 'nothing', scopes)[1]}"}


def total(client: TestClient, headers: dict[str, str]) -> float:
    answer = client.post("/graphql", json={"query": TOTAL}, headers=headers).json()
    found: float = answer["data"]["revenue"]["total"]["revenueUsd"]
    return found


def code(response: Any) -> tuple[int, str]:  # noqa: ANN401 - of the client
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


@pytest.fixture
def client(serve: Serve, state: KeyFile, tmp_path: Path) -> TestClient:
    return serve(SAMPLE_LAKE, state_dir=tmp_path)


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer bg_unknown"}, {"authorization": "Bearer a.b.c"}])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "text/event-stream"])
def test_without_a_key_nothing_is_answered(client: TestClient, sent: dict[str, str], accept: str) -> None:
    for query in (TOTAL, RELOAD, "{ __schema { queryType { name } } }", "{ nonsense }"):
        refused = client.post("/graphql", json={"query": query}, headers={**sent, "accept": accept})
        assert code(refused) == (401, "UNAUTHENTICATED")
        assert refused.headers["www-authenticate"].startswith('Bearer realm="bedrot-graph"')
    assert code(client.get("/graphql", params={"query": TOTAL}, headers=sent)) == (401, "UNAUTHENTICATED")


def test_the_scope_read_opens_all_questions_and_no_change(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    reader, admin = key(state, "read"), key(state, "admin")
    client = serve(SAMPLE_LAKE, state_dir=tmp_path)
    assert total(client, reader) == total(client, admin) == ALL_OF_IT
    refused = client.post("/graphql", json={"query": RELOAD}, headers=reader)
    assert code(refused) == (403, "FORBIDDEN")
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert client.post("/graphql", json={"query": RELOAD}, headers=admin).json()["data"]["reload"]["version"]


def test_a_key_without_a_scope_to_ask_is_told_so(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    powerless = key(state, "openid")
    assert code(serve(SAMPLE_LAKE, state_dir=tmp_path).post("/graphql", json={"query": TOTAL}, headers=powerless)) == (
        403,
        "FORBIDDEN",
    )


def test_in_production_every_key_is_told_the_schema(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    scoped = key(state, "read:artist=OWL1987")
    client = serve(SAMPLE_LAKE, state_dir=tmp_path, mode="production")
    assert client.get("/schema.graphql").status_code == 401
    assert client.get("/schema.graphql", headers=scoped).status_code == 200
    asked = client.post("/graphql", json={"query": "{ __schema { queryType { name } } }"}, headers=scoped).json()
    assert asked["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize("first", [0, 1])
def test_whoever_asks_first_each_is_answered_by_their_own_rights(
    serve: Serve, state: KeyFile, tmp_path: Path, first: int
) -> None:
    callers = [(key(state, "read"), ALL_OF_IT), (key(state, "read:artist=owl 1987"), OWLS)]
    client = serve(SAMPLE_LAKE, state_dir=tmp_path)
    for headers, amount in [callers[first], callers[1 - first]] * 3:
        assert total(client, headers) == amount
        by_get = client.get("/graphql", params={"query": TOTAL}, headers=headers)
        assert by_get.json()["data"]["revenue"]["total"]["revenueUsd"] == amount
        assert "authorization" in by_get.headers["vary"]


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed"])
def test_streams_hold_the_scope_too(serve: Serve, state: KeyFile, tmp_path: Path, accept: str) -> None:
    callers = [(key(state, "read"), ALL_OF_IT), (key(state, "read:artist=owl 1987"), OWLS)]
    client = serve(SAMPLE_LAKE, state_dir=tmp_path)
    for headers, amount in callers * 2:
        streamed = client.post("/graphql", json={"query": TOTAL}, headers={**headers, "accept": accept}).text
        assert f'"revenueUsd":{amount}' in streamed


def test_answers_of_a_scope_are_remembered_too(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    scoped, again = key(state, "read:artist=OWL1987"), key(state, "read:artist=owl 1987")
    reader = key(state, "read")
    client = serve(SAMPLE_LAKE, state_dir=tmp_path)

    def hits() -> str:
        return next(
            line
            for line in client.get("/metrics", headers=reader).text.splitlines()
            if "hits" in line and "responses" in line
        )

    assert total(client, scoped) == OWLS
    before = hits()
    assert total(client, again) == OWLS  # with another key that has the same rights
    assert hits() != before


def test_pages_tell_of_the_lake_what_the_key_may_see(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    reader, scoped = key(state, "read"), key(state, "read:artist=OWL1987")
    client = serve(SAMPLE_LAKE, state_dir=tmp_path)
    told = {path: [client.get(path, headers=sent) for sent in ({}, scoped, reader)] for path in ("/", "/metrics")}
    assert [page.status_code for page in told["/"]] == [401, 200, 200]
    assert [page.status_code for page in told["/metrics"]] == [401, 401, 200]
    _, of_owl, of_all = (page.text for page in told["/"])
    assert "$1,249.07" in of_owl
    assert "$2,628.65" in of_all
    assert "dk_bank_details" in of_all
    for word in ("HALO", "$2,628", "dk_bank_details", "none rejected", "0 files", "Not in this lake"):
        assert word not in of_owl


def test_whether_it_is_ready_is_told_to_everybody_and_of_what_to_those_who_see_all(
    serve: Serve, state: KeyFile, tmp_path: Path
) -> None:
    reader, scoped = key(state, "read"), key(state, "read:artist=OWL1987")
    client = serve(SAMPLE_LAKE, state_dir=tmp_path)
    told = [client.get("/health/ready", headers=sent).json() for sent in ({}, scoped, reader)]
    assert told[0] == told[1] == {"status": "ready"}
    assert told[2]["datasets"]["daily_streams"] == "ready"


def test_each_key_has_a_rate_of_its_own(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    one, other = key(state, "read"), key(state, "admin")
    client = serve(SAMPLE_LAKE, state_dir=tmp_path, points_per_minute=250)
    questions = [
        "{ revenue { totalCount } streams { totalCount } }",
        "{ streams { totalCount } revenue { totalCount } }",
    ]
    asked = [
        client.post("/graphql", json={"query": question}, headers=headers).status_code
        for headers in (one, other)
        for question in questions
    ]
    assert asked == [200, 429, 200, 429]


def test_who_tries_keys_may_not_try_many(serve: Serve, state: KeyFile, tmp_path: Path) -> None:
    client = serve(SAMPLE_LAKE, state_dir=tmp_path, points_per_minute=3)
    tried = [
        client.post("/graphql", json={"query": TOTAL}, headers={"authorization": f"Bearer bg_{number}"}).status_code
        for number in range(4)
    ]
    assert tried == [401, 401, 401, 429]


def test_tokens_of_another_issuer_have_scopes_in_the_same_words(serve: Serve) -> None:
    client = serve(SAMPLE_LAKE, **JWT)

    def sent(scope: str) -> dict[str, str]:
        claims = {"aud": "bedrot", "iss": "login", "sub": "ann", "scope": scope, "exp": time.time() + 60}
        return {"authorization": f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"}

    assert total(client, sent("openid read")) == ALL_OF_IT
    assert total(client, sent("read:artist=OWL%201987")) == OWLS
    assert code(client.post("/graphql", json={"query": TOTAL}, headers=sent("openid"))) == (403, "FORBIDDEN")
    assert code(client.post("/graphql", json={"query": RELOAD}, headers=sent("read"))) == (403, "FORBIDDEN")
    assert code(client.post("/graphql", json={"query": TOTAL})) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**JWT, "jwt_jwks": __file__}, "JWT_KEY and JWT_JWKS are both set"),
        ({"jwt_audience": "bedrot"}, "neither JWT_KEY nor JWT_JWKS is"),
        ({**JWT, "jwt_algorithms": "none"}, "JWT_ALGORITHMS has 'none'"),
    ],
)
def test_half_a_setting_of_tokens_is_refused_at_the_start(settings: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        create_app(Settings.model_validate({"curated_data_path": SAMPLE_LAKE, **settings}))


# --- where others can reach it ---


def test_a_server_that_others_can_reach_needs_keys_or_a_word(tmp_path: Path) -> None:
    def serving(**settings: object) -> None:
        chosen = Settings.model_validate({"curated_data_path": SAMPLE_LAKE, "state_dir": tmp_path, **settings})
        server_of(create_app(chosen), chosen)

    with pytest.raises(
        SettingsInvalid, match=r"^BACKEND_HOST is '0\.0\.0\.0', which others can reach, and nobody has to"
    ):
        serving(backend_host="0.0.0.0")
    with pytest.raises(SettingsInvalid):
        serving(backend_host="0.0.0.0", mode="development")
    for host in ("127.0.0.1", "localhost", "::1"):
        serving(backend_host=host)
    serving(backend_host="0.0.0.0", insecure=True)
    serving(backend_host="0.0.0.0", admin_token="s3cret")
    serving(backend_host="0.0.0.0", **JWT)
    KeyFile(tmp_path).create("one", ("read",))
    serving(backend_host="0.0.0.0")


# --- while it runs ---


def is_known(running: Serving, sent: dict[str, str]) -> bool:
    """Whether the server has seen the new key."""
    keys = running.app.guard._keys
    return keys is not None and keys.find(sent["authorization"].removeprefix("Bearer ")) is not None


@pytest.fixture
def running(state: KeyFile, tmp_path: Path) -> Iterator[Serving]:
    with serving_sample(state_dir=tmp_path) as served:
        yield served


def test_who_is_refused_may_ask_again_over_the_same_connection(running: Serving, state: KeyFile) -> None:
    made = key(state, "read")
    assert eventually(lambda: is_known(running, made))
    headers = {"content-type": "application/json"}
    body = json.dumps({"query": TOTAL, "extensions": {"padding": "x" * 900_000}})
    statuses = []
    with closing(http.client.HTTPConnection(*running.address, timeout=20)) as connection:
        for more in ({}, made, {}, made):
            connection.request("POST", "/graphql", body, {**headers, **more})
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
    assert statuses == [401, 200, 401, 200]


def test_a_socket_is_for_those_who_send_a_key(running: Serving, state: KeyFile) -> None:
    scoped = key(state, "read:artist=OWL1987")
    assert eventually(lambda: is_known(running, scoped))
    for payload in (None, {}, {"authorization": "Bearer bg_unknown"}):
        with opened(running) as socket:
            say(socket, type="connection_init", **({} if payload is None else {"payload": payload}))
            assert closed(socket)[0] == 4403
    for payload, headers in ((scoped, {}), (None, scoped)):
        with begun(running, payload, **headers) as socket:
            say(socket, type="subscribe", id="1", payload={"query": TOTAL})
            assert heard(socket)["payload"]["data"]["revenue"]["total"]["revenueUsd"] == OWLS
            assert heard(socket)["type"] == "complete"
            say(socket, type="subscribe", id="2", payload={"query": RELOAD})
            assert heard(socket)["payload"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_revoked_key_opens_nothing_within_a_second_or_two_and_its_sockets_are_closed(
    running: Serving, state: KeyFile
) -> None:
    made, kept = key(state, "read:artist=OWL1987"), key(state, "admin")
    assert eventually(lambda: is_known(running, kept))
    with begun(running, made) as socket, begun(running, kept) as other:
        state.revoke("read:artist=OWL1987")
        begun_at = time.monotonic()
        assert closed(socket)[0] == 4403
        assert time.monotonic() - begun_at < 5
        say(other, type="subscribe", id="1", payload={"query": TOTAL})
        assert heard(other)["type"] == "next"
        with opened(running) as late:
            say(late, type="connection_init", payload=made)
            assert closed(late)[0] == 4403


def test_a_socket_is_closed_when_its_token_has_expired() -> None:
    claims = {
        "aud": "bedrot",
        "iss": "login",
        "scope": "read",
        "exp": time.time() - 3,
    }  # clocks may differ by 5 seconds
    sent = {"authorization": f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"}
    with serving_sample(**JWT) as served, begun(served, sent) as socket:
        say(socket, type="subscribe", id="1", payload={"query": TOTAL})
        assert heard(socket)["type"] == "next"
        assert closed(socket)[0] == 4403


def test_when_an_issuer_changes_its_keys_no_restart_is_needed(tmp_path: Path) -> None:
    secrets = {name: f"a secret of thirty-two bytes, called {name}" for name in ("old", "new")}

    def sent(name: str) -> dict[str, str]:
        claims = {"aud": "bedrot", "iss": "login", "sub": "ann", "scope": "read", "exp": time.time() + 60}
        return {"authorization": f"Bearer {jwt.encode(claims, secrets[name], 'HS256', {'kid': name})}"}

    def write(name: str) -> Path:
        key = {"kty": "oct", "kid": name, "k": jwt.utils.base64url_encode(secrets[name].encode()).decode()}
        new = tmp_path / "new"
        new.write_text(json.dumps({"keys": [key]}))
        return new.replace(tmp_path / "jwks.json")

    settings = {**JWT, "jwt_key": None, "jwt_jwks": write("old")}
    with serving_sample(**settings) as served, begun(served, sent("old")) as socket:
        client = TestClient(served.app, base_url="http://localhost")
        assert total(client, sent("old")) == ALL_OF_IT
        assert code(client.post("/graphql", json={"query": TOTAL}, headers=sent("new"))) == (401, "UNAUTHENTICATED")
        write("new")
        assert closed(socket)[0] == 4403
        assert total(client, sent("new")) == ALL_OF_IT
        assert code(client.post("/graphql", json={"query": TOTAL}, headers=sent("old"))) == (401, "UNAUTHENTICATED")


def test_the_first_key_closes_a_server_that_was_open(tmp_path: Path) -> None:
    with serving_sample(state_dir=tmp_path) as served, begun(served) as socket:
        say(socket, type="ping")
        assert heard(socket) == {"type": "pong"}
        made = key(KeyFile(tmp_path), "read")
        assert closed(socket)[0] == 4403
        with opened(served) as other:
            begin(other, json.loads(json.dumps(made)))
