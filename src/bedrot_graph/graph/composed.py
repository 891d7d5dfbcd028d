"""Fields that are answered by a pipeline of their own: run, remembered and noted as answers of cubes are."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import strawberry
from strawberry.types.info import Info

from bedrot_graph.cubes.composed import Composed
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.dictionary import measured_fields
from bedrot_graph.graph.pages import question_key
from bedrot_graph.graph.selection import selected_below
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Measure

T = TypeVar("T")


async def composed(info: Info[Context, None], pipeline: Callable[[Snapshot], Composed[T]], *question: object) -> T:
    """The value of a pipeline; `question` tells it from other pipelines, and from itself with other arguments.

    Leaves in the context what the value was made from. Raises what the pipeline raises.
    """
    return await composed_as(info, info.field_name, pipeline, *question)


async def composed_as(
    info: Info[Context, None], name: str, pipeline: Callable[[Snapshot], Composed[T]], *question: object
) -> T:
    """The same, remembered under the name of another field, which answers the same."""
    context = info.context
    key = context.begin(info.path)
    snapshot = await context.snapshot()
    found = await remembered(context, name, pipeline, *question)
    selected = selected_measures(info)
    faults = [
        (name, fault)
        for name, each in selected.items()
        for source in each.sources
        if (fault := snapshot.fault_of(source))
    ]
    context.note_faults(key, [*found.faults, *faults])
    context.note(key, {**found.measures, **selected}, found.scanned, found.findings)
    return found.value


async def remembered(
    context: Context, name: str, pipeline: Callable[[Snapshot], Composed[T]], *question: object
) -> Composed[T]:
    """What a pipeline gives; nothing of it is noted. Raises what the pipeline raises."""
    snapshot = await context.snapshot()
    key = question_key(name, snapshot.version, *question)
    found = await context.answer(key, lambda: pipeline(snapshot), name)
    assert isinstance(found, Composed)  # noqa: S101 - for the type checker: the key names the pipeline
    return found


def selected_measures(info: Info[Context, None]) -> dict[str, Measure]:
    """The measures that are selected below a field, by schema coordinate."""
    known = _measures(info.schema)
    coordinates = sorted(each.coordinate for each in selected_below(info))
    return {coordinate: known[coordinate] for coordinate in coordinates if coordinate in known}


@cache
def _measures(schema: strawberry.Schema) -> dict[str, Measure]:
    return {measured.coordinate: measured.measure for measured in measured_fields(schema)}
