"""The ads of the sample lake, counted a second time by plain loops over the files."""

import csv
from collections import defaultdict
from decimal import Decimal

import pytest

from bedrot_graph.lake.snapshot import Snapshot
from tests.cubes.asking import table, total
from tests.domains.campaigns.ads import campaigns
from tests.lakes import SAMPLE_LAKE, snapshot_of

with (SAMPLE_LAKE / "metaads" / "ad_performance_20250907.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def lake() -> Snapshot:
    return snapshot_of(SAMPLE_LAKE)


def counted(column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in ROWS), Decimal())


def test_the_totals_are_the_sums_of_the_cells(lake: Snapshot) -> None:
    found = total(campaigns(lake, "spend_usd", "impressions", "clicks", "conversions"))
    assert found == {"spend_usd": Decimal("2100.17"), "impressions": 342694, "clicks": 5891, "conversions": 2274}
    assert list(found.values()) == [
        counted("spend_usd"), counted("impressions"), counted("clicks"), counted("pixel_view_content")
    ]  # fmt: skip


def test_each_campaign_has_the_sums_of_its_rows(lake: Snapshot) -> None:
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for row in ROWS:
        spent[row["campaign_id"]] += Decimal(row["spend_usd"])
    found = campaigns(lake, "spend_usd", by=("campaign",))
    assert dict(table(found.groups, "campaign_id", "spend_usd")) == spent


def test_names_give_the_spend_by_artist(lake: Snapshot) -> None:
    found = campaigns(lake, "spend_usd", by=("artist",))
    assert table(found.groups, "artist", "spend_usd") == [
        ("HALO B7", Decimal("1265.28")), ("MIRAGE", Decimal("210.25")), ("OWL1987", Decimal("615.85")),
        (None, Decimal("8.79"))
    ]  # fmt: skip
