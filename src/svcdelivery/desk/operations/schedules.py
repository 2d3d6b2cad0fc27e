"""Delivery schedules at the desk: planned, followed as they go, and read for what decides the end.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import schedule_row
from svcdelivery.desk.command.shelf import rows_of
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.identity import Actor
from svcdelivery.schedule import (
    CalculatedSchedule,
    DeliverySchedule,
    SchedulePlanned,
    ScheduleRecord,
    arrive,
    finish_task,
    fold_schedule,
    promise,
    reestimate,
    schedule_stream,
    start_task,
)
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant, format_instant, to_instant

__all__ = ["ScheduleDesk"]


class ScheduleDesk:
    """What deliveries hang on: tasks, links between them, and what others are to bring."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> ScheduleRecord:
        """Answer a schedule with what was done of it.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.read_unit() as unit:
            found = fold_schedule(unit.journal.load(schedule_stream(id)))
        if found is None:
            raise NotFoundError(what="schedule", id=id)
        return found

    def all(self) -> tuple[ScheduleRecord, ...]:
        """Answer every schedule on record, by id."""
        with self._engine.read_unit() as unit:
            found = [fold_schedule(unit.journal.load(row.stream)) for row in rows_of(unit, "schedule")]
        return tuple(record for record in found if record is not None)

    def calculate(self, id: str, *, at: datetime | None = None) -> CalculatedSchedule:
        """Answer when each task comes as things stand now, or at an instant: critical path, slack, what if.

        Raises:
            NotFoundError: There is none of that id.
            NeverOpenError: A task's hours have no time left for it.
            NotCoveredError: The closed dates of a year that is needed are not known.
        """
        return self.get(id).schedule.calculate(at or self._engine.time.now())

    def plan(
        self, id: str, schedule: DeliverySchedule, *, item: str = "", ground: str = "", by: Actor, key: str
    ) -> Outcome[ScheduleRecord]:
        """Schedule a delivery, or schedule it anew; what was done of tasks that stay remains done.

        Args:
            item: The stream of the work it is for, such as `request:7`.
            ground: Why it is planned anew; needed from the second time on.

        Raises:
            InvalidValueError: No ground for another plan.
        """
        body = SchedulePlanned(schedule=schedule, item=item, ground=ground)
        ask = Ask(action="plan", id=id, by=by, key=key, said={"plan": body})

        def make(known: ScheduleRecord | None, _unit: Unit, _now: Instant) -> Said[ScheduleRecord]:
            if known is not None and not ground.strip():
                raise InvalidValueError(what="a ground", value=ground, path="ground", hint="say why it is planned anew")
            return Said((body,))

        return act(self._engine, _SCHEDULE, ask, make, creates=True)

    def start(self, id: str, task: str, *, at: datetime | None = None, by: Actor, key: str) -> Outcome[ScheduleRecord]:
        """Say that a task is set about, now or before; raises as `schedule.start_task` does."""
        return self._happened(Ask(action="start", id=id, by=by, key=key, said={"task": task}), at, start_task, task)

    def finish(self, id: str, task: str, *, at: datetime | None = None, by: Actor, key: str) -> Outcome[ScheduleRecord]:
        """Say that a task is done, or a milestone reached, now or before; raises as `schedule.finish_task` does."""
        return self._happened(Ask(action="finish", id=id, by=by, key=key, said={"task": task}), at, finish_task, task)

    def reestimate(self, id: str, task: str, *, remaining: timedelta, by: Actor, key: str) -> Outcome[ScheduleRecord]:
        """Say what is left of a task under way; raises as `schedule.reestimate` does."""
        ask = Ask(action="reestimate", id=id, by=by, key=key, said={"task": task, "remaining": remaining})
        return self._act(ask, lambda record, _now: reestimate(record, task, remaining=remaining))

    def promise(self, id: str, dependency: str, *, at: datetime, by: Actor, key: str) -> Outcome[ScheduleRecord]:
        """Say when something others bring is promised; the latest word counts. Raises as `schedule.promise` does."""
        when = to_instant(at)
        ask = Ask(action="promise", id=id, by=by, key=key, said={"dependency": dependency, "at": when})
        return self._act(ask, lambda record, _now: promise(record, dependency, at=when))

    def arrive(
        self, id: str, dependency: str, *, at: datetime | None = None, by: Actor, key: str
    ) -> Outcome[ScheduleRecord]:
        """Say that something others bring is there, now or before; raises as `schedule.arrive` does."""
        ask = Ask(action="arrive", id=id, by=by, key=key, said={"dependency": dependency})
        return self._happened(ask, at, arrive, dependency)

    def _happened(self, ask: Ask, at: datetime | None, say: Callable[..., Any], name: str) -> Outcome[ScheduleRecord]:
        """Say what happened, at the latest now."""
        when = None if at is None else to_instant(at)

        def make(record: ScheduleRecord, now: Instant) -> Any:
            if when is not None and when > now:
                raise InvalidValueError(what="an instant gone by", value=format_instant(when), path="at")
            return say(record, name, at=when or now)

        said = {**ask.said, "at": when}
        return self._act(Ask(action=ask.action, id=ask.id, by=ask.by, key=ask.key, said=said), make)

    def _act(self, ask: Ask, make: Callable[[ScheduleRecord, Instant], Any]) -> Outcome[ScheduleRecord]:
        def said(known: ScheduleRecord | None, _unit: Unit, now: Instant) -> Said[ScheduleRecord]:
            assert known is not None, "only what there is goes on"
            return Said((make(known, now),))

        return act(self._engine, _SCHEDULE, ask, said)


_SCHEDULE: Aggregate[ScheduleRecord] = Aggregate("schedule", "schedule", schedule_stream, fold_schedule, schedule_row)
