"""A clock's time cut into segments that run and segments that stand still, and the due instant that follows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

from attrs import define

from svcdelivery.agreement import Boundary, ServiceAgreement, Suspension
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.course import Course, Standstill
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import to_micros
from svcdelivery.work import Standing, Step

__all__ = ["Segment", "count", "holds_of", "rests_of", "segments_of", "suspended_of"]

DONE = "done"
"""The pause of work taken for done until it was reopened."""

_RULE = "paused by "
_FOREVER = 1 << 62
_start_of = attrgetter("start")


@define(eq=False)
class Segment:
    """A stretch `[start, end)` of epoch microseconds.

    Attributes:
        pause: What made the clock stand still: a hold reason, `done`, or the measure's own rule; empty while it ran.
        cause: The step, or the suspension of the agreement, that made it stand still.
    """

    start: int
    end: int
    pause: str = ""
    cause: Step | Suspension | None = None

    @property
    def reason(self) -> str:
        """The pause in words."""
        if self.pause == DONE:
            return "was done until reopened"
        if isinstance(self.cause, Suspension):
            return f"agreement suspended: {self.cause.ground}" if self.cause.ground else "agreement suspended"
        return self.pause if self.pause.startswith(_RULE) else f"on hold: {self.pause}"

    @property
    def actor(self) -> str:
        """Who caused the pause, empty where nobody did."""
        if isinstance(self.cause, Suspension):
            return self.cause.actor
        return "" if self.cause is None else str(self.cause.fact.actor)


def suspended_of(agreement: ServiceAgreement) -> list[Segment]:
    """Answer the time in which suspensions of an agreement make its clocks stand still, in order."""
    return [
        Segment(to_micros(s.start), _FOREVER if s.until is None else to_micros(s.until), "suspended", s)
        for s in agreement.standstills
    ]


def holds_of(steps: Sequence[Step]) -> list[Segment]:
    """Answer the holds of an item in order; one that lasts has no end yet.

    What happens during a hold does not begin it anew: whoever put the work on hold stays its cause.
    """
    holds: list[Segment] = []
    reason: str | None = None
    stands: Standing | None = None
    for step in steps:
        if step.stands is stands:
            continue
        stands = step.stands
        held = stands.hold_reason if stands.phase is Phase.HELD else None
        if held == reason:
            continue
        if reason is not None:
            holds[-1].end = step.micros
        if held is not None:
            holds.append(Segment(step.micros, _FOREVER, held, step))
        reason = held
    return holds


def rests_of(standstills: Iterable[Standstill], name: str) -> list[Segment]:
    """Answer the time a measure itself stands still, in order; what lasts has no end yet."""
    return [
        Segment(since.micros, _FOREVER if until is None else until.micros, f"{_RULE}{name}", since)
        for since, until in standstills
    ]


def segments_of(
    course: Course,
    holds: Sequence[Segment],
    rests: Sequence[Segment],
    pause_on: frozenset[str],
    *,
    start: int,
    end: int,
    suspended: Sequence[Segment] = (),
) -> tuple[list[Segment], bool]:
    """Answer the segments that tile `[start, end)`, and whether the clock stands still at the end.

    Args:
        holds: The holds of the item; those for a reason in `pause_on` pause the clock.
        rests: The time the measure itself stands still.
        suspended: The time every clock of the agreement stands still.
    """
    pauses = [hold for hold in _around(holds, start, end) if hold.pause in pause_on] if pause_on and holds else []
    if rests:
        pauses += _around(rests, start, end)
    if suspended:
        pauses += _around(suspended, start, end)
    paused = any(pause.end > end for pause in pauses)
    pauses += [Segment(a.micros, b.micros, DONE, a) for a, b in course.idle]
    if rests or suspended or course.idle:
        pauses.sort(key=_start_of)
    return _tiled(pauses, start, end), paused


def _tiled(pauses: Sequence[Segment], start: int, end: int) -> list[Segment]:
    """Answer the pauses cut to `[start, end)`, each moment to the first of them, and what runs between them."""
    segments: list[Segment] = []
    at = start
    for pause in pauses:
        begin, until = max(pause.start, at), min(pause.end, end)
        if begin >= until:
            continue
        if at < begin:
            segments.append(Segment(at, begin))
        segments.append(Segment(begin, until, pause.pause, pause.cause))
        at = until
    if at < end:
        segments.append(Segment(at, end))
    return segments


def _around(pauses: Sequence[Segment], start: int, end: int) -> Sequence[Segment]:
    """Answer the pauses that begin by the end, from the one that may last at the start."""
    until = bisect_right(pauses, end, key=_start_of)
    since = bisect_right(pauses, start, hi=until, key=_start_of)
    return pauses[max(0, since - 1) : until]


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
