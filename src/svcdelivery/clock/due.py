"""When a goal falls due: used up by counted time, or on a date that pauses may move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import define

from svcdelivery.agreement import (
    Boundary,
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    DueAt,
    DueWhilePaused,
    ServiceLevelTarget,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.excluding import Excluding
from svcdelivery.clock.segments import Segment, count
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError
from svcdelivery.service_hours import ServiceHours, first_instant, to_local
from svcdelivery.timeline import parse_instant, to_micros
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.timeline.spans import Spans, normalize, subtract
from svcdelivery.work import Observed, Step

__all__ = ["Reckoned", "Span", "dated", "later_by", "named_instant", "reckon", "stills", "used_up", "whole_of"]


@define(eq=False)
class Span:
    """A clock's time as it ran and stood still: segments that tile `[start, end)`, and whether it stands still now."""

    segments: Sequence[Segment]
    start: int
    end: int
    paused: bool

    @property
    def standing_since(self) -> int | None:
        """When it came to a standstill that still lasts, None while it runs or is stopped."""
        if not self.paused:
            return None
        at = self.end
        for segment in reversed(self.segments):
            if not segment.pause:
                break
            at = segment.start
        return at


@define
class Reckoned:
    """What counting answers, in epoch microseconds and microseconds.

    Attributes:
        allowed: The counted time from start to due, outside pauses; None where there is no due instant to count to.
        provisional: Whether due is shown of a clock that stands still, and will be another once it goes on.
    """

    elapsed: int
    due: int | None
    allowed: int | None
    provisional: bool = False


def reckon(
    target: ServiceLevelTarget, counting: Counting, hours: ServiceHours | None, span: Span, steps: Sequence[Step]
) -> Reckoned:
    """Answer how much a clock counted and when it is due.

    Raises:
        NotCoveredError: The closed dates of a year that is needed are not known.
        InvalidValueError: The item does not hold the instant its goal names.
    """
    goal: Any = target.goal
    if isinstance(goal, Within):
        return used_up(target, counting, span, duration_micros(goal.duration))
    elapsed = sum(counting.elapsed(s.start, s.end) for s in span.segments if not s.pause)
    base = named_instant(goal, steps) if isinstance(goal, DueAt) else dated(goal, hours, span.start, target.boundary)
    if not target.moves_with_pauses:
        return Reckoned(elapsed, base, _running_until(counting, span, base))
    found = _moved(target, counting, span, base)
    found.elapsed = elapsed
    return found


def used_up(target: ServiceLevelTarget, counting: Counting, span: Span, goal: int) -> Reckoned:
    """Answer when a goal of counted time is used up within the span, or after it."""
    elapsed, due = count(span.segments, counting, goal, target.boundary, end=span.end, paused=span.paused)
    since = span.standing_since
    if due is not None or since is None or target.due_while_paused is DueWhilePaused.NONE:
        return Reckoned(elapsed, due, goal)
    at = since if target.due_while_paused is DueWhilePaused.FROZEN else span.end
    return Reckoned(elapsed, counting.add(at, goal - elapsed, target.boundary), goal, provisional=True)


def dated(goal: Any, hours: ServiceHours | None, start: int, boundary: Boundary) -> int:
    """Answer the date a goal of days gives, pauses left aside."""
    assert hours is not None, "a revision refuses a goal of days without hours"
    if isinstance(goal, WithinCalendarDays):
        day, time = to_local(hours.zone, start)
        # On the night clocks are set back, today at this time may be the first of two, and over.
        return max(start, first_instant(hours.zone, day, time + goal.days * 86_400_000_000))
    if isinstance(goal, ByTimeOfWorkingDay):
        return hours.working_day_at_micros(start, goal.days, _of_day(goal), boundary.value)
    assert isinstance(goal, WithinWorkingDays | ByEndOfWorkingDay), "the union has no other member"
    end_of_day = isinstance(goal, ByEndOfWorkingDay)
    return hours.add_working_days_micros(start, goal.days, end_of_day=end_of_day, boundary=boundary.value)


def _of_day(goal: ByTimeOfWorkingDay) -> int:
    at = goal.at
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _moved(target: ServiceLevelTarget, counting: Counting, span: Span, base: int) -> Reckoned:
    """Answer the date moved on by the counted time of each pause, and each exclusion, that began before it."""
    whole = whole_of(counting)
    allowed = whole.elapsed(span.start, base)
    since = span.standing_since
    due = base
    for start, end in stills(counting, span):
        if start >= due or (since is not None and start >= since):
            break
        due = later_by(whole, due, whole.elapsed(start, end), target.boundary)
    if since is None or since >= due:
        return Reckoned(0, due, allowed)
    if target.due_while_paused is DueWhilePaused.NONE:
        return Reckoned(0, None, allowed)
    if target.due_while_paused is DueWhilePaused.SLIDING:
        due = later_by(whole, due, whole.elapsed(since, span.end), target.boundary)
    return Reckoned(0, due, allowed, provisional=True)


def whole_of(counting: Counting) -> Counting:
    """Answer what would count if nothing were excluded."""
    return counting.whole if isinstance(counting, Excluding) else counting


def stills(counting: Counting, span: Span) -> Spans:
    """Answer the time that moves a date: the pauses, and what is excluded besides, also after the end."""
    pauses = tuple((segment.start, segment.end) for segment in span.segments if segment.pause)
    if not isinstance(counting, Excluding):
        return pauses
    return tuple(sorted((*pauses, *subtract(tuple(counting.after(span.start)), normalize(pauses)))))


def later_by(counting: Counting, due: int, paused: int, boundary: Boundary) -> int:
    """Answer a due instant moved on by counted time that was paused."""
    return counting.add(due, paused, boundary) if paused else due


def _running_until(counting: Counting, span: Span, due: int) -> int:
    running = sum(counting.elapsed(s.start, min(s.end, due)) for s in span.segments if not s.pause)
    return running + counting.elapsed(max(span.start, span.end), due)


def named_instant(goal: DueAt, steps: Sequence[Step]) -> int:
    """Answer the instant an item's field holds last: a column of its source, or a field of one of its facts.

    Raises:
        InvalidValueError: No fact gives it, or what stands there is no instant with its offset.
    """
    found: Any = None
    for step in steps:
        body = step.fact.body
        if isinstance(body, Observed):
            found = dict((*body.attributes, *body.fields)).get(goal.name, found)
        else:
            found = getattr(body, goal.name, found)
    try:
        if found is not None and found != "":
            return to_micros(found if isinstance(found, datetime) else parse_instant(found))
    except ServiceDeliveryError:
        pass
    raise InvalidValueError(what="an instant the goal names", value=str(found or ""), path=goal.name)
