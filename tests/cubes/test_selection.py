"""What is looked at is all that is computed, and it is the same whatever else is looked at."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from bedrot_graph.cubes import scope
from bedrot_graph.cubes.answer import Answer, answer
from bedrot_graph.cubes.detail import Cut, detail
from bedrot_graph.cubes.request import Comparison, Request, Shown
from bedrot_graph.domains.revenue import service as revenue_service
from tests.cubes.asking import PREVIOUS_PERIOD, all_of, ascending, codes, last_months
from tests.cubes.subjects import KNOWN_BY, REVENUE, SUBJECTS, Row, Subject, check, one_of, orders, questions

of_every_cube = pytest.mark.parametrize("subject", SUBJECTS, ids=str)


def some_of(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Any of the names, in their order."""
    return st.sets(st.sampled_from(names)).map(lambda some: tuple(sorted(some))) if names else st.just(())


@st.composite
def parts_of(draw: st.DrawFn, whole: Shown, always: tuple[str, ...]) -> Shown:
    """Some of what is looked at; the measures `always`."""
    return Shown(
        fields=draw(some_of(whole.fields)),
        measures=tuple(sorted({*draw(some_of(whole.measures)), *always})),
        previous=draw(st.none() | some_of(whole.previous or ())),
        growth_of=draw(some_of(whole.growth_of)),
        complete=draw(st.booleans()),
    )


@st.composite
def requests(draw: st.DrawFn, subject: Subject) -> Request:
    """A question that looks at any measures, with all there is of each."""
    asked = draw(questions(subject))
    asked |= {"compare": draw(one_of(None, *Comparison)), "order_by": draw(orders(subject)), "as_of": draw(KNOWN_BY)}
    growth_of = draw(some_of(subject.measures))
    asked |= {"options": subject.options, "growth_of": growth_of}
    measures = {*draw(some_of(subject.measures)), *_beside(subject, growth_of)}
    return all_of(subject.cube, *measures, complete=True, **asked)


def _beside(subject: Subject, names: tuple[str, ...]) -> set[str]:
    """Those of the measures that may bring groups of their own."""
    return {each.name for each in subject.cube.computed(frozenset(names)) if each.is_beside}


def assert_same(part: pl.DataFrame, whole: pl.DataFrame, looked_at: Shown) -> None:
    """What is looked at is there, and the same."""
    assert part.height == whole.height
    for name in {*looked_at.fields, *looked_at.measures, *(["complete"] if looked_at.complete else [])}:
        assert_series_equal(part[name], whole[name])
    for column, names in (("previous", looked_at.previous), ("growth", looked_at.growth_of or None)):
        if names is None:
            continue
        assert (part[column].is_null() == whole[column].is_null()).all()
        for now, full in zip(part[column], whole[column], strict=True):
            assert now is None or all(now.get(name) == full.get(name) for name in names)


@of_every_cube
@check
@given(st.data())
def test_what_is_looked_at_is_the_same_whatever_else_is(subject: Subject, data: st.DataObject) -> None:
    whole = data.draw(requests(subject))
    assert whole.groups
    assert whole.total
    beside = tuple(_beside(subject, whole.groups.measures))
    groups = data.draw(st.none() | parts_of(whole.groups, beside))
    part = replace(whole, groups=groups, total=data.draw(st.none() | parts_of(whole.total, ())))
    with subject.lake(data.draw(subject.rows)) as lake:
        full, found = (answer(subject.cube, lake, request) for request in (whole, part))
    if part.groups:
        assert_same(found.groups, full.groups, part.groups)
    if part.total:
        assert_same(found.total, full.total, part.total)
    assert {*codes(found.findings)} <= {*codes(full.findings)}


ROWS: st.SearchStrategy[list[Row]] = REVENUE.rows


def by_platform(rows: list[Row], **looked_at: Shown) -> Answer:
    with REVENUE.lake(rows) as lake:
        request = Request(by=("platform",), period=last_months(1), compare=PREVIOUS_PERIOD, **looked_at)  # type: ignore[arg-type]
        return answer(REVENUE.cube, lake, request)


@check
@given(ROWS)
def test_what_nobody_looks_at_is_not_there(rows: list[Row]) -> None:
    found = by_platform(rows, groups=Shown(fields=("platform",), measures=("streams",)))
    assert found.groups.columns == ["date", "platform", "streams"]
    assert found.total.is_empty()
    assert by_platform(rows, total=Shown(measures=("streams",))).groups.is_empty()


@check
@given(ROWS)
def test_groups_can_be_counted_without_any_number(rows: list[Row]) -> None:
    counted = by_platform(rows, groups=Shown()).groups
    assert counted.columns == ["date"]
    assert counted.height == by_platform(rows, groups=Shown(measures=("revenue_usd",))).groups.height


@check
@given(ROWS)
def test_growth_of_the_total_is_only_spoken_of_where_it_is_looked_at(rows: list[Row]) -> None:
    growing, quiet = Shown(growth_of=("revenue_usd",)), Shown(measures=("revenue_usd",))
    texts = [each.text for each in by_platform(rows, groups=growing, total=quiet).findings]
    assert not [text for text in texts if "the total" in text]


@check
@given(ROWS, st.integers(0, 5), one_of("line", "platform", "revenue_usd"))
def test_lines_are_counted_only_where_somebody_asks(rows: list[Row], limit: int, order: str) -> None:
    request, columns = Request(order_by=ascending(order)), ("platform", "revenue_usd")
    with REVENUE.lake(rows) as lake:
        counted, uncounted = (
            detail(revenue_service.CUBE, lake, request, columns, Cut(1, limit, is_counted=each))
            for each in (True, False)
        )
    assert counted.rows.equals(uncounted.rows)
    assert (counted.total_count, uncounted.total_count) == (len(rows), None)


@of_every_cube
@check
@given(st.data())
def test_many_rows_are_answered_from_as_few_are(subject: Subject, data: st.DataObject) -> None:
    request = data.draw(requests(subject))
    with subject.lake(data.draw(subject.rows)) as lake, pytest.MonkeyPatch.context() as patch:
        few = answer(subject.cube, lake, request)
        patch.setattr(scope, "FEW_ROWS", 0)
        many = answer(subject.cube, lake, request)
    assert many.groups.equals(few.groups)
    assert many.total.equals(few.total)
    assert many.findings == few.findings
