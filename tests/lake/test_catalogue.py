"""What every declaration of a dataset must hold to."""

import pytest

from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Dataset, Kind
from bedrot_graph.lake.sheet import header_key

every_dataset = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)


def test_names_are_given_once() -> None:
    assert len({dataset.name for dataset in DATASETS}) == len(DATASETS)


@every_dataset
def test_no_header_means_two_columns(dataset: Dataset) -> None:
    keys = [{header_key(name) for name in (column.name, *column.aliases)} for column in dataset.columns]
    assert len(set.union(*keys)) == sum(len(each) for each in keys)


@every_dataset
def test_key_and_dates_are_columns_that_every_row_has(dataset: Dataset) -> None:
    filled = {column.name: column for column in dataset.columns if column.filled and column.required}
    dates = {name for name in (dataset.event_date, dataset.period_date, dataset.covered_date) if name}
    assert {*dataset.key, *dates} <= set(filled)
    assert all(filled[name].kind in {Kind.DATE, Kind.MONTH} for name in dates)


@every_dataset
def test_what_is_said_of_a_dataset_is_a_sentence(dataset: Dataset) -> None:
    said = [dataset.description, dataset.grain, *(column.meaning for column in dataset.columns)]
    assert [text for text in said if not text.endswith(".") or not text[0].isupper()] == []


@every_dataset
def test_numbers_have_a_unit_and_nothing_else_has(dataset: Dataset) -> None:
    for column in dataset.columns:
        assert (column.unit is not None) == (column.kind in {Kind.DECIMAL, Kind.INTEGER}), column.name


@every_dataset
def test_only_what_has_dates_grows_stale(dataset: Dataset) -> None:
    assert (dataset.max_age_days is None) == (dataset.event_date is None)


def test_no_file_belongs_to_two_datasets() -> None:
    patterns = [pattern for dataset in DATASETS for pattern in dataset.patterns]
    assert len(set(patterns)) == len(patterns)
