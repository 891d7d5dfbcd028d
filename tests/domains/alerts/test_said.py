"""What people say of alerts, asked and told as clients do."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph.app import app_of
from bedrot_graph.assembly import assemble, ledger_folder
from bedrot_graph.domains.alerts.queries import LONGEST_SNOOZE_DAYS
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.marks import wake
from bedrot_graph.settings import Settings
from bedrot_graph.web.keys import KeyFile
from tests.askers import client_of
from tests.domains.alerts.told import level, without
from tests.lakes import STREAMS_FILE, TODAY, statement, write_lake

Serve = Callable[..., TestClient]

#  a drop, the same days as an anomaly, two gaps, old data
ROWS = without(level(90, but=dict.fromkeys(range(83, 90), 100)), 20, 40)
ALERTS = """query($where: AlertFilter, $first: Int, $after: String) {
  alerts(where: $where, first: $first, after: $after) {
    nodes { id acknowledgedAt acknowledgedBy snoozedUntil snoozedBy } totalCount pageInfo { endCursor }
  }
}"""
ACKNOWLEDGE = """mutation($id: ID!, $takeBack: Boolean! = false) {
  acknowledgeAlert(id: $id, takeBack: $takeBack) { id kind acknowledgedAt acknowledgedBy snoozedUntil }
}"""
SNOOZE = """mutation($id: ID!, $until: DateTime) {
  snoozeAlert(id: $id, until: $until) {
    id title unit value period { from to } raisedAt snoozedUntil snoozedBy acknowledgedAt dimensions { name value }
  }
}"""
HISTORY = """query($first: Int, $after: String) { alertHistory(first: $first, after: $after) {
  nodes { id kind severity title raisedAt noticedAt changedAt resolvedAt times acknowledgedAt acknowledgedBy }
  edges { cursor } pageInfo { hasNextPage endCursor } totalCount
} }"""
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return write_lake(tmp_path / "lake", streams=ROWS)


@pytest.fixture
def client(tmp_path: Path, lake: Path, serve: Serve) -> TestClient:
    return serve(lake, state_dir=tmp_path / "state")


def post(client: TestClient, query: str, headers: dict[str, str] | None = None, **variables: object) -> dict[str, Any]:
    sent = {"query": query, "variables": variables}
    answer: dict[str, Any] = client.post("/graphql", json=sent, headers=headers).json()
    return answer


def ids(client: TestClient, where: dict[str, Any] | None = None) -> list[str]:
    return [each["id"] for each in post(client, ALERTS, where=where)["data"]["alerts"]["nodes"]]


def in_days(days: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).replace(microsecond=0).isoformat()


def code(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    return str(error["extensions"]["code"])


# --- acknowledged ---


def test_who_acknowledges_is_told_with_the_alert_and_so_is_everybody_after(client: TestClient) -> None:
    first = ids(client)[0]
    said = post(client, ACKNOWLEDGE, id=first)["data"]["acknowledgeAlert"]
    assert re.fullmatch(TIME, said["acknowledgedAt"])
    assert (said["id"], said["kind"], said["acknowledgedBy"]) == (first, "STREAM_DROP", "testclient")
    nodes = post(client, ALERTS)["data"]["alerts"]["nodes"]
    assert [each["acknowledgedAt"] for each in nodes] == [said["acknowledgedAt"], None, None, None, None]
    assert nodes[0]["acknowledgedBy"] == "testclient"


def test_the_filter_tells_what_is_acknowledged_and_what_is_not(client: TestClient) -> None:
    every = ids(client)
    post(client, ACKNOWLEDGE, id=every[2])
    assert ids(client, {"acknowledged": {"eq": True}}) == [every[2]]
    assert ids(client, {"acknowledged": {"eq": False}}) == [each for each in every if each != every[2]]
    post(client, ACKNOWLEDGE, id=every[2], takeBack=True)
    assert ids(client, {"acknowledged": {"eq": True}}) == []


def test_who_acknowledges_first_is_kept(lake: Path, tmp_path: Path, serve: Serve) -> None:
    keys = KeyFile(tmp_path / "state")
    (one, first), (_, second) = (keys.create(name, ("admin",)) for name in ("first", "second"))
    client = serve(lake, state_dir=tmp_path / "state", admin_token="s3cret")
    asks = [{"authorization": f"Bearer {each}"} for each in (first, second, "s3cret")]
    name = post(client, ALERTS, asks[0])["data"]["alerts"]["nodes"][0]["id"]
    said = [post(client, ACKNOWLEDGE, headers, id=name)["data"]["acknowledgeAlert"] for headers in asks]
    assert said[0] == said[1] == said[2]
    assert said[0]["acknowledgedBy"] == f"key {one.id}"
    post(client, ACKNOWLEDGE, asks[1], id=name, takeBack=True)
    assert post(client, ACKNOWLEDGE, asks[2], id=name)["data"]["acknowledgeAlert"]["acknowledgedBy"] == "admin token"


def test_who_may_not_change_anything_says_nothing(lake: Path, tmp_path: Path, serve: Serve) -> None:
    client = serve(lake, state_dir=tmp_path / "state", admin_token="s3cret")
    first = ids(client)[0]
    assert code(post(client, ACKNOWLEDGE, id=first)) == "UNAUTHENTICATED"
    assert code(post(client, SNOOZE, id=first, until=in_days(1))) == "UNAUTHENTICATED"
    assert ids(client, {"acknowledged": {"eq": True}}) == ids(client, {"snoozed": {"eq": True}}) == []
    assert not (tmp_path / "state" / "lakes").exists()


def test_of_an_unknown_alert_it_is_said_what_to_try(client: TestClient) -> None:
    for answer in (post(client, ACKNOWLEDGE, id="nobody" * 50), post(client, SNOOZE, id="nobody" * 50, until=None)):
        assert code(answer) == "BAD_USER_INPUT"
        assert answer["errors"][0]["message"] == (
            f"There is no alert '{('nobody' * 50)[:80]}' now. Ask `alerts` for the ids of those there are; "
            "`alertHistory` tells which have ended."
        )


# --- snoozed ---


def test_an_alert_is_put_off_until_a_time(client: TestClient) -> None:
    every, until = ids(client), in_days(3)
    said = post(client, SNOOZE, id=every[0], until=until)["data"]["snoozeAlert"]
    assert said == {
        "id": every[0],
        "title": "Streams of distrokid have fallen by 90 %",
        "unit": "STREAMS",
        "value": 700,
        "period": {"from": "2025-03-30", "to": "2025-04-05"},
        "raisedAt": "2025-03-31",
        "snoozedUntil": until,
        "snoozedBy": "testclient",
        "acknowledgedAt": None,
        "dimensions": [{"name": "distributor", "value": "distrokid"}],
    }
    assert ids(client, {"snoozed": {"eq": True}}) == [every[0]]
    assert ids(client, {"snoozed": {"eq": False}}) == every[1:]
    assert post(client, SNOOZE, id=every[0], until=None)["data"]["snoozeAlert"]["snoozedUntil"] is None
    assert ids(client, {"snoozed": {"eq": True}}) == []


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (in_days(-0.01), f"is not within the {LONGEST_SNOOZE_DAYS} days from now on"),
        (in_days(LONGEST_SNOOZE_DAYS + 0.1), f"is not within the {LONGEST_SNOOZE_DAYS} days from now on"),
        ("0001-01-01T00:00:00+14:00", "is not within"),
        ("9999-12-31T23:59:59-14:00", "is not within"),
        ("2030-01-01T00:00:00", "names no time zone. Add one, such as 'Z' for UTC or '+02:00'."),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(until: str, told: str, client: TestClient) -> None:
    answer = post(client, SNOOZE, id=ids(client)[0], until=until)
    assert code(answer) == "BAD_USER_INPUT"
    assert told in answer["errors"][0]["message"]
    assert ids(client, {"snoozed": {"eq": True}}) == []


@pytest.mark.parametrize(
    "until", ["soon", "", "9999-12-31T24:00:00Z", "2026-02-30T00:00:00Z", "x" * 1000, "2026-11-27T00:00:00+99:99"]
)
def test_what_is_no_time_is_said_to_be_none(until: str, client: TestClient) -> None:
    literal = post(client, f'mutation {{ snoozeAlert(id: "a", until: "{until}") {{ id }} }}')
    assert [code(literal), code(post(client, SNOOZE, id="a", until=until))] == [
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_USER_INPUT",
    ]
    for answer in (literal, post(client, SNOOZE, id="a", until=until)):
        assert f"'{until[:80]}' is no time. Send one as text, such as" in answer["errors"][0]["message"]
    assert code(post(client, SNOOZE, id="a", until=5)) == "BAD_USER_INPUT"


def test_what_is_not_said_ends_the_snooze(client: TestClient) -> None:
    first = ids(client)[0]
    post(client, SNOOZE, id=first, until=in_days(1))
    post(client, f'mutation {{ snoozeAlert(id: "{first}") {{ id }} }}')
    assert ids(client, {"snoozed": {"eq": True}}) == []


# --- remembered ---


def test_what_was_remembered_and_its_tag_are_of_what_was_said(client: TestClient) -> None:
    asked = {"query": "{ alerts { nodes { id acknowledgedBy } } }"}
    before = client.get("/graphql", params=asked)
    tag = {"if-none-match": before.headers["etag"]}
    assert client.get("/graphql", params=asked, headers=tag).status_code == 304
    first = before.json()["data"]["alerts"]["nodes"][0]["id"]
    post(client, ACKNOWLEDGE, id=first)
    after = client.get("/graphql", params=asked, headers=tag)
    assert (after.status_code, after.json()["data"]["alerts"]["nodes"][0]["acknowledgedBy"]) == (200, "testclient")
    post(client, ACKNOWLEDGE, id=first, takeBack=True)
    assert client.get("/graphql", params=asked, headers=tag).status_code == 304


def test_a_cursor_of_a_filter_that_looks_at_it_does_not_fit_any_more(client: TestClient) -> None:
    where = {"acknowledged": {"eq": False}}
    cursors = [
        post(client, ALERTS, first=1, where=each)["data"]["alerts"]["pageInfo"]["endCursor"] for each in (where, {})
    ]
    post(client, ACKNOWLEDGE, id=ids(client)[0])
    assert code(post(client, ALERTS, first=1, after=cursors[0], where=where)) == "INVALID_CURSOR"
    assert "errors" not in post(client, ALERTS, first=1, after=cursors[1], where={})


def test_what_was_said_outlives_the_server(lake: Path, tmp_path: Path, serve: Serve) -> None:
    before = serve(lake, state_dir=tmp_path / "state")
    said = post(before, ACKNOWLEDGE, id=ids(before)[0])["data"]["acknowledgeAlert"]
    after = serve(lake, state_dir=tmp_path / "state")
    assert post(after, ALERTS)["data"]["alerts"]["nodes"][0]["acknowledgedAt"] == said["acknowledgedAt"]


def test_each_lake_has_its_own(tmp_path: Path, lake: Path, serve: Serve) -> None:
    (tmp_path / "other").mkdir()
    other = write_lake(tmp_path / "other", streams=ROWS)
    clients = [serve(folder, state_dir=tmp_path / "state") for folder in (lake, other)]
    post(clients[0], ACKNOWLEDGE, id=ids(clients[0])[0])
    assert [len(ids(each, {"acknowledged": {"eq": True}})) for each in clients] == [1, 0]


# --- scopes ---


def test_who_sees_some_artists_only_sees_nothing_of_it(tmp_path: Path, serve: Serve) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    lines = [statement(month, "Spotify", 100, earned, artist="OWL1987") for month, earned in PAID]
    write_lake(lake, statements=lines)
    keys = KeyFile(tmp_path / "state")
    owl, ops = (
        {"authorization": f"Bearer {keys.create(scope, (scope,))[1]}"} for scope in ("read:artist=OWL1987", "admin")
    )
    client = serve(lake, state_dir=tmp_path / "state")
    name = post(client, ALERTS, owl)["data"]["alerts"]["nodes"][0]["id"]
    post(client, ACKNOWLEDGE, ops, id=name)
    told = [post(client, ALERTS, each)["data"]["alerts"]["nodes"][0] for each in (ops, owl)]
    assert [each["id"] for each in told] == [name, name]
    assert told[0]["acknowledgedAt"]
    assert set(told[1].values()) == {name, None}
    assert code(post(client, HISTORY, owl)) == "FORBIDDEN"
    assert code(post(client, ACKNOWLEDGE, owl, id=name)) == "FORBIDDEN"
    assert post(client, HISTORY, ops)["data"]["alertHistory"]["totalCount"] == 1


PAID = [("2024-10", "1000"), ("2024-11", "1000"), ("2024-12", "1000"), ("2025-01", "100")]


# --- what is kept ---


def test_what_is_kept_is_told_in_pages_that_begin_with_the_newest(client: TestClient) -> None:
    every = ids(client)
    assert post(client, HISTORY)["data"]["alertHistory"]["totalCount"] == 0
    for name in every[:3]:
        post(client, SNOOZE, id=name, until=in_days(1))
    first = post(client, HISTORY, first=2)["data"]["alertHistory"]
    second = post(client, HISTORY, first=2, after=first["pageInfo"]["endCursor"])["data"]["alertHistory"]
    assert [each["id"] for page in (first, second) for each in page["nodes"]] == every[2::-1]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second)] == [True, False]
    kept = second["nodes"][0]
    assert re.fullmatch(TIME, kept["noticedAt"])
    assert kept == {
        "id": every[0],
        "kind": "STREAM_DROP",
        "severity": "CRITICAL",
        "title": "Streams of distrokid have fallen by 90 %",
        "raisedAt": "2025-03-31",
        "noticedAt": kept["noticedAt"],
        "changedAt": kept["noticedAt"],
        "resolvedAt": None,
        "times": 1,
        "acknowledgedAt": None,
        "acknowledgedBy": None,
    }


def test_what_is_kept_is_never_told_from_memory(client: TestClient, tmp_path: Path, lake: Path) -> None:
    post(client, SNOOZE, id=ids(client)[0], until=in_days(1))
    before = post(client, HISTORY, first=0)["data"]["alertHistory"]
    response = client.post("/graphql", json={"query": HISTORY})
    assert response.headers["cache-control"] == "no-store"
    file = LedgerFile(ledger_folder(tmp_path / "state", lake))
    with file.writing() as connection:  # as another process may, without a word to this one
        connection.execute("DELETE FROM alerts")
    file.close()
    assert (before["totalCount"], post(client, HISTORY, first=0)["data"]["alertHistory"]["totalCount"]) == (1, 0)


def test_a_cursor_does_not_fit_when_something_has_happened(client: TestClient, tmp_path: Path, lake: Path) -> None:
    for name in ids(client)[:2]:
        post(client, SNOOZE, id=name, until=in_days(1))
    cursor = post(client, HISTORY, first=1)["data"]["alertHistory"]["pageInfo"]["endCursor"]
    file = LedgerFile(ledger_folder(tmp_path / "state", lake))
    wake(file, now=dt.datetime.now(dt.UTC).timestamp() + 10 * 24 * 60 * 60)
    file.close()
    assert code(post(client, HISTORY, first=1, after=cursor)) == "INVALID_CURSOR"


# --- where nothing can be kept ---


def test_without_a_place_to_keep_it_all_is_answered_and_nothing_said(tmp_path: Path, lake: Path, serve: Serve) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lakes").write_text("a file, where a folder would have to be made", encoding="utf-8")
    client = serve(lake, state_dir=tmp_path / "state")
    every = ids(client)
    assert len(every) == 5
    assert code(post(client, ACKNOWLEDGE, id=every[0])) == "ALERTS_NOT_KEPT"
    assert code(post(client, SNOOZE, id=every[0], until=in_days(1))) == "ALERTS_NOT_KEPT"
    assert str(tmp_path) not in str(post(client, ACKNOWLEDGE, id=every[0]))
    assert len(ids(client)) == 5


def test_who_has_no_home_is_told_that_nothing_is_kept(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(curated_data_path=lake)
    parts = replace(assemble(settings, lambda: TODAY), ledger=None)
    with client_of(app_of(parts, settings)) as client:
        every = ids(client)
        assert [code(post(client, ACKNOWLEDGE, id=every[0])), code(post(client, HISTORY))] == ["ALERTS_NOT_KEPT"] * 2
    assert [each.message for each in caplog.records if each.levelname == "WARNING"] == ["alerts are not kept"]


def test_what_has_ended_in_the_ledger_is_not_raised_again_by_who_still_sees_it(
    client: TestClient, tmp_path: Path, lake: Path
) -> None:
    name = ids(client)[0]
    post(client, ACKNOWLEDGE, id=name)
    file = LedgerFile(ledger_folder(tmp_path / "state", lake))
    with file.writing() as connection:
        connection.execute("UPDATE alerts SET resolved_at = 1")
    file.close()
    assert code(post(client, ACKNOWLEDGE, id=name)) == "BAD_USER_INPUT"
    assert post(client, HISTORY)["data"]["alertHistory"]["nodes"][0]["times"] == 1


def test_a_file_that_changes_takes_nothing_of_what_was_said(client: TestClient, lake: Path) -> None:
    post(client, ACKNOWLEDGE, id=ids(client)[0])
    with (lake / STREAMS_FILE).open("a", encoding="utf-8") as file:
        file.write("\n")
    post(client, "mutation { reload { version } }")
    assert len(ids(client, {"acknowledged": {"eq": True}})) == 1
