"""Schedules on record: what was planned, what was done of it, and what others promised.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from attrs import evolve, field, frozen

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.schedule.plan import DeliverySchedule
from svcdelivery.schedule.task import Dependency, Task
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "DependencyArrived",
    "DependencyPromised",
    "ScheduleRecord",
    "SchedulePlanned",
    "TaskFinished",
    "TaskReestimated",
    "TaskStarted",
    "arrive",
    "finish_task",
    "fold_schedule",
    "promise",
    "reestimate",
    "schedule_stream",
    "start_task",
]


@fact_type("schedule.planned/1")
@frozen(kw_only=True)
class SchedulePlanned:
    """A delivery is scheduled so from now on; what was done of tasks that stay remains done.

    Attributes:
        item: The stream of the work it is for, such as `request:7`; empty where there is none.
        ground: Why it was planned anew.
    """

    schedule: DeliverySchedule
    item: str = ""
    ground: str = ""


@fact_type("schedule.task_started/1")
@frozen(kw_only=True)
class TaskStarted:
    """Somebody set about a task."""

    task: str
    started_at: Instant = field(converter=to_instant)


@fact_type("schedule.task_finished/1")
@frozen(kw_only=True)
class TaskFinished:
    """A task is done; a milestone is reached."""

    task: str
    finished_at: Instant = field(converter=to_instant)


@fact_type("schedule.task_reestimated/1")
@frozen(kw_only=True)
class TaskReestimated:
    """What is left of a task under way is more or less than was thought."""

    task: str
    remaining: timedelta


@fact_type("schedule.dependency_promised/1")
@frozen(kw_only=True)
class DependencyPromised:
    """Its owner said when something would be there; the latest word counts."""

    dependency: str
    promised_at: Instant = field(converter=to_instant)


@fact_type("schedule.dependency_arrived/1")
@frozen(kw_only=True)
class DependencyArrived:
    """What a task waited for is there."""

    dependency: str
    arrived_at: Instant = field(converter=to_instant)


@frozen(kw_only=True)
class ScheduleRecord:
    """A schedule as its facts tell it.

    Attributes:
        schedule: With everything that was done and promised since it was planned.
        plans: How often it was planned.
    """

    id: str
    schedule: DeliverySchedule
    item: str = ""
    plans: int = 1
    version: int = 0


def schedule_stream(id: str) -> str:
    """Answer the name of the stream that holds a schedule's facts."""
    return f"schedule:{id}"


def fold_schedule(facts: Iterable[Fact[Any]]) -> ScheduleRecord | None:
    """Answer the schedule its facts tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with a plan.
    """
    record: ScheduleRecord | None = None
    for fact in facts:
        body = fact.body
        if isinstance(body, SchedulePlanned):
            record = _planned(record, fact)
        elif record is None:
            raise IntegrityError(problem=f"`{fact.stream}` does not begin with a plan", position=fact.position)
        else:
            record = evolve(record, schedule=_after(record.schedule, body))
        record = evolve(record, version=fact.version)
    return record


def _planned(before: ScheduleRecord | None, fact: Fact[SchedulePlanned]) -> ScheduleRecord:
    body = fact.body
    if before is None:
        return ScheduleRecord(id=fact.stream_id, schedule=body.schedule, item=body.item)
    done = {task.id: task for task in before.schedule.tasks if task.started_at is not None}
    there = {one.id: one for one in before.schedule.dependencies if one.arrived_at is not None}
    schedule = evolve(
        body.schedule,
        tasks=[_kept(task, done.get(task.id)) for task in body.schedule.tasks],
        dependencies=[
            evolve(one, arrived_at=there[one.id].arrived_at) if one.id in there else one
            for one in body.schedule.dependencies
        ],
    )
    return evolve(before, schedule=schedule, item=body.item or before.item, plans=before.plans + 1)


def _kept(task: Task, done: Task | None) -> Task:
    if done is None:
        return task
    remaining = None if done.finished_at is not None else task.remaining or done.remaining
    return evolve(task, started_at=done.started_at, finished_at=done.finished_at, remaining=remaining)


def _after(schedule: DeliverySchedule, body: Any) -> DeliverySchedule:
    match body:
        case TaskStarted(task=id, started_at=at):
            return _with_task(schedule, id, lambda task: evolve(task, started_at=at))
        case TaskFinished(task=id, finished_at=at):
            return _with_task(schedule, id, lambda task: _finished(task, at))
        case TaskReestimated(task=id, remaining=remaining):
            return _with_task(schedule, id, lambda task: evolve(task, remaining=remaining))
        case DependencyPromised(dependency=id, promised_at=at):
            return _with_dependency(schedule, id, lambda one: evolve(one, promised_at=at))
        case DependencyArrived(dependency=id, arrived_at=at):
            return _with_dependency(schedule, id, lambda one: evolve(one, arrived_at=at))
        case _:  # what later versions may say
            return schedule


def _finished(task: Task, at: Instant) -> Task:
    # A milestone is reached without having been begun.
    started_at = task.started_at or (at if task.is_milestone else None)
    return evolve(task, started_at=started_at, finished_at=at, remaining=None)


def _with_task(schedule: DeliverySchedule, id: str, change: Callable[[Task], Task]) -> DeliverySchedule:
    return evolve(schedule, tasks=[change(task) if task.id == id else task for task in schedule.tasks])


def _with_dependency(
    schedule: DeliverySchedule, id: str, change: Callable[[Dependency], Dependency]
) -> DeliverySchedule:
    return evolve(schedule, dependencies=[change(one) if one.id == id else one for one in schedule.dependencies])


def start_task(record: ScheduleRecord, task: str, *, at: datetime) -> TaskStarted:
    """Answer the fact that a task is set about.

    Raises:
        NotFoundError: No such task.
        InvalidValueError: It was before.
    """
    _not_yet(_task(record, task).started_at, task, "it is under way or done")
    return TaskStarted(task=task, started_at=to_instant(at))


def finish_task(record: ScheduleRecord, task: str, *, at: datetime) -> TaskFinished:
    """Answer the fact that a task is done.

    Raises:
        NotFoundError: No such task.
        InvalidValueError: It is done already, or was never begun and is no milestone.
        EmptyIntervalError: It would end before it began.
    """
    known = _task(record, task)
    _not_yet(known.finished_at, task, "it is done already")
    _finished(known, to_instant(at))
    return TaskFinished(task=task, finished_at=to_instant(at))


def reestimate(record: ScheduleRecord, task: str, *, remaining: timedelta) -> TaskReestimated:
    """Answer the fact that so much is left of a task under way, in the open time of its hours.

    Raises:
        NotFoundError: No such task.
        InvalidValueError: It is not under way.
        InvalidDurationError: Less than nothing.
    """
    evolve(_task(record, task), remaining=remaining)
    return TaskReestimated(task=task, remaining=remaining)


def promise(record: ScheduleRecord, dependency: str, *, at: datetime) -> DependencyPromised:
    """Answer the fact that something is promised for an instant.

    Raises:
        NotFoundError: No such dependency.
        InvalidValueError: It is there already.
    """
    _not_yet(_dependency(record, dependency).arrived_at, dependency, "it is there already")
    return DependencyPromised(dependency=dependency, promised_at=to_instant(at))


def arrive(record: ScheduleRecord, dependency: str, *, at: datetime) -> DependencyArrived:
    """Answer the fact that something is there; raises as `promise` does."""
    _not_yet(_dependency(record, dependency).arrived_at, dependency, "it is there already")
    return DependencyArrived(dependency=dependency, arrived_at=to_instant(at))


def _not_yet(at: Instant | None, id: str, problem: str) -> None:
    if at is not None:
        raise InvalidValueError(what="what is still to come", value=id, problem=problem)


T = TypeVar("T", Task, Dependency)


def _task(record: ScheduleRecord, id: str) -> Task:
    return _found(record.schedule.tasks, id, "task")


def _dependency(record: ScheduleRecord, id: str) -> Dependency:
    return _found(record.schedule.dependencies, id, "dependency")


def _found(among: Iterable[T], id: str, what: str) -> T:
    for one in among:
        if one.id == id:
            return one
    raise NotFoundError(what=what, id=id)
