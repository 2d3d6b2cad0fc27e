"""Explanations and comparisons as HTML: fragments for a page of yours, and a page of its own that needs no network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import frozen

from svcdelivery.clock import Comparison, Explanation, shown_duration
from svcdelivery.clock.comparison import shown_move
from svcdelivery.clock.explanation import shown_goal
from svcdelivery.reporting.html import environment, style
from svcdelivery.timeline import Instant, format_instant, in_zone, to_micros, to_zone, tzdata_version

if TYPE_CHECKING:
    import jinja2

__all__ = ["explanation_html", "explanation_page"]

_WIDTH = 1000


def explanation_html(explained: Explanation | Comparison, *, id: str = "explanation") -> str:
    """Answer one explanation, or a comparison of two, as an `<article>` to put into a page.

    All text is escaped and nothing is fetched. It has no style of its own: headings, tables and lists are what they
    are, and classes are those of the library's own page.

    Args:
        id: That of the heading; unique in your page.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
    """
    parts: Any = _environment().get_template("explanation-parts.html.j2").module
    made = parts.comparison(explained, id) if isinstance(explained, Comparison) else parts.explanation(explained, id)
    return str(made)


def explanation_page(explained: Iterable[Explanation | Comparison], *, title: str) -> str:
    """Answer a whole page of explanations and comparisons, in order; it opens with the network off.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
    """
    sheet, digest = style("report.css", "explanation.css")
    template = _environment().get_template("explanation.html.j2")
    return template.render(
        explained=tuple(explained), title=title, style=sheet, style_digest=digest, zone_data=tzdata_version()
    )


@cache
def _environment() -> jinja2.Environment:
    made = environment("an explanation as HTML")
    made.filters.update(
        rfc3339=format_instant,
        local=_local,
        duration=shown_duration,
        goal=shown_goal,
        move=shown_move,
        drawn=_drawn,
    )
    made.tests["comparison"] = lambda value: isinstance(value, Comparison)
    return made


def _local(at: Instant, zone: str) -> str:
    shown = in_zone(at, to_zone(zone))
    fraction = f".{shown.microsecond:06d}" if shown.microsecond else ""
    return f"{shown:%a %Y-%m-%d %H:%M:%S}{fraction}"


@frozen
class _Drawing:
    """Spans as parts of a bar: kind, start and length of each, the due instant, and all of it in words."""

    parts: tuple[tuple[str, int, int], ...]
    due: int | None
    kinds: tuple[str, ...]
    said: str


def _drawn(explanation: Explanation) -> _Drawing:
    spans = explanation.spans
    if not spans:
        return _Drawing((), None, (), "")
    first, last = to_micros(spans[0].start), to_micros(spans[-1].end)

    def place(at: Instant) -> int:
        return _WIDTH * (to_micros(at) - first) // (last - first)

    # What is not nothing can be seen.
    parts = tuple((span.kind.value, place(span.start), max(1, place(span.end) - place(span.start))) for span in spans)
    sums: dict[str, timedelta] = {}
    for span in spans:
        sums[span.kind.value] = sums.get(span.kind.value, timedelta(0)) + span.duration
    due = explanation.due_at
    inside = due is not None and spans[0].start <= due <= spans[-1].end
    return _Drawing(
        parts=parts,
        due=place(due) if due is not None and inside else None,
        kinds=tuple(sums),
        said=", ".join(f"{kind} {shown_duration(time)}" for kind, time in sums.items()),
    )
