"""What campaign names say, told by a lake that knows two artists and four tracks."""

from pathlib import Path

import polars as pl
import pytest

from bedrot_graph.domains.campaigns.names import read_names
from bedrot_graph.lake.engine import collect
from bedrot_graph.lake.snapshot import Snapshot
from tests.lakes import snapshot_of, split, statement, write_lake

SPLITS = [
    split(artist="OWL1987", title="4.20", isrc=""),
    split(artist="HALO B7", title="SIGNAL / NOISE", isrc=""),
    split(artist="HALO B7", title="NIGHT - SHIFT", isrc=""),
    split(artist="HALO B7", title="TWIN", isrc="A"),
    split(artist="OWL1987", title="Twin", isrc="B"),
]


@pytest.fixture
def lake(tmp_path: Path) -> Snapshot:
    statements = [statement("2025-01", "Spotify", 1, "1", artist="OWL1987", title="COLD BOOT")]
    return snapshot_of(write_lake(tmp_path, statements=statements, splits=SPLITS))


def said(lake: Snapshot, *names: str) -> list[tuple[str | None, str | None, str | None]]:
    found = collect(read_names(pl.LazyFrame({"campaign": names}), lake))[0]
    by_name = {row[0]: row[1:] for row in found.select("campaign", "artist", "track", "targeting").rows()}
    return [by_name[name] for name in names]


@pytest.mark.parametrize(
    ("name", "artist", "track", "targeting"),
    [
        ("OWL1987 - 4.20 - BROAD", "OWL1987", "4.20", "BROAD"),
        ("owl 1987 - 4.20 - BROAD", "OWL1987", "4.20", "BROAD"),
        ("OWL1987 - NEW ONE - BROAD", "OWL1987", "NEW ONE", "BROAD"),
        ("OWL1987 - BROAD", "OWL1987", None, "BROAD"),
        ("OWL1987", "OWL1987", None, None),
        ("HALO B7 - NIGHT - SHIFT - TECHNO", "HALO B7", "NIGHT - SHIFT", "TECHNO"),
        ("SIGNAL / NOISE - Streaming", "HALO B7", "SIGNAL / NOISE", "Streaming"),
        ("NIGHT - SHIFT - TECHNO", "HALO B7", "NIGHT - SHIFT", "TECHNO"),
        ("cold boot - TECHNO", "OWL1987", "COLD BOOT", "TECHNO"),
        ("COLD BOOT", "OWL1987", "COLD BOOT", None),
        ("TWIN - TECHNO", None, "TWIN", "TECHNO"),
        ("MIRAGE - BROAD MALE", "MIRAGE", None, "BROAD MALE"),
        ("MIRAGE - SOMETHING - BROAD MALE", "MIRAGE", None, "BROAD MALE"),
        ("New Engagement Ad Set", None, None, None),
        ("New Engagement Ad Set - Copy", None, None, None),
        ("OWL1987 – 4.20 – BROAD", "OWL1987", "4.20", "BROAD"),
        (" OWL1987 - 4.20 - BROAD ", "OWL1987", "4.20", "BROAD"),
        ("", None, None, None),
        (" - ", None, None, None),
    ],
)
def test_a_name_says_artist_track_and_targeting(
    name: str, artist: str | None, track: str | None, targeting: str | None, lake: Snapshot
) -> None:
    assert said(lake, name) == [(artist, track, targeting)]


@pytest.mark.parametrize("copy", [" - Copy", " - Copy 2", " - Copy - Copy", " - copy"])
def test_a_copy_says_what_its_original_says(copy: str, lake: Snapshot) -> None:
    assert said(lake, f"OWL1987 - 4.20 - BROAD{copy}") == [("OWL1987", "4.20", "BROAD")]


def test_what_campaigns_spell_differently_is_one(lake: Snapshot) -> None:
    names = ["MIRAGE - BROAD MALE", "Mirage - Broad Male"]
    assert said(lake, *names) == [("MIRAGE", None, "BROAD MALE")] * 2


def test_what_most_campaigns_spell_alike_is_not_changed_by_one_that_does_not(lake: Snapshot) -> None:
    names = ["OWL1987 - 4.20 - US", "OWL1987 - COLD BOOT - US", "OWL1987 - 4.20 - u.s"]
    assert {targeting for _, _, targeting in said(lake, *names)} == {"US"}


def test_without_statements_and_splits_the_first_part_is_the_artist_as_written(tmp_path: Path) -> None:
    lake = snapshot_of(tmp_path)
    assert said(lake, "OWL1987 - 4.20 - BROAD") == [("OWL1987", None, "BROAD")]
