"""The forms that a dataset's files come in: which file wins, why, and what is read of it."""

import io
import zipfile
from pathlib import Path

import pytest

from bedrot_graph.errors import DatasetMalformed
from bedrot_graph.lake import archive
from bedrot_graph.lake.catalogue import LINKTREE, META_ADS, SPOTIFY_AUDIENCE, SUBMITHUB, TIKTOK
from bedrot_graph.lake.catalogue.ads import (
    BY_AD,
    BY_DAY,
    DAILY_EXPORT,
    EXPORT,
    EXPORT_BY_DAY,
    LIFETIME,
    LOG,
    SUMMARY,
    WINDOWS,
)
from bedrot_graph.lake.dataset import Form
from bedrot_graph.lake.table import Table
from tests.lake.zones import not_read, table_of, write

ONE, TWO = "120211180000000151", "120211180000000152"
A = (
    "campaign_id,campaign_name_x,adset_id,adset_name_x,spend,impressions,clicks,date_start,date_stop,ad_id\n"
    f"{ONE},OWL - X,{TWO},set,5.50,100,3,2025-01-01,2025-01-10,1\n"
    f"{ONE},OWL - X,{TWO},set,5.50,100,3,2025-01-01,2025-01-10,2\n"
)
B = (
    "campaign_id,campaign_name,first_seen_date,last_seen_date,total_spend_usd,total_impressions,total_clicks\n"
    f"{ONE},OWL - X,2025-01-01,2025-01-10,9.50,100,3\n"
)
C = f"date,campaign_id,campaign_name,impressions,clicks,spend\n2025-01-01,{ONE},OWL - X,10,1,2.50\n"
LOGGED = f"date,campaign_id,campaign_name,spend_usd,impressions,clicks\n2025-01-02,{ONE},OWL - X,1.50,10,1\n"
D = f"date,campaign_name,campaign_id,spend_usd,impressions,clicks\n2025-01-03,OWL - X,{ONE},3.50,10,1\n"
SUM = f"campaign_name,spend_usd,impressions,clicks,campaign_id\nOWL - X,4.50,10,1,{ONE}\n"
MANUAL = (
    "Reporting starts,Reporting ends,Ad name,Ad Set Name,Results,Reach,Impressions,Amount spent (USD)\n"
    '2025-01-01,2025-01-31,,,,,"3,600","1,240.50"\n'
    '2025-01-01,2025-01-31,AD1,OWL - X,-,-,"2,600","1,234.50"\n'
    '2025-01-01,2025-01-31,AD2,OWL - X,4,5,"1,000",6.00\n'
)
DAILY, LOG_NAME, EXPORTED = (
    "metaads_campaigns_daily.csv",
    "metaads_campaigns_performance_log.csv",
    "LABEL-Ads-Jan-1-2025-Jan-31-2025.csv",
)


def usd(table: Table) -> list[float]:
    return [float(amount) for amount in table.rows["spend_usd"]]


# ── Meta Ads ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "text", "form", "spent"),
    [
        (DAILY, A, WINDOWS, [5.5]),
        (DAILY, B, LIFETIME, [9.5]),
        (DAILY, C, BY_DAY, [2.5]),
        (LOG_NAME, LOGGED, LOG, [1.5]),
        ("metaads/ad_performance_20250907.csv", D, BY_AD, [3.5]),
        ("metaads/campaign_summary_20250907.csv", SUM, SUMMARY, [4.5]),
        ("metaads_campaign_daily_20250907_120000.csv", LOGGED, DAILY_EXPORT, [1.5]),
        (EXPORTED, MANUAL, EXPORT, [1234.5, 6]),
        (EXPORTED, MANUAL.replace("Reporting starts", "Day"), EXPORT_BY_DAY, [1234.5, 6]),
    ],
)
def test_the_schema_of_an_ads_file_is_told_by_its_header(
    name: str, text: str, form: Form, spent: list[float], tmp_path: Path
) -> None:
    (tmp_path / "metaads").mkdir()
    write(tmp_path / name, text)
    table = table_of(tmp_path, META_ADS)
    assert (table.form, usd(table), table.file_names) == (form, spent, name)


def test_the_window_of_an_ad_set_counts_once_for_all_its_ads(tmp_path: Path) -> None:
    write(tmp_path / DAILY, A)
    table = table_of(tmp_path, META_ADS)
    assert (usd(table), table.restated) == ([5.5], 1)


def test_the_lifetimes_are_read_beside_the_log(tmp_path: Path) -> None:
    write(tmp_path / DAILY, B)
    write(tmp_path / LOG_NAME, LOGGED)
    table = table_of(tmp_path, META_ADS)
    assert (table.form, usd(table)) == (LOG, [1.5, 9.5])
    assert table.file_names == f"{LOG_NAME} and {DAILY}"


def test_a_file_by_day_wins_over_the_log_and_windows_do_not(tmp_path: Path) -> None:
    write(tmp_path / LOG_NAME, LOGGED)
    write(tmp_path / DAILY, C)
    assert usd(table_of(tmp_path, META_ADS)) == [2.5]
    write(tmp_path / DAILY, A)
    assert usd(table_of(tmp_path, META_ADS)) == [1.5]
    assert not_read(tmp_path, META_ADS) == {DAILY: f"'{LOG_NAME}' is preferred"}


def test_latest_gives_way_to_a_stamped_twin_and_both_win_over_everything_else(tmp_path: Path) -> None:
    (tmp_path / "metaads").mkdir()
    write(tmp_path / DAILY, B)
    write(tmp_path / "metaads" / "ad_performance_latest.csv", D.replace("3.50", "7"))
    assert usd(table_of(tmp_path, META_ADS)) == [7]
    write(tmp_path / "metaads" / "ad_performance_20250907.csv", D)
    preferred = "'metaads/ad_performance_20250907.csv' is preferred"
    assert usd(table_of(tmp_path, META_ADS)) == [3.5]
    assert not_read(tmp_path, META_ADS) == {DAILY: preferred, "metaads/ad_performance_latest.csv": preferred}


def test_raw_daily_exports_are_joined_and_the_newer_wins_where_they_overlap(tmp_path: Path) -> None:
    write(
        tmp_path / "metaads_campaign_daily_20250102_000000.csv",
        LOGGED + LOGGED.splitlines()[1].replace("01-02", "01-01"),
    )
    write(tmp_path / "metaads_campaign_daily_20250103_000000.csv", LOGGED.replace("1.50", "1.75"))
    table = table_of(tmp_path, META_ADS)
    assert (sorted(usd(table)), table.restated) == ([1.5, 1.75], 1)


def test_the_grand_total_of_an_export_is_rejected_and_a_dash_is_nothing(tmp_path: Path) -> None:
    write(tmp_path / EXPORTED, MANUAL)
    table = table_of(tmp_path, META_ADS)
    assert table.rejects.rows() == [
        (
            EXPORTED,
            2,
            "it names nothing (campaign_id, campaign, adset_id, adset, ad_id, ad are empty), as a row of totals does",
        )
    ]
    assert table.rows["results"].to_list() == [None, 4]
    assert table.rows["impressions"].to_list() == [2600, 1000]


def test_an_export_in_another_currency_is_refused_and_shows_the_column(tmp_path: Path) -> None:
    write(tmp_path / EXPORTED, MANUAL.replace("(USD)", "(EUR)"))
    with pytest.raises(DatasetMalformed, match=r"lacks the required 'spend_usd'.*'Amount spent \(EUR\)'"):
        table_of(tmp_path, META_ADS)


def test_an_id_keeps_its_last_digit_and_a_rounded_one_is_found_again_by_the_name(tmp_path: Path) -> None:
    write(tmp_path / DAILY, B + B.splitlines()[1].replace(ONE, "1.20E+17").replace("9.50", "1") + "\n")
    table = table_of(tmp_path, META_ADS)
    assert table.rows["campaign_id"].to_list() == [ONE]
    assert table.restated == 1


def test_a_rounded_id_is_rejected_where_an_id_is_needed(tmp_path: Path) -> None:
    write(
        tmp_path / DAILY,
        A.replace(f"{TWO},set,5.50,100,3,2025-01-01,2025-01-10,2", "1.20E+17,set,5.50,100,3,2025-01-01,2025-01-10,2"),
    )
    table = table_of(tmp_path, META_ADS)
    assert table.rejects.rows() == [(DAILY, 3, "adset_id '1.20E+17' is a rounded number, and no id any more")]


@pytest.mark.parametrize(
    "events", ["{}", '{"ViewContent": 5}', '{"ViewContent": 5.0}', "{'ViewContent': 5}", '{"a ""b"": c": 1}', ""]
)
def test_events_are_whole_numbers_by_name(events: str, tmp_path: Path) -> None:
    cell = events.replace('""', '\\"').replace('"', '""')
    write(tmp_path / LOG_NAME, LOGGED.replace("clicks\n", "clicks,meta_pixel_events\n").strip() + f',"{cell}"\n')
    assert table_of(tmp_path, META_ADS).rejects.height == 0


@pytest.mark.parametrize(
    "events", ['{"ViewContent": 5', "{'a': x}", '{"a": 1.5}', '{"a": -1}', "[1]", "5", '{"a": null}']
)
def test_events_that_are_no_counts_are_rejected(events: str, tmp_path: Path) -> None:
    cell, header = events.replace('"', '""'), LOGGED.replace("clicks\n", "clicks,meta_pixel_events\n")
    good = LOGGED.splitlines()[1].replace("01-02", "01-01")
    write(tmp_path / LOG_NAME, header.strip() + f',"{cell}"\n{good},\n')
    assert table_of(tmp_path, META_ADS).rejects.rows() == [
        (LOG_NAME, 2, f"events '{events}' is not a JSON object of whole numbers")
    ]


# ── TikTok's archives ────────────────────────────────────────────────────────────────────────────────────────────────

OVERVIEW = '\ufeff"Date","Video Views","Profile Views","Likes","Comments","Shares"'


def overview(*rows: str, name: str = "Overview.csv") -> bytes:
    out = io.BytesIO()
    lines = (",".join(f'"{cell}"' for cell in row.split(",")) for row in rows)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, "\n".join([OVERVIEW, *lines]))
    return out.getvalue()


def views(table: Table) -> list[tuple[str, str, int | None]]:
    return [
        (artist, str(date), seen)
        for artist, date, seen in table.rows.lazy().select("artist", "date", "video_views").collect().rows()
    ]


def zip_name(since: str, handle: str = "owl1987", epoch: int = 1757203207) -> str:
    return f"Overview_{since}_{epoch}_{handle}.zip"


def test_the_accounts_of_all_archives_are_read_by_the_handle_in_the_name(tmp_path: Path) -> None:
    write(tmp_path / zip_name("2025-05-28"), overview("May 28,5,1,1,1,1", "29 May,6,1,1,1,1"))
    write(tmp_path / zip_name("2025-05-28", "halo.b7"), overview("May 28,7,1,1,1,1"))
    table = table_of(tmp_path, TIKTOK)
    assert sorted(views(table)) == [
        ("HALO.B7", "2025-05-28", 7),
        ("OWL1987", "2025-05-28", 5),
        ("OWL1987", "2025-05-29", 6),
    ]
    assert table.unfinished == ()


@pytest.mark.parametrize(
    ("since", "day", "date"),
    [
        ("2024-12-30", "December 31", "2024-12-31"),
        ("2024-12-30", "January 1", "2025-01-01"),
        ("2024-09-07", "September 6", "2025-09-06"),
        ("2023-12-30", "February 29", "2024-02-29"),
        ("2024-01-30", "29 Feb", "2024-02-29"),
    ],
)
def test_a_day_without_a_year_is_the_first_one_from_the_day_in_the_name_on(
    since: str, day: str, date: str, tmp_path: Path
) -> None:
    write(tmp_path / zip_name(since), overview(f"{day},5,1,1,1,1"))
    assert views(table_of(tmp_path, TIKTOK)) == [("OWL1987", date, 5)]


def test_a_newest_day_that_is_blank_is_not_reported_yet(tmp_path: Path) -> None:
    write(tmp_path / zip_name("2025-05-28"), overview("May 28,5,1,1,1,1", "May 29,,,,,"))
    assert views(table_of(tmp_path, TIKTOK)) == [("OWL1987", "2025-05-28", 5), ("OWL1987", "2025-05-29", None)]


def test_of_two_exports_of_an_account_the_newer_wins_by_day_and_what_is_alike_is_a_duplicate(tmp_path: Path) -> None:
    write(tmp_path / zip_name("2025-05-28", epoch=1749000001), overview("May 28,5,1,1,1,1", "May 29,8,1,1,1,1"))
    write(tmp_path / zip_name("2025-05-28", epoch=1749000000), overview("May 28,5,1,1,1,1", "May 29,6,1,1,1,1"))
    table = table_of(tmp_path, TIKTOK)
    assert views(table) == [("OWL1987", "2025-05-28", 5), ("OWL1987", "2025-05-29", 8)]
    assert (table.duplicates, table.restated) == (1, 1)


@pytest.mark.parametrize("copy", [" (1)", "(2)"])
def test_a_second_download_of_an_export_is_the_same_account(copy: str, tmp_path: Path) -> None:
    write(tmp_path / zip_name("2025-05-28"), overview("May 28,5,1,1,1,1"))
    write(tmp_path / zip_name("2025-05-28", f"owl1987{copy}"), overview("May 28,6,1,1,1,1"))
    assert views(table_of(tmp_path, TIKTOK)) == [("OWL1987", "2025-05-28", 6)]


def encrypted() -> bytes:
    data = bytearray(overview("May 28,5,1,1,1,1"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (overview("May 28,5,1,1,1,1")[:60], "it is not a whole zip archive without a password"),
        (encrypted(), "it is not a whole zip archive without a password"),
        (
            overview("a", name="FollowerHistory.csv"),
            "it is an archive without 'Overview.csv'; it holds 'FollowerHistory.csv'",
        ),
        (overview(), "it has a header but no rows"),
    ],
    ids=["empty", "torn", "encrypted", "foreign", "no rows"],
)
def test_an_archive_that_cannot_be_read_is_passed_over_with_a_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    write(tmp_path / zip_name("2025-05-28"), data)
    write(tmp_path / zip_name("2025-05-28", "halo.b7"), overview("May 28,7,1,1,1,1"))
    assert views(table_of(tmp_path, TIKTOK)) == [("HALO.B7", "2025-05-28", 7)]
    assert not_read(tmp_path, TIKTOK) == {zip_name("2025-05-28"): reason}


def test_an_archive_of_more_than_a_file_can_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_MEMBER_BYTES", 2**20)
    write(tmp_path / zip_name("2025-05-28"), overview(*["May 28,5,1,1,1,1"] * 100_000))
    with pytest.raises(DatasetMalformed, match=r"'Overview\.csv' in it has more than 1 MB"):
        table_of(tmp_path, TIKTOK)


def test_the_curated_file_wins_over_archives(tmp_path: Path) -> None:
    name = "tiktok_analytics_curated_20250908_055938.csv"
    write(tmp_path / zip_name("2025-05-28"), overview("May 28,5,1,1,1,1"))
    write(tmp_path / name, "artist,zone,date,Video Views\nowl1987,owl1987,2025-05-28,9\n")
    assert views(table_of(tmp_path, TIKTOK)) == [("OWL1987", "2025-05-28", 9)]
    assert not_read(tmp_path, TIKTOK) == {zip_name("2025-05-28"): f"'{name}' is preferred"}


# ── other parts of a whole ───────────────────────────────────────────────────────────────────────────────────────────


def test_audience_timelines_are_read_by_the_id_in_the_name(tmp_path: Path) -> None:
    text = "\ufeffdate,listeners,monthly listeners,streams,playlist adds,saves,followers\n2025-01-01,1,9,5,0,0,3\n"
    write(tmp_path / "0OWLa-audience-timeline.csv", text)
    write(tmp_path / "0HALOb-audience-timeline.csv", text.replace(",5,", ",6,"))
    table = table_of(tmp_path, SPOTIFY_AUDIENCE)
    found = table.rows.lazy().select("artist", "streams", "monthly_listeners").collect().rows()
    assert sorted(found) == [("0HALOB", 6, 9), ("0OWLA", 5, 9)]


def test_the_files_of_all_links_are_one_table_and_a_reject_names_its_file(tmp_path: Path) -> None:
    for number in range(1, 6):
        bad = "2025-05-11,OWL,X,many\n" if number == 3 else ""
        text = f"date,artist,track,opened\n2025-05-10,OWL,X{number},{number}\n{bad}"
        write(tmp_path / f"submithub_links_analytics_{number}.csv", text)
    table = table_of(tmp_path, SUBMITHUB)
    assert sorted(table.rows["opened"]) == [1, 2, 3, 4, 5]
    assert len(table.files) == 5
    assert table.rejects.rows() == [("submithub_links_analytics_3.csv", 3, "opened 'many' is not a whole number")]


def test_lock_files_and_files_that_nobody_declared_are_never_opened(tmp_path: Path) -> None:
    text = "date,totalViews,totalClicks\n2025-01-01,5,1\n"
    write(tmp_path / "linktree_analytics.csv", text)
    for name in ("~$linktree_analytics.csv", ".linktree_analytics.csv", "capitol_one_purchases.csv"):
        write(tmp_path / name, text)
    (tmp_path / "linktree_analytics_curated_20260101.csv").mkdir()
    assert table_of(tmp_path, LINKTREE).file_names == "linktree_analytics.csv"
    assert not_read(tmp_path, LINKTREE) == {"linktree_analytics_curated_20260101.csv": "it is not a file"}
