"""What every declaration of a dataset must hold to."""

import re

import pytest

from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Dataset, Form, Kind
from bedrot_graph.lake.sheet import header_key

every_dataset = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)


def all_forms(dataset: Dataset) -> list[Form]:
    return [each for form in dataset.forms for each in (form, *form.beside)]


def test_names_are_given_once() -> None:
    assert len({dataset.name for dataset in DATASETS}) == len(DATASETS)


@every_dataset
def test_no_header_means_two_columns(dataset: Dataset) -> None:
    keys = [{header_key(name) for name in (column.name, *column.aliases)} for column in dataset.columns]
    assert len(set.union(*keys)) == sum(len(each) for each in keys)


@every_dataset
def test_keys_dates_and_names_are_declared_columns(dataset: Dataset) -> None:
    kinds = {column.name: column.kind for column in dataset.columns}
    places = [place for form in all_forms(dataset) for place in (*dataset.key_in(form), *form.replaces, *dataset.ids)]
    keys = {name for place in places for name in ((place,) if isinstance(place, str) else place)}
    keys |= {name for form in all_forms(dataset) for name in form.needs}
    newer_by = {dataset.newer_by} - {None}
    said = {each for form in all_forms(dataset) if form.from_name for each in re.compile(form.from_name).groupindex}
    assert {*keys, *newer_by, *dataset.named_by, *(said - {"stamp", "since"})} <= set(kinds)
    dates = {dataset.event_date, dataset.period_date, dataset.covered_date, dataset.start_date} - {None}
    assert all(kinds[name] in {Kind.DATE, Kind.MONTH} for name in dates if name)


@every_dataset
def test_a_row_of_a_dataset_with_one_form_says_when_it_was(dataset: Dataset) -> None:
    filled = {column.name for column in dataset.columns if column.filled and column.required}
    is_of_one_form = not any(form.needs for form in dataset.forms)
    assert not is_of_one_form or {dataset.event_date, dataset.covered_date} - {None} <= filled


@every_dataset
def test_what_is_said_of_a_dataset_is_a_sentence(dataset: Dataset) -> None:
    said = [dataset.description, dataset.grain, *(column.meaning for column in dataset.columns)]
    assert [text for text in said if not text.endswith(".") or not text[0].isupper()] == []


@every_dataset
def test_numbers_have_a_unit_and_nothing_else_has(dataset: Dataset) -> None:
    for column in dataset.columns:
        assert (column.unit is not None) == (column.kind in {Kind.DECIMAL, Kind.INTEGER, Kind.COUNTS}), column.name


@every_dataset
def test_only_what_has_dates_grows_stale(dataset: Dataset) -> None:
    assert (dataset.max_age_days is None) == (dataset.event_date is None)


def test_no_file_belongs_to_two_datasets() -> None:
    patterns = [pattern for dataset in DATASETS for pattern in dataset.patterns]
    assert len(set(patterns)) == len(patterns)
