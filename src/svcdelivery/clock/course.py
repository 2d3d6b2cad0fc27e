"""The course of one measure over an item's steps: when it started, stopped, was cancelled, and lay idle in between."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import Factory, define

from svcdelivery.agreement import Measure
from svcdelivery.lifecycle import Phase
from svcdelivery.work import Step

__all__ = ["Course", "course_of"]

_RANK = {Phase.NEW: 0, Phase.ACTIVE: 1, Phase.HELD: 1, Phase.DONE: 2, Phase.CLOSED: 3, Phase.CANCELLED: 0}


@define(eq=False)
class Course:
    """What became of one measure.

    Attributes:
        idle: From the step that ended it to the step that reopened the work, for each reopening.
        judged: The step whose service and priority decide the target: the stop, else the latest.
    """

    started: Step | None = None
    stopped: Step | None = None
    cancelled: Step | None = None
    idle: list[tuple[Step, Step]] = Factory(list)
    ended: bool = False
    judged: Step | None = None


def course_of(measure: Measure, steps: Sequence[Step]) -> Course:
    """Answer the course of a measure.

    At one step: cancel before stop before start. A clock that ended because the work was done runs on when the work is
    reopened, and the time between is idle; one that was stopped by what it waited for stays stopped.
    """
    course = Course()
    ends = _RANK[measure.ends]
    for step in steps:
        if course.stopped is not None:
            if not (course.ended and step.phase.is_open):
                continue
            course.idle.append((course.stopped, step))
            course.stopped = None
        course.judged = step
        if course.started is None and not measure.start.isdisjoint(step.signals):
            course.started = step
        if course.started is None:
            continue
        if step.phase is Phase.CANCELLED:
            course.cancelled = step
            break
        ended = _RANK[step.phase] >= ends
        if ended or not measure.stop.isdisjoint(step.signals):
            course.stopped, course.ended = step, ended
    return course
