"""Which terms a course follows where amendments apply to open work: one revision's, and then another's."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from svcdelivery.agreement import Followed, Measure, OnAmendment, OnChange, ServiceLevelTarget
from svcdelivery.clock.applying import Promises
from svcdelivery.clock.asking import Attributes
from svcdelivery.clock.course import Course
from svcdelivery.work import Step, WorkKind

__all__ = ["InTurn", "Piece", "Turns", "turns_of"]


@define(eq=False)
class _Turn:
    """What one revision promises, from an instant on in epoch microseconds; None for the terms the item came in under.

    What happens at that very instant still finds the earlier terms.
    """

    since: int | None
    rule: OnAmendment
    promises: Promises

    def applies_by(self, micros: int) -> bool:
        return self.since is None or self.since < micros


@define(eq=False)
class Piece:
    """The part of a clock's time that counts under one target of one revision, from its first instant."""

    since: int
    promises: Promises
    target: ServiceLevelTarget


@define(eq=False)
class InTurn:
    """The terms a course follows.

    Attributes:
        pieces: In order, the last one's target being the one it is judged by; none where nothing is promised any more.
        start: From when its time counts, in epoch microseconds; None while it has not started.
        target: The one it is judged by, else the last one that applied; None where none ever did.
        chosen_at: The step whose service and priority chose it.
    """

    pieces: Sequence[Piece]
    start: int | None
    target: ServiceLevelTarget | None
    chosen_at: Step


def turns_of(followed: Sequence[Followed], kind: WorkKind) -> list[Turns]:
    """Answer what the revisions promise one after another: a measure each, those of the latest first."""
    names = dict.fromkeys(target.measure for turn in reversed(followed) for target in turn.revision.targets)
    return [_turns(followed, kind, name) for name in names]


def _turns(followed: Sequence[Followed], kind: WorkKind, name: str) -> Turns:
    known = [turn.revision.defines(name) for turn in followed]
    fallback = next(measure for measure in known if measure is not None)
    turns: list[_Turn] = []
    for turn, own in zip(followed, known, strict=True):
        # Where a revision has no such measure of its own, what it was before goes on; nothing is promised by it.
        measure: Measure = own or (turns[-1].promises.measure if turns else fallback)
        turns.append(_Turn(turn.since, turn.rule, Promises(turn.revision, kind, measure)))
    return Turns(turns)


class Turns:
    """What the revisions that an item follows promise for one measure of it.

    Attributes:
        asks_attributes: Whether a condition of the measure asks for columns of the item's source.
    """

    def __init__(self, turns: Sequence[_Turn]) -> None:
        self._turns = turns
        self._looks_back_only = all(turn.promises.looks_back_only for turn in turns)
        self.asks_attributes = any(turn.promises.rules.asks_attributes for turn in turns)

    def courses(self, steps: Sequence[Step], attributes: Attributes) -> list[Course]:
        """Answer the cycles of the measure, each stretch walked by the measure as the terms of that time have it."""
        first, *rest = self._turns
        later = [(turn.since, turn.promises.rules) for turn in rest if turn.since is not None]
        return first.promises.rules.courses(steps, attributes, lambda course: self.applied(steps, course).target, later)

    def applied(self, steps: Sequence[Step], course: Course) -> InTurn:
        """Answer the terms a course follows; those that came when it had stopped, or with its stop, do not count."""
        judged = course.judged
        turns = self._turns if judged is None else [turn for turn in self._turns if turn.applies_by(judged.micros)]
        last = judged or steps[-1]
        pieces: list[Piece] = []
        scope, start = last, None
        if course.started is not None:
            start = course.begins
            if not self._looks_back_only:
                start, scope = _along(steps, course, last, turns)
            pieces = _pieces(turns, start, scope)
        if pieces:
            return InTurn(pieces, pieces[0].since, pieces[-1].target, scope)
        return _lost(turns, steps[: steps.index(last) + 1], start)


def _pieces(turns: Sequence[_Turn], start: int, scope: Step) -> list[Piece]:
    """Answer the stretches of a clock from its start, as if the work had always stood as after the step."""
    pieces: list[Piece] = []
    for turn in turns:
        target = turn.promises.at(scope)
        if target is None:
            # Nobody is late against a promise that is not made: one that comes later begins anew.
            pieces = []
        elif turn.since is None or turn.since <= start:
            pieces = [Piece(start, turn.promises, target)]
        elif turn.rule is OnAmendment.RESTART:
            pieces = [Piece(turn.since, turn.promises, target)]
        else:
            pieces.append(Piece(turn.since, turn.promises, target))
    return pieces


def _along(steps: Sequence[Step], course: Course, last: Step, turns: Sequence[_Turn]) -> tuple[int, Step]:
    """Answer from when the time counts and which step chose the target, each change treated as its target says."""
    started = course.started
    assert started is not None, "only what has started goes along"
    start, scope, before = course.begins, started, started
    current: ServiceLevelTarget | None = None
    for step in steps[steps.index(started) : steps.index(last) + 1]:
        promises = [turn for turn in turns if turn.since is None or turn.applies_by(step.micros)][-1].promises
        current = promises.at(scope) or current
        if (step.service, step.priority) == (before.service, before.priority):
            continue
        before, found = step, promises.at(step)
        rule = OnChange.RETROACTIVE if current is None else current.on_change
        if found is not current and rule is OnChange.KEEP:
            continue
        if found is not None and found is not current and rule is OnChange.RESTART:
            start = step.micros
        scope = step
    return start, scope


def _lost(turns: Sequence[_Turn], steps: Sequence[Step], start: int | None) -> InTurn:
    """Answer the target that applied last."""
    for turn in reversed(turns):
        for step in reversed(steps):
            target = turn.promises.at(step)
            if target is not None:
                return InTurn((), start, target, step)
    return InTurn((), start, None, steps[-1])
