"""A real browser over the real server: what the tests of the pages and their pictures look through."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from tests.clients import installs
from tests.clients.installs import missing
from tests.lakes import SAMPLE_LAKE
from tests.web.serving import serving_sample

ROOT = SAMPLE_LAKE.parent
UI = ROOT / "ui" / "explorer"
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's chromium, or another of its kind."""
    program = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if program is None:
        missing("Chromium is not here. Debian: apt install chromium.")
    with sync_playwright() as playwright:
        # Without a sandbox, as in CI there is nobody but root, whom chromium gives none.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def sample_site(**settings: object) -> Iterator[str]:
    """The address of a server over the sample lake."""
    with serving_sample(**settings) as served:
        yield "http://{}:{}".format(*served.address)


class Visitor:
    """Somebody with a browser of their own, who notes what a page should not do."""

    def __init__(
        self, browser: Browser, site: str, scheme: str = "light", size: ViewportSize = DESK, password: str = ""
    ) -> None:
        """`scheme`: light or dark, as the machine is set. `password`: what is typed where the browser asks for one."""
        self.context: BrowserContext = browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport=size,
            reduced_motion="reduce",
            http_credentials={"username": "", "password": password} if password else None,
        )
        self.site = site
        self.complaints: list[str] = []
        self.asked: list[Request] = []
        """The requests to the endpoint."""

    @property
    def operations(self) -> list[str | None]:
        """The names of the operations that were asked."""
        return [(request.post_data_json or {}).get("operationName") for request in self.asked]

    def visit(self, path: str) -> Page:
        """The page at the path."""
        page = self.context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._requested)
        page.goto(self.site + path)
        return page

    def explore(self, path: str = "/graphql") -> Page:
        """The explorer, ready to be used: its editor is there, and it knows the schema."""
        page = self.visit(path)
        page.locator(".graphiql-query-editor .view-line").first.wait_for()
        page.get_by_label("Re-fetch GraphQL schema").and_(page.locator(":enabled")).wait_for()
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:")):
            self.complaints.append(f"asked {request.url}")
        if request.method == "POST":
            self.asked.append(request)


def axe_findings(page: Page) -> list[str]:
    """What axe finds wrong on the page, the serious and the critical."""
    script = UI / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        missing("Axe is not here: make ui.")
    page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")
    return [
        f"{each['impact']}: {each['help']}: {node['html']}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def node(*arguments: str | Path) -> list[str]:
    """The command line that runs a script with Node, among the explorer's packages."""
    program = installs.node()
    if not (UI / "node_modules").is_dir():
        missing("The explorer's packages are not here: make ui.")
    return [program, *map(str, arguments)]
