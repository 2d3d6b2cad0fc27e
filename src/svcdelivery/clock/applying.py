"""Which target a course follows, as priority and service change along it."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from svcdelivery.agreement import AgreementRevision, Choice, Measure, OnChange, ServiceLevelTarget
from svcdelivery.clock.asking import Attributes
from svcdelivery.clock.course import Course, Rules
from svcdelivery.work import Step, WorkKind

__all__ = ["Applied", "Promises", "shown_choice"]


@define(eq=False)
class Applied:
    """The target a course follows.

    Attributes:
        target: None where none has ever applied.
        lost: Whether the target no longer applies and none took its place.
        start: The step from which its time counts: that of the course, or of the change that began it anew.
        chosen_at: The step whose service and priority chose the target.
    """

    target: ServiceLevelTarget | None
    lost: bool
    start: Step | None
    chosen_at: Step


class Promises:
    """What a revision promises for one measure of one kind of work."""

    def __init__(self, revision: AgreementRevision, kind: WorkKind, measure: Measure) -> None:
        self.revision, self._kind, self.measure = revision, kind, measure
        self.rules = Rules(measure, kind.name)
        of_measure = [target for target in revision.targets if target.measure == measure.name]
        self.looks_back_only = all(target.on_change is OnChange.RETROACTIVE for target in of_measure)

    def at(self, step: Step) -> ServiceLevelTarget | None:
        """Answer the target for the work as it stands after a step."""
        return self.revision.target_for(
            self.measure.name, kind=self._kind.name, service=step.service, priority=step.priority
        )

    def choice(self, step: Step) -> Choice:
        """Answer which target was chosen for the work as it stands after a step, and before which others."""
        return self.revision.choice(
            self.measure.name, kind=self._kind.name, service=step.service, priority=step.priority
        )

    def courses(self, steps: Sequence[Step], concerned: Sequence[Step], attributes: Attributes) -> list[Course]:
        """Answer the cycles of the measure, each reopening and link treated as the target that applied says.

        Args:
            concerned: The steps at which something may change for the measure.
        """
        return self.rules.courses(concerned, attributes, lambda course: self.applied(steps, course).target)

    def applied(self, steps: Sequence[Step], course: Course) -> Applied:
        """Answer the target a course follows."""
        judged = course.judged or steps[-1]
        if self.looks_back_only or course.started is None:
            return self._looking_back(steps, course.started, judged)
        return self._along(steps, course.started, judged)

    def _looking_back(self, steps: Sequence[Step], started: Step | None, judged: Step) -> Applied:
        target = self.at(judged)
        if target is not None:
            return Applied(target, False, started, judged)
        for step in reversed(steps[: steps.index(judged)]):
            earlier = self.at(step)
            if earlier is not None:
                return Applied(earlier, True, started, step)
        return Applied(None, True, started, judged)

    def _along(self, steps: Sequence[Step], started: Step, judged: Step) -> Applied:
        current, chosen_at, start, lost = self.at(started), started, started, False
        for step in steps[steps.index(started) + 1 : steps.index(judged) + 1]:
            found = self.at(step)
            if found is current:
                lost = found is None
                continue
            rule = OnChange.RETROACTIVE if current is None else current.on_change
            if rule is OnChange.KEEP:
                continue
            lost = found is None
            if found is not None:
                if rule is OnChange.RESTART:
                    start = step
                current, chosen_at = found, step
        return Applied(current, lost or current is None, start, chosen_at)


def shown_choice(promises: Promises, step: Step) -> str:
    """Answer which target was chosen for the work as it stands after a step, in words."""
    return str(promises.choice(step))
