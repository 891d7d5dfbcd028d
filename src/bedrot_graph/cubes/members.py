"""The members of a dimension: which of them a filter means, and what is shown with them."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import polars as pl

from bedrot_graph.cubes.cube import Cube, Dimension, Look, is_readable
from bedrot_graph.cubes.request import Filter
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.lake.names import identities, identity
from bedrot_graph.lake.rows import texts
from bedrot_graph.lake.snapshot import Snapshot

MOST_VALUES_NAMED = 10
LONGEST_VALUE_SHOWN = 60


@dataclass(frozen=True)
class Meant:
    """What a filter lets through."""

    condition: pl.Expr
    unknown: tuple[Limitation, ...]
    """What is said of values that no row has."""
    is_nothing: bool
    """Whether no row at all can pass."""


def meant_by(wanted: Filter, cube: Cube, snapshot: Snapshot) -> Meant:
    """The rows that a filter means; any spelling of a value finds its member."""
    dimension = cube.dimension(wanted.dimension)
    members = _members(cube, dimension, snapshot)
    asked = _identities(wanted.values)
    found = members.filter(pl.col("identity").is_in(asked))
    known = set(found["identity"])
    unknown = [value for value, key in zip(wanted.values, asked, strict=True) if key not in known]
    return Meant(
        condition=pl.col(dimension.column).is_in(pl.Series("member", [found["member"]])),
        unknown=tuple(_unknown_values(cube, dimension, unknown, members)) if unknown else (),
        is_nothing=found.is_empty(),
    )


@lru_cache(maxsize=32)
def _identities(values: tuple[str, ...]) -> tuple[str, ...]:
    """The identity of each value. Remembered, as one filter is often asked with another period, measure or page."""
    return tuple(identities(pl.Series(values, dtype=pl.String)))


def labels_of(cube: Cube, dimension: Dimension, snapshot: Snapshot) -> pl.DataFrame:
    """What is shown with each member of a dimension that fixes others.

    Grain: one row per member. Columns: the dimension's key, its fixed columns; of several values the most
    frequent, ties in code-point order.
    """

    def compute() -> pl.DataFrame:
        columns = [dimension.column, *dimension.fixes]
        rows = cube.rows(snapshot, Look(frozenset(columns)))
        counted = texts(rows.group_by(columns).len())
        ranked = counted.sort(
            ["len", *dimension.fixes], descending=[True, *(False for _ in dimension.fixes)], nulls_last=True
        )
        return collect(ranked.unique(dimension.column, keep="first", maintain_order=True).select(columns))[0]

    labels: pl.DataFrame = snapshot.once(f"labels of {cube.name} {dimension.name}", compute)
    return labels


def _members(cube: Cube, dimension: Dimension, snapshot: Snapshot) -> pl.DataFrame:
    """Grain: one row per member and way to name it, of the cube's own rows and of those that add groups by it.

    Columns: member, name, identity.
    """

    def compute() -> pl.DataFrame:
        look = Look(frozenset({dimension.column, *dimension.matches}))
        adding = [each for each in cube.besides if dimension.column in each.adds and is_readable(each, snapshot)]
        sources = [cube.rows(snapshot, look), *(each.rows(snapshot, look) for each in adding)]
        named = [
            texts(rows.select(pl.col(dimension.column).alias("member"), pl.col(column).alias("name")).unique())
            for rows in sources
            for column in dimension.matches
        ]
        known = pl.concat(named).drop_nulls().unique().with_columns(identity=identity(pl.col("name")))
        if dimension.is_artist:
            aliased = known.join(snapshot.artists.lazy(), left_on="name", right_on="shown", suffix="_of_alias")
            aliased = aliased.select("member", "name", identity="identity_of_alias")
            known = pl.concat([known, aliased]).unique()
        return collect(known.sort("name", "member"))[0]

    members: pl.DataFrame = snapshot.once(f"members of {cube.name} {dimension.name}", compute)
    return members


def _unknown_values(cube: Cube, dimension: Dimension, values: list[str], members: pl.DataFrame) -> list[Limitation]:
    """What is said of values that no row has: each by its name while they are few."""
    names = {name.upper(): name for name in members["name"].unique(maintain_order=True)}
    texts = []
    for value in values[:MOST_VALUES_NAMED]:
        shown = value[:LONGEST_VALUE_SHOWN]
        near = get_close_matches(shown.upper(), names, n=1)
        hint = f" Did you mean '{names[near[0]]}'?" if near else ""
        texts.append(f"No row of {cube.name} has the {dimension.name} '{shown}'.{hint}")
    if more := len(values) - len(texts):
        texts.append(f"No row of {cube.name} has {more} more of the values asked for as {dimension.name}.")
    return [Limitation(Code.UNKNOWN_VALUE, text) for text in texts]
