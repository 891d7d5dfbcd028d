"""The members of a dimension: which of them a filter means, and how they are shown."""

from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from bedrot_graph.cubes.cube import Cube, Dimension
from bedrot_graph.cubes.request import Filter
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.names import identities, identity
from bedrot_graph.lake.snapshot import Snapshot


@dataclass(frozen=True)
class Meant:
    """What a filter lets through."""

    condition: pl.Expr
    unknown: tuple[Limitation, ...]
    """One for each value that no row has."""
    is_nothing: bool
    """Whether no row at all can pass."""


def meant_by(wanted: Filter, cube: Cube, snapshot: Snapshot) -> Meant:
    """The rows that a filter means; any spelling of a value finds its member."""
    dimension = cube.dimension(wanted.dimension)
    members = _members(cube, dimension, snapshot)
    asked = identities(pl.Series("asked", wanted.values, pl.String))
    found = members.filter(pl.col("identity").is_in(asked.implode()))
    known = set(found["identity"])
    unknown = tuple(
        _unknown_value(cube, dimension, value, members)
        for value, key in zip(wanted.values, asked, strict=True)
        if key not in known
    )
    keys = found["member"].unique()
    return Meant(pl.col(dimension.column).is_in(keys.implode()), unknown, not keys.len())


def labels_of(cube: Cube, dimension: Dimension, snapshot: Snapshot) -> pl.DataFrame:
    """What is shown with each member of a dimension that fixes others.

    Grain: one row per member. Columns: the dimension's key, its fixed columns; of several values the most
    frequent, ties in code-point order.
    """

    def compute() -> pl.DataFrame:
        columns = [dimension.column, *dimension.fixes]
        rows = cube.rows(snapshot, frozenset(columns))
        counted = (
            rows.group_by(columns)
            .len()
            .sort(["len", *dimension.fixes], descending=[True] + [False] * len(dimension.fixes), nulls_last=True)
        )
        return collect(counted.unique(dimension.column, keep="first", maintain_order=True).select(columns))[0]

    labels: pl.DataFrame = snapshot.once(f"labels of {cube.name} {dimension.name}", compute)
    return labels


def _members(cube: Cube, dimension: Dimension, snapshot: Snapshot) -> pl.DataFrame:
    """Grain: one row per member and way to name it. Columns: member, name, identity."""

    def compute() -> pl.DataFrame:
        rows = cube.rows(snapshot, frozenset({dimension.column, *dimension.matches}))
        named = [
            rows.select(pl.col(dimension.column).alias("member"), pl.col(column).alias("name")).unique()
            for column in dimension.matches
        ]
        known = pl.concat(named).drop_nulls().unique().with_columns(identity=identity(pl.col("name")))
        return collect(known.sort("name", "member"))[0]

    members: pl.DataFrame = snapshot.once(f"members of {cube.name} {dimension.name}", compute)
    return members


def _unknown_value(cube: Cube, dimension: Dimension, value: str, members: pl.DataFrame) -> Limitation:
    names = members["name"].unique(maintain_order=True).to_list()
    near = get_close_matches(value.upper(), {name.upper(): name for name in names}, n=1)
    hint = next((f" Did you mean '{name}'?" for name in names if near and name.upper() == near[0]), "")
    text = f"No row of {cube.name} has the {dimension.name} '{value}'.{hint}"
    return Limitation(Code.UNKNOWN_VALUE, text)
