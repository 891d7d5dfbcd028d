"""The explorer, used in a real browser."""

import json
import re
import shutil
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from bedrot_graph.web.keys import KeyFile
from tests.lakes import SAMPLE_LAKE, STREAMS_FILE, day, write_lake
from tests.pages.browsing import Visitor, axe_findings, sample_site
from tests.pages.conftest import Visitors

PANES = ["Documentation Explorer", "Examples", "Lineage", "GraphiQL Explorer", "History"]


def written(page: Page) -> str:
    """What stands in the operation's editor."""
    return page.locator(".graphiql-query-editor .view-lines").inner_text().replace("\xa0", " ")


def write(page: Page, question: str) -> None:
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(question)


def run(page: Page) -> None:
    page.get_by_role("button", name="Execute query").click()


def test_it_opens_with_a_question_and_asks_for_nothing_but_the_schema(visitor: Visitors) -> None:
    somebody = visitor()
    page = somebody.explore()
    expect(page).to_have_title("Explorer · bedrot-graph")
    assert "query Platforms" in written(page)
    assert somebody.operations == ["IntrospectionQuery"]


def test_it_completes_the_name_of_a_field(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "")
    page.keyboard.type("{ spoti")
    expect(page.locator(".suggest-widget")).to_contain_text("spotifyAudience")
    page.keyboard.press("Tab")
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("spotifyAudience")


def test_it_marks_a_field_that_is_not_there(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "{ revenues }")
    expect(page.locator(".squiggly-error").first).to_be_visible()


def test_an_example_is_opened_and_answered_when_it_is_run(visitor: Visitors) -> None:
    somebody = visitor()
    page = somebody.explore()
    page.get_by_role("button", name="What is each artist's best month?").click()
    assert "query BestMonths" in written(page)
    assert len(somebody.asked) == 1, "nothing is asked before it is run"
    run(page)
    expect(page.locator(".graphiql-response")).to_contain_text("162.86166225")


def test_an_example_leaves_what_is_written_in_its_tab(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "{ pulse { asOf } }")
    page.get_by_role("button", name="Is TikTok growing?").click()
    assert "TikTokWeeks" in written(page)
    page.locator(".graphiql-tab button").first.click()
    assert "pulse" in written(page)


def test_the_lineage_of_an_answer_tells_of_every_number_where_it_comes_from(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "{ revenue(by: [PLATFORM], first: 1) { nodes { platform revenueUsd revenuePerStreamUsd } } }")
    run(page)
    expect(page.get_by_label("Lineage in short")).to_contain_text(
        "2 numbers from distrokid_statements, through 31 July 2025"
    )
    page.get_by_role("button", name="See lineage").click()
    lineage = page.get_by_role("region", name="Lineage", exact=True)
    number = lineage.get_by_role("article").filter(has_text="Revenue.revenuePerStreamUsd")
    expect(number).to_contain_text("USD per stream")
    expect(number).to_contain_text("Net revenue of all lines but downloads, divided by streams")
    expect(number).to_contain_text("parts do not add up")
    expect(number).to_contain_text("dk_bank_details.csv through 31 July 2025")
    expect(number).to_contain_text("PAYMENT_DELAY")
    file = lineage.get_by_role("article").filter(has_text="11,000 rows")
    expect(file).to_contain_text("none rejected; 1 September 2023 – 31 July 2025")
    expect(lineage).to_contain_text("These are the invented artists and amounts of the sample lake")


def test_the_lineage_marks_what_is_stale_and_what_was_rejected(browser: Browser, tmp_path: Path) -> None:
    rows = [day("2025-08-01", "distrokid", 10, 1), day("soon", "distrokid", 20, 2)]
    with sample_site(curated_data_path=write_lake(tmp_path, streams=rows)) as site:
        somebody = Visitor(browser, site)
        page = somebody.explore()
        write(page, "{ streams { total { totalStreams } } }")
        run(page)
        page.get_by_role("button", name="See lineage").click()
        lineage = page.get_by_role("region", name="Lineage", exact=True)
        expect(lineage).to_contain_text("tidy_daily_streams.csv through 1 August 2025stale")
        expect(lineage).to_contain_text("1 row, 1 row rejected; 1 August 2025 – 1 August 2025")
        expect(lineage).to_contain_text("more than 7 is stale")
        somebody.context.close()
    assert somebody.complaints == []


def test_a_subscription_shows_what_changes_as_it_changes_until_it_is_stopped(browser: Browser, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(SAMPLE_LAKE, tmp_path / "lake"))
    days = (lake / STREAMS_FILE).read_text(encoding="utf-8")

    def counted(more: str) -> None:
        """A closed month has had more streams, and the server has seen it."""
        (lake / STREAMS_FILE).write_text(days.replace("2025-08-12,1773,", f"2025-08-12,{more}1773,"), encoding="utf-8")
        httpx2.post(f"{site}/graphql", json={"query": "mutation { reload { version } }"}, timeout=20)

    with sample_site(curated_data_path=lake) as site:
        somebody = Visitor(browser, site)
        page = somebody.explore()
        write(page, "subscription Kpis { kpiUpdates { id value } }")
        run(page)
        answer = page.locator(".graphiql-response")
        expect(answer).to_contain_text("86794")
        counted("1")
        expect(answer).to_contain_text("96794")
        page.get_by_role("button", name="Stop query").click()
        counted("2")
        page.wait_for_timeout(500)
        expect(answer).to_contain_text("96794")
        somebody.context.close()
    assert somebody.complaints == []


def test_a_limitation_of_a_number_leads_to_its_text(visitor: Visitors) -> None:
    page = visitor().explore()
    run(page)
    page.get_by_role("button", name="See lineage").click()
    page.get_by_role("button", name="TOOLOST_NO_REVENUE").first.click()
    expect(page.locator(":focus")).to_contain_text("what TooLost has paid is not in the lake")


def test_the_lineage_is_of_the_tab_that_one_looks_at(visitor: Visitors) -> None:
    page = visitor().explore()
    run(page)
    page.get_by_role("button", name="See lineage").click()
    page.get_by_label("New tab").click()
    lineage = page.get_by_role("region", name="Lineage", exact=True)
    expect(lineage).to_contain_text("Ask a question")
    page.locator(".graphiql-tab button").first.click()
    expect(lineage).to_contain_text("Revenue.revenueUsd")


def test_an_answer_without_numbers_says_that_it_has_none(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "{ __typename }")
    run(page)
    expect(page.locator(".graphiql-response")).to_contain_text("Query")
    page.get_by_role("button", name="Show Lineage").click()
    expect(page.get_by_role("region", name="Lineage", exact=True)).to_contain_text("no number of the lake")


def test_the_address_of_an_example_opens_it_and_asks_nothing(visitor: Visitors) -> None:
    somebody = visitor()
    page = somebody.explore("/graphql?example=Trend")
    assert "query Trend" in written(page)
    assert len(somebody.asked) == 1


def test_a_link_to_a_question_opens_it_for_somebody_else(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "{ pulse { asOf } } # & 100 %")
    page.get_by_role("button", name="Link to this question").click()
    page.wait_for_url("**/graphql#query=*")
    somebody_else = visitor()
    page = somebody_else.explore(page.url.removeprefix(somebody_else.site))
    assert "{ pulse { asOf } } # & 100 %" in written(page)
    assert len(somebody_else.asked) == 1


def test_a_key_is_sent_with_a_question_and_never_stored(visitor: Visitors) -> None:
    somebody = visitor()
    page = somebody.explore()
    page.get_by_role("button", name="Headers").click()
    page.locator(".graphiql-editor-tool .view-lines").last.click()
    page.keyboard.type(json.dumps({"authorization": "Bearer secret-key"}))
    page.wait_for_timeout(800)  # until the page has taken note of what is written
    run(page)
    expect(page.get_by_label("Lineage in short")).to_be_visible()
    assert somebody.asked[-1].headers["authorization"] == "Bearer secret-key"
    page.wait_for_timeout(800)  # longer than it takes to store what is written
    kept = json.dumps(page.evaluate("({...localStorage})"))
    assert "secret-key" not in kept
    assert "graphiql:queries" in kept  # though the question is in the history


def test_a_key_that_was_stored_before_is_forgotten(visitor: Visitors) -> None:
    page = visitor().explore()
    old = {"queries": [{"query": "{ pulse { asOf } }", "headers": '{"authorization": "Bearer secret-key"}'}]}
    page.evaluate("old => localStorage.setItem('graphiql:queries', JSON.stringify(old))", old)
    page.reload()
    expect(page.locator(".graphiql-editor").first).to_be_visible()
    kept = page.evaluate("localStorage.getItem('graphiql:queries')")
    assert "pulse" in kept
    assert "secret-key" not in kept


def test_where_keys_are_needed_a_subscription_runs_with_the_one_that_the_page_was_opened_with(
    browser: Browser, tmp_path: Path
) -> None:
    _, key = KeyFile(tmp_path).create("anna", ("read",))
    with sample_site(mode="production", state_dir=tmp_path) as site:
        somebody = Visitor(browser, site, password=key)
        page = somebody.explore()
        write(page, "subscription Kpis { kpiUpdates { id value } }")
        run(page)
        expect(page.locator(".graphiql-response")).to_contain_text("86794")
        somebody.context.close()


def test_in_production_the_token_is_asked_for_once_and_opens_everything(browser: Browser) -> None:
    with sample_site(mode="production", admin_token="s3cret") as site:
        somebody = Visitor(browser, site, password="s3cret")
        page = somebody.explore("/graphql?example=Platforms")
        run(page)
        expect(page.get_by_label("Lineage in short")).to_be_visible()
        page.get_by_role("link", name="bedrot-graph").click()
        expect(page.get_by_role("heading", name="The lake, in short")).to_be_visible()
        somebody.context.close()
    assert somebody.complaints == []


def test_everything_is_reached_by_the_keyboard(visitor: Visitors) -> None:
    page = visitor().explore()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent")
        reached.append(re.sub(r"\s+", " ", focused or "").strip())
        if "Prettify" in reached[-1]:
            break
    for what in ("Show Lineage", "Open settings dialog", "Which platforms pay, and how well?", "Platforms", "New tab"):
        assert what in reached, reached
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # on the button that runs it
    expect(page.get_by_label("Lineage in short")).to_be_visible()


def test_a_question_is_run_from_the_editor_by_the_keyboard(visitor: Visitors) -> None:
    page = visitor().explore()
    write(page, "{ streams { total { totalStreams } } }")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".graphiql-response")).to_contain_text("1177960")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_as_light_or_dark_as_the_machine(scheme: str, visitor: Visitors) -> None:
    page = visitor(scheme).explore()
    ground = page.locator(".graphiql-container").evaluate("element => getComputedStyle(element).backgroundColor")
    assert (min(map(int, re.findall(r"\d+", ground))) > 200) is (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_pane(scheme: str, visitor: Visitors) -> None:
    page = visitor(scheme).explore()
    run(page)
    expect(page.get_by_label("Lineage in short")).to_be_visible()
    for pane in PANES:
        button = page.get_by_role("button", name=f"Show {pane}", exact=True)
        if button.is_visible():  # one is open already
            button.click()
        page.wait_for_timeout(300)
        assert axe_findings(page) == [], pane
