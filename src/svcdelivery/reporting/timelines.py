"""Timelines of single items as HTML: a fragment for a page of yours, and a page of its own that needs no network.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import frozen

from svcdelivery.clock import shown_duration
from svcdelivery.reporting.figures import shown_share
from svcdelivery.reporting.html import environment, style
from svcdelivery.system.monitoring import RequestTimeline
from svcdelivery.timeline import format_instant, to_micros, tzdata_version

if TYPE_CHECKING:
    import jinja2

__all__ = ["timeline_html", "timeline_page"]

_WIDTH = 1000


def timeline_html(timeline: RequestTimeline, *, id: str = "timeline") -> str:
    """Answer a timeline as an `<article>` to put into a page; all text is escaped and nothing is fetched.

    Args:
        id: That of the heading; unique in your page.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
    """
    parts: Any = _environment().get_template("timeline-parts.html.j2").module
    return str(parts.timeline(timeline, id))


def timeline_page(timelines: Iterable[RequestTimeline], *, title: str) -> str:
    """Answer a whole page of timelines, in order; it opens with the network off.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
    """
    sheet, digest = style("report.css", "explanation.css", "timeline.css")
    template = _environment().get_template("timeline.html.j2")
    return template.render(
        timelines=tuple(timelines), title=title, style=sheet, style_digest=digest, zone_data=tzdata_version()
    )


@cache
def _environment() -> jinja2.Environment:
    made = environment("a timeline as HTML")
    made.filters.update(rfc3339=format_instant, duration=shown_duration, drawn=_drawn, share=_share)
    return made


def _share(share: Fraction | None) -> str:
    return "" if share is None else shown_share(share)


@frozen
class _Drawing:
    """Spans as parts of a bar, use, start and length of each; and all of it in words."""

    parts: tuple[tuple[str, int, int], ...]
    said: str


def _drawn(timeline: RequestTimeline) -> _Drawing:
    first, whole = to_micros(timeline.opened_at), to_micros(timeline.until) - to_micros(timeline.opened_at)
    parts = []
    for span in timeline.spans:
        start, end = (_WIDTH * (to_micros(at) - first) // whole for at in (span.start, span.end))
        # What is not nothing can be seen.
        parts.append((span.use.value, start, max(1, end - start)))
    said = ", ".join(f"{part.of} {shown_duration(part.duration)}" for part in timeline.by_use)
    return _Drawing(parts=tuple(parts), said=said)
