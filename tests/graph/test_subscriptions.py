"""Subscriptions are state: what is told next is what differs from what was told last, whatever was between."""

import asyncio
import datetime as dt
import gc
import json
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode

from bedrot_graph.assembly import Parts, assemble
from bedrot_graph.graph import live
from bedrot_graph.graph.execution import Answered, Operation
from bedrot_graph.graph.live import Feeds
from bedrot_graph.graph.subscriptions import Subscription
from bedrot_graph.lake.current import CurrentSnapshot
from bedrot_graph.lake.marks import Mark
from bedrot_graph.schema import execute, prepare
from bedrot_graph.settings import Settings
from bedrot_graph.web.bodies import body_of, encoded
from tests.lakes import STATEMENTS_FILE, STREAMS_FILE, TODAY, day, statement, write_lake

KPIS = "subscription { kpiUpdates { id value } }"
ALERTS = "subscription($severity: [AlertSeverity!]) { alertRaised(severity: $severity) { kind severity } }"
DATASETS = "subscription { datasetChanged { name rows } }"
DAYS = [day(f"2025-08-{number:02}", "distrokid", 100, 50) for number in range(1, 32)]
LINES = [statement("2025-01", "Spotify", 1000, "4.00"), statement("2025-01", "TikTok", 10, "0.50", artist="HALO B7")]
NOW = dt.datetime(2025, 9, 8, 12, tzinfo=dt.UTC)


@dataclass
class House:
    """What answers, over a folder; and what people have said about findings."""

    folder: Path
    parts: Parts
    marks: dict[str, Mark] = field(default_factory=dict)
    written: int = 0
    """How many messages were made."""

    async def change(self, **rows: Any) -> None:  # noqa: ANN401 - as `write_lake` has them
        """Other files, which are looked at now, and have been by those who listen."""
        write_lake(self.folder, **rows)
        await self.look()

    async def look(self) -> None:
        await self.parts.current.reload()
        for feed in self.parts.feeds._held.values():
            await feed.present()

    def write(self, answered: Answered) -> bytes:
        self.written += 1
        return encoded(body_of(answered))

    def subscription(self, query: str, **variables: object) -> Subscription:
        operation = Operation(query, variables, extensions={"lineage": "none"})
        execution = prepare(operation, self.parts.context())
        assert not execution.errors
        return Subscription(execution, prepare, self.write)


Houses = Callable[..., House]


@pytest.fixture
def house(tmp_path: Path) -> Houses:
    def build(**settings: object) -> House:
        write_lake(tmp_path, statements=LINES, streams=DAYS)
        parts = assemble(Settings.model_validate({"curated_data_path": tmp_path, **settings}), today=lambda: TODAY)
        built = House(tmp_path, parts)
        current = CurrentSnapshot(parts.zone, 300, marks=lambda: dict(built.marks))
        built.parts = replace(parts, current=current, feeds=Feeds(current, lambda _: current))
        return built

    return build


async def told(subscription: Subscription) -> dict[str, Any]:
    """The next message."""
    async with asyncio.timeout(10):
        while True:
            await subscription.news()
            if message := await subscription.message():
                answer: dict[str, Any] = json.loads(message)
                return answer


async def is_silent(subscription: Subscription) -> bool:
    await subscription._feed.present()  # what there is has been looked at, however busy this machine is
    try:
        async with asyncio.timeout(0.1):
            await subscription.news()
    except TimeoutError:
        return True
    return False


def values(message: dict[str, Any]) -> dict[str, Any]:
    return {kpi["id"]: kpi["value"] for kpi in message["data"]["kpiUpdates"]}


def counted(spotify: int) -> list[dict[str, str]]:
    """The days, of which the last has another count."""
    return [*DAYS[:-1], day("2025-08-31", "distrokid", spotify, 50)]


async def test_the_present_state_is_told_first_and_then_what_differs(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as following:
        first = values(await told(following))
        assert (len(first), first["streams"], first["total_revenue"]) == (13, 31 * 150, 4.5)
        await lake.change(streams=counted(101))
        assert values(await told(following)) == {"streams": 31 * 150 + 1}
        await lake.look()
        assert await is_silent(following)
    async with lake.subscription(KPIS) as again:
        assert values(await told(again)) == {**first, "streams": 31 * 150 + 1}


async def test_who_comes_when_the_lake_has_just_changed_is_told_of_the_change_at_once(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as following:
        await told(following)
        write_lake(lake.folder, streams=counted(101))
        await lake.parts.current.reload()
        async with lake.subscription(KPIS) as late:
            assert values(await told(late))["streams"] == 31 * 150 + 1


async def test_a_message_is_what_the_query_answers(house: Houses) -> None:
    lake = house()
    selected = "id name value unit previous growth target progress status period { from to } asOf measure"
    async with lake.subscription(f"subscription {{ kpiUpdates {{ {selected} }} }}") as following:
        message = await told(following)
    query = Operation(f"{{ kpis {{ {selected} }} }}", extensions={"lineage": "none"})
    answer = json.loads(encoded(body_of(await execute(query, lake.parts.context()))))
    assert message["data"]["kpiUpdates"] == answer["data"]["kpis"]
    assert message["errors"] == [{**error, "path": ["kpiUpdates"]} for error in answer["errors"]]


async def test_written_value_by_value_the_messages_are_the_same(house: Houses) -> None:
    query = """subscription { alertRaised { id kind severity title message measure unit value expected change raisedAt
        acknowledgedAt period { from to } dimensions { name value } } }"""
    messages = []
    for columnar in (True, False):
        async with house(columnar=columnar).subscription(query) as following:
            messages.append(await told(following))
    assert messages[0] == messages[1]
    assert messages[0]["data"]["alertRaised"]["id"]


# --- newest wins ---


async def test_who_reads_slowly_is_told_the_newest_state_and_how_many_were_left_out(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as following:
        await told(following)
        for spotify in (101, 102, 103, 104):
            await lake.change(streams=counted(spotify))
        message = await told(following)
        assert values(message) == {"streams": 31 * 150 + 4}
        assert message["extensions"] == {"missed": 3}
        await lake.change(streams=counted(105))
        message = await told(following)
        assert values(message) == {"streams": 31 * 150 + 5}
        assert "extensions" not in message


async def test_what_has_come_back_to_what_was_told_is_not_told_but_counts_as_missed(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as following:
        await told(following)
        await lake.change(streams=counted(101))
        await lake.change(streams=counted(100))
        assert await is_silent(following)
        await lake.change(streams=counted(107))
        message = await told(following)
        assert values(message) == {"streams": 31 * 150 + 7}
        assert message["extensions"] == {"missed": 1}


async def test_old_snapshots_go_however_slow_a_reader_is(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as following:
        await told(following)
        old = weakref.ref(await lake.parts.current.get())
        for spotify in (101, 102):
            await lake.change(streams=counted(spotify))
        gc.collect()
        assert old() is None
        assert values(await told(following)) == {"streams": 31 * 150 + 2}


# --- shared ---


async def test_those_who_ask_the_same_share_each_message(house: Houses) -> None:
    lake = house()

    async def listen(has_begun: asyncio.Barrier) -> list[dict[str, Any]]:
        async with lake.subscription(KPIS) as following:
            first = await told(following)
            await has_begun.wait()
            return [first, await told(following)]

    barrier = asyncio.Barrier(201)
    listening = [asyncio.ensure_future(listen(barrier)) for _ in range(200)]
    await barrier.wait()
    assert lake.written == 1
    await lake.change(streams=counted(101))
    heard = await asyncio.gather(*listening)
    assert lake.written == 2
    assert all(each == heard[0] for each in heard)
    assert len(lake.parts.feeds) == 0


async def test_who_leaves_while_a_message_is_made_takes_it_from_nobody(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as leaving, lake.subscription(KPIS) as staying:
        for each in (leaving, staying):
            await told(each)
        await lake.change(streams=counted(101))
        tasks = [asyncio.ensure_future(told(each)) for each in (leaving, staying)]
        (feed,) = lake.parts.feeds._held.values()
        async with asyncio.timeout(10):
            while not len(feed._sharing):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0)
        tasks[0].cancel()
        assert values(await tasks[1]) == {"streams": 31 * 150 + 1}
        assert tasks[0].cancelled()


async def test_nothing_is_followed_when_the_last_has_left(house: Houses) -> None:
    lake = house()
    before = asyncio.all_tasks()
    async with lake.subscription(KPIS) as one, lake.subscription(DATASETS) as other:
        await told(one)
        await told(other)
        assert len(lake.parts.feeds) == 2
    await asyncio.sleep(0)
    assert len(lake.parts.feeds) == 0
    assert asyncio.all_tasks() == before


# --- what each tells ---


async def every(subscription: Subscription) -> AsyncIterator[dict[str, Any]]:
    while not await is_silent(subscription):
        yield await told(subscription)


async def test_each_dataset_is_told_first_and_then_each_that_has_changed(house: Houses) -> None:
    lake = house()
    async with lake.subscription(DATASETS) as following:
        first = [each["data"]["datasetChanged"] async for each in every(following)]
        known = {each["name"]: each["rows"] for each in first}
        assert (len(first), len(known)) == (len(known), len(known))
        assert (known["daily_streams"], known["distrokid_statements"], known["linktree"]) == (31, 2, None)
        await lake.change(streams=DAYS[:-1])
        assert [each["data"] async for each in every(following)] == [
            {"datasetChanged": {"name": "daily_streams", "rows": 30}}
        ]
        await lake.look()
        assert await is_silent(following)


async def test_a_dataset_that_cannot_be_read_any_more_is_told_and_so_is_its_return(house: Houses) -> None:
    lake = house()
    async with lake.subscription("subscription { datasetChanged { name available problem version } }") as following:
        _ = [each async for each in every(following)]
        (lake.folder / STREAMS_FILE).write_text("no,such,columns\n1,2,3\n")
        await lake.look()
        (broken,) = [each["data"]["datasetChanged"] async for each in every(following)]
        assert (broken["name"], broken["available"], broken["version"]) == ("daily_streams", False, None)
        assert broken["problem"]
        await lake.change(streams=DAYS)
        (mended,) = [each["data"]["datasetChanged"] async for each in every(following)]
        assert (mended["name"], mended["available"], mended["problem"]) == ("daily_streams", True, None)


async def test_a_kpi_whose_dataset_cannot_be_read_is_told_with_the_error_of_it_alone(house: Houses) -> None:
    lake = house()
    async with lake.subscription(KPIS) as following:
        first = await told(following)
        assert {error["extensions"]["dataset"] for error in first["errors"]} >= {"tiktok_analytics", "meta_ads"}
        (lake.folder / STREAMS_FILE).unlink()
        await lake.look()
        message = await told(following)
        assert values(message) == {"streams": None}
        (error,) = message["errors"]
        assert (error["path"], error["extensions"]["dataset"]) == (["kpiUpdates"], "daily_streams")
        await lake.change(streams=DAYS)
        message = await told(following)
        assert values(message) == {"streams": 31 * 150}
        assert "errors" not in message


async def test_the_lineage_of_a_message_is_that_of_what_it_tells(house: Houses) -> None:
    lake = house()
    execution = prepare(Operation(KPIS), lake.parts.context())
    async with Subscription(execution, prepare, lake.write) as following:
        assert "distrokid_statements" in (await told(following))["extensions"]["lineage"]["datasets"]
        await lake.change(streams=counted(101))
        message = await told(following)
        assert set(message["extensions"]["lineage"]["datasets"]) == {"daily_streams"}
        assert message["extensions"]["lineage"]["version"] == (await lake.parts.current.get()).version


async def test_alerts_are_told_gravest_first_and_then_as_they_come_up(house: Houses) -> None:
    lake = house()
    async with lake.subscription(ALERTS) as following:
        first = [each["data"]["alertRaised"] async for each in every(following)]
        gravity = ["CRITICAL", "WARNING", "INFO"]
        assert first
        assert [each["severity"] for each in first] == sorted((each["severity"] for each in first), key=gravity.index)
        await lake.change(streams=[*DAYS[:9], *DAYS[10:]])
        assert [each["data"]["alertRaised"]["kind"] async for each in every(following)] == ["MISSING_DAYS"]
        await lake.change(streams=DAYS)  # it is over, which is nothing to tell
        assert await is_silent(following)
        await lake.change(streams=[*DAYS[:9], *DAYS[10:]])
        assert [each["data"]["alertRaised"]["kind"] async for each in every(following)] == ["MISSING_DAYS"]


async def test_only_alerts_as_grave_as_is_asked_are_told(house: Houses) -> None:
    lake = house()
    await lake.change(streams=[*DAYS[:9], *DAYS[10:]])
    by_severity = {}
    for severity in ("INFO", "WARNING", "CRITICAL"):
        async with lake.subscription(ALERTS, severity=[severity]) as following:
            by_severity[severity] = [each["data"]["alertRaised"]["severity"] async for each in every(following)]
    async with lake.subscription(ALERTS) as following:
        assert [each async for each in every(following)]
    assert all(set(found) <= {severity} for severity, found in by_severity.items())
    async with lake.subscription(ALERTS, severity=[]) as following:
        assert await is_silent(following)


async def test_what_somebody_has_acknowledged_or_put_off_is_not_told_until_it_wakes_up(house: Houses) -> None:
    lake = house()
    query = "subscription { alertRaised { id } }"
    async with lake.subscription(query) as following:
        ids = [each["data"]["alertRaised"]["id"] async for each in every(following)]
    assert len(ids) >= 2
    lake.marks = {
        ids[0]: Mark(acknowledged_at=NOW, acknowledged_by="anna"),
        ids[1]: Mark(snoozed_until=NOW + dt.timedelta(days=1), snoozed_by="anna"),
    }
    await lake.look()
    async with lake.subscription(query) as following:
        assert [each["data"]["alertRaised"]["id"] async for each in every(following)] == ids[2:]
        lake.marks = {ids[0]: lake.marks[ids[0]], ids[1]: Mark()}  # its time is over
        await lake.look()
        assert [each["data"]["alertRaised"]["id"] async for each in every(following)] == [ids[1]]


async def test_an_alert_that_nobody_could_judge_for_a_while_is_not_told_again(house: Houses) -> None:
    lake = house()
    await lake.change(streams=[*DAYS[:9], *DAYS[10:]], statements=LINES)
    async with lake.subscription(ALERTS) as following:
        first = [each["data"]["alertRaised"]["kind"] async for each in every(following)]
        assert "MISSING_DAYS" in first
        kept = (lake.folder / STREAMS_FILE).read_bytes()
        (lake.folder / STREAMS_FILE).unlink()
        await lake.look()
        away = [each["data"]["alertRaised"]["kind"] async for each in every(following)]
        assert set(away).isdisjoint(first)
        (lake.folder / STREAMS_FILE).write_bytes(kept)
        await lake.look()
        assert [each["data"]["alertRaised"]["kind"] async for each in every(following)] == []


# --- what fails ---


async def test_a_state_that_cannot_be_found_out_is_told_as_an_error_and_the_subscription_goes_on(
    house: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.05)
    lake = house()
    for file in (STREAMS_FILE, STATEMENTS_FILE):
        (lake.folder / file).unlink()
    async with lake.subscription(ALERTS) as following:
        message = await told(following)
        assert message["data"] == {"alertRaised": None}
        assert message["errors"][0]["path"] == ["alertRaised"]
        assert message["errors"][0]["extensions"]["code"] == "DATASET_UNAVAILABLE"
        assert await is_silent(following)  # the same fault is told once, however often it is tried again
        await lake.change(streams=[*DAYS[:9], *DAYS[10:]], statements=LINES)
        assert (await told(following))["data"]["alertRaised"]["kind"]


async def test_a_fault_that_nobody_foresaw_is_masked_logged_and_survived(
    house: Houses, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.05)
    lake = house()

    async def failing() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(lake.parts.current, "get", failing)
    async with lake.subscription(KPIS) as following, lake.subscription(KPIS) as other:
        messages = [await told(following), await told(other)]
        assert messages[0] == messages[1]
        assert messages[0]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in str(messages)
        assert len([record for record in caplog.records if record.exc_info]) == 1
        monkeypatch.undo()
        assert len(values(await told(following))) == 13


async def test_who_begins_to_listen_while_nothing_can_be_read_is_told_what_was_seen_last(
    house: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = house()

    async def failing() -> None:
        raise OSError

    async with lake.subscription(KPIS) as following:
        await told(following)
        monkeypatch.setattr(lake.parts.current, "get", failing)
        async with asyncio.timeout(10), lake.subscription(KPIS) as other:
            assert len(values(await told(other))) == 13


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { kpiUpdates { id } datasetChanged { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: kpiUpdates { id } b: kpiUpdates { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __schema { types { name } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { kpiUpdates { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { alertRaised(severity: [LOUD]) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { datasetChanged { rowPage(first: 10000) { nodes } columns { name } } }", None),
        ("subscription { datasetChanged { rowPage(first: 10001) { nodes } } }", None),
    ],
)
async def test_a_subscription_asks_for_one_field_within_all_limits(query: str, code: str | None, house: Houses) -> None:
    execution = prepare(Operation(query), house().parts.context())
    assert [error.extensions and error.extensions["code"] for error in execution.errors][:1] == ([code] if code else [])


async def test_a_field_that_is_left_out_is_nothing_to_listen_to(house: Houses) -> None:
    query = "subscription($yes: Boolean!) { kpiUpdates @skip(if: $yes) { id } }"
    execution = prepare(Operation(query, {"yes": True}), house().parts.context())
    assert not execution.can_begin
    assert execution.errors[0].extensions
    assert execution.errors[0].extensions["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


async def test_variables_are_held_for_as_long_as_it_runs_and_so_are_short(house: Houses) -> None:
    lake = house()
    with pytest.raises(GraphQLError, match=r"2,0\d\d characters long, and 2,000 is the most"):
        lake.subscription(ALERTS, severity=["INFO"], further="x" * 1980)
    async with lake.subscription(ALERTS, severity=["INFO", "WARNING", "CRITICAL"] * 50) as following:
        assert await told(following)


async def test_a_subscription_that_waits_holds_no_syntax_tree(house: Houses) -> None:
    lake = house()
    async with lake.subscription("subscription Unheld { kpiUpdates { id } }") as following:
        await told(following)
        lake.parts.documents._held.clear()
        gc.collect()
        held = [each for each in gc.get_objects() if isinstance(each, OperationDefinitionNode)]
        assert not [each for each in held if each.name and each.name.value == "Unheld"]
        await lake.change(streams=counted(101))
        assert (await told(following))["data"]["kpiUpdates"] == [{"id": "streams"}]


@asynccontextmanager
async def paying(lake: House, query: str, pay: Callable[[int], Any]) -> AsyncIterator[Subscription]:
    execution = prepare(Operation(query, extensions={"lineage": "none"}), lake.parts.context())
    execution.context.pay = pay
    async with Subscription(execution, prepare, lake.write) as following:
        yield following


async def test_each_message_is_paid_for_and_who_has_no_points_waits_for_them(house: Houses) -> None:
    lake, paid, may_pay = house(), list[int](), asyncio.Event()

    async def pay(points: int) -> None:
        await may_pay.wait()
        paid.append(points)

    async with paying(lake, KPIS, pay) as following:
        assert await is_silent(following)
        may_pay.set()
        assert len(values(await told(following))) == 13
        may_pay.clear()
        for spotify in (101, 102):
            await lake.change(streams=counted(spotify))
        assert await is_silent(following)
        may_pay.set()
        message = await told(following)
        assert (values(message), message["extensions"]) == ({"streams": 31 * 150 + 2}, {"missed": 1})
    assert paid == [63, 63]
