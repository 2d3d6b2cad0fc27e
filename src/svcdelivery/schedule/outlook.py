"""What a schedule lets one expect: the chance to be done by a date, milestones against the plan, what is late outside.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import erf, sqrt

from attrs import evolve, frozen

from svcdelivery.schedule.counted import counted_by
from svcdelivery.schedule.plan import CalculatedSchedule, DeliverySchedule
from svcdelivery.schedule.task import Dependency, Task
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = [
    "Chance",
    "DependencyLine",
    "MeasureLine",
    "MilestoneLine",
    "chance_by",
    "dependencies_of",
    "measures_of",
    "milestones_of",
    "with_plan",
]

_METHOD = (
    "PERT: the critical path at mean durations, its deviations added in squares, a normal distribution; others are "
    "left aside, so the true chance may be lower"
)


@frozen(kw_only=True)
class Chance:
    """How likely a schedule is done by an instant.

    Attributes:
        probability: From 0 to 1.
        expected: When it is done at mean durations.
        deviation: The standard deviation of the finish, in the open time of the hours of the last task that takes time.
        path: The tasks the figure is made of.
        method: How it was reckoned.
    """

    probability: float
    expected: Instant
    deviation: timedelta
    path: tuple[str, ...]
    method: str = _METHOD


def chance_by(schedule: DeliverySchedule, by: datetime, *, as_of: datetime | None = None) -> Chance:
    """Answer how likely all is done by an instant; a task without an estimate takes its duration for certain."""
    means = evolve(schedule, tasks=[_at_mean(task) for task in schedule.tasks])
    plan = means.calculate(as_of)
    path = plan.critical_path()
    known = {task.id: task for task in schedule.tasks}
    squares = sum(_variance(known[id]) for id in path)
    # A milestone at the end takes no time, so its hours say nothing.
    last = next((known[id] for id in reversed(path) if known[id].duration), None)
    spare = counted_by(None if last is None else last.hours).elapsed(to_micros(plan.finish), to_micros(to_instant(by)))
    deviation = sqrt(squares)
    certain = float(plan.finish <= to_instant(by))
    return Chance(
        probability=certain if not deviation else (1 + erf(spare / deviation / sqrt(2))) / 2,
        expected=plan.finish,
        deviation=timedelta(microseconds=round(deviation)),
        path=path,
    )


def _at_mean(task: Task) -> Task:
    if task.estimate is None or task.started_at is not None:
        return task
    return evolve(task, duration=task.estimate.mean)


def _variance(task: Task) -> int:
    if task.estimate is None or task.started_at is not None:
        return 0
    return duration_micros(task.estimate.deviation) ** 2


def with_plan(schedule: DeliverySchedule) -> DeliverySchedule:
    """Answer the schedule with its finishes as calculated now kept as the plan to compare with."""
    plan = schedule.calculate()
    kept = [evolve(one.task, planned_finish=one.earliest_finish) for one in plan.tasks]
    return evolve(schedule, tasks=kept)


@frozen(kw_only=True)
class MilestoneLine:
    """A milestone planned against actual.

    Attributes:
        actual: When it was reached; None while it was not.
        expected: When it will be, or was.
        late_by: Wall time from the plan to what is expected, negative when early; None without a plan.
    """

    id: str
    owner: str
    planned: Instant | None
    actual: Instant | None
    expected: Instant
    late_by: timedelta | None


def milestones_of(plan: CalculatedSchedule) -> tuple[MilestoneLine, ...]:
    """Answer the tasks that take no time, in the order in which they are expected."""
    lines = [
        MilestoneLine(
            id=one.task.id,
            owner=one.task.owner,
            planned=one.task.planned_finish,
            actual=one.task.finished_at,
            expected=one.earliest_finish,
            late_by=_late(one.task, one.earliest_finish),
        )
        for one in plan.tasks
        if one.task.is_milestone
    ]
    return tuple(sorted(lines, key=lambda line: (line.expected, line.id)))


def _late(task: Task, expected: Instant) -> timedelta | None:
    if task.planned_finish is None:
        return None
    return datetime.__sub__(expected, task.planned_finish)


@frozen(kw_only=True)
class DependencyLine:
    """What a schedule waits for from outside, and whether it comes in time.

    Attributes:
        need_by: The latest instant that delays nothing.
        slack: Wall time from what is expected to `need_by`, negative when too late; None while nobody has said.
        is_critical: Whether any delay of it delays the whole.
    """

    dependency: Dependency
    need_by: Instant
    slack: timedelta | None
    is_critical: bool


def dependencies_of(plan: CalculatedSchedule) -> tuple[DependencyLine, ...]:
    """Answer what has not arrived, the tightest first; what nobody has promised stands before all."""
    lines = []
    for dependency in plan.schedule.dependencies:
        if dependency.arrived_at is not None:
            continue
        need_by = from_micros(plan.passes.late_begin[plan.number(dependency.task)])
        promised = dependency.promised_at
        slack = None if promised is None else datetime.__sub__(need_by, promised)
        critical = slack is None or slack <= timedelta(0)
        lines.append(DependencyLine(dependency=dependency, need_by=need_by, slack=slack, is_critical=critical))
    return tuple(sorted(lines, key=lambda line: (line.slack is not None, line.slack or timedelta(0))))


@frozen(kw_only=True)
class MeasureLine:
    """A figure for those who plan and measure the work: what it is, in which unit, planned against actual.

    Attributes:
        definition: The operational definition: what is counted, and how.
    """

    name: str
    definition: str
    unit: str
    planned: float | None
    actual: float | None

    @property
    def variance(self) -> float | None:
        """Actual less planned."""
        return None if self.planned is None or self.actual is None else self.actual - self.planned


def measures_of(plan: CalculatedSchedule) -> tuple[MeasureLine, ...]:
    """Answer what a schedule tells those who plan and measure; no planning is done here."""
    tasks = plan.tasks
    planned = [one.task.planned_finish for one in tasks if one.task.planned_finish is not None]
    due = sum(at <= plan.as_of for at in planned)
    start = plan.schedule.start
    return (
        MeasureLine(
            name="tasks finished",
            definition="tasks whose finish is on record; planned: those due by the day of the reading",
            unit="tasks",
            planned=due if planned else None,
            actual=sum(one.is_done for one in tasks),
        ),
        MeasureLine(
            name="length",
            definition="wall time from the start of the schedule to the last finish; planned: to the last planned one",
            unit="hours",
            planned=_hours(start, max(planned)) if planned else None,
            actual=_hours(start, plan.finish),
        ),
        MeasureLine(
            name="work left",
            definition="durations of tasks not finished, each in the open time of its hours",
            unit="hours",
            planned=None,
            actual=sum(plan.passes.work) / 3_600_000_000,
        ),
    )


def _hours(start: Instant, end: Instant) -> float:
    return datetime.__sub__(end, start) / timedelta(hours=1)
