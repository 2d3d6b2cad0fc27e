"""Schedules of delivery: what hangs on what, which path decides the end, and what the agreement asks for by itself.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from svcdelivery.schedule.outlook import (
    Chance,
    DependencyLine,
    MeasureLine,
    MilestoneLine,
    chance_by,
    dependencies_of,
    measures_of,
    milestones_of,
    with_plan,
)
from svcdelivery.schedule.plan import CalculatedSchedule, DeliverySchedule, ScheduledTask, Slip
from svcdelivery.schedule.record import (
    DependencyArrived,
    DependencyPromised,
    SchedulePlanned,
    ScheduleRecord,
    TaskFinished,
    TaskReestimated,
    TaskStarted,
    arrive,
    finish_task,
    fold_schedule,
    promise,
    reestimate,
    schedule_stream,
    start_task,
)
from svcdelivery.schedule.standing import (
    ContinuousDelivery,
    Occurrence,
    ServiceDelivered,
    delivered_between,
    due_between,
    look_again_at,
    standing_stream,
)
from svcdelivery.schedule.task import Dependency, Link, LinkKind, Task, ThreePoint

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
    "standing_stream",
    "due_between",
    "look_again_at",
    "delivered_between",
    "ServiceDelivered",
    "Occurrence",
    "ContinuousDelivery",
    "CalculatedSchedule",
    "Chance",
    "DeliverySchedule",
    "Dependency",
    "DependencyLine",
    "Link",
    "LinkKind",
    "MeasureLine",
    "MilestoneLine",
    "ScheduledTask",
    "Slip",
    "Task",
    "ThreePoint",
    "chance_by",
    "dependencies_of",
    "measures_of",
    "milestones_of",
    "with_plan",
]
