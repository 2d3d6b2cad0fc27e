"""The courses of one measure over an item's steps: when each cycle started, stopped, was cancelled, and lay idle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import Factory, define

from svcdelivery.agreement import AttributeIs, Condition, Measure, OnReopening, ServiceLevelTarget
from svcdelivery.clock.asking import Attributes, Question, question_of, signals_of
from svcdelivery.clock.linking import LINK_SIGNALS, LinkMove, Links
from svcdelivery.lifecycle import Phase
from svcdelivery.work import Step

__all__ = ["Course", "Rules", "Standstill"]

_RANK = {Phase.NEW: 0, Phase.ACTIVE: 1, Phase.HELD: 1, Phase.DONE: 2, Phase.CLOSED: 3, Phase.CANCELLED: 0}

Standstill = tuple[Step, Step | None]
"""From the step that made a clock stand still to the one that made it go on; None while that has not come."""


@define(eq=False)
class Course:
    """What became of one cycle of a measure.

    Attributes:
        idle: From the step that ended it to the step that reopened the work, for each reopening.
        ended: Whether it stopped because the work was done, not by what it waited for.
        since: From when its time counts, in epoch microseconds, where a link lets it count from before its start.
    """

    cycle: int = 1
    started: Step | None = None
    stopped: Step | None = None
    cancelled: Step | None = None
    idle: list[tuple[Step, Step]] = Factory(list)
    ended: bool = False
    since: int | None = None

    @property
    def begins(self) -> int:
        """From when its time counts, in epoch microseconds."""
        assert self.started is not None, "only what has started begins"
        return self.started.micros if self.since is None else self.since

    @property
    def judged(self) -> Step | None:
        """The step whose service and priority decide the target: the stop; None while there is none, for the latest."""
        return self.stopped or self.cancelled


class Rules:
    """One measure of one kind of work as questions to ask its steps.

    Attributes:
        signals: The only signals that change anything, beside the end, the reopening and the cancelling of the work;
            None where each step has to be looked at.
        asks_attributes: Whether a condition asks for columns of the item's source or fields of its record.
    """

    def __init__(self, measure: Measure, kind: str) -> None:
        def asked(condition: Condition | None) -> Question | None:
            return None if condition is None else question_of(condition, kind)

        self.name, self.repeats = measure.name, measure.repeats
        self.start, self.stop = question_of(measure.start, kind), question_of(measure.stop, kind)
        self.reset, self.cancel = asked(measure.reset), asked(measure.cancel)
        self.pause, self.resume = asked(measure.pause), asked(measure.resume)
        self.remembers = measure.repeats and measure.start.passes
        self._is_plain = not measure.repeats and self.reset is None and self.cancel is None
        self.ends_rank = _RANK[measure.ends]
        named = [signals_of(condition) for key, condition in measure.conditions if key not in ("pause", "resume")]
        self.signals = None if None in named else frozenset().union(*(signals for signals in named if signals))
        leaves = [leaf for _, condition in measure.conditions for leaf in condition.leaves()]
        self.asks_attributes = any(isinstance(leaf, AttributeIs) for leaf in leaves)

    def courses(
        self,
        steps: Sequence[Step],
        attributes: Attributes,
        followed: Callable[[Course], ServiceLevelTarget | None],
        later: Sequence[tuple[int, Rules]] = (),
    ) -> list[Course]:
        """Answer the cycles of the measure, the latest last; there is always one, perhaps not started.

        At one step: cancel before stop, stop before reset, reset before start. A clock that was stopped by what it
        waited for stays stopped; one that ended because the work was done obeys the rule of the target it followed.

        Args:
            steps: Those at which something may change for this measure.
            later: Rules that take the place of these, each for what happens after an instant in epoch microseconds.
        """
        if self._is_plain and not later:
            course = self._straight(steps, attributes)
            if course is not None:
                return [course]
        walk = _Walk(self, attributes, followed)
        coming = list(later)
        for step in steps:
            while coming and coming[0][0] < step.micros:
                walk.rules = coming.pop(0)[1]
            walk.take(step)
            if walk.is_over:
                break
        return walk.courses()

    def _straight(self, steps: Sequence[Step], attributes: Attributes) -> Course | None:
        """Answer the one course of work that is neither reopened nor linked; None where it is: that takes a walk."""
        course, ends = Course(), self.ends_rank
        for step in steps:
            if step.signals and not LINK_SIGNALS.isdisjoint(step.signals):
                return None
            phase = step.stands.phase
            if course.stopped is not None:
                if course.ended and phase.is_open:
                    return None
                continue
            if course.started is None:
                if not self.begins(step, attributes):
                    continue
                course.started = step
            elif phase is not Phase.CANCELLED and self.stop(step, attributes):
                course.stopped, course.ended = step, _RANK[phase] >= ends
                continue
            if phase is Phase.CANCELLED:
                course.cancelled = step
                break
            if _RANK[phase] >= ends:
                course.stopped, course.ended = step, True
        return course

    def begins(self, step: Step, attributes: Attributes) -> bool:
        """Answer whether a waiting clock starts with the step."""
        if not self.start(step, attributes) or (self.cancel is not None and self.cancel(step, attributes)):
            return False
        # What is to start and to stop it at once has nothing to measure.
        return self.repeats or not self.stop(step, attributes)

    def standstills(self, steps: Sequence[Step], attributes: Attributes) -> list[Standstill]:
        """Answer when the measure itself stands still along all steps, whether a clock of it runs then or not."""
        pause, resume = self.pause, self.resume
        if pause is None:
            return []
        found: list[Standstill] = []
        since: Step | None = None
        for step in steps:
            if pause(step, attributes):
                since = since or step
            elif since is not None and (resume is None or resume(step, attributes)):
                found.append((since, step))
                since = None
        if since is not None:
            found.append((since, None))
        return found


class _Walk:
    """Where the measure stands while its steps are taken one by one."""

    def __init__(
        self, rules: Rules, attributes: Attributes, followed: Callable[[Course], ServiceLevelTarget | None]
    ) -> None:
        self.rules, self._attributes = rules, attributes
        self._followed = followed
        self._asked: Step | None = None
        self.finished: list[Course] = []
        self.course = Course()
        self.is_over = False
        self._links = Links()

    def courses(self) -> list[Course]:
        """Answer the cycles so far."""
        found = [*self.finished, self.course]
        for course in found if self._links.inherited else ():
            self._links.backdate(course, self._followed(course))
        return found

    def take(self, step: Step) -> None:
        """Take the next step."""
        if step.signals and not LINK_SIGNALS.isdisjoint(step.signals) and self._linked(step):
            return
        course = self.course
        over = _RANK[step.phase] >= self.rules.ends_rank
        if course.stopped is not None or course.cancelled is not None:
            if not course.ended or not step.phase.is_open:
                self._begin_next(step, over=over)
                return
            self._reopen(course, step)
            course = self.course
        if course.started is None:
            self._begin(course, step, over=over)
            if course.started is not step:
                return
        elif step.phase is not Phase.CANCELLED and self._change(course, step, over=over):
            return
        self._end(self.course, step, over=over)

    def _linked(self, step: Step) -> bool:
        """Answer whether a link alone decides of the clock at the step."""
        course, links = self.course, self._links
        move = links.take(step, lambda: self._followed(Course(course.cycle, course.started, cancelled=step)))
        is_open = course.started is not None and course.judged is None
        if move is LinkMove.CANCEL:
            course.cancelled, self.is_over = (step if is_open else course.cancelled), True
        elif move is LinkMove.STOP and is_open:
            course.stopped, course.ended = step, True
        elif move is LinkMove.REOPEN and course.ended and step.phase.is_open:
            self._reopen(course, step)
        return move is not LinkMove.NONE

    def _change(self, course: Course, step: Step, *, over: bool) -> bool:
        """Answer whether a condition cancelled or stopped the clock; one that is reset may still end with the work."""
        rules, attributes = self.rules, self._attributes
        if rules.cancel is not None and rules.cancel(step, attributes):
            course.cancelled, self.is_over = step, not rules.repeats
            return True
        if rules.stop(step, attributes):
            self._stop(course, step, over=over)
            return True
        if rules.reset is not None and not over and rules.reset(step, attributes):
            self.course = Course(cycle=course.cycle, started=step)
        return False

    def _stop(self, course: Course, step: Step, *, over: bool) -> None:
        course.stopped, course.ended = step, over
        if not over:
            self._begin_next(step, over=over)

    def _begin(self, course: Course, step: Step, *, over: bool) -> None:
        rules, attributes = self.rules, self._attributes
        if rules.repeats and over:
            if rules.remembers:
                self._remember(step)
        elif self._asked is not None and step.phase.is_open:
            course.started, course.idle, self._asked = self._asked, [(self._asked, step)], None
        elif rules.begins(step, attributes):
            course.started = step

    def _end(self, course: Course, step: Step, *, over: bool) -> None:
        if step.phase is Phase.CANCELLED:
            course.cancelled, self.is_over = step, True
        elif over:
            course.stopped, course.ended = step, True

    def _reopen(self, course: Course, step: Step) -> None:
        assert course.stopped is not None, "only what has stopped is reopened"
        target = self._followed(course)
        rule = OnReopening.RESUME if target is None else target.on_reopening
        if rule is OnReopening.RESUME:
            course.idle.append((course.stopped, step))
            course.stopped = None
            return
        if rule is OnReopening.NEW_CYCLE:
            self.finished.append(course)
        self.course = Course(cycle=len(self.finished) + 1, started=step)

    def _begin_next(self, step: Step, *, over: bool) -> None:
        """Begin a new cycle where the measure repeats and the step starts one; it may end with the work at once."""
        if not self.rules.repeats or step.phase is Phase.CANCELLED:
            return
        following = Course(cycle=len(self.finished) + 2)
        self._begin(following, step, over=over)
        if following.started is not None:
            self.finished.append(self.course)
            self.course = following
            self._end(following, step, over=over)

    def _remember(self, step: Step) -> None:
        """Keep the first question asked while the work is taken for done: it counts should the work be reopened."""
        if self.rules.stop(step, self._attributes):
            self._asked = None
        elif self._asked is None and self.rules.start(step, self._attributes):
            self._asked = step
