"""Clock readings: one pure function from an agreement, an item's facts and an instant to every clock of the item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from attrs import define

from svcdelivery.agreement import AgreementRevision, ServiceAgreement, ServiceLevelTarget
from svcdelivery.clock.amended import Amended
from svcdelivery.clock.applying import Applied, Promises
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.counting import counting_of
from svcdelivery.clock.course import Course
from svcdelivery.clock.due import Reckoned, Span, reckon
from svcdelivery.clock.excluding import Excluded, excluding, exclusions_of
from svcdelivery.clock.exempting import exempted
from svcdelivery.clock.judged import judged, unjudged
from svcdelivery.clock.program import program_of
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.segments import Segment, holds_of, segments_of, suspended_of
from svcdelivery.clock.verdict import ClockPhase
from svcdelivery.errors import InvalidValueError, NotCoveredError
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant, to_instant, to_micros
from svcdelivery.work import Step, Trace, trace_of

__all__ = ["next_due", "read_clocks", "read_trace", "read_under", "revision_of"]


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
    steps = _upto(trace, at)
    revision = revision_of(agreement, steps) if steps else None
    if revision is None:
        return ()
    holds, suspended = holds_of(steps), suspended_of(agreement)
    followed = agreement.followed_from(revision)
    if len(followed) > 1:
        upto = to_micros(at)
        followed = tuple(turn for turn in followed if turn.since is None or turn.since <= upto)
    if len(followed) > 1:
        amended = Amended(agreement, followed, steps, kind=trace.kind, holds=holds, suspended=suspended, now=at)
        return exempted(amended.readings(), steps)
    return _read_all(revision, trace, Walked(steps, holds, (), suspended), at, agreement)


def read_under(
    terms: AgreementRevision, trace: Trace, now: datetime, *, agreement: ServiceAgreement | None = None
) -> tuple[ClockReading, ...]:
    """Answer every clock of an item as if it had come in under those terms, whatever their effective instant and term.

    For a draft that was never in force, and for terms that are tried on what happened before them.

    Args:
        agreement: The one whose suspensions make clocks stand still, and whose exclusions count; none without it.
    """
    at = to_instant(now)
    steps = _upto(trace, at)
    if not steps:
        return ()
    suspended = [] if agreement is None else suspended_of(agreement)
    return _read_all(terms, trace, Walked(steps, holds_of(steps), (), suspended), at, agreement)


def _upto(trace: Trace, at: Instant) -> Sequence[Step]:
    upto = to_micros(at)
    return trace.steps if trace.steps[-1].micros <= upto else [step for step in trace.steps if step.micros <= upto]


def _read_all(
    revision: AgreementRevision, trace: Trace, walked: Walked, at: Instant, agreement: ServiceAgreement | None
) -> tuple[ClockReading, ...]:
    program, steps = program_of(revision, trace.kind), walked.steps
    excluded = exclusions_of(agreement, revision, steps, to_micros(at)) if program.excludes else ()
    readings = (
        reading
        for promises, courses, rests in program.courses(steps)
        for reading in _read(promises, courses, Walked(steps, walked.holds, rests, walked.suspended, excluded), at)
    )
    return exempted(readings, steps)


def next_due(readings: Iterable[ClockReading]) -> Instant | None:
    """Answer the earliest due instant of the clocks still open, None when none has one."""
    return min((reading.due_at for reading in readings if reading.is_open and reading.due_at is not None), default=None)


@define(eq=False)
class Walked:
    """The steps of an item up to an instant, its holds, when measure or agreement stand still, what is excluded."""

    steps: Sequence[Step]
    holds: Sequence[Segment]
    rests: Sequence[Segment]
    suspended: Sequence[Segment]
    excluded: Sequence[Excluded] = ()


def _read(promises: Promises, courses: Iterable[Course], walked: Walked, now: Instant) -> Iterator[ClockReading]:
    for course in courses:
        applied = promises.applied(walked.steps, course)
        target = applied.target
        if target is None:
            continue
        if applied.start is None:
            yield unjudged(target, course, now, phase=ClockPhase.WAITING)
        elif applied.lost or course.cancelled is not None:
            yield unjudged(target, course, now, phase=ClockPhase.CANCELLED, started_at=applied.start.at)
        else:
            yield _Judging(promises, target, course, applied, walked, now=now).reading()


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
        if walked.excluded:
            service = applied.chosen_at.service
            self._counting = excluding(self._counting, target, walked.excluded, service)
        self._span = self._spanned()

    def _spanned(self) -> Span:
        start, stopped = self._applied.start, self._course.stopped
        assert start is not None, "only a started course is judged"
        begin = self._course.begins if start is self._course.started else start.micros
        end = stopped.micros if stopped is not None else to_micros(self._now)
        walked, pause_on = self._walked, self._target.pause_on
        segments, held = segments_of(
            self._course,
            walked.holds,
            walked.rests,
            pause_on,
            start=begin,
            end=end,
            suspended=walked.suspended,
        )
        return Span(segments, begin, end, held and stopped is None)

    def reading(self) -> ClockReading:
        """Answer what the clock shows."""
        target, span = self._target, self._span
        found: Reckoned | None = None
        findings: tuple[str, ...] = ()
        try:
            hours = self._revision.service_hours(target.hours)
            found = reckon(target, self._counting, hours, span, self._walked.steps)
        except (NotCoveredError, InvalidValueError) as error:
            findings = (str(error),)
        return judged(target, self._course, self._now, found, span, findings=findings, basis=self._basis())

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
