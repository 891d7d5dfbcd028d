"""Names: one identity, many spellings; one of them is shown."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from bedrot_graph.errors import SettingsInvalid

_ALIASES = pl.Schema({"alias": pl.String, "name": pl.String})


def identity(name: pl.Expr) -> pl.Expr:
    """What two spellings of one name share: letters and digits of any script, without case.

    'PIG1987', 'pig 1987' and 'Pig.1987' are one. A name of punctuation alone keeps it.
    """
    folded = name.cast(pl.String).str.normalize("NFKC").str.to_lowercase()
    letters = folded.str.replace_all(r"[^\p{L}\p{M}\p{N}]", "")
    return pl.when(letters == "").then(folded.str.strip_chars()).otherwise(letters)


def identities(names: pl.Series) -> pl.Series:
    """The identity of each name."""
    return names.to_frame("name").select(identity(pl.col("name"))).to_series()


def identities_of(names: Iterable[str]) -> tuple[str, ...]:
    """The identities that the names have, each once, in order; a name of blanks has none."""
    found = identities(pl.Series(list(names), dtype=pl.String)).unique().sort()
    return tuple(each for each in found if each)


def counted(*names: pl.Series) -> pl.DataFrame:
    """How often each spelling of the names occurs. Grain: one row per spelling. Columns: shown, len."""
    each_of = [_counted(each) for each in names]
    if len(each_of) == 1:
        return each_of[0]
    none = pl.DataFrame(schema={"shown": pl.String, "len": pl.UInt32})
    return pl.concat([none, *each_of]).group_by("shown").agg(pl.col("len").sum()) if each_of else none


def _counted(names: pl.Series) -> pl.DataFrame:
    there = names.drop_nulls() if names.null_count() else names
    found = there.alias("shown").value_counts(name="len")
    return found.cast({"shown": pl.String}) if found["shown"].dtype != pl.String else found


def shown_spellings(spellings: pl.LazyFrame) -> pl.LazyFrame:
    """How each identity is shown: its most frequent spelling, the first in code-point order among equals.

    `spellings`: as `counted`, a spelling perhaps in several rows. Grain: one row per identity.
    Columns: identity, shown.
    """
    return (
        spellings.group_by("shown")
        .agg(pl.col("len").sum())
        .with_columns(identity=identity(pl.col("shown")))
        .sort(pl.col("len"), pl.col("shown"), descending=[True, False])
        .unique("identity", keep="first", maintain_order=True)
        .select("identity", "shown")
        .sort("identity")
    )


def shown_artists(in_statements: pl.DataFrame, elsewhere: pl.DataFrame, aliases: Mapping[str, str]) -> pl.LazyFrame:
    """How each artist is shown everywhere: as most statements spell them; one that is in none, in upper case.

    Both as `counted`. `aliases` (any spelling -> the name it stands for) come before both. Grain: one row per identity.
    Columns: identity, shown.
    """
    others = shown_spellings(elsewhere.lazy()).with_columns(pl.col("shown").str.to_uppercase())
    said = pl.concat([shown_spellings(in_statements.lazy()), others])
    known = said.unique("identity", keep="first", maintain_order=True)
    if not aliases:
        return known
    meant = (
        pl.LazyFrame({"alias": list(aliases), "name": list(aliases.values())}, _ALIASES)
        .with_columns(identity=identity(pl.col("name")))
        .join(known, on="identity", how="left")
        .with_columns(pl.coalesce("shown", "name").alias("shown"))
    )
    aliased = meant.select(identity(pl.col("alias")).alias("identity"), "shown")
    all_known = pl.concat([known, meant.select("identity", "shown"), aliased])
    return all_known.unique("identity", keep="last", maintain_order=True)


def spellings(names: pl.Series, shown: pl.DataFrame) -> pl.LazyFrame:
    """How each spelling of `names`, all of which `shown` knows, is shown.

    Grain: one row per spelling. Columns: spelling, shown.
    """
    return (
        counted(names)
        .lazy()
        .select(spelling="shown")
        .with_columns(identity=identity(pl.col("spelling")))
        .join(shown.lazy(), on="identity")
        .select("spelling", "shown")
        .sort("spelling")
    )


def own_spellings(names: pl.Series) -> pl.LazyFrame:
    """The same of names that are shown as most of these very ones are spelled; see `shown_spellings`."""
    return (
        counted(names)
        .lazy()
        .with_columns(identity=identity(pl.col("shown")))
        .sort("len", "shown", descending=[True, False])
        .select(spelling="shown", shown=pl.col("shown").first().over("identity"))
        .sort("spelling")
    )


def respelled(column: str, by_spelling: pl.DataFrame) -> pl.Expr:
    """The column with every spelling replaced by the one that is shown."""
    return (
        pl.col(column)
        .cast(pl.String)
        .replace_strict(by_spelling["spelling"], by_spelling["shown"], return_dtype=pl.String)
    )


def read_aliases(path: Path) -> dict[str, str]:
    """The user's aliases: a TOML file whose table `artists` says which name each alias stands for.

    Raises SettingsInvalid.
    """
    try:
        artists = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("artists")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = (
            f"ARTIST_ALIASES is '{path}', which is not a TOML file: {error}. Correct it, or leave the setting empty."
        )
        raise SettingsInvalid(message) from error
    if not isinstance(artists, dict) or not all(isinstance(name, str) for name in artists.values()):
        message = f'ARTIST_ALIASES is \'{path}\', which lacks a table [artists] with lines such as "alias" = "name".'
        raise SettingsInvalid(message)
    return artists
