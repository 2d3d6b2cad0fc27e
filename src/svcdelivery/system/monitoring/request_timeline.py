"""The timeline of one request or incident: where all of its time went, from its receipt to its end.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import frozen

from svcdelivery.clock import Holder, HolderKind, shown_duration
from svcdelivery.timeline import Instant, format_duration, format_instant, in_zone, to_zone

__all__ = ["FORMAT", "ProbeSummary", "RequestTimeline", "TimePart", "TimeUse", "TimelineEvent", "TimelineSpan"]

FORMAT = "svcdelivery.timeline/1"
"""The name of the JSON form; its number rises when a reader of the old one could go wrong."""


class TimeUse(Enum):
    """What a stretch of an item's time went into.

    Queue is the time in which nobody had begun, work that in which it was in progress, wait that on hold; delivered is
    the time from done to closed, and closed that before a reopening.
    """

    QUEUE = "queue"
    WORK = "work"
    WAIT = "wait"
    DELIVERED = "delivered"
    CLOSED = "closed"


@frozen
class ProbeSummary:
    """What one probe measured during a span.

    Attributes:
        samples: How many; none for a probe that was silent, which has no values then.
        last: The latest value.
    """

    probe: str
    samples: int
    least: Fraction | None = None
    greatest: Fraction | None = None
    last: Fraction | None = None

    def __str__(self) -> str:
        number = f"{self.samples} sample{'' if self.samples == 1 else 's'}"
        if self.least is None or self.greatest is None or self.last is None:
            return number
        return f"{number}, {float(self.least):g} to {float(self.greatest):g}, last {float(self.last):g}"

    def to_data(self) -> dict[str, Any]:
        """Answer the summary for JSON, values as exact text."""
        values = {name: getattr(self, name) for name in ("least", "greatest", "last")}
        shown = {name: None if value is None else str(value) for name, value in values.items()}
        return {"probe": self.probe, "samples": self.samples, **shown}


@frozen(kw_only=True)
class TimelineSpan:
    """A stretch `[start, end)` in which an item stood one way.

    Attributes:
        cause: Why the time passed: the hold reason of a wait, else the status in words.
        team: The team that was responsible, empty for none; `assignee` likewise.
        holder: Who had the work: the team, or on hold the customer or a supplier.
        actor: Who caused the span, by moving the item.
        probes: What was measured meanwhile, one of each probe asked for.
        alerts: What was wrong meanwhile, by the keys of the alerts.
    """

    start: Instant
    end: Instant
    use: TimeUse
    status: str
    cause: str
    team: str = ""
    assignee: str = ""
    holder: Holder = Holder(HolderKind.NOBODY)
    actor: str = ""
    probes: tuple[ProbeSummary, ...] = ()
    alerts: tuple[str, ...] = ()

    @property
    def duration(self) -> timedelta:
        """The wall time of the span."""
        return datetime.__sub__(self.end, self.start)

    def to_data(self) -> dict[str, Any]:
        """Answer the span for JSON."""
        return {
            "start": format_instant(self.start),
            "end": format_instant(self.end),
            "duration": format_duration(self.duration),
            "use": self.use.value,
            "status": self.status,
            "cause": self.cause,
            "team": self.team,
            "assignee": self.assignee,
            "holder": str(self.holder),
            "actor": self.actor,
            "probes": [probe.to_data() for probe in self.probes],
            "alerts": list(self.alerts),
        }


@frozen
class TimelineEvent:
    """Something that happened to the item: when, the type of the fact, and who."""

    at: Instant
    what: str
    actor: str


@frozen
class TimePart:
    """How much of the whole time went into one thing, and how much of it that is; None of nothing."""

    of: str
    duration: timedelta
    spans: int
    share: Fraction | None

    def to_data(self) -> dict[str, Any]:
        """Answer the part for JSON, the share as exact text."""
        share = None if self.share is None else str(self.share)
        return {"of": self.of, "duration": format_duration(self.duration), "spans": self.spans, "share": share}


@frozen(kw_only=True)
class RequestTimeline:
    """Where the time of one item went, in wall time.

    The spans stand in order, without gap or overlap, from `opened_at` to `until`; every sum over them is `elapsed`.

    Attributes:
        item: The item as its stream is named, such as `incident:4711`.
        until: When it was closed, cancelled or rejected for good; the instant of the reading while it is none of it.
        is_open: Whether it is none of it yet.
        events: What happened up to `until`, oldest first.
        zone: The zone the text form shows times in.
    """

    item: str
    opened_at: Instant
    until: Instant
    is_open: bool
    spans: tuple[TimelineSpan, ...]
    events: tuple[TimelineEvent, ...] = ()
    zone: str = "UTC"

    @property
    def elapsed(self) -> timedelta:
        """The wall time from the receipt to the end."""
        return datetime.__sub__(self.until, self.opened_at)

    @property
    def by_use(self) -> tuple[TimePart, ...]:
        """The time by what it went into, in the order of `TimeUse`; what took none is left out."""
        order = {use.value: rank for rank, use in enumerate(TimeUse)}
        return tuple(sorted(self._parts(lambda span: span.use.value), key=lambda part: order[part.of]))

    @property
    def by_cause(self) -> tuple[TimePart, ...]:
        """The time by use and cause, the longest first."""
        return self._parts(lambda span: f"{span.use.value}: {span.cause}")

    @property
    def by_team(self) -> tuple[TimePart, ...]:
        """The time by the team that was responsible, the longest first; `none` where none was."""
        return self._parts(lambda span: span.team or "none")

    @property
    def by_holder(self) -> tuple[TimePart, ...]:
        """The time by who had the work, the longest first."""
        return self._parts(lambda span: str(span.holder))

    def _parts(self, of: Callable[[TimelineSpan], str]) -> tuple[TimePart, ...]:
        sums: dict[str, tuple[timedelta, int]] = {}
        for span in self.spans:
            total, number = sums.get(of(span), (timedelta(0), 0))
            sums[of(span)] = total + span.duration, number + 1
        micro, elapsed = timedelta(microseconds=1), self.elapsed
        parts = (
            TimePart(name, total, number, Fraction(total // micro, elapsed // micro) if elapsed else None)
            for name, (total, number) in sums.items()
        )
        return tuple(sorted(parts, key=lambda part: (-part.duration, part.of)))

    # -- forms ---------------------------------------------------------------------------------------------------------

    def shown(self, at: Instant) -> str:
        """Answer an instant as a clock of the zone shows it."""
        return f"{in_zone(at, to_zone(self.zone)):%a %Y-%m-%d %H:%M:%S}"

    def lines(self) -> Iterator[str]:
        """Answer the text form line by line: the whole, its parts, and each span."""
        end = "still open" if self.is_open else f"over {self.shown(self.until)}"
        yield f"{self.item}: {shown_duration(self.elapsed)} since {self.shown(self.opened_at)}, {end} ({self.zone})"
        for title, parts in (("by use", self.by_use), ("by cause", self.by_cause), ("by team", self.by_team)):
            told = "; ".join(f"{part.of} {shown_duration(part.duration)}" for part in parts)
            yield f"  {title}: {told or 'no time has passed'}"
        for span in self.spans:
            yield f"  {self.shown(span.start)}  {shown_duration(span.duration):>11}  {span.use.value:<9}  {_told(span)}"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_data(self) -> dict[str, Any]:
        """Answer the timeline for JSON: instants as RFC 3339 in UTC, durations as ISO 8601."""
        return {
            "format": FORMAT,
            "item": self.item,
            "opened_at": format_instant(self.opened_at),
            "until": format_instant(self.until),
            "is_open": self.is_open,
            "elapsed": format_duration(self.elapsed),
            "by_use": [part.to_data() for part in self.by_use],
            "by_cause": [part.to_data() for part in self.by_cause],
            "by_team": [part.to_data() for part in self.by_team],
            "by_holder": [part.to_data() for part in self.by_holder],
            "spans": [span.to_data() for span in self.spans],
            "events": [{"at": format_instant(e.at), "what": e.what, "actor": e.actor} for e in self.events],
        }


def _told(span: TimelineSpan) -> str:
    who = ", ".join(name for name in (span.team, span.assignee) if name)
    first = span.cause + (f" [{who}]" if who else "") + (f" ({span.actor})" if span.actor else "")
    measured = (f"{probe.probe}: {probe}" for probe in span.probes)
    return "; ".join([first, *measured, *(f"alert {key}" for key in span.alerts)])
