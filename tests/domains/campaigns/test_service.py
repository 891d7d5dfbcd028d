"""What Meta's files say about ads, in every schema, and the traps in them."""

from decimal import Decimal
from pathlib import Path

import pytest

from bedrot_graph.errors import DatasetUnavailable
from bedrot_graph.periods import Grain
from tests.cubes.asking import (
    PREVIOUS_PERIOD,
    between,
    by_date,
    codes,
    last_days,
    on,
    only,
    previous,
    table,
    text,
    total,
    values,
)
from tests.domains.campaigns.ads import (
    BY_AD,
    CAMPAIGNS,
    DAILY_EXPORT,
    EXPORT,
    LOG,
    SUMMARY,
    ad_day,
    ads,
    campaigns,
    exported,
    lifetime,
    log_day,
    window,
    write,
)
from tests.lakes import snapshot_of

NUMBERS = ("spend_usd", "impressions", "clicks", "conversions")
RATIOS = ("ctr", "cpc_usd", "cpm_usd", "cost_per_conversion_usd")
A, B = "OWL1987 - 4.20 - BROAD", "HALO B7 - Z2 - TECHNO"


# ── ratios ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ratios_come_from_the_sums_and_not_from_the_ratios_of_the_days(tmp_path: Path) -> None:
    #                               spend  impressions  clicks  views
    days = [ad_day("2025-01-01", A, "1.00", 1000, 1, pixel_view_content=1),
            ad_day("2025-01-02", A, "9.00", 1000, 9, pixel_view_content=3)]  # fmt: skip
    found = total(campaigns(ads(tmp_path, BY_AD, *days), *RATIOS))
    assert found == {"ctr": 0.005, "cpc_usd": 1, "cpm_usd": 5, "cost_per_conversion_usd": Decimal("2.5")}


def test_a_ratio_over_nothing_is_null(tmp_path: Path) -> None:
    found = total(campaigns(ads(tmp_path, BY_AD, ad_day("2025-01-01", A, "1.00", 0, 0, pixel_view_content=0)), *RATIOS))
    assert found == dict.fromkeys(RATIOS)


def test_spend_whose_clicks_are_not_known_is_in_no_cost_per_click(tmp_path: Path) -> None:
    days = [ad_day("2025-01-01", A, "1.00", 100, 2), ad_day("2025-01-02", A, "9.00", 100, 0) | {"clicks": ""}]
    found = total(campaigns(ads(tmp_path, BY_AD, *days), "spend_usd", "clicks", "cpc_usd", "ctr"))
    assert found == {"spend_usd": 10, "clicks": 2, "cpc_usd": Decimal("0.5"), "ctr": 0.02}


def test_trap_ctr_is_a_fraction_although_the_file_has_percent(tmp_path: Path) -> None:
    lake = ads(tmp_path, BY_AD, ad_day("2025-01-01", A, "1.00", 1000, 20, ctr="2.0"))
    assert total(campaigns(lake, "ctr")) == {"ctr": 0.02}


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_trap_reach_is_never_added_up(tmp_path: Path) -> None:
    days = [ad_day("2025-01-01", A, "1", 10, 1, reach="7.0"), ad_day("2025-01-02", A, "1", 10, 1, reach="5.0"),
            ad_day("2025-01-01", B, "1", 10, 1, reach="3.0")]  # fmt: skip
    lake = ads(tmp_path, BY_AD, *days)
    found = campaigns(lake, "reach", by=("campaign",))
    assert table(found.groups, "campaign", "reach") == [(B, 3), (A, None)]
    assert total(found) == {"reach": None}
    daily = campaigns(lake, "reach", by=("campaign",), grain=Grain.DAY, where=only("campaign", A))
    assert by_date(daily.groups, "reach") == {"2025-01-01": 7, "2025-01-02": 5}


def test_trap_the_reach_of_a_summary_is_a_sum_of_days_and_so_of_nobody(tmp_path: Path) -> None:
    row = {"campaign_name": A, "spend_usd": "5", "impressions": 10, "clicks": 1, "reach": "700.0", "campaign_id": "1"}
    found = campaigns(ads(tmp_path, SUMMARY, row), "reach", "spend_usd", by=("campaign",))
    assert table(found.groups, "spend_usd", "reach") == [(5, None)]
    assert found.lacking == ("reach",)


# ── conversions ──────────────────────────────────────────────────────────────────────────────────────────────────────

PIXEL = '{"LinkClick": 7, "PostEngagement": 16, "page_engagement": 17, "ViewContent": 5}'


def test_conversions_are_one_event_of_the_pixel(tmp_path: Path) -> None:
    lake = ads(tmp_path, BY_AD, ad_day("2025-01-01", A, "1", 10, 1, pixel_view_content=5, pixel_link_click=7))
    assert total(campaigns(lake, "conversions")) == {"conversions": 5}
    assert total(campaigns(lake, "conversions", event="LinkClick")) == {"conversions": 7}
    assert total(campaigns(lake, "conversions", event="link_click")) == {"conversions": 7}


@pytest.mark.parametrize(("event", "count"), [("ViewContent", 5), ("LinkClick", 7), ("page_engagement", 17)])
def test_trap_events_that_contain_each_other_are_not_added_up(event: str, count: int, tmp_path: Path) -> None:
    lake = ads(tmp_path, LOG, log_day("2025-01-01", "1", "5.00", 2, PIXEL))
    found = campaigns(lake, "conversions", "cost_per_conversion_usd", event=event)
    assert total(found)["conversions"] == count


def test_an_event_that_did_not_happen_is_zero_where_others_are_counted(tmp_path: Path) -> None:
    lake = ads(tmp_path, LOG, log_day("2025-01-01", "1", "5.00", 2, PIXEL))
    found = campaigns(lake, "conversions", "cost_per_conversion_usd", event="Purchase")
    assert total(found) == {"conversions": 0, "cost_per_conversion_usd": None}
    assert "UNKNOWN_VALUE" not in codes(found.findings)


def test_a_day_without_events_is_in_no_cost_per_conversion(tmp_path: Path) -> None:
    days = [log_day("2025-01-01", "1", "5.00", 2, PIXEL), log_day("2025-01-02", "1", "100.00", 2, "")]
    found = campaigns(ads(tmp_path, LOG, *days), "conversions", "cost_per_conversion_usd")
    assert total(found) == {"conversions": 5, "cost_per_conversion_usd": 1}


def test_an_event_that_no_file_counts_is_null_and_named(tmp_path: Path) -> None:
    lake = ads(tmp_path, BY_AD, ad_day("2025-01-01", A, "1", 10, 1, pixel_view_content=5))
    found = campaigns(
        lake, "conversions", "cost_per_conversion_usd", "spend_usd", event="ViewContents", grain=Grain.DAY
    )
    assert total(found) == {"conversions": None, "cost_per_conversion_usd": None, "spend_usd": 1}
    assert found.lacking == ("conversions", "cost_per_conversion_usd")
    assert text(found.findings, "UNKNOWN_VALUE") == (
        "No file counts the event 'ViewContents', so there are no conversions. Did you mean 'ViewContent'?"
    )


def test_results_of_an_export_are_conversions_where_they_are_of_that_event(tmp_path: Path) -> None:
    view, click = "actions:offsite_conversion.fb_pixel_view_content", "actions:link_click"
    lake = ads(tmp_path, EXPORT, exported(A, "5", "1,250", view), exported(B, "7", 40, click), exported("C", "9", "-"))
    found = campaigns(lake, "conversions", "cost_per_conversion_usd")
    assert total(found) == {"conversions": 1250, "cost_per_conversion_usd": Decimal("0.004")}
    assert total(campaigns(lake, "conversions", event="LinkClick")) == {"conversions": 40}


# ── schemas ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_trap_the_spend_of_an_ad_set_is_repeated_for_each_of_its_ads(tmp_path: Path) -> None:
    rows = [window("21", "31", "50.00"), window("21", "32", "50.00"), window("22", "33", "8.00")]
    found = campaigns(ads(tmp_path, CAMPAIGNS, *rows), "spend_usd", "clicks")
    assert total(found) == {"spend_usd": 58, "clicks": 20}


def test_trap_a_window_that_grew_contains_its_shorter_self(tmp_path: Path) -> None:
    rows = [window("21", "31", "50.00"), window("21", "32", "80.00", stop="2025-01-15"),
            window("21", "31", "5.00", start="2025-02-01", stop="2025-02-10")]  # fmt: skip
    assert total(campaigns(ads(tmp_path, CAMPAIGNS, *rows), "spend_usd")) == {"spend_usd": 85}


def test_trap_the_row_of_totals_would_double_the_spend(tmp_path: Path) -> None:
    rows = [exported("", "12.00", ""), exported(A, "5.00", 1), exported(B, "7.00", 1)]
    lake = ads(tmp_path, EXPORT, *rows)
    found = campaigns(lake, "spend_usd", "impressions", by=("campaign",))
    assert total(found) == {"spend_usd": 12, "impressions": 2000}
    assert values(found.groups, "campaign") == [B, A]
    (rejected,) = lake.tables["meta_ads"].rejects.rows()
    assert rejected[:2] == (EXPORT, 2)


def test_trap_one_name_is_three_schemas(tmp_path: Path) -> None:
    by_day = {
        "date": "2025-01-01",
        "campaign_id": "1",
        "campaign_name": A,
        "impressions": 100,
        "clicks": 2,
        "spend": "3.00",
    }
    for row in (by_day, lifetime("1", A, "3.00", 2), window("21", "31", "3.00") | {"clicks": 2}):
        assert total(campaigns(ads(tmp_path, CAMPAIGNS, row), "spend_usd", "clicks")) == {"spend_usd": 3, "clicks": 2}


def test_a_file_without_clicks_has_no_clicks_and_says_so(tmp_path: Path) -> None:
    found = campaigns(ads(tmp_path, EXPORT, exported(A, "5", 1)), *NUMBERS, "ctr", "cpc_usd", "cpm_usd")
    assert total(found)["spend_usd"] == 5
    assert total(found)["cpm_usd"] == 5
    assert found.lacking == ("clicks", "conversions", "ctr", "cpc_usd")


# ── one source ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_trap_sources_that_tell_of_the_same_are_never_added_up(tmp_path: Path) -> None:
    write(tmp_path, BY_AD, ad_day("2025-01-01", A, "3.00", 10, 1))
    write(tmp_path, DAILY_EXPORT, ad_day("2025-01-01", A, "4.00", 10, 1))
    write(tmp_path, CAMPAIGNS, lifetime("1", A, "5.00", 1))
    write(tmp_path, LOG, log_day("2025-01-01", "1", "6.00", 2, PIXEL))
    write(tmp_path, SUMMARY, {"campaign_name": A, "spend_usd": "7", "impressions": 10, "clicks": 1})
    write(tmp_path, EXPORT, exported(A, "8", 1))
    for name, spend in ((BY_AD, 3), (DAILY_EXPORT, 4), (LOG, 5), (CAMPAIGNS, 5), (SUMMARY, 7), (EXPORT, 8)):
        lake = snapshot_of(tmp_path)
        assert total(campaigns(lake, "spend_usd")) == {"spend_usd": spend}, name
        assert name in {file.name for file in lake.tables["meta_ads"].files}
        (tmp_path / name).unlink()
    with pytest.raises(DatasetUnavailable, match="meta_ads"):
        campaigns(snapshot_of(tmp_path), "spend_usd")


def test_the_log_answers_for_periods_and_lifetimes_for_no_period(tmp_path: Path) -> None:
    write(tmp_path, LOG, log_day("2025-01-30", "1", "6.00", 2, PIXEL), log_day("2025-01-31", "1", "1.00", 2, PIXEL))
    write(tmp_path, CAMPAIGNS, lifetime("1", "OWL1987 - Z2 - BROAD", "50.00", 90))
    lake = snapshot_of(tmp_path)
    assert total(campaigns(lake, "spend_usd", "clicks")) == {"spend_usd": 50, "clicks": 90}
    recent = campaigns(lake, "spend_usd", "clicks", period=last_days(2))
    assert total(recent) == {"spend_usd": 7, "clicks": 4}
    assert "UNDATED_EXCLUDED" in codes(recent.findings)


def test_what_lifetimes_do_not_count_is_null_and_no_zero(tmp_path: Path) -> None:
    write(tmp_path, LOG, log_day("2025-01-31", "1", "6.00", 2, PIXEL))
    write(tmp_path, CAMPAIGNS, lifetime("1", "OWL1987 - Z2 - BROAD", "50.00", 90))
    found = campaigns(snapshot_of(tmp_path), "conversions", "cost_per_conversion_usd", "spend_usd", by=("campaign",))
    assert table(found.groups, "spend_usd", "conversions", "cost_per_conversion_usd") == [(50, None, None)]
    assert total(found) == {"spend_usd": 50, "conversions": None, "cost_per_conversion_usd": None}
    assert text(found.findings, "COLUMN_MISSING") == (
        "The totals without dates do not tell conversions; ask with a `period` for what the days tell."
    )


def test_a_campaign_whose_events_are_not_known_has_no_conversions_rather_than_none(tmp_path: Path) -> None:
    days = [log_day("2025-01-01", "1", "5.00", 2, PIXEL), log_day("2025-01-01", "2", "5.00", 2, "")]
    found = campaigns(ads(tmp_path, LOG, *days), "conversions", by=("campaign",))
    assert table(found.groups, "campaign_id", "conversions") == [("1", 5), ("2", None)]


def test_lifetimes_answer_no_question_about_time_and_say_so(tmp_path: Path) -> None:
    lake = ads(tmp_path, CAMPAIGNS, lifetime("1", A, "5.00", 1))
    assert total(campaigns(lake, "spend_usd")) == {"spend_usd": 5}
    asked = campaigns(lake, "spend_usd", period=between("2025-01-01", "2025-01-31"))
    assert total(asked) == {"spend_usd": None}
    assert "UNDATED_EXCLUDED" in codes(asked.findings)
    assert campaigns(lake, "spend_usd", grain=Grain.MONTH).groups.is_empty()


def test_lifetimes_that_reach_beyond_as_of_are_left_out(tmp_path: Path) -> None:
    lake = ads(tmp_path, CAMPAIGNS, lifetime("1", A, "5.00", 1))
    assert total(campaigns(lake, "spend_usd", as_of=on("2025-01-31"))) == {"spend_usd": 5}
    assert total(campaigns(lake, "spend_usd", as_of=on("2025-01-30"))) == {"spend_usd": None}


# ── campaigns ────────────────────────────────────────────────────────────────────────────────────────────────────────

LONG = "120211180000000150"


def test_trap_an_id_of_18_digits_keeps_its_last_ones(tmp_path: Path) -> None:
    days = [
        ad_day("2025-01-01", A, "1", 10, 1, campaign_id=LONG),
        ad_day("2025-01-01", A, "2", 10, 1, campaign_id="120211180000000151"),
    ]
    found = campaigns(ads(tmp_path, BY_AD, *days), "spend_usd", by=("campaign",))
    assert table(found.groups, "campaign_id", "spend_usd") == [(LONG, 1), ("120211180000000151", 2)]


def test_a_campaign_is_its_id_whatever_it_is_called(tmp_path: Path) -> None:
    named = (("2025-01-01", A, "1"), ("2025-01-02", A, "2"), ("2025-01-03", f"{A} v2", "4"))
    days = [ad_day(*said, 10, 1, campaign_id=LONG) for said in named]
    found = campaigns(ads(tmp_path, BY_AD, *days), "spend_usd", by=("campaign",))
    assert table(found.groups, "campaign_id", "campaign", "spend_usd") == [(LONG, A, 7)]


def test_an_id_that_a_spreadsheet_has_rounded_is_found_again_by_the_name(tmp_path: Path) -> None:
    days = [
        ad_day("2025-01-01", A, "1", 10, 1, campaign_id=LONG),
        ad_day("2025-01-02", A, "2", 10, 1, campaign_id="1.20E+17"),
    ]
    found = campaigns(ads(tmp_path, BY_AD, *days), "spend_usd", by=("campaign",))
    assert table(found.groups, "campaign_id", "spend_usd") == [(LONG, 3)]


def test_groups_are_read_from_the_names(tmp_path: Path) -> None:
    days = [ad_day("2025-01-01", A, "1", 10, 1), ad_day("2025-01-01", "owl1987 - BROAD", "2", 10, 1),
            ad_day("2025-01-01", B, "4", 10, 1), ad_day("2025-01-01", "New Engagement Ad Set", "8", 10, 1)]  # fmt: skip
    lake = ads(tmp_path, BY_AD, *days)
    by_artist = campaigns(lake, "spend_usd", by=("artist",))
    assert table(by_artist.groups, "artist", "spend_usd") == [("HALO B7", 4), ("OWL1987", 3), (None, 8)]
    by_targeting = campaigns(lake, "spend_usd", by=("targeting",))
    assert table(by_targeting.groups, "targeting", "spend_usd") == [("BROAD", 3), ("TECHNO", 4), (None, 8)]
    assert total(campaigns(lake, "spend_usd", where=only("artist", "owl.1987"))) == {"spend_usd": 3}
    assert total(campaigns(lake, "spend_usd", where=only("campaign", A.lower()))) == {"spend_usd": 1}


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_day_on_which_nothing_ran_cost_nothing(tmp_path: Path) -> None:
    days = [ad_day("2025-01-01", A, "1.00", 100, 2), ad_day("2025-01-03", A, "2.00", 100, 2)]
    found = campaigns(ads(tmp_path, BY_AD, *days), "spend_usd", "cpc_usd", "reach", grain=Grain.DAY)
    assert table(found.groups, "spend_usd", "cpc_usd", "reach") == [
        (1, Decimal("0.5"), None), (0, None, None), (2, 1, None)
    ]  # fmt: skip


def test_a_period_is_compared_with_the_one_before(tmp_path: Path) -> None:
    days = [ad_day(f"2025-01-0{day}", A, f"{day}.00", 100, 1) for day in range(1, 5)]
    lake = ads(tmp_path, BY_AD, *days)
    found = campaigns(lake, "spend_usd", period=last_days(2), compare=PREVIOUS_PERIOD, growth_of=("spend_usd",))
    assert (total(found), previous(found.total, "spend_usd")) == ({"spend_usd": 7}, [3])


def test_a_day_listed_twice_counts_once_and_the_later_row_wins(tmp_path: Path) -> None:
    days = [ad_day("2025-01-01", A, "1.00", 100, 2), ad_day("2025-01-01", A, "3.00", 300, 2)]
    lake = ads(tmp_path, BY_AD, *days)
    assert total(campaigns(lake, "spend_usd")) == {"spend_usd": 3}
    assert lake.tables["meta_ads"].restated == 1


# ── one row of the day ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_campaign_that_was_renamed_counts_its_day_once(tmp_path: Path) -> None:
    write(
        tmp_path, "metaads_campaign_daily_20250801_000000.csv", ad_day("2025-07-31", A, "5.00", 10, 1, campaign_id="1")
    )
    write(
        tmp_path, "metaads_campaign_daily_20250901_000000.csv", ad_day("2025-07-31", B, "6.00", 10, 1, campaign_id="1")
    )
    assert total(campaigns(snapshot_of(tmp_path), "spend_usd")) == {"spend_usd": 6}


def test_a_newer_export_by_campaign_takes_the_place_of_an_older_one_by_ad_set(tmp_path: Path) -> None:
    old = [ad_day("2025-07-31", A, spend, 10, 1, adset_id=adset) for spend, adset in (("2.00", "21"), ("3.00", "22"))]
    write(
        tmp_path, "metaads_campaign_daily_20250801_000000.csv", *old, ad_day("2025-07-30", A, "9", 1, 1, adset_id="21")
    )
    write(tmp_path, "metaads_campaign_daily_20250901_000000.csv", ad_day("2025-07-31", A, "5.00", 10, 1, adset_id=""))
    found = campaigns(snapshot_of(tmp_path), "spend_usd", grain=Grain.DAY)
    assert by_date(found.groups, "spend_usd") == {"2025-07-30": 9, "2025-07-31": 5}


def test_what_a_newer_export_tells_as_the_older_did_is_not_lost_with_it(tmp_path: Path) -> None:
    same, then, now = (
        ad_day("2025-07-31", A, spend, 10, 1, adset_id=adset)
        for spend, adset in (("2.00", "21"), ("3.00", "22"), ("4.00", "22"))
    )
    write(tmp_path, "metaads_campaign_daily_20250801_000000.csv", same, then)
    write(tmp_path, "metaads_campaign_daily_20250901_000000.csv", same, now)
    assert total(campaigns(snapshot_of(tmp_path), "spend_usd")) == {"spend_usd": 6}


def test_ad_sets_of_one_day_are_added_up(tmp_path: Path) -> None:
    days = [ad_day("2025-07-31", A, spend, 10, 1, adset_id=adset) for spend, adset in (("2.00", "21"), ("3.00", "22"))]
    assert total(campaigns(ads(tmp_path, BY_AD, *days), "spend_usd")) == {"spend_usd": 5}


@pytest.mark.parametrize("name", ["", "-", "Results from 2 ads", "Total"])
def test_trap_the_row_of_totals_has_many_names(name: str, tmp_path: Path) -> None:
    found = campaigns(ads(tmp_path, EXPORT, exported(A, "5.00", 1), exported(name, "5.00", "")), "spend_usd")
    assert total(found) == {"spend_usd": 5}


def test_days_of_an_export_are_its_days_and_not_its_window(tmp_path: Path) -> None:
    days = [exported(A, spend, 1, Day=day) for day, spend in (("2025-01-02", "1.00"), ("2025-01-03", "2.00"))]
    lake = ads(tmp_path, EXPORT, *days)
    assert lake.tables["meta_ads"].covers == (on("2025-01-02"), on("2025-01-03"))
    assert total(campaigns(lake, "spend_usd", as_of=on("2025-01-02"))) == {"spend_usd": 1}


# ── as of ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_window_that_grew_later_has_its_length_of_the_day_that_is_asked_for(tmp_path: Path) -> None:
    rows = [window("21", "31", "10.00", stop="2025-01-05"), window("21", "32", "15.00", stop="2025-01-09")]
    lake = ads(tmp_path, CAMPAIGNS, *rows)
    assert total(campaigns(lake, "spend_usd", as_of=on("2025-01-06"))) == {"spend_usd": 10}
    assert total(campaigns(lake, "spend_usd")) == {"spend_usd": 15}


def test_totals_that_cannot_be_cut_at_a_day_say_so(tmp_path: Path) -> None:
    found = campaigns(ads(tmp_path, CAMPAIGNS, lifetime("1", A, "5.00", 1)), "spend_usd", as_of=on("2025-01-30"))
    assert text(found.findings, "UNDATED_EXCLUDED") == (
        "1 row of meta_ads is a total that reaches beyond 2025-01-30, and is left out."
    )
    row = {"campaign_name": A, "spend_usd": "7", "impressions": 10, "clicks": 1}
    found = campaigns(ads(tmp_path, SUMMARY, row), "spend_usd", as_of=on("2020-01-01"))
    (tmp_path / CAMPAIGNS).unlink()
    found = campaigns(snapshot_of(tmp_path), "spend_usd", as_of=on("2020-01-01"))
    assert total(found) == {"spend_usd": 7}
    assert text(found.findings, "PARTIAL_PERIOD") == (
        "1 row of meta_ads is a total without dates: it may reach beyond 2020-01-01."
    )


def test_a_campaign_that_has_days_but_no_totals_yet_is_named(tmp_path: Path) -> None:
    write(tmp_path, LOG, log_day("2025-01-31", "1", "6.00", 2, PIXEL), log_day("2025-01-31", "2", "6.00", 2, PIXEL))
    write(tmp_path, CAMPAIGNS, lifetime("1", A, "50.00", 90))
    lake = snapshot_of(tmp_path)
    found = campaigns(lake, "spend_usd")
    assert text(found.findings, "PARTIAL_PERIOD") == (
        "The totals without dates do not have 'OWL1987 - Z2 - BROAD'; ask with a `period` for what the days tell."
    )
    unknown = campaigns(lake, "spend_usd", "clicks", where=only("campaign", "2"))
    assert total(unknown) == {"spend_usd": None, "clicks": None}


def test_an_event_of_any_script_is_itself_and_no_other(tmp_path: Path) -> None:
    lake = ads(tmp_path, LOG, log_day("2025-01-01", "1", "5.00", 2, '{"ViewContent": 2, "Покупка": 7}'))
    assert total(campaigns(lake, "conversions", event="покупка")) == {"conversions": 7}
    assert campaigns(lake, "conversions", event="заявка").lacking == ("conversions",)


def test_a_custom_event_that_ends_like_a_usual_one_is_not_it(tmp_path: Path) -> None:
    lake = ads(tmp_path, EXPORT, exported(A, "5", 9, "actions:offsite_conversion.fb_pixel_custom.MyLead"))
    assert campaigns(lake, "conversions", event="Lead").lacking == ("conversions",)
    assert total(campaigns(lake, "conversions", event="MyLead")) == {"conversions": 9}


# ── a cell that cannot be read ───────────────────────────────────────────────────────────────────────────────────────


def test_a_day_whose_row_was_rejected_is_unknown_and_no_zero(tmp_path: Path) -> None:
    spent = (("2025-01-01", "5"), ("2025-01-02", "oops"), ("2025-01-03", "5"))
    lake = ads(tmp_path, BY_AD, *(ad_day(date, A, spend, 10, 1) for date, spend in spent))
    found = campaigns(lake, "spend_usd", "impressions", grain=Grain.DAY)
    assert table(found.groups, "spend_usd", "impressions") == [(5, 10), (None, None), (5, 10)]
    assert total(found) == {"spend_usd": 10, "impressions": 20}


def test_days_between_two_exports_are_unknown_and_no_zero(tmp_path: Path) -> None:
    for name, dates in (("20250703", ("2025-07-01", "2025-07-03")), ("20250708", ("2025-07-06", "2025-07-07"))):
        days = [ad_day(date, A, "1", 10, 1) for date in dates]
        write(tmp_path, f"metaads_campaign_daily_{name}_000000.csv", *days)
    lake = snapshot_of(tmp_path)
    found = campaigns(lake, "spend_usd", grain=Grain.DAY)
    assert values(found.groups, "spend_usd") == [1, None, 1, None, None, 1, 1]
    assert text(lake.tables["meta_ads"].findings(), "PARTIAL_PERIOD") == (
        "No file of meta_ads tells of 2025-07-04 to 2025-07-05: what is null there is not known."
    )


def test_with_the_row_of_totals_nothing_is_lost(tmp_path: Path) -> None:
    days = [exported("", "2.00", 2, Day="2025-01-03")]
    days += [exported(A, "1.00", 1, Day=day) for day in ("2025-01-01", "2025-01-03")]
    found = campaigns(ads(tmp_path, EXPORT, *days), "spend_usd", grain=Grain.DAY)
    assert values(found.groups, "spend_usd") == [1, 0, 1]


def test_spend_is_never_negative(tmp_path: Path) -> None:
    lake = ads(tmp_path, BY_AD, ad_day("2025-01-01", A, "5", 10, 1), ad_day("2025-01-02", A, "-5", 10, 1))
    assert total(campaigns(lake, "spend_usd")) == {"spend_usd": 5}
    assert lake.tables["meta_ads"].rejects["reason"].to_list() == ["spend_usd '-5' is below 0"]
