"""The performance page in a real browser, with no network to fall back on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.reporting import write_work_products
from svcdelivery.storage.memory import MemoryStore
from tests.reporting.stories import tell_the_story

pytestmark = pytest.mark.browser

WIDTHS = (400, 1280)
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def _missing(what: str) -> None:
    reason = f"{what} is missing: install it to open the report in a browser"
    if os.environ.get("CI") or os.environ.get("SVCDELIVERY_CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium, where there is one; continuous integration must have it."""
    executable = shutil.which("chromium")
    if executable is None:
        _missing("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("playwright")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(_QUIET))
        yield launched
        launched.close()


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
    context = browser.new_context(viewport={"width": request.param, "height": 900}, offline=True)
    page, troubles = context.new_page(), []

    def let_only_the_file_pass(route: Any) -> None:
        if route.request.url == report.as_uri():
            route.continue_()
        else:
            troubles.append(f"request: {route.request.url}")
            route.abort()

    page.route("**/*", let_only_the_file_pass)
    page.on("console", lambda message: troubles.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.goto(report.as_uri())
    yield page, troubles
    context.close()


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
