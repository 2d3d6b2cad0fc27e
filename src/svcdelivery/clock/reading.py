"""Clock readings: one pure function from an agreement, an item's facts and an instant to every clock of the item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRevision, Measure, ServiceAgreement, ServiceLevelTarget
from svcdelivery.clock.counting import Counting, counting_of
from svcdelivery.clock.course import Course, course_of
from svcdelivery.clock.explanation import Explanation, explain, shown_duration
from svcdelivery.clock.segments import Segment, count, segments_of
from svcdelivery.errors import NotCoveredError
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros, tzdata_version
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.work import Step, Trace, WorkKind, trace_of

__all__ = ["ClockPhase", "ClockReading", "Verdict", "next_due", "read_clocks", "read_trace", "revision_of"]


class ClockPhase(Enum):
    """What a clock is doing."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Verdict(Enum):
    """What a clock has shown so far; none where there is nothing to judge."""

    NONE = "none"
    OPEN = "open"
    MET = "met"
    BREACHED = "breached"


@frozen
class _Basis:
    """What an explanation is made of; kept so that nobody pays for one who does not read it."""

    revision: AgreementRevision
    counting: Counting
    segments: Sequence[Segment]


@frozen(kw_only=True)
class ClockReading:
    """One clock of one item at one instant.

    Attributes:
        target: The name of the target in the agreement.
        started_at: None while the clock waits.
        due_at: None while it waits, is cancelled, or stands still with part of its goal left; a stopped clock keeps it.
        elapsed: Service time (or wall time, as the goal says) counted so far; None where closed dates are not known.
        findings: What kept the reading from being complete.
    """

    measure: str
    target: str
    clause: str
    at: Instant
    phase: ClockPhase
    verdict: Verdict
    share_promised: Fraction
    goal: timedelta
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    due_at: Instant | None = None
    elapsed: timedelta | None = timedelta(0)
    exempted_by: str | None = None
    cycle: int = 1
    findings: tuple[str, ...] = ()
    _basis: _Basis | None = field(default=None, eq=False, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether the clock still runs or stands still."""
        return self.phase in (ClockPhase.RUNNING, ClockPhase.PAUSED)

    @property
    def breached_at(self) -> Instant | None:
        """The due instant, once passed."""
        return self.due_at if self.verdict is Verdict.BREACHED else None

    @property
    def elapsed_wall(self) -> timedelta:
        """Wall time since the start outside pauses."""
        running = self._basis.segments if self._basis is not None else ()
        return timedelta(microseconds=sum(s.end - s.start for s in running if not s.pause))

    @property
    def remaining(self) -> timedelta | None:
        """The part of the goal not used up, never negative; None while the clock has not started or is cancelled."""
        if self._basis is None or self.elapsed is None:
            return None
        return max(timedelta(0), self.goal - self.elapsed)

    @property
    def overdue(self) -> timedelta:
        """Counted time since due, never negative."""
        return max(timedelta(0), (self.elapsed or timedelta(0)) - self.goal)

    @property
    def percent(self) -> Fraction | None:
        """Elapsed as a share of the goal, times 100; None when the goal is zero or elapsed is not known."""
        if not self.goal or self.elapsed is None:
            return None
        return Fraction(100 * duration_micros(self.elapsed), duration_micros(self.goal))

    @property
    def explanation(self) -> Explanation:
        """The spans behind the reading; they tile the time from start to stop, or to the instant of the reading."""
        basis = self._basis
        if basis is None:
            return Explanation(headline=self.headline, terms="not started", zone="UTC", spans=())
        clause = f"clause {self.clause}" if self.clause else f"target {self.target}"
        return explain(
            basis.segments,
            basis.counting,
            headline=self.headline,
            terms=(
                f"{basis.revision.label}, {clause}: {self.measure} within {shown_duration(self.goal)} "
                f"({basis.counting.name}, zone data {tzdata_version()})"
            ),
            clause=clause,
            pause_rule=f"pauses of {clause}",
        )

    @property
    def headline(self) -> str:
        """The reading in one sentence."""
        used = "unknown" if self.elapsed is None else shown_duration(self.elapsed)
        over = f", {shown_duration(self.overdue)} too late" if self.overdue else ""
        return f"{self.measure} {self.verdict.value.upper()}: {used} of {shown_duration(self.goal)} used{over}"


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
        One reading a measure; none where no target has ever applied or no revision was in force at receipt.
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
    measures = revision.derived.get(("measures",))
    if measures is None:
        names = dict.fromkeys(target.measure for target in revision.targets)
        measures = revision.derived["measures",] = [revision.measure(name) for name in names]
    readings = (_read(revision, trace.kind, measure, steps, at) for measure in measures)
    return tuple(reading for reading in readings if reading is not None)


def next_due(readings: Iterable[ClockReading]) -> Instant | None:
    """Answer the earliest due instant of the clocks still open, None when none has one."""
    return min((reading.due_at for reading in readings if reading.is_open and reading.due_at is not None), default=None)


def _read(
    revision: AgreementRevision, kind: WorkKind, measure: Measure, steps: Sequence[Step], now: Instant
) -> ClockReading | None:
    course = course_of(measure, steps)
    target, lost = _target(revision, kind, measure.name, steps, course)
    if target is None:
        return None
    if course.started is None:
        return _reading(target, now, phase=ClockPhase.WAITING, verdict=Verdict.NONE)
    if lost or course.cancelled is not None:
        return _reading(target, now, phase=ClockPhase.CANCELLED, verdict=Verdict.NONE, started_at=course.started.at)
    return _judge(revision, target, course, steps, now)


def _target(
    revision: AgreementRevision, kind: WorkKind, measure: str, steps: Sequence[Step], course: Course
) -> tuple[ServiceLevelTarget | None, bool]:
    """Answer the target that applies, or the last that did and that it is lost."""

    def at(step: Step) -> ServiceLevelTarget | None:
        targets = revision.targets_for(kind=kind.name, service=step.service, priority=step.priority)
        return next((target for target in targets if target.measure == measure), None)

    judged = course.judged or steps[-1]
    target = at(judged)
    if target is not None:
        return target, False
    earlier = (at(step) for step in reversed(steps[: steps.index(judged)]))
    return next((found for found in earlier if found is not None), None), True


def _reading(target: ServiceLevelTarget, now: Instant, **rest: Any) -> ClockReading:
    return ClockReading(
        measure=target.measure,
        target=target.name,
        clause=target.clause,
        at=now,
        share_promised=target.share_promised,
        goal=target.goal.duration,
        **rest,
    )


def _judge(
    revision: AgreementRevision, target: ServiceLevelTarget, course: Course, steps: Sequence[Step], now: Instant
) -> ClockReading:
    started, stopped = course.started, course.stopped
    assert started is not None
    counting = counting_of(revision, target)
    start, end = started.micros, stopped.micros if stopped is not None else to_micros(now)
    segments, held = segments_of(target, course, steps, start, end)
    paused = held and stopped is None
    findings: tuple[str, ...] = ()
    elapsed = due = None
    try:
        elapsed, due = count(
            segments, counting, duration_micros(target.goal.duration), target.boundary, end=end, paused=paused
        )
    except NotCoveredError as error:
        findings = (str(error),)
    return _reading(
        target,
        now,
        phase=ClockPhase.STOPPED if stopped is not None else ClockPhase.PAUSED if paused else ClockPhase.RUNNING,
        verdict=_verdict(due, end, stopped=stopped is not None, known=not findings),
        started_at=started.at,
        stopped_at=stopped.at if stopped is not None else None,
        due_at=None if due is None else from_micros(due),
        elapsed=None if elapsed is None else timedelta(microseconds=elapsed),
        findings=findings,
        basis=_Basis(revision, counting, segments),
    )


def _verdict(due: int | None, end: int, *, stopped: bool, known: bool) -> Verdict:
    if due is not None and end > due:
        return Verdict.BREACHED
    if stopped:
        return Verdict.MET if known else Verdict.NONE
    return Verdict.OPEN
