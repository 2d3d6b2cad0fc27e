"""The clocks of an item walked from step to step: whatever happened to it, and whatever its terms ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from attrs import define

from svcdelivery.agreement import AgreementRevision, Followed, ServiceAgreement, ServiceLevelTarget
from svcdelivery.clock.amended import Amended
from svcdelivery.clock.applying import Applied, Promises, shown_choice
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.counting import Counting, counting_of
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
from svcdelivery.timeline import Instant, to_micros
from svcdelivery.work import Step, WorkKind

__all__ = ["walked_clocks", "walked_measures"]


def walked_clocks(
    revision: AgreementRevision,
    kind: WorkKind,
    steps: Sequence[Step],
    at: Instant,
    *,
    agreement: ServiceAgreement | None,
    followed: Sequence[Followed] = (),
) -> tuple[ClockReading, ...]:
    """Answer every clock of an item.

    Args:
        revision: The terms it came in under.
        steps: What happened to it by the instant.
        agreement: The one whose suspensions and exclusions count; none without it.
        followed: All terms it follows by the instant, where these are more than one.
    """
    if agreement is not None and len(followed) > 1:
        holds, suspended = holds_of(steps), suspended_of(agreement)
        clocks = Amended(agreement, followed, steps, kind=kind, holds=holds, suspended=suspended, now=at)
        return exempted(clocks.readings(), steps)
    walked = walked_measures(revision, kind, steps, at, agreement=agreement)
    return exempted(chain.from_iterable(walked.values()), steps)


def walked_measures(
    revision: AgreementRevision,
    kind: WorkKind,
    steps: Sequence[Step],
    at: Instant,
    *,
    agreement: ServiceAgreement | None,
    only: Collection[int] | None = None,
) -> dict[int, tuple[ClockReading, ...]]:
    """Answer the clocks of each measure of a revision's program by its number, exemptions left aside."""
    program, holds = program_of(revision, kind), holds_of(steps)
    suspended = [] if agreement is None else suspended_of(agreement)
    excluded = exclusions_of(agreement, revision, steps, to_micros(at)) if program.excludes else ()
    return {
        index: tuple(_read(promises, courses, _Walked(steps, holds, rests, suspended, excluded), at))
        for index, promises, courses, rests in program.courses(steps, only)
    }


@define(eq=False)
class _Walked:
    """The steps of an item up to an instant, its holds, when measure or agreement stand still, what is excluded."""

    steps: Sequence[Step]
    holds: Sequence[Segment]
    rests: Sequence[Segment]
    suspended: Sequence[Segment]
    excluded: Sequence[Excluded] = ()


def _read(promises: Promises, courses: Iterable[Course], walked: _Walked, now: Instant) -> Iterator[ClockReading]:
    for course in courses:
        applied = promises.applied(walked.steps, course)
        target = applied.target
        if target is None:
            continue
        if applied.start is None:
            yield unjudged(target, now, phase=ClockPhase.WAITING, cycle=course.cycle)
        elif applied.lost or course.cancelled is not None:
            started = applied.start.at
            yield unjudged(target, now, phase=ClockPhase.CANCELLED, started_at=started, cycle=course.cycle)
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
        walked: _Walked,
        *,
        now: Instant,
    ) -> None:
        self._promises, self._target = promises, target
        self._course, self._applied, self._walked, self._now = course, applied, walked, now
        self._revision = promises.revision
        self._counting: Counting = counting_of(self._revision, target)
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
            choice=partial(shown_choice, promises, step),
            steps=self._walked.steps,
            chosen_at=step,
        )
