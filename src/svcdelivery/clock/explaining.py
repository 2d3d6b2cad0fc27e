"""How an explanation is made: the segments of a clock cut into spans that counted and spans that did not."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from svcdelivery.clock.basis import Basis
from svcdelivery.clock.explanation import ExplainedSpan, SpanKind
from svcdelivery.clock.segments import Segment
from svcdelivery.errors import NotCoveredError
from svcdelivery.timeline import from_micros

__all__ = ["spans_of"]


def spans_of(basis: Basis, clause: str) -> tuple[ExplainedSpan, ...]:
    """Answer the spans behind a reading; they tile the time from its start to its end."""
    return tuple(span for segment in basis.segments for span in _spans(segment, basis, clause))


def _spans(segment: Segment, basis: Basis, clause: str) -> Iterator[ExplainedSpan]:
    counting, revision = basis.counting, basis.revision.label

    def span(start: int, end: int, kind: SpanKind, reason: str) -> ExplainedSpan:
        return ExplainedSpan(from_micros(start), from_micros(end), kind, reason, clause, revision=revision)

    if segment.pause:
        actor = str(segment.cause.fact.actor) if segment.cause is not None else ""
        paused = span(segment.start, segment.end, SpanKind.PAUSED, segment.reason)
        yield evolve(paused, rule=f"pauses of {clause}", actor=actor)
        return
    try:
        counted = counting.spans(segment.start, segment.end)
    except NotCoveredError as error:
        yield span(segment.start, segment.end, SpanKind.UNKNOWN, error.message)
        return
    at = segment.start
    for start, end in counted:
        if at < start:
            yield span(at, start, SpanKind.CLOSED, f"outside {counting.name}")
        yield span(start, end, SpanKind.COUNTED, counting.name)
        at = end
    if at < segment.end:
        yield span(at, segment.end, SpanKind.CLOSED, f"outside {counting.name}")
