"""A page of ours opened with the network off, and what went wrong or out while it loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["WIDTHS", "opened_at"]

WIDTHS = (400, 1280)


@contextmanager
def opened_at(browser: Any, path: Path, width: int) -> Iterator[tuple[Any, list[str]]]:
    """Lend the page at a width; nothing but the file itself is let through."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    # It is only there to end a page that hangs.
    context.set_default_timeout(180_000)
    page, troubles = context.new_page(), []

    def let_only_the_file_pass(route: Any) -> None:
        if route.request.url == path.as_uri():
            route.continue_()
        else:
            troubles.append(f"request: {route.request.url}")
            route.abort()

    page.route("**/*", let_only_the_file_pass)
    page.on("console", lambda message: troubles.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.goto(path.as_uri())
    yield page, troubles
    context.close()
