"""What a clock comes to whose time was counted under one target's terms after another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from svcdelivery.agreement import DueAt, DueWhilePaused, ServiceLevelTarget, Within
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.due import Reckoned, Span, dated, later_by, named_instant, stills, used_up, whole_of
from svcdelivery.clock.segments import count
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.work import Step

__all__ = ["Part", "reckon_parts"]


@frozen
class Part:
    """A stretch of a clock's time and the terms it counts under."""

    target: ServiceLevelTarget
    counting: Counting
    hours: ServiceHours | None
    span: Span

    @property
    def counted(self) -> int:
        """The microseconds that count in it."""
        return sum(self.counting.elapsed(s.start, s.end) for s in self.span.segments if not s.pause)


def reckon_parts(parts: Sequence[Part], steps: Sequence[Step]) -> Reckoned:
    """Answer how much a clock counted in all its parts, and when it is due by the terms of the last.

    Each part's time counts as its own terms say, and each goal is held against all the time counted so far. Due is when
    the goal then in force was used up, and has been ever since: terms that come when more than their goal is used up
    make the clock due at their coming, unless it was due before. Nothing falls due by terms that were not in force.

    Raises:
        NotCoveredError: The closed dates of a year that is needed are not known.
        InvalidValueError: The item does not hold the instant its goal names.
    """
    carried = 0
    due: int | None = None
    for index, part in enumerate(parts, start=1):
        is_last = index == len(parts)
        found = _under(parts[:index], carried, steps, was_due=due is not None, is_last=is_last)
        begins = part.span.start
        if index > 1 and found.due is not None and found.due <= begins and not found.provisional:
            found.due = begins if due is None else due
            found.allowed = _running_until(parts, found.due)
        carried += found.elapsed
        due = found.due
        if is_last:
            found.elapsed = carried
            return found
        if due is not None and due > part.span.end:
            due = None
    raise AssertionError("a clock has a part")


def _under(parts: Sequence[Part], carried: int, steps: Sequence[Step], *, was_due: bool, is_last: bool) -> Reckoned:
    """Answer what the last of the parts counts, and when its goal is used up by the time of all of them."""
    part = parts[-1]
    target, counting, span = part.target, part.counting, part.span
    if not isinstance(target.goal, Within):
        return _by_date(parts, steps, is_last=is_last)
    goal = duration_micros(target.goal.duration)
    left = goal - carried
    if left < 0 or (was_due and not left):
        return Reckoned(part.counted, span.start, goal)
    if is_last:
        found = used_up(target, counting, span, left)
        found.allowed = goal
        since = _standing_since(parts)
        if found.provisional and since is not None and target.due_while_paused is DueWhilePaused.FROZEN:
            found.due = counting.add(since, left - found.elapsed, target.boundary)
        return found
    # Whatever comes after this part is for the next one to say.
    elapsed, due = count(span.segments, counting, left, target.boundary, end=span.end, paused=True)
    return Reckoned(elapsed, due, goal)


def _by_date(parts: Sequence[Part], steps: Sequence[Step], *, is_last: bool) -> Reckoned:
    part = parts[-1]
    target, goal = part.target, part.target.goal
    begin = parts[0].span.start
    base = named_instant(goal, steps) if isinstance(goal, DueAt) else dated(goal, part.hours, begin, target.boundary)
    if not target.moves_with_pauses:
        return Reckoned(part.counted, base, _running_until(parts, base))
    allowed = sum(whole_of(p.counting).elapsed(p.span.start, min(p.span.end, base)) for p in parts)
    allowed += whole_of(part.counting).elapsed(part.span.end, base)
    since = _standing_since(parts) if is_last else None
    due = base
    whole = whole_of(part.counting)
    for paused, start, end in _stills(parts):
        if start >= due or (since is not None and start >= since):
            break
        due = later_by(whole, due, paused.elapsed(start, end), target.boundary)
    if since is None or since >= due:
        return Reckoned(part.counted, due, allowed)
    if target.due_while_paused is DueWhilePaused.NONE:
        return Reckoned(part.counted, None, allowed)
    if target.due_while_paused is DueWhilePaused.SLIDING:
        due = later_by(whole, due, whole.elapsed(since, part.span.end), target.boundary)
    return Reckoned(part.counted, due, allowed, provisional=True)


def _stills(parts: Sequence[Part]) -> Iterator[tuple[Counting, int, int]]:
    """Answer the time that moves a date, each stretch with what would count in it; after the end by the last terms."""
    for index, part in enumerate(parts, start=1):
        for start, end in stills(part.counting, part.span):
            until = end if index == len(parts) else min(end, part.span.end)
            if start < until:
                yield whole_of(part.counting), start, until


def _standing_since(parts: Sequence[Part]) -> int | None:
    since = parts[-1].span.standing_since
    for part in reversed(parts[:-1]):
        if since != part.span.end:
            break
        for segment in reversed(part.span.segments):
            if not segment.pause:
                break
            since = segment.start
    return since


def _running_until(parts: Sequence[Part], due: int) -> int:
    """Answer the time that counts until due, as if the clock went on under its last terms."""
    running = sum(
        part.counting.elapsed(segment.start, min(segment.end, due))
        for part in parts
        for segment in part.span.segments
        if not segment.pause
    )
    last = parts[-1]
    return running + last.counting.elapsed(max(last.span.start, last.span.end), due)
