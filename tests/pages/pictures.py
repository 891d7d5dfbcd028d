"""Takes the pictures in the docs: `python -m tests.pages.pictures`, or `make pictures`."""

import shutil
import subprocess
import sys

from playwright.sync_api import Page, ViewportSize

from tests.pages.browsing import PHONE, ROOT, Visitor, browsing, sample_site

PICTURES = ROOT / "docs" / "images"
FRAME = ViewportSize(width=1360, height=840)


def take(light: Visitor, dark: Visitor, phone: Visitor) -> None:
    """The page at `/`, its own and a phone's; the explorer with the examples, and dark with the lineage."""
    light.visit("/").screenshot(path=PICTURES / "home.png")
    phone.visit("/").screenshot(path=PICTURES / "home-phone.png")
    page = asked(light)
    page.wait_for_timeout(1000)  # until words have their colours
    page.screenshot(path=PICTURES / "explorer.png")
    page = asked(dark)
    page.get_by_role("button", name="See lineage").click()
    page.get_by_role("article").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # for the hint beside the button to go
    page.screenshot(path=PICTURES / "lineage.png")


def asked(visitor: Visitor) -> Page:
    """The explorer with an answer in it."""
    page = visitor.explore("/graphql?example=BestMonths")
    page.get_by_role("button", name="Execute query").click()
    page.get_by_label("Lineage in short").wait_for()
    page.mouse.move(0, 0)
    return page


def main() -> None:
    """Take all of them."""
    PICTURES.mkdir(exist_ok=True)
    with browsing() as browser, sample_site() as site:
        take(
            Visitor(browser, site, "light", FRAME),
            Visitor(browser, site, "dark", FRAME),
            Visitor(browser, site, "light", PHONE),
        )
    taken = sorted(PICTURES.glob("*.png"))
    if smaller := shutil.which("pngquant"):  # a third of the size, to the same look
        subprocess.run([smaller, "--force", "--skip-if-larger", "--strip", "--ext", ".png", *taken], check=True)
    sys.stdout.write(f"Taken: {', '.join(path.name for path in taken)}\n")


if __name__ == "__main__":
    main()
