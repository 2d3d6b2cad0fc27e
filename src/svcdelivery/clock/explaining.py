"""How an explanation is made: the segments of a clock cut into spans that counted and spans that did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter

from attrs import evolve

from svcdelivery.agreement import Suspension
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.excluding import Excluding
from svcdelivery.clock.explanation import ExplainedSpan, SpanKind
from svcdelivery.clock.segments import Segment
from svcdelivery.errors import NotCoveredError
from svcdelivery.timeline import from_micros

__all__ = ["clause_of", "spans_of"]


def clause_of(clause: str, target: str) -> str:
    """Answer how the place of a target in the agreement is named."""
    return f"clause {clause}" if clause else f"target {target}"


def spans_of(basis: Basis) -> tuple[ExplainedSpan, ...]:
    """Answer the spans behind a reading; they tile the time from its start to its end."""
    return tuple(
        span
        for part in (*basis.earlier, basis)
        for segment in part.span.segments
        for span in _spans(segment, part, clause_of(part.target.clause, part.target.name))
    )


def _spans(segment: Segment, basis: Basis, clause: str) -> Iterator[ExplainedSpan]:
    counting, revision = basis.counting, basis.revision.label

    def span(start: int, end: int, kind: SpanKind, reason: str) -> ExplainedSpan:
        return ExplainedSpan(from_micros(start), from_micros(end), kind, reason, clause, revision=revision)

    if segment.pause:
        paused = span(segment.start, segment.end, SpanKind.PAUSED, segment.reason)
        rule = "suspension" if isinstance(segment.cause, Suspension) else f"pauses of {clause}"
        yield evolve(paused, rule=rule, actor=segment.actor)
        return
    try:
        counted = counting.spans(segment.start, segment.end)
    except NotCoveredError as error:
        yield span(segment.start, segment.end, SpanKind.UNKNOWN, error.message)
        return
    kinds = [(since, until, span(since, until, SpanKind.COUNTED, counting.name)) for since, until in counted]
    if isinstance(counting, Excluding):
        kinds += _excluded(counting, segment, span)
        kinds.sort(key=itemgetter(0))
    at = segment.start
    for start, end, shown in kinds:
        if at < start:
            yield span(at, start, SpanKind.CLOSED, f"outside {counting.name}")
        yield shown
        at = end
    if at < segment.end:
        yield span(at, segment.end, SpanKind.CLOSED, f"outside {counting.name}")


def _excluded(
    counting: Excluding, segment: Segment, span: Callable[[int, int, SpanKind, str], ExplainedSpan]
) -> Iterator[tuple[int, int, ExplainedSpan]]:
    for (start, end), cut in counting.excluded(segment.start, segment.end):
        shown = span(start, end, SpanKind.EXCLUDED, cut.reason)
        rule = f"clause {cut.exclusion.clause}" if cut.exclusion.clause else f"exclusions of {shown.rule}"
        yield start, end, evolve(shown, rule=rule, actor=cut.actor)
