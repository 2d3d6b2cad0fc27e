"""Why a reading is what it is: spans that tile the clock's time, each with its kind, reason, rule and actor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, frozen

from svcdelivery.clock.counting import Counting
from svcdelivery.clock.segments import Segment
from svcdelivery.errors import NotCoveredError
from svcdelivery.timeline import Instant, from_micros, in_zone, to_zone

__all__ = ["ExplainedSpan", "Explanation", "SpanKind", "explain", "shown_duration"]


class SpanKind(Enum):
    """What became of a span: counted, closed (outside the hours), paused, or not known to the holiday list."""

    COUNTED = "counted"
    CLOSED = "closed"
    PAUSED = "paused"
    UNKNOWN = "unknown"


@frozen
class ExplainedSpan:
    """A stretch `[start, end)` of a clock's time.

    Attributes:
        reason: What kept it from counting, or the hours it counts by.
        rule: The clause of the revision that says so.
        actor: Who caused it, empty where nobody did.
    """

    start: Instant
    end: Instant
    kind: SpanKind
    reason: str
    rule: str
    actor: str = ""

    @property
    def duration(self) -> timedelta:
        """The wall time of the span."""
        return datetime.__sub__(self.end, self.start)


@frozen(kw_only=True)
class Explanation:
    """The spans of one reading, in order, without gap or overlap; those counted add up to its elapsed time.

    Attributes:
        headline: The verdict in one sentence.
        terms: The revision, clause and goal that decided, and the edition of the zone data.
        choice: Which target of the measure was chosen, and before which others.
        zone: The zone the text form shows times in.
    """

    headline: str
    terms: str
    zone: str
    spans: tuple[ExplainedSpan, ...]
    choice: str = ""

    @property
    def counted(self) -> timedelta:
        """The time of the counted spans."""
        return sum((span.duration for span in self.spans if span.kind is SpanKind.COUNTED), timedelta(0))

    def lines(self) -> Iterator[str]:
        """Answer the text form line by line."""
        yield self.headline
        yield f"  {self.terms}"
        if self.choice:
            yield f"  {self.choice}"
        zone = to_zone(self.zone)
        for span in self.spans:
            start, end = (in_zone(at, zone) for at in (span.start, span.end))
            until = f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M:%S}"
            actor = f" ({span.actor})" if span.actor else ""
            yield (
                f"  {start:%a %Y-%m-%d %H:%M:%S}  to {until:<23}  {span.kind.value:<8}"
                f"  {shown_duration(span.duration):>10}  {span.reason}{actor}; {span.rule}"
            )

    def __str__(self) -> str:
        return "\n".join(self.lines())


def shown_duration(duration: timedelta) -> str:
    """Answer a duration as hours, minutes and seconds, such as `9:12:00`, with microseconds where there are any."""
    sign, micros = ("-", -duration) if duration < timedelta(0) else ("", duration)
    seconds = micros.days * 86_400 + micros.seconds
    fraction = f".{micros.microseconds:06d}" if micros.microseconds else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def explain(
    segments: Iterable[Segment],
    counting: Counting,
    *,
    headline: str,
    terms: str,
    choice: str,
    clause: str,
    pause_rule: str,
) -> Explanation:
    """Answer the explanation of a clock's segments."""
    spans = [span for segment in segments for span in _spans(segment, counting, clause, pause_rule)]
    return Explanation(headline=headline, terms=terms, choice=choice, zone=counting.zone, spans=tuple(spans))


def _spans(segment: Segment, counting: Counting, clause: str, pause_rule: str) -> Iterator[ExplainedSpan]:
    def span(start: int, end: int, kind: SpanKind, reason: str) -> ExplainedSpan:
        return ExplainedSpan(from_micros(start), from_micros(end), kind, reason, clause)

    if segment.pause:
        actor = str(segment.cause.fact.actor) if segment.cause is not None else ""
        reason = "was done until reopened" if segment.pause == "done" else f"on hold: {segment.pause}"
        yield evolve(span(segment.start, segment.end, SpanKind.PAUSED, reason), rule=pause_rule, actor=actor)
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
