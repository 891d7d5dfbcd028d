"""The page at `/`: the lake in plain words."""

import datetime as dt
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from bedrot_graph.app import create_app
from bedrot_graph.pages.home import coded, counted, day, dollars, month
from bedrot_graph.settings import Settings
from tests.askers import client_of
from tests.lakes import STATEMENTS_FILE, statement, write_lake
from tests.lakes import day as streams_of
from tests.pages.browsing import PHONE, axe_findings
from tests.pages.conftest import Visitors

Serve = Callable[..., TestClient]


def told(client: TestClient) -> str:
    """The words of the page."""
    page = client.get("/")
    assert page.status_code == 200
    return words(page.text)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_it_tells_what_the_sample_lake_holds(sample: TestClient) -> None:
    page = told(sample)
    for fact in (
        "This is the sample lake. Its artists and amounts are invented.",
        "Newest date 6 Sep 2025 oldest 10 July 2023",
        "Datasets 12 of 12 all can be read",
        "Rows read 16,025 none rejected",
        "To look at 3",
        "Warning 2 days of distrokid missing from 2024-11-11 to 2024-11-12",
        "1 September 2023 – 31 July 2025 11,000 rows from 1 file",
        "Spotify $2,223.24",
        "All platforms $2,628.65",
        "From dk_bank_details.csv , 11,000 rows, through 31 July 2025",
    ):
        assert fact in page, page


def test_it_tells_of_rows_that_could_not_be_read_where_they_stand_and_why(tmp_path: Path, serve: Serve) -> None:
    rows = [streams_of("2025-09-01", "distrokid", 10, 1), streams_of("soon", "distrokid", 20, 2)]
    page = told(serve(write_lake(tmp_path, streams=rows)))
    assert "Rows read 1 1 row rejected" in page
    assert "1 row could not be read, and is in no number tidy_daily_streams.csv , line 3:" in page
    assert "Daily streams Has rejects" in page


def test_what_somebody_has_acknowledged_is_left_out_and_counted(tmp_path: Path, serve: Serve) -> None:
    days = ["2025-08-30", "2025-09-01", "soon"]  # one is missing, and one is none
    client = serve(write_lake(tmp_path, streams=[streams_of(each, "distrokid", 10, 1) for each in days]))
    answer = client.post("/graphql", json={"query": "{ alerts { nodes { id title } } }"}).json()
    known, *others = answer["data"]["alerts"]["nodes"]
    assert others
    acknowledge = f'mutation {{ acknowledgeAlert(id: "{known["id"]}") {{ id }} }}'
    assert "errors" not in client.post("/graphql", json={"query": acknowledge}).json()
    page = told(client)
    assert known["title"] not in page
    assert all(each["title"] in page for each in others)
    assert "1 is left out here: somebody has acknowledged or snoozed it." in page


def test_what_is_stale_is_told_with_its_age(tmp_path: Path, serve: Serve) -> None:
    page = told(serve(write_lake(tmp_path, streams=[streams_of("2025-08-01", "distrokid", 10, 1)])))
    assert "Daily streams Stale" in page
    assert "newest entry 38 days old; more than 7 is stale" in page


def test_what_has_no_file_is_told_apart_from_what_cannot_be_read(tmp_path: Path, serve: Serve) -> None:
    write_lake(tmp_path, streams=[streams_of("2025-09-01", "distrokid", 10, 1)])
    (tmp_path / STATEMENTS_FILE).write_bytes(b"")
    page = told(serve(tmp_path))
    here, _, absent = page.partition("Not in this lake")
    assert "Datasets 1 of 12 1 cannot be read" in here
    assert "Distrokid statements Cannot be read" in here
    assert "Tiktok analytics" not in here
    assert "Tiktok analytics" in absent


def test_a_lake_in_which_nothing_can_be_read_has_a_page(tmp_path: Path, serve: Serve) -> None:
    page = told(serve(tmp_path))
    assert "Newest date none nothing with a date can be read" in page
    assert "Nothing that this server knows how to read." in page


def test_what_the_lake_says_is_text_on_the_page(tmp_path: Path, serve: Serve) -> None:
    sold = [statement("2025-01", "<b>Shop & Co</b>", 10, "0.5")]
    page = serve(write_lake(tmp_path, statements=sold)).get("/").text
    assert "&lt;b&gt;Shop &amp; Co&lt;/b&gt;" in page
    assert "<b>" not in page


def test_it_has_no_script_and_allows_none_of_others(sample: TestClient) -> None:
    page = sample.get("/")
    assert "<script" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


def test_every_link_leads_somewhere(sample: TestClient) -> None:
    page = sample.get("/").text
    links = {html.unescape(link) for link in re.findall(r'(?:href|src)="([^"#]+)', page)}
    assert {"graphql", "schema.graphql", "health/ready", "graphql?example=Platforms"} <= links
    for link in links:
        assert sample.get(f"/{link}", headers={"accept": "text/html"}).status_code == 200, link


def test_whoever_asks_twice_is_told_the_same(sample: TestClient) -> None:
    assert sample.get("/").text == sample.get("/").text


def test_an_old_lake_of_ones_own_has_an_age_as_of_the_real_day(tmp_path: Path) -> None:
    lake = write_lake(tmp_path, streams=[streams_of("2025-09-01", "distrokid", 10, 1)])
    app = create_app(Settings(curated_data_path=lake), today=lambda: dt.date(2025, 9, 1))
    with client_of(app) as client:
        assert "newest entry of today" in told(client)


def test_numbers_and_dates_are_said_as_people_say_them() -> None:
    assert [day("2025-09-06"), month("2025-09-06")] == ["6 September 2025", "Sep 2025"]
    assert [counted(1, "row"), counted(11000, "row")] == ["1 row", "11,000 rows"]
    assert [dollars(2223.238), dollars(-3)] == ["$2,223.24", "-$3.00"]
    assert coded("`a<b`") == "<code>a&lt;b</code>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme: str, visitor: Visitors) -> None:
    assert axe_findings(visitor(scheme).visit("/")) == []


def test_it_fits_on_a_phone(visitor: Visitors) -> None:
    page = visitor(size=PHONE).visit("/")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert axe_findings(page) == []


def test_a_question_opens_in_the_explorer_and_is_not_asked(visitor: Visitors) -> None:
    somebody = visitor()
    page = somebody.visit("/")
    page.get_by_role("link", name="Is TikTok growing?").click()
    expect(page.locator(".graphiql-query-editor")).to_contain_text("TikTokWeeks")
    assert {*somebody.operations} <= {"IntrospectionQuery"}


def test_the_first_tab_stop_leads_past_the_links(visitor: Visitors) -> None:
    page = visitor().visit("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
