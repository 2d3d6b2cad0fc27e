"""The performance page in a real browser, with no network to fall back on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.reporting import write_work_products
from svcdelivery.storage.memory import MemoryStore
from tests.browser.pages import WIDTHS, opened_at
from tests.reporting.stories import tell_the_story

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["story", "empty"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small story, and that of an empty store."""
    store = MemoryStore()
    if request.param == "story":
        tell_the_story(store)
    return write_work_products(store, tmp_path_factory.mktemp(request.param), title="Acme & partners").page


@pytest.fixture(params=WIDTHS)
def opened(request: pytest.FixtureRequest, browser: Any, report: Path) -> Iterator[tuple[Any, list[str]]]:
    """The page at one width, and what went wrong or out while it loaded."""
    with opened_at(browser, report, request.param) as page_and_troubles:
        yield page_and_troubles


def test_nothing_is_fetched_and_nothing_is_complained_about(opened: tuple[Any, list[str]]) -> None:
    """The page opens with the network off; its own policy refuses nothing it needs."""
    page, troubles = opened
    assert troubles == []
    assert page.evaluate("getComputedStyle(document.querySelector('section')).borderRadius") == "10px"


def test_title_and_tables_are_there(opened: tuple[Any, list[str]]) -> None:
    """What a person opens the page for."""
    page, _ = opened
    assert page.title() == "Acme & partners"
    assert page.locator("h1").inner_text() == "Acme & partners"
    assert page.locator("table").count() >= 5
    assert page.locator("a[href='performance.json']").first.is_visible()


def test_the_page_never_scrolls_sideways(opened: tuple[Any, list[str]]) -> None:
    """Wide tables scroll within their frame, also with everything unfolded."""
    page, _ = opened
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    width, frame = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= frame


def test_every_chart_has_a_name(opened: tuple[Any, list[str]]) -> None:
    """Screen readers find a title in each drawing, and each region that scrolls can be reached by keyboard."""
    page, _ = opened
    nameless = (
        "[...document.querySelectorAll('svg[role=img]')].filter((s) => !s.querySelector('title').textContent).length"
    )
    assert page.evaluate(nameless) == 0
    assert page.evaluate("document.querySelectorAll('.scroll:not([tabindex])').length") == 0
