"""Clock readings: one pure function from an agreement, an item's facts and an instant to every clock of the item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define

from svcdelivery.agreement import AgreementRevision, ServiceAgreement, ServiceLevelTarget, Within
from svcdelivery.clock.applying import Applied, Promises
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.counting import counting_of
from svcdelivery.clock.course import Course
from svcdelivery.clock.due import Reckoned, Span, reckon
from svcdelivery.clock.program import program_of
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.segments import Segment, holds_of, segments_of
from svcdelivery.clock.verdict import ClockPhase, Verdict
from svcdelivery.errors import InvalidValueError, NotCoveredError
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros
from svcdelivery.work import Step, Trace, trace_of

__all__ = ["next_due", "read_clocks", "read_trace", "revision_of"]


def revision_of(agreement: ServiceAgreement, steps: Sequence[Step]) -> AgreementRevision | None:
    """Answer the revision an item's promises follow: the one pinned at receipt, else the one in force then."""
    pinned = getattr(steps[0].fact.body, "revision", None)
    return agreement.revision(pinned) if pinned is not None else agreement.at(steps[0].at)


def read_clocks(agreement: ServiceAgreement, facts: Iterable[Fact[Any]], now: datetime) -> tuple[ClockReading, ...]:
    """Answer every clock the agreement sets on one item, in the order of its targets.

    Args:
        facts: All facts of the item, in any order; for a reading as of another day, those known then (`known_at`).
        now: The instant of the reading. What happened after it is left aside.

    Returns:
        One reading a measure, and before it one for each finished cycle of a measure that repeats; none where no target
        has ever applied or no revision was in force at receipt.
    """
    trace = trace_of(facts)
    return () if trace is None else read_trace(agreement, trace, now)


def read_trace(agreement: ServiceAgreement, trace: Trace, now: datetime) -> tuple[ClockReading, ...]:
    """Answer the same as `read_clocks` for facts that were traced already."""
    at = to_instant(now)
    upto = to_micros(at)
    steps = trace.steps if trace.steps[-1].micros <= upto else [step for step in trace.steps if step.micros <= upto]
    revision = revision_of(agreement, steps) if steps else None
    if revision is None:
        return ()
    holds = holds_of(steps)
    program = program_of(revision, trace.kind)
    return tuple(
        reading
        for promises, courses, rests in program.courses(steps)
        for reading in _read(promises, courses, Walked(steps, holds, rests), at)
    )


def next_due(readings: Iterable[ClockReading]) -> Instant | None:
    """Answer the earliest due instant of the clocks still open, None when none has one."""
    return min((reading.due_at for reading in readings if reading.is_open and reading.due_at is not None), default=None)


@define(eq=False)
class Walked:
    """The steps of an item up to an instant, its holds, and when the measure itself stands still."""

    steps: Sequence[Step]
    holds: Sequence[Segment]
    rests: Sequence[Segment]


def _read(promises: Promises, courses: Iterable[Course], walked: Walked, now: Instant) -> Iterator[ClockReading]:
    for course in courses:
        applied = promises.applied(walked.steps, course)
        target = applied.target
        if target is None:
            continue
        if applied.start is None:
            yield _reading(target, course, now, phase=ClockPhase.WAITING, verdict=Verdict.NONE)
        elif applied.lost or course.cancelled is not None:
            started = applied.start.at
            yield _reading(target, course, now, phase=ClockPhase.CANCELLED, verdict=Verdict.NONE, started_at=started)
        else:
            yield _Judging(promises, target, course, applied, walked, now=now).reading()


def _reading(target: ServiceLevelTarget, course: Course, now: Instant, **rest: Any) -> ClockReading:
    duration = target.goal.duration if isinstance(target.goal, Within) else None
    return ClockReading(
        measure=target.measure,
        target=target.name,
        clause=target.clause,
        at=now,
        share_promised=target.share_promised,
        share_periods=target.share_periods,
        goal=str(target.goal) if duration is None else duration,
        cycle=course.cycle,
        **{"allowed": duration, **rest},
    )


class _Judging:
    """One started course held against the target it follows."""

    def __init__(
        self,
        promises: Promises,
        target: ServiceLevelTarget,
        course: Course,
        applied: Applied,
        walked: Walked,
        *,
        now: Instant,
    ) -> None:
        self._promises, self._target = promises, target
        self._course, self._applied, self._walked, self._now = course, applied, walked, now
        self._revision = promises.revision
        self._counting = counting_of(self._revision, target)
        self._span = self._spanned()

    def _spanned(self) -> Span:
        start, stopped = self._applied.start, self._course.stopped
        assert start is not None, "only a started course is judged"
        end = stopped.micros if stopped is not None else to_micros(self._now)
        walked, pause_on = self._walked, self._target.pause_on
        segments, held = segments_of(self._course, walked.holds, walked.rests, pause_on, start=start.micros, end=end)
        return Span(segments, start.micros, end, held and stopped is None)

    def reading(self) -> ClockReading:
        """Answer what the clock shows."""
        target, stopped, span = self._target, self._course.stopped, self._span
        found: Reckoned | None = None
        findings: tuple[str, ...] = ()
        try:
            hours = self._revision.service_hours(target.hours)
            found = reckon(target, self._counting, hours, span, self._walked.steps)
        except (NotCoveredError, InvalidValueError) as error:
            findings = (str(error),)
        due = None if found is None else found.due
        running = ClockPhase.PAUSED if span.paused else ClockPhase.RUNNING
        rest: dict[str, Any] = {} if found is None else {"allowed": _duration(found.allowed)}
        return _reading(
            target,
            self._course,
            self._now,
            phase=running if stopped is None else ClockPhase.STOPPED,
            verdict=_verdict(found, span.end, stopped=stopped is not None),
            started_at=from_micros(span.start),
            stopped_at=None if stopped is None else stopped.at,
            due_at=None if due is None else from_micros(due),
            due_is_provisional=found is not None and found.provisional,
            elapsed=None if found is None else _duration(found.elapsed),
            findings=findings,
            basis=self._basis(),
            **rest,
        )

    def _basis(self) -> Basis:
        promises, step = self._promises, self._applied.chosen_at
        return Basis(
            revision=self._revision,
            target=self._target,
            counting=self._counting,
            span=self._span,
            choice=lambda: str(promises.choice(step)),
            steps=self._walked.steps,
            chosen_at=step,
        )


def _duration(micros: int | None) -> timedelta | None:
    return None if micros is None else timedelta(microseconds=micros)


def _verdict(found: Reckoned | None, end: int, *, stopped: bool) -> Verdict:
    if found is not None and found.due is not None and end > found.due and not found.provisional:
        return Verdict.BREACHED
    if stopped:
        return Verdict.MET if found is not None else Verdict.NONE
    return Verdict.OPEN
