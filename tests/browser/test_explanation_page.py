"""The page of explanations in a real browser, with no network to fall back on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.reporting import explanation_page
from tests.browser.pages import WIDTHS, opened_at
from tests.reporting.test_explanations import HOSTILE, explained

pytestmark = pytest.mark.browser


@pytest.fixture(params=WIDTHS)
def opened(request: pytest.FixtureRequest, browser: Any, tmp_path: Path) -> Iterator[tuple[Any, list[str]]]:
    """Two explanations and their comparison, at one width."""
    path = tmp_path / "explanation.html"
    path.write_text(explanation_page(explained(), title=HOSTILE), encoding="utf-8")
    with opened_at(browser, path, request.param) as page_and_troubles:
        yield page_and_troubles


def test_nothing_is_fetched_run_or_complained_about(opened: tuple[Any, list[str]]) -> None:
    """Its own policy lets its style in and nothing else; hostile text stays text."""
    page, troubles = opened
    assert troubles == []
    assert page.evaluate("getComputedStyle(document.querySelector('article')).borderRadius") == "10px"
    assert page.title() == page.locator("h1").inner_text() == HOSTILE
    assert page.locator("script, img").count() == 0


def test_the_page_never_scrolls_sideways(opened: tuple[Any, list[str]]) -> None:
    """Wide tables scroll within their frame."""
    page, _ = opened
    width, frame = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= frame


def test_a_screen_reader_finds_its_way(opened: tuple[Any, list[str]]) -> None:
    """One main heading, a heading for each part, names for drawings and regions, headers in tables, times as times."""
    page, _ = opened
    assert page.locator("h1").count() == 1
    assert page.locator("article").count() == page.locator("article > h2").count() == 3
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    named = "(a) => document.getElementById(a.getAttribute('aria-labelledby')).textContent"
    assert page.evaluate(f"[...document.querySelectorAll('article')].every({named})")
    assert page.locator("svg[role=img]").count() == page.locator("svg[role=img] > title").count() == 2
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.evaluate("document.querySelectorAll('.scroll:not([tabindex])').length") == 0
    assert page.locator("tbody tr").count() == page.locator("tbody tr > th[scope=row]").count()
    assert page.locator("time[datetime]").count() > 10
