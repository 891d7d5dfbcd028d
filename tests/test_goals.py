"""Goals: what a label expects of its numbers, from its own file and from the usual one."""

from decimal import Decimal
from pathlib import Path

import pytest

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.goals import read_goals, usual_goals


def goals_file(folder: Path, text: str) -> Path:
    path = folder / "goals.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_usual_goals_are_those_that_the_docs_name() -> None:
    goals = usual_goals()
    assert goals.targets.of("revenue") == 500
    assert goals.targets.of("streams") == 200_000
    assert goals.targets.of("spotify_followers") == 10_000
    assert goals.targets.of("tiktok_views") is None
    assert goals.targets.of("ad_spend") is None
    assert goals.payments.due_after_months == 2


def test_what_a_file_does_not_name_is_as_usual(tmp_path: Path) -> None:
    path = goals_file(tmp_path, "[targets]\nrevenue = 750.50\nstreams = 0\n[alerts]\nlagging_days = 5\n")
    goals = read_goals(path)
    assert goals.targets.of("revenue") == Decimal("750.50")
    assert goals.targets.of("streams") is None
    assert goals.targets.of("spotify_followers") == 10_000
    assert goals.alerts.lagging_days == 5
    assert goals.alerts.revenue_change == 0.25


def test_a_group_without_a_reference_rate_has_the_default_one(tmp_path: Path) -> None:
    goals = read_goals(goals_file(tmp_path, "[reference_rates]\nDeezer = 0.0025\n"))
    assert goals.reference_rate("Deezer") == Decimal("0.0025")
    assert goals.reference_rate("Spotify") == Decimal("0.002274")
    assert goals.reference_rate("Pandora") == Decimal("0.002486")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[targets]\nrevenu = 5\n", "targets.revenu"),
        ("[targets]\nrevenue = -5\n", "targets.revenue"),
        ("[alerts]\nstream_drop = 20\n", "alerts.stream_drop"),
        ("[payments]\ndue_after_months = 'two'\n", "payments.due_after_months"),
        ("targets = 5\n", "targets"),
        ("[thresholds]\nx = 1\n", "thresholds"),
        ("[status]\non_track = 1.5\n", "achieved has to be above on_track"),
        ("[reference_rates]\nspotify = 0.1\n", "There are: Spotify, Apple"),
        ("[alerts]\nsevere_drop = 0.1\n", "every drop would be severe"),
        ("[alerts]\nended_days = 2\n", "no source would lag"),
        ("[targets\n", "not a TOML file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(text: str, named: str, tmp_path: Path) -> None:
    path = goals_file(tmp_path, text)
    with pytest.raises(SettingsInvalid) as refused:
        read_goals(path)
    assert named in str(refused.value)
    assert str(path) in str(refused.value)
