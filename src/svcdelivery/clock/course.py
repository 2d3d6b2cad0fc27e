"""The courses of one measure over an item's steps: when each cycle started, stopped, was cancelled, and lay idle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import Factory, define

from svcdelivery.agreement import Measure, OnReopening
from svcdelivery.lifecycle import Phase
from svcdelivery.work import Step

__all__ = ["Course", "courses_of"]

_RANK = {Phase.NEW: 0, Phase.ACTIVE: 1, Phase.HELD: 1, Phase.DONE: 2, Phase.CLOSED: 3, Phase.CANCELLED: 0}


@define(eq=False)
class Course:
    """What became of one cycle of a measure.

    Attributes:
        idle: From the step that ended it to the step that reopened the work, for each reopening.
        ended: Whether it stopped because the work was done, not by what it waited for.
        judged: The step whose service and priority decide the target: the stop, else the latest.
    """

    cycle: int = 1
    started: Step | None = None
    stopped: Step | None = None
    cancelled: Step | None = None
    idle: list[tuple[Step, Step]] = Factory(list)
    ended: bool = False
    judged: Step | None = None


def courses_of(
    measure: Measure, steps: Sequence[Step], on_reopening: Callable[[Course], OnReopening]
) -> tuple[Course, ...]:
    """Answer the cycles of a measure, the latest last; there is always one, perhaps not started.

    At one step: cancel before stop before start. A clock that was stopped by what it waited for stays stopped; one that
    ended because the work was done obeys `on_reopening`, asked once a reopening.
    """
    walk = _Walk(measure, on_reopening)
    for step in steps:
        walk.take(step)
        if walk.course.cancelled is not None:
            break
    return (*walk.finished, walk.course)


class _Walk:
    """Where the measure stands while its steps are taken one by one."""

    def __init__(self, measure: Measure, on_reopening: Callable[[Course], OnReopening]) -> None:
        self._start, self._stop, self._repeats = measure.start, measure.stop, measure.repeats
        self._ends = _RANK[measure.ends]
        self._on_reopening = on_reopening
        self._asked: Step | None = None
        self.finished: list[Course] = []
        self.course = Course()

    def take(self, step: Step) -> None:
        """Take the next step."""
        course = self.course
        over = _RANK[step.phase] >= self._ends
        if course.stopped is not None:
            if course.ended and step.phase.is_open:
                self._reopen(course, step)
            else:
                if self._repeats and self._begin_next(step, over=over):
                    self._end(self.course, step, over=over)
                return
            course = self.course
        course.judged = step
        if course.started is None:
            self._begin(course, step, over=over)
            if course.started is not step:
                return
        elif step.phase is not Phase.CANCELLED and not self._stop.isdisjoint(step.signals):
            course.stopped, course.ended = step, over
            if not over and self._repeats:
                self._begin_next(step, over=over)
            return
        self._end(course, step, over=over)

    def _begin(self, course: Course, step: Step, *, over: bool) -> None:
        if self._repeats and over:
            self._remember(step)
        elif self._repeats and self._asked is not None and step.phase.is_open:
            self._resume_asked(course, step)
        elif not self._start.isdisjoint(step.signals) and (self._repeats or self._stop.isdisjoint(step.signals)):
            # A signal that is to start and to stop it at once has nothing to measure.
            course.started = step

    def _end(self, course: Course, step: Step, *, over: bool) -> None:
        if step.phase is Phase.CANCELLED:
            course.cancelled = step
        elif over:
            course.stopped, course.ended = step, True

    def _reopen(self, course: Course, step: Step) -> None:
        assert course.stopped is not None, "only what has stopped is reopened"
        rule = self._on_reopening(course)
        if rule is OnReopening.RESUME:
            course.idle.append((course.stopped, step))
            course.stopped = None
            return
        if rule is OnReopening.NEW_CYCLE:
            self.finished.append(course)
        self.course = Course(cycle=len(self.finished) + 1, started=step)

    def _begin_next(self, step: Step, *, over: bool) -> bool:
        """Answer whether a new cycle begins with the step."""
        following = Course(cycle=len(self.finished) + 2, judged=step)
        if step.phase is Phase.CANCELLED:
            return False
        self._begin(following, step, over=over)
        if following.started is None:
            return False
        self.finished.append(self.course)
        self.course = following
        return True

    def _remember(self, step: Step) -> None:
        """Keep the first question asked while the work is taken for done: it counts should the work be reopened."""
        if not self._stop.isdisjoint(step.signals):
            self._asked = None
        elif self._asked is None and not self._start.isdisjoint(step.signals):
            self._asked = step

    def _resume_asked(self, course: Course, step: Step) -> None:
        assert self._asked is not None, "somebody asked"
        course.started, course.idle, self._asked = self._asked, [(self._asked, step)], None
