"""A clock's time cut into segments that run and segments that stand still, and the due instant that follows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from attrs import define

from svcdelivery.agreement import Boundary, ServiceLevelTarget
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.course import Course
from svcdelivery.lifecycle import Phase
from svcdelivery.work import Step

__all__ = ["Segment", "count", "segments_of"]


_micros_of = attrgetter("micros")


@define(eq=False)
class Segment:
    """A stretch `[start, end)` of epoch microseconds; `cause` is the step that made the clock stand still."""

    start: int
    end: int
    pause: str = ""
    cause: Step | None = None


def segments_of(
    target: ServiceLevelTarget, course: Course, steps: Sequence[Step], start: int, end: int
) -> tuple[list[Segment], bool]:
    """Answer the segments that tile `[start, end)`, and whether the clock stands still at the end."""
    if not target.pause_on and not course.idle:
        return ([Segment(start, end)] if start < end else []), False
    steps = _around(steps, start, end)
    pauses = _pauses(target, steps, end)
    pauses += [Segment(a.micros, b.micros, "done", a) for a, b in course.idle]
    segments: list[Segment] = []
    at = start
    for pause in sorted(pauses, key=lambda segment: segment.start):
        begin, until = max(pause.start, at), min(pause.end, end)
        if begin >= until:
            continue
        if at < begin:
            segments.append(Segment(at, begin))
        segments.append(Segment(begin, until, pause.pause, pause.cause))
        at = until
    if at < end:
        segments.append(Segment(at, end))
    return segments, _is_paused(target, steps)


def _around(steps: Sequence[Step], start: int, end: int) -> Sequence[Step]:
    """Answer the steps up to the end, from the one that led to how the work stood at the start."""
    until = bisect_right(steps, end, key=_micros_of)
    since = max(0, bisect_right(steps, start, hi=until, key=_micros_of) - 1)
    while since and steps[since].phase is Phase.HELD:
        since -= 1
    return steps[since:until]


def _pauses(target: ServiceLevelTarget, steps: Sequence[Step], end: int) -> list[Segment]:
    out: list[Segment] = []
    for index, step in enumerate(steps):
        if step.phase is Phase.HELD and step.hold_reason in target.pause_on:
            until = steps[index + 1].micros if index + 1 < len(steps) else end
            before = steps[index - 1] if index else step
            if before.phase is Phase.HELD and before.hold_reason == step.hold_reason and out:
                # What happens during a hold does not begin it anew: whoever put the work on hold stays its cause.
                out[-1].end = until
            else:
                out.append(Segment(step.micros, until, step.hold_reason or "", step))
    return out


def _is_paused(target: ServiceLevelTarget, steps: Sequence[Step]) -> bool:
    return bool(steps) and steps[-1].phase is Phase.HELD and steps[-1].hold_reason in target.pause_on


def count(
    segments: Sequence[Segment], counting: Counting, goal: int, boundary: Boundary, *, end: int, paused: bool
) -> tuple[int, int | None]:
    """Answer how much counts in the segments that run, and when the goal is used up; None while a pause defers that.

    The last running segment goes on as if nothing more would happen, so a stopped clock keeps its due instant.
    """
    # Held at the end, no segment goes on: what was not used up before the hold waits for its end.
    goes_on = bool(segments) and not segments[-1].pause and not paused
    last = segments[-1] if goes_on else None
    elapsed = 0
    due: int | None = None
    for segment in segments:
        if segment.pause:
            continue
        counted = counting.elapsed(segment.start, segment.end)
        remaining = goal - elapsed
        used_up = counted > remaining or (counted == remaining > 0 and boundary is Boundary.CLOSE)
        if due is None and (used_up or segment is last):
            due = counting.add(segment.start, remaining, boundary)
        elapsed += counted
    if due is None and last is None and not paused:
        due = counting.add(end, goal - elapsed, boundary)
    return elapsed, due
