"""Names: one identity, many spellings; one of them is shown."""

import tomllib
from pathlib import Path

import polars as pl

from bedrot_graph.errors import SettingsInvalid


def identity(name: pl.Expr) -> pl.Expr:
    """What two spellings of one name share: letters and digits of any script, without case.

    'PIG1987', 'pig 1987' and 'Pig.1987' are one. A name of punctuation alone keeps it.
    """
    folded = name.str.normalize("NFKC").str.to_lowercase()
    letters = folded.str.replace_all(r"[^\p{L}\p{M}\p{N}]", "")
    return pl.when(letters == "").then(folded.str.strip_chars()).otherwise(letters)


def identities(names: pl.Series) -> pl.Series:
    """The identity of each name."""
    return names.to_frame("name").select(identity(pl.col("name"))).to_series()


def shown_spellings(names: pl.Series) -> pl.DataFrame:
    """How each identity is shown: its most frequent spelling, the first in code-point order among equals.

    Grain: one row per identity. Columns: identity, shown.
    """
    return (
        names.drop_nulls()
        .to_frame("shown")
        .group_by("shown")
        .len()
        .with_columns(identity=identity(pl.col("shown")))
        .sort(pl.col("len"), pl.col("shown"), descending=[True, False])
        .unique("identity", keep="first", maintain_order=True)
        .select("identity", "shown")
        .sort("identity")
    )


def spellings(names: pl.Series, shown: pl.DataFrame, aliases: dict[str, str]) -> pl.DataFrame:
    """How each spelling of `names` is shown.

    A name that `shown` does not know is shown in upper case; `aliases` (any spelling -> the name it stands
    for) come before both. Grain: one row per spelling. Columns: spelling, shown.
    """
    alias = pl.DataFrame(
        {"alias": list(aliases), "name": list(aliases.values())}, schema={"alias": pl.String, "name": pl.String}
    )
    aliased = (
        alias.with_columns(identity=identity(pl.col("name")))
        .join(shown, on="identity", how="left")
        .select(identity(pl.col("alias")).alias("identity"), pl.coalesce("shown", "name").alias("shown"))
    )
    known = pl.concat([shown, aliased]).unique("identity", keep="last", maintain_order=True)
    return (
        names.drop_nulls()
        .unique()
        .to_frame("spelling")
        .with_columns(identity=identity(pl.col("spelling")))
        .join(known, on="identity", how="left")
        .with_columns(pl.col("shown").fill_null(pl.col("spelling").str.to_uppercase()))
        .select("spelling", "shown")
        .sort("spelling")
    )


def respelled(column: str, by_spelling: pl.DataFrame) -> pl.Expr:
    """The column with every spelling replaced by the one that is shown."""
    return pl.col(column).replace_strict(by_spelling["spelling"], by_spelling["shown"], default=None)


def read_aliases(path: Path) -> dict[str, str]:
    """The user's aliases: a TOML file whose table `artists` says which name each alias stands for.

    Raises SettingsInvalid.
    """
    try:
        artists = tomllib.loads(path.read_text(encoding="utf-8")).get("artists")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = (
            f"ARTIST_ALIASES is '{path}', which is not a TOML file: {error}. Correct it, or leave the setting empty."
        )
        raise SettingsInvalid(message) from error
    if not isinstance(artists, dict) or not all(isinstance(name, str) for name in artists.values()):
        message = f'ARTIST_ALIASES is \'{path}\', which lacks a table [artists] with lines such as "alias" = "name".'
        raise SettingsInvalid(message)
    return artists
