"""What the tests of the pages share: one browser, one server over the sample lake, and visitors of it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.pages.browsing import DESK, Visitor, browsing, sample_site

Visitors = Callable[..., Visitor]

expect.set_options(timeout=20_000)  # as long as a busy machine may take


@pytest.fixture(scope="package")  # no longer: while it is open, its event loop stands in the way of other tests' loops
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="package")
def site() -> Iterator[str]:
    with sample_site() as site:
        yield site


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Visitors]:
    """`visitor(scheme, size)`: somebody new to the site; no page may complain to them, or ask another host."""
    visitors: list[Visitor] = []

    def come(scheme: str = "light", size: ViewportSize = DESK) -> Visitor:
        visitors.append(Visitor(browser, site, scheme, size))
        return visitors[-1]

    yield come
    for each in visitors:
        each.context.close()
    assert [complaint for each in visitors for complaint in each.complaints] == []
