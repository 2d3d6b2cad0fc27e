"""Why a reading is what it is: spans that tile the clock's time, each with its kind, reason, rule and actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol, Self

import attrs
from attrs import field, frozen

from svcdelivery.clock.basis import Basis
from svcdelivery.clock.verdict import ClockPhase, Verdict
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.timeline import Instant, format_duration, in_zone, parse_duration, to_zone

__all__ = [
    "FORMAT",
    "ExplainedSpan",
    "Explanation",
    "SpanKind",
    "headline_of",
    "shown_duration",
    "shown_goal",
    "whole_plain",
]

FORMAT = "svcdelivery.explanation/1"
"""The name of the JSON form; its number rises when a reader of the old one could go wrong."""

_ZERO = timedelta(0)


class SpanKind(Enum):
    """What became of a span: counted, closed (outside the hours), paused, excluded, or unknown to the holiday list."""

    COUNTED = "counted"
    CLOSED = "closed"
    PAUSED = "paused"
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"


@frozen
class ExplainedSpan:
    """A stretch `[start, end)` of a clock's time.

    Attributes:
        reason: What kept it from counting, or the hours it counts by.
        rule: The clause that says so.
        actor: Who caused it, empty where nobody did.
        revision: The revision the clause stands in, such as `acme-2026 revision 2`.
    """

    start: Instant
    end: Instant
    kind: SpanKind
    reason: str
    rule: str
    actor: str = ""
    revision: str = ""

    @property
    def duration(self) -> timedelta:
        """The wall time of the span."""
        return datetime.__sub__(self.end, self.start)


@frozen(kw_only=True)
class Explanation:
    """One reading with all that decided it: a value of its own, to keep, to show, and to compare with another.

    The spans stand in order, without gap or overlap, from the start to the stop or to `at`; those counted add up to
    `elapsed`.

    Attributes:
        clause: How the rules name the place in the agreement: `clause 4.2`, or the target where it names none.
        revision: The number of the revision whose target is followed; None before the clock has started.
        goal: An ISO 8601 duration, or another goal in words, such as `by 16:00 of the same working day`.
        counting: The name of the service hours whose open time counts, or `round the clock`.
        zone: The zone the text form shows times in.
        zone_data: The edition of the zone data.
        service: That of the item when it chose the target; `priority` likewise.
        choice: Which target of the measure was chosen, and before which others.
        allowed: Counted time from start to due, outside pauses; None where it is not known.
    """

    measure: str
    target: str
    clause: str
    cycle: int = 1
    agreement: str = ""
    revision: int | None = None
    goal: str
    counting: str = ""
    zone: str = "UTC"
    zone_data: str = ""
    service: str = ""
    priority: str | None = None
    choice: str = ""
    at: Instant
    phase: ClockPhase
    verdict: Verdict
    exempted_by: str | None = None
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    due_at: Instant | None = None
    due_is_provisional: bool = False
    elapsed: timedelta | None = None
    allowed: timedelta | None = None
    findings: tuple[str, ...] = ()
    spans: tuple[ExplainedSpan, ...] = ()
    # What it was made from, for a comparison by cause; an explanation read from data has none.
    basis: Basis | None = field(default=None, init=False, eq=False, repr=False)

    @property
    def counted(self) -> timedelta:
        """The time of the counted spans."""
        return sum((span.duration for span in self.spans if span.kind is SpanKind.COUNTED), _ZERO)

    @property
    def overdue(self) -> timedelta:
        """Counted time since due, never negative."""
        return _ZERO if self.elapsed is None or self.allowed is None else max(_ZERO, self.elapsed - self.allowed)

    @property
    def revision_label(self) -> str:
        """How texts name the revision, such as `acme-2026 revision 2`; empty before the clock has started."""
        return "" if self.revision is None else f"{self.agreement} revision {self.revision}"

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        return headline_of(self)

    @property
    def terms(self) -> str:
        """The revision, clause and goal that decided, and the edition of the zone data."""
        if self.revision is None:
            return "not started"
        return (
            f"{self.revision_label}, {self.clause}: {self.measure} {shown_goal(self.goal)} "
            f"({self.counting}, zone data {self.zone_data})"
        )

    def lines(self) -> Iterator[str]:
        """Answer the text form line by line."""
        yield self.headline
        yield f"  {self.terms}"
        if self.choice:
            yield f"  {self.choice}"
        for span in self.spans:
            start, until = self.shown_bounds(span)
            actor = f" ({span.actor})" if span.actor else ""
            yield (
                f"  {start}  to {until:<23}  {span.kind.value:<8}"
                f"  {shown_duration(span.duration):>10}  {span.reason}{actor}; {self.shown_rule(span)}"
            )

    def shown_bounds(self, span: ExplainedSpan) -> tuple[str, str]:
        """Answer from when to when a span ran, as a clock of the zone shows it; an end of the same date has no date."""
        zone = to_zone(self.zone)
        start, end = (in_zone(at, zone) for at in (span.start, span.end))
        until = f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M:%S}"
        return f"{start:%a %Y-%m-%d %H:%M:%S}", until

    def shown_rule(self, span: ExplainedSpan) -> str:
        """Answer the rule of a span, with its revision where that is not the one in the heading."""
        foreign = span.revision not in ("", self.revision_label)
        return f"{span.rule} of {span.revision}" if foreign else span.rule

    def __str__(self) -> str:
        return "\n".join(self.lines())

    # -- JSON ----------------------------------------------------------------------------------------------------------

    def to_data(self) -> dict[str, Any]:
        """Answer the explanation for JSON, every key given: instants as RFC 3339 in UTC, durations as ISO 8601.

        `headline`, `terms`, `counted` and `overdue` follow from the rest, and are there for readers.
        """
        shown = {
            "format": FORMAT,
            "headline": self.headline,
            "terms": self.terms,
            "counted": format_duration(self.counted),
            "overdue": format_duration(self.overdue),
        }
        return {**shown, **whole_plain(self), "spans": [whole_plain(span) for span in self.spans]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Answer the explanation of data as `to_data` gives them.

        Raises:
            InvalidValueError: Data of another format, or a value that cannot be meant.
            WrongTypeError: Data of another shape.
        """
        if data.get("format") != FORMAT:
            raise InvalidValueError(what="the format of an explanation", value=data.get("format"), hint=f"`{FORMAT}`")
        names = {a.name for a in attrs.fields(cls) if a.init}
        return from_plain(cls, {key: value for key, value in data.items() if key in names})


def whole_plain(value: Any) -> dict[str, Any]:
    """Answer the plain data of a value with the fields that are left out elsewhere because they are empty."""
    plain, written = to_plain(value), (a for a in attrs.fields(type(value)) if a.init)
    return {a.name: plain.get(a.name, list(a.default) if a.default == () else a.default) for a in written}


class _Read(Protocol):
    @property
    def measure(self) -> str: ...
    @property
    def cycle(self) -> int: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def elapsed(self) -> timedelta | None: ...
    @property
    def allowed(self) -> timedelta | None: ...
    @property
    def overdue(self) -> timedelta: ...


def headline_of(read: _Read) -> str:
    """Answer a reading, or its explanation, in one sentence."""
    used = "unknown" if read.elapsed is None else shown_duration(read.elapsed)
    over = f", {shown_duration(read.overdue)} too late" if read.overdue else ""
    cycle = f" (cycle {read.cycle})" if read.cycle > 1 else ""
    most = f" of {shown_duration(read.allowed)}" if read.allowed is not None else ""
    return f"{read.measure}{cycle} {read.verdict.value.upper()}: {used}{most} used{over}"


def shown_goal(goal: str) -> str:
    """Answer a goal in words: a duration as `within 8:00:00`, another one as it is."""
    try:
        return f"within {shown_duration(parse_duration(goal))}"
    except ServiceDeliveryError:
        return goal


def shown_duration(duration: timedelta) -> str:
    """Answer a duration as hours, minutes and seconds, such as `9:12:00`, with microseconds where there are any."""
    sign, micros = ("-", -duration) if duration < timedelta(0) else ("", duration)
    seconds = micros.days * 86_400 + micros.seconds
    fraction = f".{micros.microseconds:06d}" if micros.microseconds else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"
