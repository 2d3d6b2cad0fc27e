"""Clocks of ordinary work read off its outline: what the walk from step to step would answer, at little cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from operator import methodcaller
from typing import Any, TypeAlias

from attrs import frozen
from pendulum import UTC, DateTime

from svcdelivery.agreement import (
    AgreementRevision,
    Boundary,
    DueWhilePaused,
    Measure,
    ServiceLevelTarget,
    Signaled,
    Within,
)
from svcdelivery.clock.basis import Postponed
from svcdelivery.clock.counting import Positions, counting_of
from svcdelivery.clock.facts import BreachExempted
from svcdelivery.clock.judged import unjudged
from svcdelivery.clock.linking import LINK_SIGNALS
from svcdelivery.clock.program import program_of
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.running import Running
from svcdelivery.clock.verdict import ClockPhase, Verdict
from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import Instant, from_micros
from svcdelivery.work import Outline, WorkKind, WorkScope

__all__ = ["Ordinary", "ordinary_of"]

_EPOCH = DateTime(1970, 1, 1, tzinfo=UTC)
_SCOPES_KEPT_MOST = 4096

_Earliest: TypeAlias = Callable[[Mapping[str, int]], int | None]
_Course: TypeAlias = "tuple[int | None, int | None, int | None, int]"

# The bare C arithmetic, as everywhere where many instants are counted.
_minus, _plus = datetime.__sub__, datetime.__add__


def ordinary_of(revision: AgreementRevision, kind: WorkKind) -> Ordinary:
    """Answer what reads the outlines of a kind of work under a revision, the same one each time."""
    key = ("ordinary", kind.name)
    known: Ordinary | None = revision.derived.get(key)
    if known is None:
        known = revision.derived[key] = Ordinary(revision, kind)
    return known


class Ordinary:
    """What a revision promises for ordinary work of one kind, put together once for each service and priority."""

    def __init__(self, revision: AgreementRevision, kind: WorkKind) -> None:
        self._revision, self._kind = revision, kind
        promises = program_of(revision, kind).promises
        self._measures = [of.measure.name for of in promises]
        self._numbers = range(len(promises))
        self._rules = [_rule(of.measure) if of.looks_back_only else None for of in promises]
        self._promised: dict[WorkScope, list[_Promise | None]] = {}
        self._alike: dict[tuple[Positions, frozenset[str]], int] = {}

    def read(self, outline: Outline, now: Instant, basis: Postponed) -> tuple[dict[int, ClockReading], list[int]]:
        """Answer the clocks of measures by their numbers in the revision's program, and the numbers left to the walk.

        A measure without a target has neither.
        """
        reader, scopes = _Reader(outline, now, basis), outline.scopes
        if outline.others and _concern_clocks(outline):
            return {}, list(self._numbers)
        found: dict[int, ClockReading] = {}
        left: list[int] = []
        is_for_one = len(scopes) == 1
        for number, rule, promise in zip(self._numbers, self._rules, self._promised_for(scopes[-1][1]), strict=True):
            course = None if rule is None else rule.course(outline)
            reading = None
            if course is not None:
                if is_for_one:
                    if promise is None:
                        continue
                    reading = reader.reading(promise, course)
                else:
                    # Where a target was lost, the one before is told of: the walk finds it.
                    at_last = self._promised_for(outline.scope_at(course[3]))[number]
                    reading = None if at_last is None else reader.reading(at_last, course)
            if reading is None:
                left.append(number)
            else:
                found[number] = reading
        return found, left

    def _promised_for(self, scope: WorkScope) -> list[_Promise | None]:
        """Answer for each measure what is promised for a service and priority."""
        known = self._promised.get(scope)
        if known is None:
            if len(self._promised) >= _SCOPES_KEPT_MOST:
                self._promised.clear()
            service, priority = scope
            found = [
                self._revision.target_for(measure, kind=self._kind.name, service=service, priority=priority)
                for measure in self._measures
            ]
            known = self._promised[scope] = [None if target is None else self._promise(target) for target in found]
        return known

    def _promise(self, target: ServiceLevelTarget) -> _Promise:
        counts = counting_of(self._revision, target).positions
        alike = self._alike.setdefault((counts, target.pause_on), len(self._alike))
        goal = target.goal
        waiting = unjudged(target, from_micros(0), phase=ClockPhase.WAITING)
        told = {name: value for name, value in vars(waiting).items() if name not in _OF_A_READING}
        return _Promise(
            target=target,
            counts=counts,
            alike=alike,
            goal=goal.duration if isinstance(goal, Within) and not target.excludes else None,
            closes=target.boundary is Boundary.CLOSE,
            shows_due=target.due_while_paused is not DueWhilePaused.NONE,
            told=told,
        )


@frozen(eq=False)
class _Rule:
    """When the clock of a measure starts and ends: by signals, and with the work as done or as closed."""

    started_in: _Earliest
    stopped_in: _Earliest
    ends_done: bool

    def course(self, outline: Outline) -> _Course | None:
        """Answer the happenings that started, stopped and cancelled it, of the last two at most one; and its last one.

        None where what stops it came before what starts it, or with it.
        """
        first, last = outline.first, len(outline.since) - 1
        started = self.started_in(first)
        if started is None:
            return None, None, None, last
        stopped = self.stopped_in(first)
        if stopped is not None and stopped <= started:
            return None
        over = outline.done if self.ends_done else outline.closed
        if over is not None and (stopped is None or over < stopped):
            stopped = max(over, started)
        cancelled = outline.cancelled
        if cancelled is not None and (stopped is None or cancelled <= stopped):
            cancelled = max(cancelled, started)
            return started, None, cancelled, cancelled
        return started, stopped, None, last if stopped is None else stopped


def _rule(measure: Measure) -> _Rule | None:
    """Answer the rule of a measure; None where it needs more than signals."""
    more = (measure.reset, measure.cancel, measure.pause, measure.resume)
    start, stop = measure.start, measure.stop
    if measure.repeats or any(condition is not None for condition in more):
        return None
    if not isinstance(start, Signaled) or not isinstance(stop, Signaled):
        return None
    if measure.ends not in (Phase.DONE, Phase.CLOSED):
        return None
    return _Rule(_earliest_of(start.signals), _earliest_of(stop.signals), measure.ends is Phase.DONE)


def _earliest_of(signals: Collection[str]) -> _Earliest:
    """Answer what finds the first happening that gave off one of the signals."""
    return methodcaller("get", *signals) if len(signals) == 1 else partial(_earliest, tuple(signals))


def _earliest(signals: Iterable[str], first: Mapping[str, int]) -> int | None:
    found: int | None = None
    for signal in signals:
        number = first.get(signal)
        if number is not None and (found is None or number < found):
            found = number
    return found


@frozen(eq=False)
class _Promise:
    """One target, and what its clock needs at hand.

    Attributes:
        alike: The same for targets whose clocks run alike from one start.
        goal: None where it is not counted time alone.
        shows_due: Whether a due instant is shown while it stands still.
        told: The fields that all its readings have alike.
    """

    target: ServiceLevelTarget
    counts: Positions
    alike: int
    goal: timedelta | None
    closes: bool
    shows_due: bool
    told: dict[str, Any]


def _concern_clocks(outline: Outline) -> bool:
    """Answer whether a fact of another room says something of all clocks: a link, or the exemption of a breach."""
    exempts = any(type(fact.body) is BreachExempted for fact in outline.others)
    return exempts or not LINK_SIGNALS.isdisjoint(outline.first)


class _Reader:
    """One outline, read at one instant."""

    __slots__ = ("_basis", "_now", "_outline", "_running", "_until")

    def __init__(self, outline: Outline, now: Instant, basis: Postponed) -> None:
        self._outline, self._now, self._basis = outline, now, basis
        self._until = _minus(now, _EPOCH)
        self._running: dict[tuple[int, int], Running] = {}

    def reading(self, promise: _Promise, course: _Course) -> ClockReading | None:
        """Answer the reading of one clock; None where the walk has to tell."""
        started, stopped, cancelled, _ = course
        outline, target = self._outline, promise.target
        instants = outline.instants
        if started is None:
            return unjudged(target, self._now, phase=ClockPhase.WAITING)
        if cancelled is not None:
            return unjudged(target, self._now, phase=ClockPhase.CANCELLED, started_at=instants[started])
        goal = promise.goal
        if goal is None:
            return None
        alike = (promise.alike, started)
        end = self._until if stopped is None else outline.since[stopped]
        try:
            running = self._running.get(alike)
            if running is None:
                running = Running(promise.counts, outline.since[started], outline.holds, target.pause_on)
                self._running[alike] = running
            elapsed, due, rests = running.until(end, goal, closes=promise.closes, goes_on=stopped is None)
            due_at = None if due is None else _plus(_EPOCH, due)
        except (ServiceDeliveryError, OverflowError):
            # What the walk makes of it is a finding, or the error.
            return None
        if rests and due is None and promise.shows_due:
            return None
        phase, verdict = (_RESTS if rests else _RUNS) if stopped is None else _ENDED
        reading = _new(ClockReading)
        # What the constructor does, in a third of its time; tests hold both equal.
        fields = reading.__dict__
        fields |= promise.told
        fields["at"], fields["_basis"], fields["_ran"] = self._now, self._basis, (running, end)
        fields["phase"], fields["verdict"] = phase, _LATE if due is not None and end > due else verdict
        fields["started_at"] = instants[started]
        fields["stopped_at"] = None if stopped is None else instants[stopped]
        fields["due_at"], fields["elapsed"] = due_at, elapsed
        return reading


_OF_A_READING = ("at", "phase", "verdict", "started_at", "stopped_at", "due_at", "elapsed", "_basis", "_ran")
_new = object.__new__

# Looking up a member of an Enum costs as much as counting a stretch of time.
_RESTS, _RUNS = (ClockPhase.PAUSED, Verdict.OPEN), (ClockPhase.RUNNING, Verdict.OPEN)
_ENDED, _LATE = (ClockPhase.STOPPED, Verdict.MET), Verdict.BREACHED
