"""What holds of every answer of every cube, whatever its rows: one grammar, held against lakes at random."""

import datetime as dt
import itertools
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrot_graph.app import create_app
from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.request import Comparison, Span
from bedrot_graph.errors import DatasetError, QuestionError
from bedrot_graph.graph.names import camel
from bedrot_graph.periods import Grain
from bedrot_graph.settings import Settings
from tests.askers import client_of
from tests.cubes.asking import Question, ascending, between, total, values
from tests.cubes.subjects import (
    AUDIENCE,
    CAMPAIGNS,
    EXACT,
    FIRST,
    KNOWN_BY,
    LAST,
    LIFETIMES,
    SUBJECTS,
    TIKTOK,
    Numbers,
    Row,
    Subject,
    check,
    heard,
    letters,
    one_of,
    orders,
    questions,
)
from tests.lakes import TODAY

of_every_cube = pytest.mark.parametrize("subject", SUBJECTS, ids=str)
of_days = pytest.mark.parametrize("subject", [each for each in SUBJECTS if each.is_dated], ids=str)
of_ratios = pytest.mark.parametrize("subject", [each for each in SUBJECTS if each.ratios], ids=str)


def few(property_of_lakes: Callable[..., None]) -> Callable[..., None]:
    """As `check`, where each example is dear."""
    return check(property_of_lakes, examples=2)


def many(property_of_lakes: Callable[..., None]) -> Callable[..., None]:
    """As `check`, for a single cube."""
    return check(property_of_lakes, examples=25)


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def summed(found: Answer, measure: str) -> Any:  # noqa: ANN401 - money, a count, or a float
    """The sum over all nodes; those that are not known count as nothing."""
    return sum(value for value in values(found.groups, measure) if value is not None)


def assert_adds_up(found: Answer, measures: tuple[str, ...]) -> None:
    """The nodes add up to the total; each label share may be rounded by half of the last place."""
    for measure in measures:
        whole = total(found)[measure]
        if measure in {"label_share_usd", "owed_usd"}:
            assert abs(summed(found, measure) - (whole or 0)) <= found.groups.height * Decimal("1E-12")
        elif measure == "share_of_total":
            assert whole is None or summed(found, measure) == pytest.approx(1.0)
        else:
            assert summed(found, measure) == (whole or 0)


@of_every_cube
@check
@given(st.data())
def test_groups_and_buckets_add_up_to_the_total(subject: Subject, data: st.DataObject) -> None:
    asked = data.draw(questions(subject))
    compare, rows = data.draw(one_of(None, *Comparison)), data.draw(subject.rows)
    with subject.lake(rows) as lake:
        assert_adds_up(subject.ask(lake, *subject.additive, **asked, compare=compare), subject.additive)


@of_every_cube
@check
@given(st.data())
def test_the_order_of_dimensions_changes_no_number(subject: Subject, data: st.DataObject) -> None:
    asked = data.draw(questions(subject))
    by = data.draw(st.permutations(subject.dimensions))[:3]
    order_by = ascending("date", *sorted(by))
    with subject.lake(data.draw(subject.rows)) as lake:
        one, *others = (
            subject.ask(lake, *subject.measures, **asked | {"by": each, "order_by": order_by})
            for each in (tuple(by), tuple(reversed(by)), (by[-1], *by))
        )
    for other in others:
        assert other.groups.equals(one.groups)
        assert other.total.equals(one.total)


@of_days
@check
@given(st.data())
def test_the_parts_of_a_period_add_up_to_it(subject: Subject, data: st.DataObject) -> None:
    where = data.draw(questions(subject))["where"]
    if subject.cube.finest is Grain.MONTH:
        first, last = dt.date(2025, 1, 1), dt.date(2025, 5, 31)
        cut = dt.date(2025, data.draw(st.integers(2, 5)), 1)
    else:
        first, last = FIRST, LAST
        cut = FIRST + dt.timedelta(days=data.draw(st.integers(1, 45)))
    spans = ((first, last), (first, cut - dt.timedelta(days=1)), (cut, last))
    with subject.lake(data.draw(subject.rows)) as lake:
        whole, early, late = (
            total(subject.ask(lake, *subject.additive, where=where, period=between(str(start), str(end))))
            for start, end in spans
        )
    for measure in subject.additive:
        parts = (early[measure] or 0) + (late[measure] or 0)
        if measure in {"label_share_usd", "owed_usd"}:
            assert abs(parts - (whole[measure] or 0)) <= Decimal("2E-12")
        elif measure != "share_of_total":  # each part is the whole of its own answer
            assert parts == (whole[measure] or 0)


# ── the same by hand ─────────────────────────────────────────────────────────────────────────────────────────────────


def nodes_of(found: Answer, subject: Subject) -> dict[tuple[Any, ...], Numbers]:
    """The nodes that say anything, by date and dimensions in whatever spelling; nothing is as good as zero."""
    nodes = {}
    for node in found.groups.to_dicts():
        key = (node["date"], *(node[each] and letters(str(node[each])) for each in subject.cube.fields))
        numbers = {each: node[each] or 0 for each in subject.measures}
        if any(numbers.values()):
            assert key not in nodes
            nodes[key] = numbers
    return nodes


@of_every_cube
@check
@given(st.data())
def test_a_filter_is_the_same_as_leaving_rows_out_by_hand(subject: Subject, data: st.DataObject) -> None:
    """What the rows left out legitimately tell of the others is kept out of the comparison.

    They say what time the data covers, so the period is exact, and buckets that hold nothing do not count. They
    help to choose the spelling that is shown, so names are compared by their letters, and by nothing that shows its
    most frequent label. Each source's lag is told by its own rows, all of which a filter lets through or none.
    """
    by_hand = data.draw(st.sampled_from(subject.filters))
    rows = data.draw(subject.rows)
    kept = by_hand.keep(subject.counted(rows))
    told = sorted({*subject.dimensions} - subject.relabelled)
    asked: Question = {
        "period": data.draw(st.sampled_from(EXACT)) if subject.is_dated else None,
        "by": tuple(data.draw(st.lists(one_of(*told), max_size=2, unique=True))),
        "grain": data.draw(one_of(None, *subject.grains)) if subject.is_dated else None,
    }
    with subject.lake(rows) as lake:
        filtered = subject.ask(lake, *subject.measures, where=by_hand.where, **asked)
    if not kept:
        assert not any(total(filtered).values())
        assert not nodes_of(filtered, subject)
        return
    with subject.lake(kept) as lake:
        expected = subject.ask(lake, *subject.measures, **asked)
    assert nodes_of(filtered, subject) == nodes_of(expected, subject)
    assert {name: value or 0 for name, value in total(filtered).items()} == {
        name: value or 0 for name, value in total(expected).items()
    }


@of_every_cube
@check
@given(st.data())
def test_the_order_of_the_rows_in_the_file_changes_nothing(subject: Subject, data: st.DataObject) -> None:
    rows = subject.counted(data.draw(subject.rows))  # of rows with one key the later one counts: here there is one
    asked = data.draw(questions(subject))
    permuted = data.draw(st.permutations(rows))
    with subject.lake(rows) as lake:
        found = subject.ask(lake, *subject.measures, **asked)
    with subject.lake(permuted) as lake:
        again = subject.ask(lake, *subject.measures, **asked)
    assert again.groups.equals(found.groups)
    assert again.total.equals(found.total)
    assert again.findings == found.findings


@of_ratios
@check
@given(st.data())
def test_ratios_are_the_sum_of_the_one_part_over_the_sum_of_the_other(subject: Subject, data: st.DataObject) -> None:
    rows = subject.closed(data.draw(subject.rows))
    with subject.lake(rows) as lake:
        found = total(subject.ask(lake, *subject.ratios))
    assert found == {name: by_hand(subject.counted(rows)) for name, by_hand in subject.ratios.items()}


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("subject", "artist", "followers"),
    [(TIKTOK, "artist", "Followers"), (AUDIENCE, "artist_name", "followers")],
    ids=str,
)
@check
@given(st.data())
def test_followers_are_the_last_known_number_of_each_artist(
    subject: Subject, artist: str, followers: str, data: st.DataObject
) -> None:
    rows, period = data.draw(subject.rows), data.draw(one_of(None, *EXACT))
    grain = data.draw(one_of(None, *subject.grains))
    with subject.lake(rows) as lake:
        found = subject.ask(lake, "followers", period=period, grain=grain)

    def last_known(start: dt.date, end: dt.date) -> int | None:
        known = {
            letters(row[artist]): int(row[followers])
            for row in sorted(subject.counted(rows), key=lambda row: str(row["date"]))
            if str(start) <= row["date"] <= str(end) and row[followers] not in {"", "0"}
        }
        return sum(known.values()) if known else None

    first, last = (period.dates.start, period.dates.end) if period and period.dates else (FIRST, LAST)
    assert total(found)["followers"] == last_known(first, last)
    starts = values(found.groups, "date") if grain else []
    ends = [*(start - dt.timedelta(days=1) for start in starts[1:]), last]
    by_hand = [
        last_known(max(start, first), min(end, last)) for start, end in zip(starts, ends[: len(starts)], strict=True)
    ]
    assert not grain or values(found.groups, "followers") == by_hand


@many
@given(AUDIENCE.rows.map(AUDIENCE.closed), one_of(None, *EXACT), one_of(None, *Grain), one_of((), ("artist",)))
def test_listeners_are_those_of_one_artist_on_one_day(
    rows: list[Row], period: Span | None, grain: Grain | None, by: tuple[str, ...]
) -> None:
    listeners = {heard(row): int(row["listeners"]) for row in AUDIENCE.counted(rows) if row["listeners"] != ""}
    silent = {heard(row) for row in AUDIENCE.counted(rows) if {row["listeners"], row["streams"]} == {""}}
    days = {(artist, date) for artist, date in map(heard, rows)}
    with AUDIENCE.lake(rows) as lake:
        found = AUDIENCE.ask(lake, "listeners", period=period, grain=grain, by=by)
    is_day = grain is Grain.DAY or (grain is None and period == EXACT[-1])
    for node in found.groups.to_dicts():
        date = str(node["date"] or EXACT[-1].dates.start)  # type: ignore[union-attr]
        artist = letters(node["artist"] or "")
        there = [key for key in days - silent if key[1] == date and artist in {"", key[0]}]
        alone = len(there) == 1 and is_day
        assert node["listeners"] == (listeners.get(there[0]) if alone else None)


@many
@given(CAMPAIGNS.rows, one_of(None, *EXACT), one_of(None, *Grain), st.sets(one_of("artist", "campaign")))
def test_reach_is_that_of_one_row(rows: list[Row], period: Span | None, grain: Grain | None, by: set[str]) -> None:
    inside = [
        row
        for row in CAMPAIGNS.counted(rows)
        if not (period and period.dates) or dt.date.fromisoformat(row["date"]) in period.dates
    ]

    def of_only(there: list[Row]) -> int | None:
        return int(float(there[0]["reach"])) if len(there) == 1 and there[0]["reach"] else None

    with CAMPAIGNS.lake(rows) as lake:
        found = CAMPAIGNS.ask(lake, "reach", period=period, grain=grain, by=tuple(sorted(by)))
    assert total(found)["reach"] == of_only(inside)
    known = [value for value in values(found.groups, "reach") if value is not None]
    assert len(known) <= len([row for row in inside if row["reach"]])
    if grain is Grain.DAY and not by:
        assert values(found.groups, "reach") == [
            of_only([row for row in inside if row["date"] == str(date)]) for date in values(found.groups, "date")
        ]


# ── rows without a date ──────────────────────────────────────────────────────────────────────────────────────────────


@check
@given(st.data())
def test_lifetimes_say_nothing_about_time(data: st.DataObject) -> None:
    asked = data.draw(questions(LIFETIMES))
    with LIFETIMES.lake(data.draw(LIFETIMES.rows)) as lake:
        found = LIFETIMES.ask(lake, *LIFETIMES.measures, **asked)
    if asked["grain"] or asked["period"]:
        assert not any(total(found).values())
        assert found.groups.height == (not asked["grain"] and not asked["by"])


# ── whatever is asked ────────────────────────────────────────────────────────────────────────────────────────────────


@of_every_cube
@check
@given(st.data())
def test_every_question_has_an_answer(subject: Subject, data: st.DataObject) -> None:
    asked = data.draw(questions(subject, grains=tuple(Grain)))
    compare = data.draw(one_of(None, *Comparison))
    growth_of = tuple(sorted(data.draw(st.sets(one_of(*subject.measures))))) if compare else ()
    asked |= {"compare": compare, "growth_of": growth_of}
    asked |= {"order_by": data.draw(orders(subject)), "as_of": data.draw(KNOWN_BY)}
    measures, rows = data.draw(st.sets(one_of(*subject.measures))), data.draw(subject.rows)
    with subject.lake(rows) as lake:
        try:
            found = subject.ask(lake, *measures, **asked)
        except (QuestionError, DatasetError):
            assert asked["grain"] not in {None, *subject.grains}
            return
    assert found.total.height == 1
    assert found.groups.columns == found.total.columns
    if not asked["by"] and not asked["grain"]:
        assert found.groups.rows() == found.total.rows()
    for node in found.groups.to_dicts() + found.total.to_dicts():
        changes = node["growth"] if growth_of else None
        assert changes is None or node["previous"] is not None
        assert all(each is None or math.isfinite(each) for each in (changes or {}).values())


@of_every_cube
@few
@given(st.data())
def test_pages_joined_are_the_whole_answer(subject: Subject, data: st.DataObject) -> None:
    grain, order = data.draw(one_of(None, *subject.grains)), data.draw(one_of(*subject.measures, *subject.dimensions))
    by = data.draw(st.lists(one_of(*subject.dimensions), min_size=1, max_size=2, unique=True))
    arguments = f"by: [{', '.join(by).upper()}], orderBy: [{{ field: {order.upper()}, direction: DESC }}]"
    arguments += f", grain: {grain.name}" if grain and subject.is_dated else ""
    fields = " ".join(camel(each) for each in ("date", *subject.dimensions, *subject.measures))
    wanted = f"totalCount pageInfo {{ hasNextPage }} nodes {{ {fields} }} edges {{ cursor node {{ {fields} }} }}"

    rows, at_once = data.draw(subject.rows), data.draw(st.integers(1, 3))
    with subject.folder(rows) as folder:
        app = create_app(Settings(curated_data_path=folder), today=lambda: TODAY)
        with client_of(app) as client:

            def page(first: int, after: str | None) -> dict[str, Any]:
                cursor = f', after: "{after}"' if after else ""
                query = f"{{ {camel(subject.cube.name)}({arguments}, first: {first}{cursor}) {{ {wanted} }} }}"
                answer = client.post("/graphql", json={"query": query}).json()
                found: dict[str, Any] = answer["data"][camel(subject.cube.name)]
                return found

            whole = page(1000, None)
            size = at_once + len(whole["nodes"]) // 20  # at most two dozen pages
            pages = [page(size, None)]
            while pages[-1]["pageInfo"]["hasNextPage"]:
                pages.append(page(size, pages[-1]["edges"][-1]["cursor"]))

    assert list(itertools.chain.from_iterable(each["nodes"] for each in pages)) == whole["nodes"]
    assert list(itertools.chain.from_iterable(each["edges"] for each in pages)) == whole["edges"]
    assert [edge["node"] for edge in whole["edges"]] == whole["nodes"]
    assert len({edge["cursor"] for edge in whole["edges"]}) == whole["totalCount"]
    assert {each["totalCount"] for each in pages} == {len(whole["nodes"])}
