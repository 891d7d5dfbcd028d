"""Ads as each kind of Meta file holds them, and what the cube answers."""

import csv
from pathlib import Path
from typing import Unpack

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.domains.campaigns import service
from bedrot_graph.lake.snapshot import Snapshot
from tests.cubes.asking import Question, ask
from tests.lakes import snapshot_of

BY_AD = "metaads/ad_performance_20250907.csv"
DAILY_EXPORT = "metaads_campaign_daily_20250907_101500.csv"
CAMPAIGNS = "metaads_campaigns_daily.csv"
"""One name for three schemas."""
LOG = "metaads_campaigns_performance_log.csv"
SUMMARY = "metaads/campaign_summary_20250907.csv"
EXPORT = "LABEL-Ads-Jan-1-2025-Jan-31-2025.csv"

Cells = dict[str, object]


def ad_day(date: str, campaign: str, spend: str, impressions: int, clicks: int, **cells: object) -> Cells:
    """A day of a campaign in `metaads/`."""
    said: Cells = {"date": date, "campaign_name": campaign, "campaign_id": "", "reach": "", "pixel_view_content": ""}
    return said | {"spend_usd": spend, "impressions": impressions, "clicks": clicks} | cells


def log_day(date: str, campaign_id: str, spend: str, clicks: int, pixel: str) -> Cells:
    """A day of a campaign in the performance log."""
    said: Cells = {"date": date, "campaign_id": campaign_id, "campaign_name": "OWL1987 - Z2 - BROAD", "reach": "90.0"}
    return said | {"cpc": "", "spend_usd": spend, "impressions": 100, "clicks": clicks, "meta_pixel_events": pixel}


def lifetime(campaign_id: str, campaign: str, spend: str, clicks: int) -> Cells:
    """A campaign's lifetime (schema B)."""
    said: Cells = {"campaign_id": campaign_id, "campaign_name": campaign}
    said |= {"first_seen_date": "2025-01-01", "last_seen_date": "2025-01-31", "total_spend_usd": spend}
    return said | {"total_impressions": 1000, "total_clicks": clicks, "max_daily_reach": "70.0", "avg_ctr": "1.5"}


def window(adset_id: str, ad_id: str, spend: str, start: str = "2025-01-01", stop: str = "2025-01-10") -> Cells:
    """An ad beside the numbers of its ad set (schema A)."""
    said: Cells = {"campaign_id": "120210000000000001", "campaign_name_x": "OWL1987 - Z2 - BROAD"}
    said |= {"adset_id": adset_id, "adset_name_x": "set", "spend": spend, "impressions": "1000", "clicks": "10"}
    return said | {"reach": "800", "ctr": "1.0", "date_start": start, "date_stop": stop, "ad_id": ad_id}


def exported(adset: str, spend: str, results: object, indicator: str = "", **cells: object) -> Cells:
    """A row of an Ads Manager export."""
    said: Cells = {"Reporting starts": "2025-01-01", "Reporting ends": "2025-01-31", "Ad Set Name": adset}
    said |= {"Results": results, "Result indicator": indicator, "Reach": "800", "Impressions": "1,000"}
    return said | {"Amount spent (USD)": spend} | cells


def write(folder: Path, name: str, *rows: Cells) -> None:
    """The rows as a file, with the headers of the first."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def ads(folder: Path, name: str, *rows: Cells) -> Snapshot:
    """A lake with one file of ads."""
    write(folder, name, *rows)
    return snapshot_of(folder)


def campaigns(lake: Snapshot, *measures: str, event: str = "ViewContent", **asked: Unpack[Question]) -> Answer:
    """What the cube answers, with an event that counts as a conversion."""
    asked["options"] = (("conversion_event", event),)
    return ask(service.CUBE, lake, *measures, **asked)
