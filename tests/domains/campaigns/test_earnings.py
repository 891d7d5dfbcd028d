"""What the label has earned beside what its ads have cost."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    between,
    growth,
    only,
    previous,
    table,
    text,
    texts,
    total,
    values,
)
from tests.domains.campaigns.ads import BY_AD, CAMPAIGNS, Cells, ad_day, campaigns, lifetime, write
from tests.lakes import Rows, snapshot_of, split, statement, write_lake

RETURN = ("label_share_usd", "blended_roas", "blended_roi")
JANUARY = between("2025-01-01", "2025-01-31")


def sold(month: str, artist: str, earned: str) -> dict[str, str]:
    return statement(month, "Spotify", 1, earned, artist=artist, title=artist, isrc="", reported="2025-06-20")


#            earned   share   kept
# OWL1987     40.00     50    20.00
# HALO B7     30.00    100    30.00
# in each of January and February
STATEMENTS = [sold(month, *each) for month in ("2025-01", "2025-02") for each in (("OWL1987", "40"), ("HALO B7", "30"))]
SPLITS = [split(artist="OWL1987", title="OWL1987", isrc="", share="50"), split(artist="HALO B7", title="HALO B7")]
ADS = (
    ad_day("2025-01-10", "OWL1987 - Z2 - BROAD", "10.00", 100, 5),
    ad_day("2025-02-10", "OWL1987 - Z2 - BROAD", "40.00", 100, 5),
    ad_day("2025-02-11", "New Engagement Ad Set", "1.00", 100, 5),
)


def lake(folder: Path, *ads: Cells, name: str = BY_AD, statements: Rows | None = STATEMENTS) -> Snapshot:
    write_lake(folder, statements=statements, splits=SPLITS)
    write(folder, name, *(ads or ADS))
    return snapshot_of(folder)


def by_artist(found: Answer, *columns: str) -> dict[str | None, tuple[Any, ...]]:
    return {artist: tuple(rest) for artist, *rest in table(found.groups, "artist", *columns)}


def test_the_labels_share_of_all_artists_stands_beside_all_spend(tmp_path: Path) -> None:
    found = campaigns(lake(tmp_path), *RETURN, "spend_usd", period=between("2025-01-01", "2025-02-28"))
    assert total(found) == {
        "spend_usd": Decimal("51.00"),
        "label_share_usd": Decimal("100.00"),
        "blended_roas": 100 / 51,
        "blended_roi": 49 / 51,
    }


def test_by_artist_each_ones_share_stands_beside_its_spend(tmp_path: Path) -> None:
    found = campaigns(lake(tmp_path), *RETURN, by=("artist",), period=between("2025-01-01", "2025-02-28"))
    assert by_artist(found, *RETURN) == {"OWL1987": (Decimal("40.00"), 0.8, -0.2), None: (None, None, None)}


def test_an_artist_who_is_advertised_and_in_no_statement_has_earned_nothing(tmp_path: Path) -> None:
    snapshot = lake(tmp_path, ad_day("2025-01-10", "MIRAGE - Z2 - BROAD", "10.00", 100, 5))
    found = campaigns(snapshot, *RETURN, by=("artist",), period=JANUARY)
    assert by_artist(found, *RETURN) == {"MIRAGE": (Decimal(0), 0.0, -1.0)}


def test_whole_sale_months_stand_beside_a_period_that_cuts_them_and_it_says_so(tmp_path: Path) -> None:
    found = campaigns(lake(tmp_path), "label_share_usd", period=between("2025-01-10", "2025-02-10"))
    assert total(found) == {"label_share_usd": Decimal("100.00")}
    assert "beside the spend of 2025-01-10 to 2025-02-10 stands the label's share of 2025-01-01 to 2025-02-28" in text(
        found.findings, "PERIOD_WIDENED"
    )


def test_months_after_the_last_statement_are_not_known_rather_than_nothing(tmp_path: Path) -> None:
    snapshot = lake(tmp_path, ad_day("2025-03-10", "OWL1987 - Z2 - BROAD", "10.00", 100, 5))
    found = campaigns(snapshot, *RETURN, by=("artist",))
    assert by_artist(found, *RETURN) == {"OWL1987": (None, None, None)}
    assert total(found) == dict.fromkeys(RETURN)
    assert "what 2025-03 earned is not known" in text(found.findings, "PARTIAL_PERIOD")


def test_months_before_the_first_statement_are_said_to_stand_beside_nothing(tmp_path: Path) -> None:
    ads = (ad_day("2024-12-05", "OWL1987 - B", "5", 1, 1), ad_day("2025-01-05", "OWL1987 - B", "5", 1, 1))
    found = campaigns(lake(tmp_path, *ads), "label_share_usd")
    assert total(found) == {"label_share_usd": Decimal("50.00")}
    assert "2025-01 to 2025-02: what 2024-12 earned is not known" in text(found.findings, "PARTIAL_PERIOD")


def test_a_quarter_of_which_nothing_is_known_is_null_as_the_whole_is(tmp_path: Path) -> None:
    ads = (ad_day("2024-12-05", "OWL1987 - B", "5", 1, 1),)
    found = campaigns(lake(tmp_path, *ads), *RETURN, grain=Grain.YEAR)
    assert table(found.groups, *RETURN) == [(None, None, None)]
    assert total(found) == dict.fromkeys(RETURN)


def test_a_bucket_is_the_same_whether_it_is_shown_or_compared_with(tmp_path: Path) -> None:
    months = [sold(month, "HALO B7", "10") for month in ("2024-01", "2024-11", "2024-12", "2025-01")]
    ads = (ad_day("2024-11-05", "HALO B7 - B", "5", 1, 1), ad_day("2025-01-31", "HALO B7 - B", "5", 1, 1))
    snapshot = lake(tmp_path, *ads, statements=months)
    shown = campaigns(snapshot, *RETURN, grain=Grain.YEAR)
    year = between("2025-01-01", "2025-12-31")
    compared = campaigns(snapshot, *RETURN, grain=Grain.YEAR, compare=PREVIOUS_PERIOD, period=year)
    assert values(shown.groups, "label_share_usd")[0] == Decimal("20.00")
    assert previous(compared.groups, "label_share_usd") == [Decimal("20.00")]
    assert previous(compared.groups, "blended_roas") == [4.0]


def test_which_artists_are_shown_does_not_depend_on_what_they_have_earned(tmp_path: Path) -> None:
    ads = (ad_day("2025-01-05", "HALO B7 - B", "3", 1, 1), ad_day("2025-02-28", "OWL1987 - B", "5", 1, 1))
    snapshot, february = lake(tmp_path, *ads), between("2025-02-01", "2025-02-28")
    for grain in (None, Grain.MONTH):
        found = campaigns(
            snapshot, "spend_usd", *RETURN, by=("artist",), grain=grain, period=february, compare=PREVIOUS_PERIOD
        )
        assert by_artist(found, "spend_usd", "label_share_usd") == {"OWL1987": (Decimal("5.00"), Decimal("20.00"))}


def test_two_weeks_of_one_month_do_not_stand_beside_its_share_twice(tmp_path: Path) -> None:
    ads = [ad_day(f"2025-01-{day:02}", "OWL1987 - B", "5", 1, 1) for day in range(1, 29)]
    period = between("2025-01-15", "2025-01-28")
    found = campaigns(lake(tmp_path, *ads), *RETURN, "spend_usd", period=period, compare=PREVIOUS_PERIOD)
    assert previous(found.groups, "spend_usd") == [Decimal("70.00")]
    assert previous(found.groups, "label_share_usd") == [None]
    assert "the same months (2025-01-01 to 2025-01-31)" in text(found.findings, "NOT_COMPARABLE")


def test_recordings_of_artists_that_are_not_looked_at_are_not_told(tmp_path: Path) -> None:
    snapshot = lake(tmp_path, statements=[*STATEMENTS, sold("2025-01", "OTHER", "5.00")])
    found = campaigns(snapshot, "label_share_usd", where=only("artist", "OWL1987"), period=JANUARY)
    assert not texts(found.findings, "SPLITS_ASSUMED")


def test_months_show_what_was_earned_in_them_also_without_any_ad(tmp_path: Path) -> None:
    ads = (ad_day("2025-01-10", "OWL1987 - Z2 - BROAD", "10.00", 1, 1), ad_day("2025-02-28", "OWL1987 - B", "0", 1, 1))
    found = campaigns(lake(tmp_path, *ads), *RETURN, by=("artist",), grain=Grain.MONTH)
    assert table(found.groups, *RETURN) == [(Decimal("20.00"), 2.0, 1.0), (Decimal("20.00"), None, None)]


def test_by_anything_but_the_artist_and_by_days_it_is_not_told(tmp_path: Path) -> None:
    snapshot = lake(tmp_path)
    for dimension in ("campaign", "track", "targeting"):
        assert total(campaigns(snapshot, *RETURN, by=(dimension,))) == dict.fromkeys(RETURN), dimension
    assert set(table(campaigns(snapshot, *RETURN, grain=Grain.WEEK).groups, *RETURN)) == {(None, None, None)}
    assert total(campaigns(snapshot, *RETURN, where=only("targeting", "BROAD"))) == dict.fromkeys(RETURN)


def test_a_filter_by_artist_looks_at_its_share_only(tmp_path: Path) -> None:
    found = campaigns(lake(tmp_path), "label_share_usd", where=only("artist", "owl 1987"), period=JANUARY)
    assert total(found) == {"label_share_usd": Decimal("20.00")}


def test_a_filter_that_finds_no_campaign_tells_nothing(tmp_path: Path) -> None:
    found = campaigns(lake(tmp_path), *RETURN, "spend_usd", where=only("artist", "HALO B7"), period=JANUARY)
    assert total(found) == {**dict.fromkeys(RETURN), "spend_usd": Decimal(0)}


def test_totals_without_dates_stand_beside_all_sale_months_and_it_says_so(tmp_path: Path) -> None:
    rows = (lifetime("120210000000000001", "OWL1987 - Z2 - BROAD", "10.00", 5),)
    found = campaigns(lake(tmp_path, *rows, name=CAMPAIGNS), *RETURN, by=("artist",))
    assert by_artist(found, *RETURN) == {"OWL1987": (Decimal("40.00"), 4.0, 3.0)}
    assert "all sale months" in text(found.findings, "BLENDED_NOT_ATTRIBUTED")


def test_the_months_before_stand_beside_them_and_growth_is_not_told(tmp_path: Path) -> None:
    found = campaigns(
        lake(tmp_path),
        *RETURN,
        period=between("2025-02-01", "2025-02-28"),
        compare=PREVIOUS_PERIOD,
        growth_of=("blended_roas",),
    )
    assert previous(found.groups, "label_share_usd") == [Decimal("50.00")]
    assert found.groups["growth"].to_list() == [None]
    assert "Growth of BLENDED_ROAS is null" in texts(found.findings, "NOT_COMPARABLE")[-1]


def test_growth_of_spend_is_told_whatever_else_is_asked(tmp_path: Path) -> None:
    ads = (ad_day("2025-01-01", "OWL1987 - B", "10", 1, 1), ad_day("2025-02-28", "OWL1987 - B", "15", 1, 1))
    found = campaigns(
        lake(tmp_path, *ads),
        "spend_usd",
        period=between("2025-02-01", "2025-02-28"),
        compare=PREVIOUS_PERIOD,
        growth_of=("blended_roas", "spend_usd"),
    )
    assert growth(found.groups, "spend_usd") == [0.5]


def test_without_statements_the_share_is_null_and_the_spend_is_there(tmp_path: Path) -> None:
    found = campaigns(lake(tmp_path, statements=None), *RETURN, "spend_usd")
    assert total(found) == {**dict.fromkeys(RETURN), "spend_usd": Decimal("51.00")}
    assert {name for name, _ in found.faults} == set(RETURN)


def test_recordings_that_no_split_lists_are_told(tmp_path: Path) -> None:
    snapshot = lake(tmp_path, statements=[*STATEMENTS, sold("2025-01", "OTHER", "5.00")])
    found = campaigns(snapshot, "label_share_usd", period=JANUARY)
    assert total(found) == {"label_share_usd": Decimal("55.00")}
    assert "1 recording (1 line, 5.00 USD net) is not in the royalty splits" in text(found.findings, "SPLITS_ASSUMED")
