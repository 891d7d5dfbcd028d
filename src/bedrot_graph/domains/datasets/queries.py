"""What may be asked about the lake itself, and the one thing that can be done to it: look again."""

from collections.abc import Hashable
from typing import Annotated

import strawberry
from strawberry.types.info import Info

from bedrot_graph.domains.datasets import service
from bedrot_graph.domains.datasets.types import DatasetType, Reload
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.dictionary import MeasureEntry, entries
from bedrot_graph.graph.directives import costs, items
from bedrot_graph.graph.fields import costing, documented
from bedrot_graph.graph.live import live
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot


@costing(items(len(DATASETS)))
async def datasets(info: Info[Context, None]) -> list[DatasetType] | None:
    """Everything the lake may hold: what is there, how good it is and how fresh.

    Null, with an error, where the request's time does not suffice.
    """
    snapshot = await info.context.snapshot()
    return [DatasetType(declared=dataset, snapshot=snapshot) for dataset in DATASETS]


@documented
async def dataset(
    info: Info[Context, None],
    name: Annotated[str, strawberry.argument(description="The dataset's name, as `datasets` gives it.")],
) -> DatasetType | None:
    """One dataset by name. Null, with an error, where there is none of that name."""
    found = service.named(name)
    return DatasetType(declared=found, snapshot=await info.context.snapshot())


async def _versions(context: Context) -> dict[str, Hashable]:
    """The version of each dataset, or why it cannot be read."""
    snapshot = await context.snapshot()
    return {each.name: _state(each, snapshot) for each in DATASETS}


def _state(declared: Dataset, snapshot: Snapshot) -> tuple[str, str]:
    table = snapshot.tables.get(declared.name)
    return ("version", table.version) if table else ("problem", str(snapshot.fault_of(declared)))


@live(_versions, costs(1))
async def dataset_changed(info: Info[Context, None]) -> DatasetType | None:
    """The datasets, as they change: first each one, then each whose `version` is another, or that cannot be read now.

    One that can be read again is told too.
    """
    (name,) = info.context.told
    return DatasetType(declared=service.named(name), snapshot=await info.context.snapshot())


@costing(items(100))
def measures(
    info: Info[Context, None],
    coordinates: Annotated[
        list[str] | None, strawberry.argument(description="Schema coordinates such as Revenue.revenueUsd; all if null.")
    ] = None,
) -> list[MeasureEntry] | None:
    """What the numbers mean: look before you ask. Null, with an error, where a coordinate is unknown."""
    return entries(info.schema, coordinates)


@costing(costs(1000))
async def reload(info: Info[Context, None]) -> Reload:
    """Look at the lake's files now, instead of when the snapshot's time is up, and say what has changed."""
    before, now = await info.context.reload()
    return Reload.between(before, now)
