"""Readings put together: of clocks that are judged, and of those that are not."""

from __future__ import annotations

from datetime import UTC, timedelta

from svcdelivery.agreement import ServiceLevelTarget, Within
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.course import Course
from svcdelivery.clock.due import Reckoned, Span
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.verdict import ClockPhase, Verdict
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["judged", "unjudged"]

_LAST = to_micros(Instant.max.replace(tzinfo=UTC))
_BEYOND = "its goal is not used up before the year 10000"


def unjudged(
    target: ServiceLevelTarget, now: Instant, *, phase: ClockPhase, started_at: Instant | None = None, cycle: int = 1
) -> ClockReading:
    """Answer the reading of a clock that waits or is cancelled."""
    duration = target.goal.duration if isinstance(target.goal, Within) else None
    return ClockReading(
        measure=target.measure,
        target=target.name,
        clause=target.clause,
        at=now,
        phase=phase,
        verdict=Verdict.NONE,
        share_promised=target.share_promised,
        share_periods=target.share_periods,
        goal=str(target.goal) if duration is None else duration,
        started_at=started_at,
        allowed=duration,
        cycle=cycle,
    )


def judged(
    target: ServiceLevelTarget,
    course: Course,
    now: Instant,
    found: Reckoned | None,
    span: Span,
    *,
    findings: tuple[str, ...],
    basis: Basis,
) -> ClockReading:
    """Answer the reading of a clock that started.

    Args:
        found: What it came to; None where that is not known.
        span: The whole of its time.
    """
    if found is not None and found.due is not None and found.due > _LAST:
        # Nothing will ever come so late: what stops before keeps its promise.
        found.due, findings = None, (*findings, _BEYOND)
    started, stopped = course.started, course.stopped
    running = ClockPhase.PAUSED if span.paused else ClockPhase.RUNNING
    duration = target.goal.duration if isinstance(target.goal, Within) else None
    elapsed, due, allowed = (None, None, duration) if found is None else _amounts(found)
    return ClockReading(
        measure=target.measure,
        target=target.name,
        clause=target.clause,
        at=now,
        phase=running if stopped is None else ClockPhase.STOPPED,
        verdict=_verdict(found, span.end, stopped=stopped is not None),
        share_promised=target.share_promised,
        share_periods=target.share_periods,
        goal=str(target.goal) if duration is None else duration,
        started_at=started.at if started is not None and started.micros == span.start else from_micros(span.start),
        stopped_at=None if stopped is None else stopped.at,
        due_at=due,
        due_is_provisional=found is not None and found.provisional,
        allowed=allowed,
        elapsed=elapsed,
        cycle=course.cycle,
        findings=findings,
        basis=basis,
    )


def _amounts(found: Reckoned) -> tuple[timedelta, Instant | None, timedelta | None]:
    due = None if found.due is None else from_micros(found.due)
    return timedelta(0, 0, found.elapsed), due, None if found.allowed is None else timedelta(0, 0, found.allowed)


def _verdict(found: Reckoned | None, end: int, *, stopped: bool) -> Verdict:
    if found is not None and found.due is not None and end > found.due and not found.provisional:
        return Verdict.BREACHED
    if stopped:
        return Verdict.MET if found is not None else Verdict.NONE
    return Verdict.OPEN
