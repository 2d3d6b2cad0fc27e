"""The page of a timeline in a real browser, with no network to fall back on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.reporting import timeline_page
from tests.browser.pages import WIDTHS, opened_at
from tests.reporting.test_explanations import HOSTILE
from tests.reporting.test_timelines import hostile

pytestmark = pytest.mark.browser


@pytest.fixture(params=WIDTHS)
def opened(request: pytest.FixtureRequest, browser: Any, tmp_path: Path) -> Iterator[tuple[Any, list[str]]]:
    """One timeline, at one width."""
    path = tmp_path / "timeline.html"
    path.write_text(timeline_page([hostile()], title=HOSTILE), encoding="utf-8")
    with opened_at(browser, path, request.param) as page_and_troubles:
        yield page_and_troubles


def test_it_needs_nothing_shows_everything_and_stays_in_its_frame(opened: tuple[Any, list[str]]) -> None:
    """Its own policy lets its style in and nothing else; hostile text stays text; no scrolling sideways."""
    page, troubles = opened
    assert troubles == []
    assert page.evaluate("getComputedStyle(document.querySelector('article')).borderRadius") == "10px"
    assert page.title() == page.locator("h1").inner_text() == HOSTILE
    assert page.locator("script, img").count() == 0
    width, frame = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= frame
    assert page.locator("svg[role=img]").count() == page.locator("svg[role=img] > title").count() == 1
    assert page.locator("table").count() == page.locator("table > caption").count() == 4
    assert page.locator("tbody tr").count() == page.locator("tbody tr > th[scope=row]").count()
