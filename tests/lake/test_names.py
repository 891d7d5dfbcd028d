from pathlib import Path

import polars as pl
import pytest

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.lake.names import (
    counted,
    identities,
    own_spellings,
    read_aliases,
    respelled,
    shown_artists,
    shown_spellings,
    spellings,
)


def names(*spelled: str | None) -> pl.Series:
    return pl.Series(spelled, dtype=pl.String)


def shown(*, statements: tuple[str, ...] = (), elsewhere: tuple[str, ...] = (), **aliases: str) -> dict[str, str]:
    return dict(shown_artists(counted(names(*statements)), counted(names(*elsewhere)), aliases).collect().iter_rows())


@pytest.mark.parametrize(
    ("spelled", "identity"),
    [
        (["PIG1987", "pig1987", "Pig1987", "PIG 1987", "pig.1987", "Pig-1987", "\uff30\uff29\uff271987"], "pig1987"),
        (["ZONE A0", "zone_a0", "zone.a0", "zonea0", "ZONE.A0"], "zonea0"),
        (["Björk", "BJÖRK", "Bjo\u0308rk"], "björk"),
        (["ムック", "ムック "], "ムック"),
        (["!!!", " !!! "], "!!!"),
        (["ZONE A0 & Sxnctuary"], "zonea0sxnctuary"),
        (["Sigur Rós", "SIGUR RÓS"], "sigurrós"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_spellings_of_one_name_are_one_identity(spelled: list[str], identity: str) -> None:
    assert identities(names(*spelled)).to_list() == [identity] * len(spelled)


def test_other_names_are_other_identities() -> None:
    others = names("PIG1987", "PIG1988", "PIG1987 & ZONE A0", "Bjork", "Björk", "!!!", "???")
    assert identities(others).n_unique() == 7


def test_no_name_has_no_identity() -> None:
    assert identities(names(None)).to_list() == [None]


def test_shown_is_the_most_frequent_spelling() -> None:
    spelled = shown_spellings(counted(names("OWL1987", "owl1987", "owl1987", "HALO B7", None)).lazy()).collect()
    assert dict(spelled.iter_rows()) == {"owl1987": "owl1987", "halob7": "HALO B7"}


def test_of_equally_frequent_spellings_the_first_in_code_point_order_is_shown() -> None:
    spelled = shown_spellings(counted(names("owl", "Owl", "ÖWL", "OWL")).lazy()).collect()
    assert dict(spelled.iter_rows()) == {"owl": "OWL", "öwl": "ÖWL"}


def test_names_that_are_in_no_other_dataset_are_shown_as_most_of_them_are_spelled() -> None:
    column = names("owl", "Owl", "OWL", "Owl", "HALO.B7", "halo b7", None)
    shown_as = {"owl": "Owl", "Owl": "Owl", "OWL": "Owl", "HALO.B7": "HALO.B7", "halo b7": "HALO.B7"}
    assert dict(own_spellings(column).collect().iter_rows()) == shown_as


def test_an_artist_is_shown_as_the_statements_spell_it_everywhere() -> None:
    assert shown(statements=("Halo B7",), elsewhere=("halo.b7", "HALO B7", "HALO B7")) == {"halob7": "Halo B7"}


def test_an_artist_that_is_in_no_statement_is_shown_in_upper_case() -> None:
    assert shown(elsewhere=("new one",)) == {"newone": "NEW ONE"}


def test_two_spellings_that_are_in_no_statement_are_still_one_artist() -> None:
    assert shown(elsewhere=("new.one", "New One", "New One")) == {"newone": "NEW ONE"}


def test_an_alias_is_shown_as_the_name_it_stands_for() -> None:
    assert shown(statements=("HALO B7", "HB7"), hb7="halo b7") == {"halob7": "HALO B7", "hb7": "HALO B7"}


def test_an_alias_for_a_name_that_occurs_nowhere_is_shown_as_it_was_written() -> None:
    assert shown(statements=("HB7",), hb7="Halo B7") == {"halob7": "Halo B7", "hb7": "Halo B7"}


def test_a_column_is_respelled_and_what_is_empty_stays_empty() -> None:
    column = names("owl.1987", None, "HALO B7", "OWL1987")
    shown = shown_artists(counted(names("OWL1987", "HALO B7")), counted(names("owl.1987")), {}).collect()
    by_spelling = spellings(column, shown).collect()
    respelt = column.to_frame("artist").select(respelled("artist", by_spelling)).to_series()
    assert respelt.to_list() == ["OWL1987", None, "HALO B7", "OWL1987"]


def test_a_column_without_names_can_be_respelled() -> None:
    column = names(None, None)
    by_spelling = own_spellings(column).collect()
    assert column.to_frame("artist").select(respelled("artist", by_spelling)).to_series().to_list() == [None, None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_aliases_are_read_from_a_table_of_a_toml_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "aliases.toml"
    path.write_text('[artists]\n"Hålo" = "HALO B7"\n', encoding=encoding)
    assert read_aliases(path) == {"Hålo": "HALO B7"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[artists", "is not a TOML file"),
        (b"\xff\xfe", "is not a TOML file"),
        (b"", r"lacks a table \[artists\]"),
        (b"artists = 1", r"lacks a table \[artists\]"),
        (b"[artists]\nhb7 = 7", r"lacks a table \[artists\]"),
    ],
    ids=["no TOML", "no text", "empty", "no table", "no name"],
)
def test_an_alias_file_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "aliases.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsInvalid, match=problem):
        read_aliases(path)


def test_an_alias_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"ARTIST_ALIASES is .*nowhere\.toml"):
        read_aliases(tmp_path / "nowhere.toml")
