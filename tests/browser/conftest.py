"""A headless Chromium for the tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",  # which is small in containers: a page that finds no room there crashes
)  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_MILLISECONDS = 180_000


def _missing(what: str) -> None:
    reason = f"{what} is missing: install it to open the report in a browser"
    if os.environ.get("CI") or os.environ.get("SVCDELIVERY_CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium, where there is one; continuous integration must have it.

    It is let go with each module: while it is there an event loop runs, and no other test could have one of its own.
    """
    executable = next(filter(None, map(shutil.which, _NAMES)), None)
    if executable is None:
        _missing("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("playwright")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=executable, args=list(_QUIET), timeout=_PATIENCE_MILLISECONDS
        )
        yield launched
        launched.close()
