"""The page of limits is what the program has, and no limit is missing on it."""

import pytest

from bedrot_graph.assembly import _document_limits
from bedrot_graph.graph.context import Limits
from bedrot_graph.graph.limits import DocumentLimits
from bedrot_graph.report.limits import LIMITS, Limit, limits_markdown
from bedrot_graph.settings import Settings
from tests.house.docs import ROOT

SET = {limit.setting: limit for limits in LIMITS.values() for limit in limits if isinstance(limit, Limit)}

BOUNDS_NO_REQUEST = {
    "cache_max_entries",
    "cache_max_mb",
    "documents_max_mb",
    "responses_max_mb",
    "resident_mb",
    "max_concurrent_answers",
    "shutdown_seconds",
}
"""These bound what the server takes for itself."""


def test_the_page_of_limits_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert page == limits_markdown(Settings.model_fields), "run `make docs`"


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_every_setting_that_bounds_a_request_is_on_the_page(setting: str) -> None:
    bounds = any(part in setting for part in ("max_", "_seconds", "per_minute", "_mb", "_kb"))
    assert bounds <= (setting in SET or setting in BOUNDS_NO_REQUEST)


@pytest.mark.parametrize("code", sorted({limit.code for limits in LIMITS.values() for limit in limits if limit.code}))
def test_every_code_on_the_page_is_explained(code: str) -> None:
    assert f"`{code}`" in (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")


def test_what_is_built_without_settings_has_the_limits_that_settings_have() -> None:
    settings = Settings()
    assert DocumentLimits() == _document_limits(settings)
    limits = Limits()
    assert (limits.page_size, limits.max_page_size, limits.max_lines_page_size) == (
        settings.page_size,
        settings.max_page_size,
        settings.max_lines_page_size,
    )
